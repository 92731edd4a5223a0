"""Questions that a transcript asks, and a person's answers: a passage is kept, or hidden.

A decision is about a segment: all its flags take it, whichever of them was pointed at. A hidden
segment stays in the data with everything that was decided about it; residents do not read it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.cut_list import BEEP, COVERS, CUT
from bridge.db import utc_now
from bridge.editing import note_change
from bridge.errors import InvalidInput, NotFound
from bridge.intake import lock_announcement
from bridge.models import (
    FLAG_KINDS,
    HALLUCINATION_KINDS,
    Announcement,
    Flag,
    Segment,
    User,
)
from bridge.undo import new_step
from bridge.workflow import Action, State, next_state

KEEP, HIDE = "keep", "hide"
DECISIONS = (KEEP, HIDE, *COVERS)  # what is covered is hidden too

SCRIPT_KINDS = frozenset(FLAG_KINDS) - frozenset(HALLUCINATION_KINDS)


@dataclass(frozen=True, slots=True)
class NewFlag:
    """A flag to be saved. `first_word`..`end_word` are tokens of the engine's text, end excluded.

    `reason` is JSON; what it holds by kind: see `transcribe.hallucinations.Flag` and, for the
    script kinds, {"spoken", "script"}.
    """

    segment_id: str
    kind: str
    first_word: int
    end_word: int
    reason: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag as a page shows it. `decision` None: nobody has decided yet."""

    id: str
    kind: str
    first_word: int
    end_word: int
    reason: dict[str, Any]
    decision: str | None
    decided_by: str | None  # the person's name
    decided_at: datetime | None


def save_flags(
    session: Session,
    announcement_id: str,
    flags: Iterable[NewFlag],
    *,
    kinds: Collection[str] | None = None,
) -> None:
    """Save what was found, in the place of what was found before and is not decided yet.

    Undecided flags of `kinds` go; without `kinds` those of the families (made up by the machine,
    departures from the script) that `flags` come from. What is decided stays and is not asked
    again, so saving twice doubles nothing.
    """
    found = list(flags)
    replaced = _families(found) if kinds is None else frozenset(kinds)
    of_announcement = Flag.announcement_id == announcement_id
    session.execute(
        delete(Flag)
        .where(of_announcement, Flag.decision.is_(None), Flag.kind.in_(replaced))
        .execution_options(synchronize_session=False)
    )
    standing = {
        (flag.segment_id, flag.kind, flag.first_word, flag.end_word)
        for flag in session.scalars(select(Flag).where(of_announcement))
    }
    for flag in found:
        place = (flag.segment_id, flag.kind, flag.first_word, flag.end_word)
        if place in standing:
            continue
        standing.add(place)
        session.add(
            Flag(
                announcement_id=announcement_id,
                segment_id=flag.segment_id,
                kind=flag.kind,
                first_word=flag.first_word,
                end_word=flag.end_word,
                reason=dict(flag.reason),
            )
        )
    session.flush()


def decide_flag(session: Session, *, flag_id: str, decision: str, actor_id: str) -> None:
    """Keep or hide the segment that a flag is about; deciding anew undoes the former decision.

    Deciding the same again changes nothing. A decision that hides or shows text is an edit: it
    voids an approval and brings the announcement back to review. Raises InvalidInput
    `decision_unknown`, NotFound `flag_unknown`, IllegalTransition, Forbidden.
    """
    flag = session.get(Flag, flag_id)
    if flag is None:
        raise NotFound("flag_unknown", id=flag_id)
    _decide(session, Segment.id == flag.segment_id, decision, actor_id)


def decide_all(
    session: Session, *, announcement_id: str, kind: str | None, decision: str, actor_id: str
) -> int:
    """Decide every segment with an undecided flag, of one kind or of any; how many there were.

    Raises as `decide_flag` does.
    """
    # Also where nothing is left to decide: who may not is told so.
    unit_id = session.scalar(select(Announcement.unit_id).where(Announcement.id == announcement_id))
    if unit_id is None:
        raise NotFound("announcement_unknown", id=announcement_id)
    require_role(session, actor_id, unit_id, "editor", "approver")
    asked = select(Flag.segment_id).where(
        Flag.announcement_id == announcement_id, Flag.decision.is_(None)
    )
    if kind is not None:
        asked = asked.where(Flag.kind == kind)
    return _decide(session, Segment.id.in_(asked), decision, actor_id)


def hide_segment(session: Session, *, segment_id: str, actor_id: str) -> None:
    """Leave a segment out of what residents read, flagged or not. Raises as `decide_flag` does,
    with NotFound `segment_unknown`.
    """
    _decide_one(session, segment_id, HIDE, actor_id)


def cover_segment(session: Session, *, segment_id: str, cover: str, actor_id: str) -> None:
    """Leave a segment's text out and its sound too: `cover` is `CUT` or `BEEP`. See `hide_segment`;
    showing it again brings back both.
    """
    if cover not in COVERS:
        raise InvalidInput("decision_unknown", decision=cover)
    _decide_one(session, segment_id, cover, actor_id)


def show_segment(session: Session, *, segment_id: str, actor_id: str) -> None:
    """Let residents read a segment (again), whatever was flagged in it. See `hide_segment`."""
    _decide_one(session, segment_id, KEEP, actor_id)


def undecided_segments(session: Session, announcement_id: str) -> set[str]:
    """The ids of the segments that wait for a decision."""
    return set(
        session.scalars(
            select(Flag.segment_id).where(
                Flag.announcement_id == announcement_id, Flag.decision.is_(None)
            )
        )
    )


def count_undecided(session: Session, announcement_id: str) -> int:
    """How many segments wait for a decision."""
    return session.scalars(
        select(func.count(Flag.segment_id.distinct())).where(
            Flag.announcement_id == announcement_id, Flag.decision.is_(None)
        )
    ).one()


def flags_by_segment(session: Session, announcement_id: str) -> dict[str, tuple[FlagView, ...]]:
    """All flags of an announcement, by segment id, each segment's in the order of its words."""
    rows = session.execute(
        select(Flag, User.name)
        .outerjoin(User, Flag.decided_by == User.id)
        .where(Flag.announcement_id == announcement_id)
        .order_by(Flag.segment_id, Flag.first_word, Flag.end_word, Flag.kind)
    )
    found: dict[str, tuple[FlagView, ...]] = {}
    for flag, name in rows:
        shown = FlagView(
            flag.id,
            flag.kind,
            flag.first_word,
            flag.end_word,
            flag.reason,
            flag.decision,
            name,
            flag.decided_at,
        )
        found[flag.segment_id] = (*found.get(flag.segment_id, ()), shown)
    return found


def _families(flags: Iterable[NewFlag]) -> frozenset[str]:
    kinds = {flag.kind for flag in flags}
    families = (frozenset(HALLUCINATION_KINDS), SCRIPT_KINDS)
    return frozenset[str]().union(*(family for family in families if family & kinds))


def _decide_one(session: Session, segment_id: str, decision: str, actor_id: str) -> None:
    if session.get(Segment, segment_id) is None:
        raise NotFound("segment_unknown", id=segment_id)
    _decide(session, Segment.id == segment_id, decision, actor_id)


def _decide(session: Session, which: ColumnElement[bool], decision: str, actor_id: str) -> int:
    """Decide segments of one announcement; how many were not decided so already."""
    if decision not in DECISIONS:
        raise InvalidInput("decision_unknown", decision=decision)
    # Segments first, the announcement after them: the order in which saving a text locks them.
    segments = session.scalars(
        select(Segment).where(which).order_by(Segment.position).with_for_update()
    ).all()
    if not segments:
        return 0
    announcement = lock_announcement(session, segments[0].announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    hidden = decision != KEEP
    cover = decision if decision in COVERS else None
    answer = HIDE if hidden else KEEP
    flags = _flags_of(session, segments)
    open_segments = [
        segment
        for segment in segments
        if (segment.hidden, segment.cover) != (hidden, cover)
        or any(flag.decision != answer for flag in flags.get(segment.id, ()))
    ]
    if not open_segments:
        return 0
    if any((segment.hidden, segment.cover) != (hidden, cover) for segment in open_segments):
        note_change(session, announcement, actor_id)
    else:
        # What residents read stays as it is, and so does an approval of it.
        next_state(State(announcement.state), Action.EDIT)
    is_shown_again = decision == KEEP and any(segment.hidden for segment in open_segments)
    step = new_step("show" if is_shown_again else decision)
    for segment in open_segments:
        answered = [flag for flag in flags.get(segment.id, ()) if flag.decision != answer]
        before = _before(segment, answered)
        if (segment.hidden, segment.cover) != (hidden, cover):
            segment.hidden, segment.cover = hidden, cover
            segment.updated_at = utc_now()
        for flag in answered:
            flag.decision, flag.decided_by, flag.decided_at = answer, actor_id, utc_now()
        _note(session, announcement, actor_id, segment, decision, before=before, step=step)
    return len(open_segments)


def _before(segment: Segment, answered: Iterable[Flag]) -> dict[str, Any]:
    """What a decision changes, as `bridge.undo_decisions` wants it; a few words in the log."""
    flags = {
        flag.id: [flag.decision, flag.decided_by, flag.decided_at and flag.decided_at.isoformat()]
        for flag in answered
    }
    return {"hidden": segment.hidden, "cover": segment.cover, "flags": flags}


def _note(
    session: Session,
    announcement: Announcement,
    actor_id: str,
    segment: Segment,
    decision: str,
    **more: Any,
) -> None:
    about = {"segment": segment.id, "start_ms": segment.start_ms, **more}
    about["version"] = segment.version
    if decision == CUT:
        note_announcement(session, announcement, actor_id, "cut_segment", **about)
    elif decision == BEEP:
        note_announcement(session, announcement, actor_id, "beep_segment", **about)
    elif decision == HIDE:
        note_announcement(session, announcement, actor_id, "hide_segment", **about)
    else:
        note_announcement(session, announcement, actor_id, "keep_segment", **about)


def _flags_of(session: Session, segments: Sequence[Segment]) -> dict[str, list[Flag]]:
    ids = [segment.id for segment in segments]
    found: dict[str, list[Flag]] = {}
    for flag in session.scalars(select(Flag).where(Flag.segment_id.in_(ids))):
        found.setdefault(flag.segment_id, []).append(flag)
    return found
