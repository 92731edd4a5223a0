"""Who is at work on an announcement, told over a real Valkey."""

from pathlib import Path

from redis import Redis

from bridge.presence import SEEN_FOR_S, Presence, end_presence, tell_presence


def test_people_see_each_other_until_they_leave_or_fall_silent(valkey: Redis) -> None:
    assert tell_presence(valkey, "item", Presence("an", "s1"), 100.0) == []
    assert tell_presence(valkey, "item", Presence("binh", ""), 101.0) == [Presence("an", "s1")]
    assert tell_presence(valkey, "another", Presence("chi", ""), 101.0) == []
    moved = tell_presence(valkey, "item", Presence("an", "s2"), 102.0)
    assert moved == [Presence("binh", "")]
    assert tell_presence(valkey, "item", Presence("binh", "s2"), 103.0) == [Presence("an", "s2")]
    end_presence(valkey, "item", "an")
    assert tell_presence(valkey, "item", Presence("chi", ""), 104.0) == [Presence("binh", "s2")]
    later = 103.0 + SEEN_FOR_S
    assert tell_presence(valkey, "item", Presence("dung", ""), later) == [Presence("chi", "")]


def test_what_nobody_looks_at_is_forgotten_by_itself(valkey: Redis) -> None:
    tell_presence(valkey, "item", Presence("an", "s1"))
    (key,) = valkey.keys()
    assert 0 < valkey.ttl(key) <= 2 * SEEN_FOR_S


def test_without_redis_nobody_is_seen_and_nothing_fails(tmp_path: Path) -> None:
    with Redis.from_url(f"unix://{tmp_path}/nobody.sock") as connection:
        assert tell_presence(connection, "item", Presence("an", "s1")) == []
        end_presence(connection, "item", "an")
