"""Taking back what was just saved, wherever nobody has changed it since.

A change is named by its rows in the audit log: those of one transaction follow each other there,
so two numbers name all the segments that one click changed.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.db import new_id
from bridge.editing import SavedSegment, save_segment_text, take_back_answers
from bridge.models import AuditEntry, Edit, Segment

_EDITED = "edit_segment"


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """The audit log's rows `first`..`last` (both included) of one person's change."""

    first: int
    last: int


def new_step(kind: str, **about: str) -> dict[str, str]:
    """What the edits of one click have in common, for `save_segment_text`. See `bridge.steps`.

    No words of a text: the audit log, which keeps it, is never redacted.
    """
    return {"id": new_id(), "kind": kind, **about}


def latest_change(session: Session, announcement_id: str, count: int) -> ChangeSpan | None:
    """The span of the last `count` texts saved in an announcement; None for none.

    Call it in the transaction that saved them: until it ends nobody else saves there.
    """
    if count < 1:
        return None
    rows = session.scalars(
        select(AuditEntry.sequence)
        .where(
            AuditEntry.subject_type == "announcement",
            AuditEntry.subject_id == announcement_id,
            AuditEntry.action == _EDITED,
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(count)
    ).all()
    return ChangeSpan(rows[-1], rows[0]) if rows else None


def count_undoable(session: Session, announcement_id: str, span: ChangeSpan, actor_id: str) -> int:
    """How many segments of a person's change nobody has touched since."""
    return len(_undoable(session, announcement_id, span, actor_id))


def undo_change(
    session: Session, *, announcement_id: str, span: ChangeSpan, actor_id: str
) -> tuple[SavedSegment, ...]:
    """Give the segments of a person's own change the text they had before it.

    Those that were changed again since keep their text; undoing twice does nothing. The undoing
    is itself a saved change in the history; what the change had answered is asked again. Raises as
    `save_segment_text`.
    """
    edits = _undoable(session, announcement_id, span, actor_id, lock=True)
    restored = []
    for edit, version in edits:
        saved = save_segment_text(
            session,
            segment_id=edit.segment_id,
            expected_version=version,
            text=edit.before,
            actor_id=actor_id,
        )
        take_back_answers(session, edit)
        restored.append(saved)
    return tuple(restored)


def lock_segments(session: Session, announcement_id: str) -> list[Segment]:
    """The segments of an announcement in order, locked.

    Saving a text locks its segment and then the announcement; whoever saves several takes all
    segments first, so that two who do so wait for each other and never across each other.
    """
    return list(
        session.scalars(
            select(Segment)
            .where(Segment.announcement_id == announcement_id)
            .order_by(Segment.position)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _undoable(
    session: Session,
    announcement_id: str,
    span: ChangeSpan,
    actor_id: str,
    *,
    lock: bool = False,
) -> list[tuple[Edit, int]]:
    """The edits of a change whose text stands, each with the version that its segment has now.

    That of a segment which was cut or joined and came back is another one than the edit's.
    """
    logged = session.scalars(
        select(AuditEntry.data).where(
            AuditEntry.sequence.between(span.first, span.last),
            AuditEntry.subject_type == "announcement",
            AuditEntry.subject_id == announcement_id,
            AuditEntry.action == _EDITED,
            AuditEntry.actor_id == actor_id,
        )
    ).all()
    versions = {data["segment"]: data["version"] for data in logged}
    if not versions:
        return []
    if lock:
        segments = lock_segments(session, announcement_id)
    else:
        segments = list(
            session.scalars(
                select(Segment).where(
                    Segment.announcement_id == announcement_id, Segment.id.in_(versions)
                )
            )
        )
    found = session.scalars(
        select(Edit).where(Edit.segment_id.in_(versions)).order_by(Edit.version)
    )
    latest = {edit.segment_id: edit for edit in found}
    return [
        (edit, segment.version)
        for segment in segments
        if (edit := latest.get(segment.id)) is not None
        and (edit.version, edit.after) == (versions[segment.id], segment.text)
    ]
