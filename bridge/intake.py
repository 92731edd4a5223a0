"""How audio becomes an announcement: accepting a recording, stopping its way, trying again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import Database, utc_now
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.failpoints import reach
from bridge.media import Incoming, MediaStore, SoundFacts
from bridge.models import PRIORITIES, Announcement, Approval, Recording
from bridge.tasks import add_task, cancel_tasks
from bridge.transcript import normalise_text
from bridge.workflow import Action, State, next_state

TITLE_LENGTH = 300
FILE_NAME_LENGTH = 255
CANCELLED = "cancelled"  # the failure code of a transcription that a person stopped

# What is tried again, by the state after Action.RETRY.
_RETRIED_TASKS = {
    State.QUEUED: "transcribe",
    State.APPROVED: "publish",
    State.WITHDRAWN: "unpublish",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a file. With `duplicate_of` set, nothing was made and `task_id` is None."""

    announcement_id: str
    state: str
    duplicate_of: str | None = None
    task_id: str | None = None


# What `accept_recording` lets its caller do in its transaction.
Around = Callable[[Session, Callable[[], Receipt]], Receipt]


def find_duplicate(session: Session, unit_id: str, sha256: str) -> str | None:
    """The announcement that the same bytes already made in this unit.

    None where a retention rule has taken their sound off the disk: then they are wanted again.
    """
    return session.scalar(
        select(Announcement.id)
        .join(Recording, Announcement.recording_id == Recording.id)
        .where(
            Recording.unit_id == unit_id,
            Recording.sha256 == sha256,
            Recording.sound_removed_at.is_(None),
        )
        .order_by(Announcement.created_at, Announcement.id)
        .limit(1)
    )


def accept_recording(
    db: Database,
    media: MediaStore,
    *,
    unit_id: str,
    actor_id: str | None,
    incoming: Incoming,
    facts: SoundFacts,
    file_name: str,
    title: str = "",
    broadcast_at: datetime | None = None,
    priority: str = PRIORITIES[0],
    around: Around | None = None,
) -> Receipt:
    """Keep a probed file for good and queue its transcription.

    The file is in the store, flushed, before the one transaction that tells the database of it:
    a crash between the two leaves an unused file, never a row without its audio. Done twice with
    the same bytes, the second receipt names the first announcement, whose priority stays. Raises
    InvalidInput `priority_unknown`, Forbidden.

    `around(session, record)` may do more in that transaction, before and after `record()`; its
    receipt is returned. It may be called a second time, after everything was rolled back.

    The caller then hands `task_id` to the queue.
    """
    with db.reading() as session:
        require_role(session, actor_id, unit_id, "operator", "editor")
    require_priority(priority)
    media.keep(incoming)
    reach("intake.kept")

    def record(session: Session) -> Receipt:
        first = find_duplicate(session, unit_id, incoming.sha256)
        if first is not None:
            return duplicate_receipt(session, first)
        receipt = _record(
            session, unit_id, actor_id, incoming, facts, file_name, title, broadcast_at
        )
        set_priority(
            session,
            announcement_id=receipt.announcement_id,
            priority=priority,
            actor_id=actor_id,
        )
        return receipt

    def write() -> Receipt:
        with db.writing() as session:
            receipt = around(session, lambda: record(session)) if around else record(session)
            reach("intake.written")
        reach("intake.recorded")
        return receipt

    try:
        return write()
    except IntegrityError:
        # PostgreSQL lets two uploads of one file run side by side. The second one lands here, and
        # now finds the first.
        return write()


def duplicate_receipt(session: Session, announcement_id: str) -> Receipt:
    """The receipt for bytes that are already there."""
    announcement = session.get_one(Announcement, announcement_id)
    return Receipt(announcement_id, announcement.state, duplicate_of=announcement_id)


def lock_announcement(session: Session, announcement_id: str) -> Announcement:
    """The announcement, its row locked until the transaction ends. Raises NotFound."""
    # Read anew: what this session saw before the lock may have been changed by another.
    announcement = session.get(
        Announcement, announcement_id, with_for_update=True, populate_existing=True
    )
    if announcement is None:
        raise NotFound("announcement_unknown", id=announcement_id)
    return announcement


def retry_announcement(session: Session, *, announcement_id: str, actor_id: str | None) -> str:
    """Try again what failed: a transcription, publishing an approved text, taking pages down.

    Returns the id of the task to hand over; the open one when it is already being tried. Raises
    Conflict `sound_removed` where the sound that it needs is gone by a retention rule.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "operator", "editor", "approver")
    announcement.state = next_state(State(announcement.state), Action.RETRY)
    announcement.failure_code = None
    announcement.updated_at = utc_now()
    kind = _RETRIED_TASKS[State(announcement.state)]
    if kind != "unpublish":
        require_sound(session, announcement)
    note_announcement(session, announcement, actor_id, "retry", task=kind)
    # What was approved for a later hour keeps it.
    publish_at = session.scalar(
        select(Approval.publish_at).where(
            Approval.announcement_id == announcement.id, Approval.voided_at.is_(None)
        )
    )
    return add_task(
        session,
        kind=kind,
        announcement_id=announcement.id,
        not_before=publish_at if kind == "publish" else None,
    )


def set_priority(
    session: Session, *, announcement_id: str, priority: str, actor_id: str | None
) -> None:
    """Say how urgent an announcement is whose text is not there yet; from review on it is a detail.

    What waits moves in the queue by itself. The same again changes nothing. Raises InvalidInput
    `priority_unknown`, IllegalTransition from review on, Forbidden, NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "operator", "editor", "approver")
    require_priority(priority)
    announcement.state = next_state(State(announcement.state), Action.HURRY)
    if announcement.priority == priority:
        return
    announcement.priority = priority
    announcement.version += 1
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, actor_id, "set_priority", priority=priority)


def require_priority(priority: str) -> None:
    """Raise InvalidInput `priority_unknown` unless it is one of the three."""
    if priority not in PRIORITIES:
        raise InvalidInput("priority_unknown", priority=priority[:40])


def require_sound(session: Session, announcement: Announcement) -> None:
    """Raise Conflict `sound_removed` where a retention rule took the announcement's sound away."""
    recording = session.get_one(Recording, announcement.recording_id, populate_existing=True)
    if recording.sound_removed_at is not None:
        raise Conflict("sound_removed", id=announcement.id)


def cancel_transcription(session: Session, *, announcement_id: str, actor_id: str | None) -> None:
    """Stop a transcription that waits or runs. Sound and text so far stay; retrying goes on from
    the last checkpoint.

    A run in progress loses its hold at its next write. Done twice, the second time changes
    nothing. Raises IllegalTransition for one that has ended, Forbidden, NotFound.
    """
    # Tasks before the announcement: the order in which a run locks them.
    cancel_tasks(session, announcement_id, "transcribe")
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "operator", "editor", "approver")
    if (announcement.state, announcement.failure_code) == (State.FAILED, CANCELLED):
        return
    announcement.state = next_state(State(announcement.state), Action.CANCEL)
    announcement.failure_code = CANCELLED
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, actor_id, "cancel")


def _record(
    session: Session,
    unit_id: str,
    actor_id: str | None,
    incoming: Incoming,
    facts: SoundFacts,
    file_name: str,
    title: str,
    broadcast_at: datetime | None,
) -> Receipt:
    # As the client called it, but for what the database cannot hold.
    file_name = normalise_text(file_name)[:FILE_NAME_LENGTH]
    recording = _returned(session, unit_id, incoming.sha256) or Recording(
        unit_id=unit_id,
        sha256=incoming.sha256,
        size_bytes=incoming.size_bytes,
        file_name=file_name,
        container=facts.container,
        codec=facts.codec,
        sample_rate=facts.sample_rate,
        channels=facts.channels,
        duration_ms=facts.duration_ms,
        peaks=facts.peaks,
        created_by=actor_id,
    )
    session.add(recording)
    session.flush()
    announcement = Announcement(
        unit_id=unit_id,
        recording_id=recording.id,
        start_ms=0,
        end_ms=facts.duration_ms,
        state=next_state(State.RECEIVED, Action.ENQUEUE),
        title=normalise_text(title)[:TITLE_LENGTH],
        broadcast_at=broadcast_at or utc_now(),
        created_by=actor_id,
    )
    session.add(announcement)
    session.flush()
    task_id = add_task(session, kind="transcribe", announcement_id=announcement.id)
    note_announcement(
        session,
        announcement,
        actor_id,
        "receive",
        file_name=file_name,
        sha256=incoming.sha256,
        duration_ms=facts.duration_ms,
    )
    return Receipt(announcement.id, announcement.state, task_id=task_id)


def _returned(session: Session, unit_id: str, sha256: str) -> Recording | None:
    """The recording whose sound had gone by a retention rule and that was sent once more."""
    recording = session.scalar(
        select(Recording)
        .where(
            Recording.unit_id == unit_id,
            Recording.sha256 == sha256,
            Recording.sound_removed_at.is_not(None),
        )
        .with_for_update()
    )
    if recording is not None:
        recording.sound_removed_at = None
    return recording
