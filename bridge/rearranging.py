"""Cutting a segment in two, joining two, and taking either back; words keep their times.

What the engine heard is never changed in a segment: those that are rearranged go, and others come
in their place, with the engine's words of their own sound, so later edits find them. Both sides are
written down, and the former come back as long as nobody has changed the latter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import new_id, utc_now
from bridge.editing import SEGMENT_TEXT_LENGTH, note_change
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound, VersionConflict
from bridge.intake import lock_announcement
from bridge.models import Announcement, Flag, Rearrangement, Script, Segment
from bridge.refusals import carry_refusals
from bridge.transcript import Line, Word, merge, split
from bridge.transcript import Segment as Span
from bridge.undo import lock_segments

# A line of two minutes is a page of text already: more is neither read nor corrected well.
LONGEST_MERGED_MS = 120_000

# What a segment says, in the order in which it is written down; ids and versions stand beside it.
_CONTENT = (
    *("kind", "start_ms", "end_ms", "text", "words"),
    *("engine_run_id", "engine_text", "engine_words", "hidden", "cover"),
)
_ABOUT_FLAG = ("announcement_id", "kind", "reason", "decision", "decided_by", "decided_at")


@dataclass(frozen=True, slots=True)
class Rearranged:
    """What was done: `changed` segments as they now stand, in order; `removed` are gone.

    `change_id` names it for `undo_rearrangement`.
    """

    change_id: str
    announcement_id: str
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def split_segment(
    session: Session, *, segment_id: str, expected_version: int, at_word: int, actor_id: str
) -> Rearranged:
    """Cut a segment in two; the second begins with its word `at_word`, counted from 0.

    Both keep what was decided about the whole. Raises
    VersionConflict with the text that stands, InvalidInput `split_nothing` where a side would have
    no word or no sound, NotFound `segment_unknown`, IllegalTransition, Forbidden.
    """
    announcement, segments = _lock(session, segment_id, actor_id)
    place = _place(segments, segment_id)
    segment = segments[place]
    _require_version(segment, expected_version)
    try:
        left, right = split(_line(segment), at_word)
    except ValueError as error:
        raise InvalidInput("split_nothing") from error
    return _rearrange(session, announcement, actor_id, "split", [segment], [left, right])


def merge_segments(
    session: Session,
    *,
    segment_id: str,
    expected_version: int,
    next_version: int,
    actor_id: str,
) -> Rearranged:
    """Join a segment and the one after it, which `next_version` is the version of.

    Raises VersionConflict with the text that stands, InvalidInput `merge_nothing` for the last
    segment, `merge_too_long` (`limit_s` seconds or `limit` characters), Conflict `merge_hidden`
    where one of them is hidden or covered and the other is not, NotFound `segment_unknown`,
    IllegalTransition, Forbidden.
    """
    announcement, segments = _lock(session, segment_id, actor_id)
    place = _place(segments, segment_id)
    if place + 1 == len(segments):
        raise InvalidInput("merge_nothing")
    first, second = segments[place], segments[place + 1]
    _require_version(first, expected_version)
    _require_version(second, next_version)
    if (first.hidden, first.cover) != (second.hidden, second.cover):
        raise Conflict("merge_hidden")
    whole = merge(_line(first), _line(second))
    too_long = second.end_ms - first.start_ms > LONGEST_MERGED_MS
    if too_long or len(whole.now.text) > SEGMENT_TEXT_LENGTH:
        raise InvalidInput("merge_too_long", limit_s=LONGEST_MERGED_MS // 1000)
    return _rearrange(session, announcement, actor_id, "merge", [first, second], [whole])


def undo_rearrangement(
    session: Session, *, change_id: str, announcement_id: str, actor_id: str
) -> Rearranged:
    """Take one's own cutting or joining back; undoing twice changes nothing the second time.

    Raises Conflict `rearrangement_overtaken` where what it left was changed since, NotFound
    `rearrangement_unknown`, IllegalTransition, Forbidden for another person's.
    """
    change = session.get(Rearrangement, change_id)
    if change is None or change.announcement_id != announcement_id:
        raise NotFound("rearrangement_unknown", id=change_id)
    segments = {one.id: one for one in lock_segments(session, change.announcement_id)}
    announcement = lock_announcement(session, change.announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    session.refresh(change, with_for_update=True)
    if change.user_id != actor_id:
        raise Forbidden("rearrangement_not_yours")
    if change.undone_at is None:
        if not _is_as_left(change, segments):
            raise Conflict("rearrangement_overtaken")
        note_change(session, announcement, actor_id)
        again = [_row(announcement, entry) for entry in change.before]
        _put_in_place(session, [segments[entry["id"]] for entry in change.after], again)
        _restore_filled(session, change)
        change.undone_at = utc_now()
        whole = change.before[0]
        about = {"segment": whole["id"], "start_ms": whole["start_ms"]}
        if change.kind == "split":
            note_announcement(session, announcement, actor_id, "undo_split", **about)
        else:
            note_announcement(session, announcement, actor_id, "undo_merge", **about)
    return Rearranged(change.id, announcement.id, _ids(change.before), _ids(change.after))


def may_undo_rearrangement(session: Session, announcement_id: str, change_id: str) -> bool:
    """Whether what a cutting or joining left is as it left it, and still in this announcement."""
    change = session.get(Rearrangement, change_id)
    if change is None or change.undone_at is not None:
        return False
    if change.announcement_id != announcement_id:
        return False  # it went to another part, see bridge.parting
    ids = _ids(change.after)
    left = session.scalars(
        select(Segment).where(
            Segment.announcement_id == change.announcement_id, Segment.id.in_(ids)
        )
    )
    return _is_as_left(change, {segment.id: segment for segment in left})


def _is_as_left(change: Rearrangement, segments: Mapping[str, Segment]) -> bool:
    for left in change.after:
        now = segments.get(left["id"])
        if now is None or any(getattr(now, name) != left.get(name) for name in _CONTENT):
            return False
    return True


def _lock(session: Session, segment_id: str, actor_id: str) -> tuple[Announcement, list[Segment]]:
    segment = session.get(Segment, segment_id)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    segments = lock_segments(session, segment.announcement_id)
    announcement = lock_announcement(session, segment.announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    return announcement, segments


def _place(segments: Sequence[Segment], segment_id: str) -> int:
    for place, segment in enumerate(segments):
        if segment.id == segment_id:
            return place
    raise NotFound("segment_unknown", id=segment_id)  # joined to another before we had the lock


def _require_version(segment: Segment, expected: int) -> None:
    if segment.version != expected:
        raise VersionConflict(current_version=segment.version, current_text=segment.text)


def _line(segment: Segment) -> Line:
    return Line(
        Span(
            segment.start_ms,
            segment.end_ms,
            segment.text,
            tuple(map(Word.from_json, segment.words)),
            segment.kind,
        ),
        segment.engine_text,
        tuple(map(Word.from_json, segment.engine_words)),
    )


def _rearrange(
    session: Session,
    announcement: Announcement,
    actor_id: str,
    kind: str,
    old: Sequence[Segment],
    lines: Sequence[Line],
) -> Rearranged:
    note_change(session, announcement, actor_id)
    before = _written(session, old)
    new = [
        Segment(
            id=new_id(),
            announcement_id=announcement.id,
            engine_run_id=old[0].engine_run_id,
            kind=line.now.kind,
            start_ms=line.now.start_ms,
            end_ms=line.now.end_ms,
            text=line.now.text,
            words=[word.to_json() for word in line.now.words],
            engine_text=line.engine_text,
            engine_words=[word.to_json() for word in line.engine_words],
            hidden=old[0].hidden,
            cover=old[0].cover,
            version=1,
        )
        for line in lines
    ]
    _put_in_place(session, old, new)
    _refill(session, announcement.id, _ids(before), [segment.id for segment in new])
    change = Rearrangement(
        announcement_id=announcement.id,
        kind=kind,
        before=before,
        after=_written(session, new),
        user_id=actor_id,
    )
    session.add(change)
    session.flush()
    about = {"segment": new[0].id, "change": change.id, "start_ms": new[-1].start_ms}
    if kind == "split":
        note_announcement(session, announcement, actor_id, "split_segment", **about)
    else:
        note_announcement(session, announcement, actor_id, "merge_segment", **about)
    return Rearranged(change.id, announcement.id, _ids(change.after), _ids(before))


def _put_in_place(session: Session, old: Sequence[Segment], new: Sequence[Segment]) -> None:
    """New segments, not yet in the session, for old ones that follow each other, whose flags they
    take over. Both have the same words of the engine."""
    position = old[0].position
    _make_room(session, old[-1], len(new) - len(old))
    for number, segment in enumerate(old, start=1):
        segment.position = -number  # out of the way until nothing points at it
    session.flush()
    for number, segment in enumerate(new):
        segment.position = position + number
        session.add(segment)
    session.flush()
    _carry_flags(session, old, new)
    carry_refusals(session, old, new)
    for segment in old:
        session.delete(segment)
    session.flush()


def _make_room(session: Session, last: Segment, more: int) -> None:
    """Free the `more` positions after a segment, in two steps: no two may ever be the same."""
    of_announcement = Segment.announcement_id == last.announcement_id
    behind = Segment.position > last.position
    taken = session.scalar(select(func.min(Segment.position)).where(of_announcement, behind))
    if taken is None or taken > last.position + more:
        return
    for which, value in (
        (behind, -(Segment.position + more)),
        (Segment.position < 0, -Segment.position),
    ):
        session.execute(
            update(Segment)
            .where(of_announcement, which)
            .values(position=value)
            .execution_options(synchronize_session=False)
        )


@dataclass(slots=True)
class _Asked:
    """A flag and the words it is about, counted over all segments that are rearranged."""

    flag: Flag
    first: int
    end: int


def _carry_flags(session: Session, old: Sequence[Segment], new: Sequence[Segment]) -> None:
    """Flags go with the engine's words: one about words of two segments is about both."""
    asked = _asked(session, old)
    begin = 0
    placed = set()
    for segment in new:
        end = begin + len(segment.engine_words)
        for one in asked:
            first, last = max(one.first, begin), min(one.end, end)
            if first >= last and (one.first < one.end or not begin <= one.first <= end):
                continue  # no word of it here
            flag = one.flag
            if flag.id in placed:
                flag = Flag(**{name: getattr(flag, name) for name in _ABOUT_FLAG})
                session.add(flag)
            placed.add(one.flag.id)
            flag.segment_id = segment.id
            flag.first_word, flag.end_word = max(0, first - begin), max(0, last - begin)
        begin = end
    session.flush()


def _asked(session: Session, old: Sequence[Segment]) -> list[_Asked]:
    """The flags of segments that follow each other; those that a cut had made two are one again."""
    found: list[_Asked] = []
    begin = 0
    for segment in old:
        flags = session.scalars(select(Flag).where(Flag.segment_id == segment.id)).all()
        for flag in sorted(flags, key=lambda flag: flag.first_word):
            one = _Asked(flag, begin + flag.first_word, begin + flag.end_word)
            before = next((other for other in found if _continues(other, one, begin)), None)
            if before is None:
                found.append(one)
            else:
                before.end = one.end
                session.delete(flag)
        begin += len(segment.engine_words)
    session.flush()
    return found


def _continues(one: _Asked, other: _Asked, border: int) -> bool:
    same = all(getattr(one.flag, name) == getattr(other.flag, name) for name in _ABOUT_FLAG)
    return same and one.end == other.first == border


def _row(announcement: Announcement, entry: dict[str, Any]) -> Segment:
    """A segment that was written down, under a version above every one that it has had."""
    content = {name: entry.get(name) for name in _CONTENT}  # older ones know no cover
    return Segment(
        id=entry["id"],
        announcement_id=announcement.id,
        version=entry["version"] + 1,
        **content,
    )


def _written(session: Session, segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Segments as they are written down, with what a script holds about each."""
    script = _script(session, segments[0].announcement_id)
    filled = script.filled if script is not None else {}
    return [
        {
            "id": segment.id,
            "version": segment.version,
            "filled": filled.get(segment.id),
            **{name: getattr(segment, name) for name in _CONTENT},
        }
        for segment in segments
    ]


def _ids(entries: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(entry["id"] for entry in entries)


def _refill(
    session: Session, announcement_id: str, before: Sequence[str], after: Sequence[str]
) -> None:
    """What a script that is taken back gives to segments that were rearranged: the engine's words.

    No edit has the version 0, see `bridge.scripts.restore_texts`.
    """
    script = _script(session, announcement_id)
    if script is None or not any(segment_id in script.filled for segment_id in before):
        return
    states = [script.filled[one] for one in before if one in script.filled]
    kinds = [state["kind"] for state in states]
    kind = "speech" if "speech" in kinds else kinds[0]
    rest = {one: state for one, state in script.filled.items() if one not in before}
    script.filled = rest | {one: {"version": 0, "kind": kind} for one in after}


def _restore_filled(session: Session, change: Rearrangement) -> None:
    script = _script(session, change.announcement_id)
    if script is None or script.applied_at is None:
        return
    gone = {entry["id"] for entry in change.after}
    filled = {one: state for one, state in script.filled.items() if one not in gone}
    known = {entry["id"]: entry["filled"] for entry in change.before if entry["filled"]}
    script.filled = filled | known


def _script(session: Session, announcement_id: str) -> Script | None:
    return session.scalar(select(Script).where(Script.announcement_id == announcement_id))
