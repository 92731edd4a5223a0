"""Approving exactly what was read, and taking back what was published."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.confirmations import MustCheck, WarnedDetails, unconfirmed
from bridge.corrections import require_note
from bridge.cut_list import Cover, CutList
from bridge.db import utc_now
from bridge.details import Particulars
from bridge.editing import void_approval
from bridge.errors import Conflict, Forbidden, InvalidInput
from bridge.flags import count_undecided
from bridge.intake import lock_announcement, require_sound
from bridge.listing import list_anew
from bridge.models import Announcement, Approval, EngineRun, Publication, Segment, Unit
from bridge.publish_later import require_publish_time
from bridge.returns import close_returns, count_open_returns
from bridge.search_index import remove_from_search
from bridge.tasks import add_task, cancel_tasks
from bridge.transcript import normalise_text
from bridge.turns import PREPARE
from bridge.webhooks import tell_webhooks
from bridge.workflow import Action, State, next_state

REASON_LENGTH = 500  # a few sentences on a page of their own


def content_digest(announcement: Announcement, segments: Sequence[Segment]) -> str:
    """SHA-256 of all that residents will read and hear, over canonical JSON.

    Covers the span of sound, the details, and every segment's times, kind, text, whether it is
    hidden and what covers its sound, in order.
    """
    content: list[Any] = [
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
    # Only where something was said: approvals from before there were particulars stand.
    if said := Particulars.of(announcement).written():
        content.append(said)
    if announcement.continues_id is not None:
        content.append(["continues", announcement.continues_id])
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def cut_list_of(announcement: Announcement, segments: Sequence[Segment]) -> CutList:
    """What residents hear of an announcement."""
    covers = [Cover(one.start_ms, one.end_ms, one.cover) for one in segments if one.cover]
    return CutList(announcement.start_ms, announcement.end_ms, covers)


def read_cut_list(session: Session, announcement: Announcement) -> CutList:
    """The same, of an announcement whose text nobody needs: two hours of it are not read."""
    covered = select(Segment.start_ms, Segment.end_ms, Segment.cover).where(
        Segment.announcement_id == announcement.id, Segment.cover.is_not(None)
    )
    rows = session.execute(covered.order_by(Segment.position))
    covers = [Cover(start_ms, end_ms, cover) for start_ms, end_ms, cover in rows if cover]
    return CutList(announcement.start_ms, announcement.end_ms, covers)


def current_segments(
    session: Session, announcement_id: str, *, with_engine_words: bool = True
) -> Sequence[Segment]:
    """The transcript as it stands, in order.

    Without the engine's words, half of what is read of a long one is left alone; who asks one of
    these segments for them all the same gets them by a query of its own.
    """
    query = select(Segment).where(Segment.announcement_id == announcement_id)
    if not with_engine_words:
        query = query.options(defer(Segment.engine_words))
    return session.scalars(query.order_by(Segment.position)).all()


def approve_announcement(
    session: Session,
    *,
    announcement_id: str,
    digest: str,
    actor_id: str,
    must_check: MustCheck,
    publish_at: datetime | None = None,
    public_note: str = "",
    spelling_only: bool = False,
    resolve_returns: bool = False,
    warned_details: WarnedDetails | None = None,
    keep_details: bool = False,
) -> str:
    """Approve the exact text named by `digest` and queue its publishing; returns the task's id.

    `must_check` names the segments that somebody must have confirmed by then. It goes out at
    `publish_at`, at once without. What was published before needs a `public_note`, or the word
    that the correction is `spelling_only`. With `resolve_returns` what the announcement was sent
    back for counts as done. `warned_details` says what somebody must be warned of in the title and
    other details; with `keep_details` they were, and it goes out all the same.

    Raises Conflict `text_changed` when the text is no longer the one that was read, Forbidden
    `own_text` when the actor touched it last and the unit wants two people, InvalidInput
    `title_missing`, Conflict `flags_undecided` (`count` segments) while a person still has to
    decide on passages, InvalidInput `all_hidden` when no text is left to read, `all_cut` when no
    sound is, Conflict `checks_missing` (`count` segments) while something must be heard again,
    Conflict `details_warned` where there is a warning and no `keep_details`, Conflict
    `returns_open` (`count`) while it is sent back and that is not to be resolved, InvalidInput as
    `require_publish_time` and `require_note` do, Forbidden, IllegalTransition, NotFound.
    """
    announcement, own_text = _lock_for_approver(session, announcement_id, actor_id)
    announcement.state = next_state(State(announcement.state), Action.APPROVE)
    _require_ready(session, announcement, digest, must_check)
    warned = _decided(session, announcement, warned_details, keep=keep_details)
    if publish_at is not None:
        require_publish_time(publish_at, announcement.valid_until)
    note, spelling_only = require_note(
        session, announcement_id, note=public_note, spelling_only=spelling_only
    )
    resolved = _end_returns(session, announcement_id, actor_id, may_resolve=resolve_returns)
    announcement.updated_at = utc_now()
    approval = Approval(
        announcement_id=announcement_id,
        user_id=actor_id,
        digest=digest,
        announcement_version=announcement.version,
        publish_at=publish_at,
        public_note=note,
        spelling_only=spelling_only,
    )
    session.add(approval)
    _note_approval(
        session, announcement, approval, resolved=resolved, own_text=own_text, warned=warned
    )
    return _queue_publishing(session, announcement_id, publish_at)


def _lock_for_approver(
    session: Session, announcement_id: str, actor_id: str
) -> tuple[Announcement, bool]:
    """The locked announcement, and whether this approver touched its text last.

    Raises Forbidden, also `own_text` where the unit wants two people; NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "approver")
    own_text = announcement.last_editor_id == actor_id
    if own_text and not session.get_one(Unit, announcement.unit_id).editor_may_approve:
        raise Forbidden("own_text")
    return announcement, own_text


def _end_returns(
    session: Session, announcement_id: str, actor_id: str, *, may_resolve: bool
) -> int:
    """How many times it was sent back for what is done now. Raises Conflict `returns_open`."""
    waiting = count_open_returns(session, announcement_id)
    if waiting and not may_resolve:
        raise Conflict("returns_open", count=waiting)
    close_returns(session, announcement_id, outcome="approved", actor_id=actor_id)
    return waiting


def _queue_publishing(session: Session, announcement_id: str, publish_at: datetime | None) -> str:
    # None should be open; were one, it would go out at its time and not at this one.
    cancel_tasks(session, announcement_id, "publish")
    if publish_at is not None:  # there is time for it, and then it is out at its minute
        add_task(session, kind=PREPARE, announcement_id=announcement_id)
    return add_task(session, kind="publish", announcement_id=announcement_id, not_before=publish_at)


def _note_approval(
    session: Session,
    announcement: Announcement,
    approval: Approval,
    *,
    resolved: int,
    own_text: bool,
    warned: Sequence[Sequence[str]],
) -> None:
    """In the audit log: only what was said of it besides the digest, and that it was one person."""
    publish_at = approval.publish_at
    said = {
        "publish_at": publish_at.astimezone(UTC).isoformat() if publish_at else None,
        "note": approval.public_note,
        "spelling_only": approval.spelling_only,
        "resolved": resolved,
        "own_text": own_text,
        "warned": [list(one) for one in warned],
    }
    told = {name: value for name, value in said.items() if value}
    digest = approval.digest
    note_announcement(session, announcement, approval.user_id, "approve", digest=digest, **told)


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
        list_anew(session, announcement_id)
        remove_from_search(session, announcement_id)
        tell_webhooks(session, announcement, "withdrawn", reason=reason)
    note_announcement(session, announcement, actor_id, "withdraw", reason=reason)
    if publication is None:
        return None
    return add_task(session, kind="unpublish", announcement_id=announcement_id)


def reopen_announcement(session: Session, *, announcement_id: str, actor_id: str) -> None:
    """Bring a withdrawn announcement back to review. It stays off the portal until approved.

    One whose transcription had failed goes back to `failed`, where it can be tried again. Raises
    Conflict `sound_removed` where its sound is gone by a retention rule, `announcement_joined` for
    one that is part of another now.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    require_sound(session, announcement)
    if announcement.joined_into is not None:
        raise Conflict("announcement_joined", into=announcement.joined_into)
    # Its segments tell: what heard them belongs to the announcement that it was parted from.
    heard = session.scalar(
        select(EngineRun.id)
        .join(Segment, Segment.engine_run_id == EngineRun.id)
        .where(Segment.announcement_id == announcement_id, EngineRun.finished_at.is_not(None))
        .limit(1)
    )
    action = Action.REOPEN if heard else Action.REOPEN_UNHEARD
    announcement.state = next_state(State(announcement.state), action)
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, actor_id, "reopen")


def _require_ready(
    session: Session, announcement: Announcement, digest: str, must_check: MustCheck
) -> None:
    """Refuse what is not the text that was read, or is not fit to go out."""
    if not announcement.title:
        raise InvalidInput("title_missing")
    segments = current_segments(session, announcement.id)
    if digest != content_digest(announcement, segments):
        raise Conflict("text_changed")
    if undecided := count_undecided(session, announcement.id):
        raise Conflict("flags_undecided", count=undecided)
    texts = [segment for segment in segments if segment.text]
    if texts and all(segment.hidden for segment in texts):
        raise InvalidInput("all_hidden")
    if not cut_list_of(announcement, segments).spans:
        raise InvalidInput("all_cut")
    if waiting := unconfirmed(session, announcement.id, must_check):
        raise Conflict("checks_missing", count=len(waiting))


def _decided(
    session: Session,
    announcement: Announcement,
    warned_details: WarnedDetails | None,
    *,
    keep: bool,
) -> Sequence[Sequence[str]]:
    """What goes out in title and details after a warning. Raises Conflict `details_warned`."""
    if warned_details is None:
        return ()
    warned = warned_details(announcement, current_segments(session, announcement.id))
    if warned and not keep:
        raise Conflict("details_warned")
    return warned


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
