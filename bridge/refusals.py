"""Suggestions that an editor did not want: one, or all of a kind. They do not come back.

Which suggestions a text gives is not known here, see `transcribe.suggestions`: a refusal names what
was suggested. It is no edit: nothing that residents read changes, and an approval stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.intake import lock_announcement
from bridge.models import SUGGESTION_KINDS, Announcement, Segment, SuggestionRefusal
from bridge.workflow import Action, State, next_state

# A suggestion is a few words; whoever sends more sends something else.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Refusals:
    """What is refused in one announcement.

    `singles` holds segment id, what was heard and what should have been written; `kinds` those of
    which all are refused, `names` those that are refused wherever they were suggested.
    """

    singles: frozenset[tuple[str, str, str]] = frozenset()
    kinds: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    count: int = 0

    def cover(self, segment_id: str, kind: str, heard: str, written: str, name: str = "") -> bool:
        """Whether a suggestion of this segment was refused."""
        if kind in self.kinds or (name and name in self.names):
            return True
        return (segment_id, heard, written) in self.singles


NO_REFUSALS = Refusals()


def refusals_of(session: Session, announcement_id: str) -> Refusals:
    """What is refused in an announcement as it stands."""
    rows = session.scalars(select(SuggestionRefusal).where(_of(announcement_id))).all()
    if not rows:
        return NO_REFUSALS
    return Refusals(
        frozenset((row.segment_id, row.heard or "", row.written) for row in rows if row.segment_id),
        frozenset(row.kind for row in rows if not row.segment_id and not row.written),
        frozenset(row.written for row in rows if not row.segment_id and row.written),
        len(rows),
    )


def refuse_suggestion(
    session: Session, *, segment_id: str, kind: str, heard: str, written: str, actor_id: str
) -> str:
    """Suggest no more to write `written` for `heard` in this segment; the refusal's id.

    Refusing again changes nothing. Raises InvalidInput for what cannot be a suggestion, NotFound
    `segment_unknown`, IllegalTransition where the text may not be edited, Forbidden.
    """
    segment = session.get(Segment, segment_id, with_for_update=True, populate_existing=True)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    announcement = _open(session, segment.announcement_id, actor_id)
    if not heard or len(heard) > LONGEST or len(written) > LONGEST:
        raise InvalidInput()
    row, is_new = _put(session, announcement, actor_id, kind, written, segment.id, heard)
    if is_new:
        note_announcement(
            session,
            announcement,
            actor_id,
            "refuse_suggestion",
            refusal=row.id,
            segment=segment.id,
            start_ms=segment.start_ms,
        )
    return row.id


def refuse_all(
    session: Session, *, announcement_id: str, kind: str, name: str = "", actor_id: str
) -> str:
    """Suggest nothing of a kind any more in this announcement, or only this `name` nowhere.

    Returns the refusal's id; raises as `refuse_suggestion`.
    """
    announcement = _open(session, announcement_id, actor_id)
    if len(name) > LONGEST:
        raise InvalidInput()
    row, is_new = _put(session, announcement, actor_id, kind, name, None, None)
    if is_new:
        note_announcement(session, announcement, actor_id, "refuse_suggestions", refusal=row.id)
    return row.id


def take_back_refusals(
    session: Session, *, announcement_id: str, refusal_id: str | None = None, actor_id: str
) -> int:
    """Suggest again what was refused: one refusal, or all; how many there were.

    Harmless where there is none. Raises as `refuse_suggestion`.
    """
    announcement = _open(session, announcement_id, actor_id)
    which = _of(announcement_id)
    rows = session.scalars(select(SuggestionRefusal).where(which)).all()
    gone = [row for row in rows if refusal_id in (None, row.id)]
    for row in gone:
        session.delete(row)
    if gone:
        note_announcement(session, announcement, actor_id, "show_suggestions", count=len(gone))
    session.flush()
    return len(gone)


def refusal_stands(session: Session, announcement_id: str, refusal_id: str) -> bool:
    """Whether there is something to take back."""
    which = select(SuggestionRefusal.id).where(
        _of(announcement_id), SuggestionRefusal.id == refusal_id
    )
    return session.scalar(which) is not None


def carry_refusals(session: Session, old: Sequence[Segment], new: Sequence[Segment]) -> None:
    """Refusals go with their words when segments are cut or joined; in the caller's transaction."""
    former = {segment.id for segment in old}
    rows = session.scalars(
        select(SuggestionRefusal).where(SuggestionRefusal.segment_id.in_(former))
    ).all()
    for row in rows:
        holding = [segment.id for segment in new if (row.heard or "") in segment.text]
        first, *others = holding or [new[0].id]
        row.segment_id = first
        for segment_id in others:
            session.add(
                SuggestionRefusal(
                    announcement_id=row.announcement_id,
                    segment_id=segment_id,
                    kind=row.kind,
                    heard=row.heard,
                    written=row.written,
                    user_id=row.user_id,
                    created_at=row.created_at,
                )
            )


def _of(announcement_id: str) -> ColumnElement[bool]:
    """Those of the whole announcement, and those of the segments that it has now."""
    segments = select(Segment.id).where(Segment.announcement_id == announcement_id)
    whole = (SuggestionRefusal.announcement_id == announcement_id) & (
        SuggestionRefusal.segment_id.is_(None)
    )
    return or_(whole, SuggestionRefusal.segment_id.in_(segments))


def _open(session: Session, announcement_id: str, actor_id: str) -> Announcement:
    """Locked, and the actor one who may change its text, which may be changed."""
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    next_state(State(announcement.state), Action.EDIT)
    return announcement


def _put(
    session: Session,
    announcement: Announcement,
    actor_id: str,
    kind: str,
    written: str,
    segment_id: str | None,
    heard: str | None,
) -> tuple[SuggestionRefusal, bool]:
    """The refusal, and whether it was not there yet. The announcement is locked."""
    if kind not in SUGGESTION_KINDS:
        raise InvalidInput()
    standing = session.scalar(
        select(SuggestionRefusal).where(
            _of(announcement.id),
            SuggestionRefusal.segment_id == segment_id,
            SuggestionRefusal.kind == kind,
            SuggestionRefusal.heard == heard,
            SuggestionRefusal.written == written,
        )
    )
    if standing is not None:
        return standing, False
    row = SuggestionRefusal(
        announcement_id=announcement.id,
        segment_id=segment_id,
        kind=kind,
        heard=heard,
        written=written,
        user_id=actor_id,
        created_at=utc_now(),
    )
    session.add(row)
    session.flush()
    return row, True
