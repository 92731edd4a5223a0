"""Finding in an announcement's text, and replacing chosen places in one step.

Replacing is an ordinary saved edit of each segment, so words keep their times, the history tells of
it, and `bridge.undo` takes it back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.editing import SavedSegment, save_segment_text
from bridge.errors import InvalidInput
from bridge.finding import FOLDED, LONGEST_QUERY, MODES, Place, find_places, replace_places
from bridge.flags import undecided_segments
from bridge.intake import lock_announcement
from bridge.models import Segment
from bridge.undo import ChangeSpan, latest_change, lock_segments, new_step

# Segments that one click rewrites: see transcribe.offers.MOST_AT_ONCE.
MOST_SEGMENTS = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One place in a segment, under the segment's version that it was found in."""

    segment_id: str
    version: int
    place: Place


@dataclass(frozen=True, slots=True)
class FoundIn:
    """A segment in which something was found. Times in milliseconds of the recording."""

    segment_id: str
    version: int
    start_ms: int
    text: str
    hidden: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The segments that were changed, how many places were left as they are because their text is
    another one by now, how many segments because they wait for a decision, and what names the
    change for `bridge.undo.undo_change`."""

    saved: tuple[SavedSegment, ...]
    overtaken: int
    waiting: int
    span: ChangeSpan | None


def find_in_announcement(
    session: Session, announcement_id: str, query: str, mode: str
) -> list[FoundIn]:
    """Every segment in which `query` stands, in order.

    Raises InvalidInput `mode_unknown`, `query_too_long` (`limit`).
    """
    _check(query, mode)
    segments = session.scalars(
        select(Segment).where(Segment.announcement_id == announcement_id).order_by(Segment.position)
    )
    return [
        FoundIn(one.id, one.version, one.start_ms, one.text, one.hidden, places)
        for one in segments
        if (places := find_places(one.text, query, mode))
    ]


def replace_in_announcement(
    session: Session,
    *,
    announcement_id: str,
    query: str,
    mode: str,
    replacement: str,
    hits: Iterable[Hit],
    actor_id: str,
) -> Replaced:
    """Write `replacement` in the places that a person chose among those they were shown.

    A place whose segment was changed since, or where `query` no longer stands, is left alone and
    counted; doing the same again therefore changes nothing. So is a segment that waits to be kept
    or hidden: a changed text would answer that question, which nobody has looked at. Raises
    InvalidInput `mode_unknown`, `mode_only_finds` for a search without diacritics (it would turn
    "ma" and "mã" into the same word), `query_too_long`, `too_many_places` (`limit` segments),
    NotFound, IllegalTransition, Forbidden.
    """
    _check(query, mode)
    if mode == FOLDED:
        raise InvalidInput("mode_only_finds")
    wanted: dict[tuple[str, int], set[Place]] = defaultdict(set)
    for hit in hits:
        wanted[hit.segment_id, hit.version].add(hit.place)
    if len(wanted) > MOST_SEGMENTS:
        raise InvalidInput("too_many_places", limit=MOST_SEGMENTS)
    segments = {segment.id: segment for segment in lock_segments(session, announcement_id)}
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    step = new_step("replace")
    saved: list[SavedSegment] = []
    overtaken = waiting = 0
    undecided = undecided_segments(session, announcement_id)
    for (segment_id, version), places in wanted.items():
        segment = segments.get(segment_id)
        standing: Sequence[Place] = ()
        if segment is not None and segment.version == version:
            standing = [one for one in find_places(segment.text, query, mode) if one in places]
        overtaken += len(places) - len(standing)
        if segment is None or not standing:
            continue
        if segment_id in undecided:
            waiting += 1
            continue
        done = save_segment_text(
            session,
            segment_id=segment_id,
            expected_version=version,
            text=replace_places(segment.text, standing, replacement),
            actor_id=actor_id,
            step=step,
        )
        if done.changed:
            saved.append(done)
    span = latest_change(session, announcement_id, len(saved))
    return Replaced(tuple(saved), overtaken, waiting, span)


def _check(query: str, mode: str) -> None:
    if mode not in MODES:
        raise InvalidInput("mode_unknown", mode=mode[:20])
    if len(query) > LONGEST_QUERY:
        raise InvalidInput("query_too_long", limit=LONGEST_QUERY)
