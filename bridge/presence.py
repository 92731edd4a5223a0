"""Who is at work on an announcement right now: told by their pages, forgotten by itself.

It lives in Redis alone. Nothing depends on it, so without Redis nobody is seen, and that is all.
"""

import json
import time
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

# A page tells every ten seconds; one that missed three rounds is closed or has lost its network.
SEEN_FOR_S = 35.0
_PREFIX = "loa:presence:"


@dataclass(frozen=True, slots=True)
class Presence:
    """A person at work; `segment_id` is what is open on their page, empty for none."""

    person_id: str
    segment_id: str


def tell_presence(
    connection: "Redis", announcement_id: str, mine: Presence, now: float | None = None
) -> list[Presence]:
    """Say that a person is there; everybody else who is, the longest known first.

    `now`: seconds since 1970, of the clock that all web servers share. Twice is as good as once.
    """
    now = time.time() if now is None else now
    key = _PREFIX + announcement_id
    told = json.dumps({"segment": mine.segment_id, "at": now})
    try:
        with connection.pipeline() as pipeline:
            pipeline.hset(key, mine.person_id, told)
            pipeline.expire(key, int(SEEN_FOR_S * 2))
            pipeline.hgetall(key)
            found = pipeline.execute()[-1]
    except (RedisError, OSError):
        return []
    others = []
    for person_id, value in found.items():
        entry = json.loads(value)
        if person_id.decode() != mine.person_id and now - entry["at"] < SEEN_FOR_S:
            others.append(Presence(person_id.decode(), entry["segment"]))
    return sorted(others, key=lambda one: one.person_id)


def end_presence(connection: "Redis", announcement_id: str, person_id: str) -> None:
    """The person's page was closed."""
    try:
        connection.hdel(_PREFIX + announcement_id, person_id)
    except (RedisError, OSError):
        return
