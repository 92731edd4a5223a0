"""Approving exactly what was read, and taking back what was published."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.confirmations import MustCheck, unconfirmed
from bridge.cut_list import Cover, CutList
from bridge.db import utc_now
from bridge.editing import void_approval
from bridge.errors import Conflict, Forbidden, InvalidInput
from bridge.flags import count_undecided
from bridge.intake import lock_announcement, require_sound
from bridge.models import Announcement, Approval, EngineRun, Publication, Segment, Unit
from bridge.tasks import add_task
from bridge.transcript import normalise_text
from bridge.workflow import Action, State, next_state

REASON_LENGTH = 500  # a few sentences on a page of their own


def content_digest(announcement: Announcement, segments: Sequence[Segment]) -> str:
    """SHA-256 of all that residents will read and hear, over canonical JSON.

    Covers the span of sound, the details, and every segment's times, kind, text, whether it is
    hidden and what covers its sound, in order.
    """
    content = [
        announcement.id,
        announcement.recording_id,
        announcement.start_ms,
        announcement.end_ms,
        announcement.title,
        announcement.category,
        announcement.area,
        announcement.priority,
        announcement.broadcast_at.astimezone(UTC).isoformat(timespec="microseconds"),
        [_digested(item) for item in segments],
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def cut_list_of(announcement: Announcement, segments: Sequence[Segment]) -> CutList:
    """What residents hear of an announcement."""
    covers = [Cover(one.start_ms, one.end_ms, one.cover) for one in segments if one.cover]
    return CutList(announcement.start_ms, announcement.end_ms, covers)


def current_segments(session: Session, announcement_id: str) -> Sequence[Segment]:
    """The transcript as it stands, in order."""
    return session.scalars(
        select(Segment).where(Segment.announcement_id == announcement_id).order_by(Segment.position)
    ).all()


def approve_announcement(
    session: Session, *, announcement_id: str, digest: str, actor_id: str, must_check: MustCheck
) -> str:
    """Approve the exact text named by `digest` and queue its publishing; returns the task's id.

    `must_check` names the segments that somebody must have confirmed by then.

    Raises Conflict `text_changed` when the text is no longer the one that was read, Forbidden
    `own_text` when the actor touched it last and the unit wants two people, InvalidInput
    `title_missing`, Conflict `flags_undecided` (`count` segments) while a person still has to
    decide on passages, InvalidInput `all_hidden` when no text is left to read, `all_cut` when no
    sound is, Conflict `checks_missing` (`count` segments) while something must be heard again,
    Forbidden, IllegalTransition, NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "approver")
    unit = session.get_one(Unit, announcement.unit_id)
    if announcement.last_editor_id == actor_id and not unit.editor_may_approve:
        raise Forbidden("own_text")
    announcement.state = next_state(State(announcement.state), Action.APPROVE)
    if not announcement.title:
        raise InvalidInput("title_missing")
    segments = current_segments(session, announcement_id)
    if digest != content_digest(announcement, segments):
        raise Conflict("text_changed")
    if undecided := count_undecided(session, announcement_id):
        raise Conflict("flags_undecided", count=undecided)
    texts = [segment for segment in segments if segment.text]
    if texts and all(segment.hidden for segment in texts):
        raise InvalidInput("all_hidden")
    if not cut_list_of(announcement, segments).spans:
        raise InvalidInput("all_cut")
    if waiting := unconfirmed(session, announcement_id, must_check):
        raise Conflict("checks_missing", count=len(waiting))
    announcement.updated_at = utc_now()
    session.add(
        Approval(
            announcement_id=announcement_id,
            user_id=actor_id,
            digest=digest,
            announcement_version=announcement.version,
        )
    )
    note_announcement(session, announcement, actor_id, "approve", digest=digest)
    return add_task(session, kind="publish", announcement_id=announcement_id)


def withdraw_announcement(
    session: Session, *, announcement_id: str, reason: str, actor_id: str
) -> str | None:
    """Take an announcement off the portal, or drop it before it got there.

    Returns the id of the task that removes the pages, None where there are none. Raises
    InvalidInput `reason_missing` / `reason_too_long`, Forbidden, IllegalTransition, NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "approver")
    reason = normalise_text(reason)
    if not reason:
        raise InvalidInput("reason_missing")
    if len(reason) > REASON_LENGTH:
        raise InvalidInput("reason_too_long", limit=REASON_LENGTH)
    announcement.state = next_state(State(announcement.state), Action.WITHDRAW)
    announcement.updated_at = utc_now()
    void_approval(session, announcement_id)
    publication = session.scalar(
        select(Publication).where(
            Publication.announcement_id == announcement_id, Publication.is_current
        )
    )
    if publication is not None and publication.withdrawn_at is None:
        publication.withdrawn_at = utc_now()
        publication.withdrawn_reason = reason
    note_announcement(session, announcement, actor_id, "withdraw", reason=reason)
    if publication is None:
        return None
    return add_task(session, kind="unpublish", announcement_id=announcement_id)


def reopen_announcement(session: Session, *, announcement_id: str, actor_id: str) -> None:
    """Bring a withdrawn announcement back to review. It stays off the portal until approved.

    One whose transcription had failed goes back to `failed`, where it can be tried again. Raises
    Conflict `sound_removed` where its sound is gone by a retention rule.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    require_sound(session, announcement)
    heard = session.scalar(
        select(EngineRun.id).where(
            EngineRun.announcement_id == announcement_id, EngineRun.finished_at.is_not(None)
        )
    )
    action = Action.REOPEN if heard else Action.REOPEN_UNHEARD
    announcement.state = next_state(State(announcement.state), action)
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, actor_id, "reopen")


def _digested(segment: Segment) -> list[str | int]:
    content: list[str | int] = [
        segment.id,
        segment.kind,
        segment.start_ms,
        segment.end_ms,
        segment.text,
    ]
    # Only where it is the case: what was approved before segments could be hidden stays approved.
    if segment.hidden:
        content.append("hidden")
    return [*content, segment.cover] if segment.cover else content
