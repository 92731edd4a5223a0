"""Taking back what was decided about segments: hidden, cut, covered by a tone, kept or shown again.

A decision is named by its rows in the audit log, which say what stood before, and so is its taking
back: a decision that was taken back does not stand, and the one before it stands again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.cut_list import BEEP, CUT
from bridge.db import utc_now
from bridge.editing import note_change
from bridge.errors import Conflict
from bridge.intake import lock_announcement
from bridge.models import Announcement, AuditEntry, Edit, Flag, Segment
from bridge.undo import ChangeSpan, lock_segments
from bridge.workflow import State

# What a decision leaves of a segment: whether it is hidden, and what covers its sound.
DECIDED: Mapping[str, tuple[bool, str | None]] = {
    "cut_segment": (True, CUT),
    "beep_segment": (True, BEEP),
    "hide_segment": (True, None),
    "keep_segment": (False, None),
}
_Logged = tuple[int, str, str | None, dict[str, Any]]
_UNDONE = ("undo_cut", "undo_beep", "undo_hide", "undo_keep")


@dataclass(frozen=True, slots=True)
class _Decision:
    """One row of the log, and the segment that it is about."""

    sequence: int
    action: str
    data: Mapping[str, Any]
    segment: Segment


def count_decisions_standing(
    session: Session, announcement_id: str, span: ChangeSpan, actor_id: str
) -> int:
    """On how many segments a person's decision stands, nobody having changed them since."""
    return len(_standing(session, announcement_id, span, actor_id))


def undo_decisions(
    session: Session, *, announcement_id: str, span: ChangeSpan, actor_id: str
) -> tuple[str, ...]:
    """Take a person's own decision back wherever it stands; ids of these segments, in order.

    They are shown, hidden or covered as before, and what was asked about them is open again if it
    was. It is an edit: an approval does not stand. Raises Conflict `undo_too_late` where the
    decision stands nowhere, and so when called twice; NotFound, IllegalTransition, Forbidden.
    """
    lock_segments(session, announcement_id)
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    standing = _standing(session, announcement_id, span, actor_id)
    if not standing:
        raise Conflict("undo_too_late")
    changes = any(
        (one.segment.hidden, one.segment.cover)
        != (one.data["before"]["hidden"], one.data["before"]["cover"])
        for one in standing
    )
    if changes or announcement.state != State.IN_REVIEW:
        note_change(session, announcement, actor_id)
    for one in standing:
        _restore(session, one)
        _note(session, announcement, actor_id, one)
    return tuple(one.segment.id for one in standing)


def _standing(
    session: Session, announcement_id: str, span: ChangeSpan, actor_id: str
) -> list[_Decision]:
    """The decisions of a span that are the last word on their segments, which are as they left
    them, in order."""
    last_words = _last_words(session, announcement_id, span.first)
    own = {
        segment_id: row
        for segment_id, row in last_words.items()
        if row.sequence <= span.last and row.actor_id == actor_id and "before" in row.data
    }
    segments = session.scalars(
        select(Segment)
        .where(Segment.announcement_id == announcement_id, Segment.id.in_(own))
        .order_by(Segment.position)
    )
    found = [
        _Decision(row.sequence, row.action, row.data, segment)
        for segment in segments
        if (row := own[segment.id]) and (segment.hidden, segment.cover) == DECIDED[row.action]
    ]
    return _with_their_text(session, found)


def _last_words(session: Session, announcement_id: str, first: int) -> dict[str, Row[_Logged]]:
    """By segment, the last of the decisions from row `first` on that were not taken back."""
    rows = session.execute(
        select(AuditEntry.sequence, AuditEntry.action, AuditEntry.actor_id, AuditEntry.data)
        .where(
            AuditEntry.subject_type == "announcement",
            AuditEntry.subject_id == announcement_id,
            AuditEntry.action.in_((*DECIDED, *_UNDONE)),
            AuditEntry.sequence >= first,
        )
        .order_by(AuditEntry.sequence)
    ).all()
    undone = {row.data["decision"] for row in rows if row.action in _UNDONE}
    return {
        row.data["segment"]: row
        for row in rows
        if row.action in DECIDED and row.sequence not in undone
    }


def _with_their_text(session: Session, decisions: list[_Decision]) -> list[_Decision]:
    """Those whose segments say what they said then. The log itself holds no text."""
    versions = {one.segment.id: one.data["version"] for one in decisions}
    if not versions:
        return []
    edits = session.scalars(
        select(Edit).where(Edit.segment_id.in_(versions)).order_by(Edit.version)
    )
    then: dict[str, str] = {}
    for edit in edits:
        if edit.version > versions[edit.segment_id]:
            then.setdefault(edit.segment_id, edit.before)
    return [one for one in decisions if then.get(one.segment.id) in (None, one.segment.text)]


def _restore(session: Session, decision: _Decision) -> None:
    before = decision.data["before"]
    segment = decision.segment
    segment.hidden, segment.cover = before["hidden"], before["cover"]
    segment.updated_at = utc_now()
    flags = session.scalars(select(Flag).where(Flag.id.in_(before["flags"])))
    for flag in flags:
        answer, person_id, moment = before["flags"][flag.id]
        flag.decision, flag.decided_by = answer, person_id
        flag.decided_at = datetime.fromisoformat(moment) if moment else None


def _note(session: Session, announcement: Announcement, actor_id: str, decision: _Decision) -> None:
    segment = decision.segment
    about = {"segment": segment.id, "start_ms": segment.start_ms, "decision": decision.sequence}
    if decision.action == "cut_segment":
        note_announcement(session, announcement, actor_id, "undo_cut", **about)
    elif decision.action == "beep_segment":
        note_announcement(session, announcement, actor_id, "undo_beep", **about)
    elif decision.action == "hide_segment":
        note_announcement(session, announcement, actor_id, "undo_hide", **about)
    else:
        note_announcement(session, announcement, actor_id, "undo_keep", **about)
