"""A person's word that they heard a segment and that its text is right.

It is about one version of the text: what is changed afterwards has to be heard again. Which
segments need it before approval (hours, dates, money, telephone numbers, names) is not known here:
`bridge.review.approve_announcement` is told.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.errors import NotFound, VersionConflict
from bridge.intake import lock_announcement
from bridge.models import Announcement, Confirmation, Segment, User
from bridge.workflow import Action, State, next_state

# The ids of those segments that somebody has to confirm before residents may read them.
MustCheck = Callable[[Sequence[Segment]], Collection[str]]
# What somebody is warned of in a segment before residents may read it: "personal", "secret" ….
Warnings = Callable[[Segment], Sequence[str]]
# The same of the title and other details: which field, and what.
WarnedDetails = Callable[[Announcement, Sequence[Segment]], Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who said so, and when."""

    by: str  # the person's name
    at: datetime


def confirm_segment(
    session: Session,
    *,
    segment_id: str,
    expected_version: int,
    actor_id: str,
    warnings: Warnings | None = None,
) -> None:
    """Note that the actor heard the segment as it stands in this version.

    Where `warnings` says that it holds what should perhaps not be published, this is the decision
    to publish it, and stands in the log.

    Confirming again changes nothing: the first person's word stands. Raises VersionConflict with
    the text that stands, NotFound `segment_unknown`, IllegalTransition where the text is not under
    review, Forbidden.
    """
    segment, announcement = _open_segment(session, segment_id, actor_id)
    if segment.version != expected_version:
        raise VersionConflict(current_version=segment.version, current_text=segment.text)
    if not _stands(session, segment):
        session.add(_confirmation(segment, announcement, actor_id))
        _note_warned(session, announcement, [segment], warnings, actor_id, "keep_sensitive")


def take_back_confirmation(
    session: Session, *, segment_id: str, actor_id: str, warnings: Warnings | None = None
) -> None:
    """The segment has to be heard again, whoever confirmed it. Harmless where nobody did.

    `warnings` as for `confirm_segment`. Raises as `confirm_segment` does, but for versions.
    """
    segment, announcement = _open_segment(session, segment_id, actor_id)
    if _stands(session, segment):
        _note_warned(session, announcement, [segment], warnings, actor_id, "doubt_sensitive")
    session.execute(
        delete(Confirmation).where(
            Confirmation.segment_id == segment.id, Confirmation.version == segment.version
        )
    )


def confirm_all(
    session: Session,
    *,
    announcement_id: str,
    must_check: MustCheck,
    actor_id: str,
    warnings: Warnings | None = None,
) -> int:
    """Confirm everything that `must_check` names and nobody has confirmed; how many there were.

    For a person who has heard the whole announcement. `warnings` and what is raised: as for
    `confirm_segment`.
    """
    announcement = _open_announcement(session, announcement_id, actor_id)
    waiting = unconfirmed(session, announcement_id, must_check)
    for segment in waiting:
        session.add(_confirmation(segment, announcement, actor_id))
    if waiting:
        note_announcement(session, announcement, actor_id, "confirm_all", count=len(waiting))
        _note_warned(session, announcement, waiting, warnings, actor_id, "keep_sensitive")
    return len(waiting)


def unconfirmed(session: Session, announcement_id: str, must_check: MustCheck) -> list[Segment]:
    """The segments that still have to be confirmed, in order."""
    segments = session.scalars(
        select(Segment).where(Segment.announcement_id == announcement_id).order_by(Segment.position)
    ).all()
    done = confirmations(session, announcement_id)
    asked = must_check(segments)
    return [one for one in segments if one.id in asked and one.id not in done]


def confirmations(session: Session, announcement_id: str) -> Mapping[str, Confirmed]:
    """What is confirmed of the texts as they now stand, by segment id."""
    rows = session.execute(
        select(Segment.id, User.name, Confirmation.created_at)
        .join(
            Confirmation,
            and_(
                Confirmation.segment_id == Segment.id,
                Confirmation.version == Segment.version,
            ),
        )
        .join(User, Confirmation.user_id == User.id)
        .where(Segment.announcement_id == announcement_id)
    )
    return {segment_id: Confirmed(name, at) for segment_id, name, at in rows}


def _open_segment(session: Session, segment_id: str, actor_id: str) -> tuple[Segment, Announcement]:
    """Both rows locked, the segment first: the order in which saving a text locks them."""
    segment = session.get(Segment, segment_id, with_for_update=True, populate_existing=True)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    return segment, _open_announcement(session, segment.announcement_id, actor_id)


def _open_announcement(session: Session, announcement_id: str, actor_id: str) -> Announcement:
    """Locked, its text under review, and the actor one who may say what is right in it."""
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    next_state(State(announcement.state), Action.APPROVE)
    return announcement


def _note_warned(
    session: Session,
    announcement: Announcement,
    segments: Sequence[Segment],
    warnings: Warnings | None,
    actor_id: str,
    action: str,
) -> None:
    """A line in the log for each segment that somebody was warned of."""
    if warnings is None:
        return
    for segment in segments:
        if kinds := warnings(segment):
            note_announcement(
                session,
                announcement,
                actor_id,
                action,
                segment=segment.id,
                start_ms=segment.start_ms,
                version=segment.version,
                kinds=list(kinds),
            )


def _stands(session: Session, segment: Segment) -> bool:
    return (
        session.scalar(
            select(Confirmation.id).where(
                Confirmation.segment_id == segment.id, Confirmation.version == segment.version
            )
        )
        is not None
    )


def _confirmation(segment: Segment, announcement: Announcement, actor_id: str) -> Confirmation:
    return Confirmation(
        announcement_id=announcement.id,
        segment_id=segment.id,
        version=segment.version,
        user_id=actor_id,
        created_at=utc_now(),
    )
