"""What residents would hear, made by a worker before anybody approves it.

The files lie with the copies of their recording and are named by the stretches that they are made
of: they are right as long as nobody changes what is cut or covered, and are neither played nor
published after that. A worker with nothing else to do makes them of what it has transcribed;
whoever wants to hear them sooner, or has cut something, orders them.
"""

import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.cut_list import CutList
from bridge.errors import InvalidInput, NotFound
from bridge.intake import lock_announcement, require_sound
from bridge.media import MediaStore
from bridge.models import Announcement, Recording, Task
from bridge.review import read_cut_list
from bridge.tasks import add_task
from bridge.workflow import Action, State, next_state

KIND = "preview"
# An approver listens within the day or two in which they decide; made again it is the same.
KEPT = timedelta(days=7)
_FILES = ("derived/*/*/preview-*", "derived/*/*/.sound-*.tmp")


@dataclass(frozen=True, slots=True)
class PlannedSound:
    """What would be published now, of which recording, and the files' name without its ending."""

    sha256: str
    cut_list: CutList
    stem: str

    @property
    def file_name(self) -> str:
        """The name of the one that is played before approval."""
        return f"{self.stem}.mp3"


@dataclass(frozen=True, slots=True)
class PreviewWork:
    """Where the making of the file stands: of the newest task, if there was one."""

    is_open: bool = False
    percent: int = 0
    error_code: str | None = None  # why it gave up


def planned_sound(session: Session, announcement_id: str) -> PlannedSound:
    """The sound of an announcement as it stands. Raises NotFound `announcement_unknown`."""
    announcement = session.get(Announcement, announcement_id)
    if announcement is None:
        raise NotFound("announcement_unknown", id=announcement_id)
    cut_list = read_cut_list(session, announcement)
    recording = session.get_one(Recording, announcement.recording_id)
    return PlannedSound(recording.sha256, cut_list, sound_stem(cut_list))


def sound_stem(cut_list: CutList) -> str:
    """The name of the files with this sound, among the copies of its recording."""
    stretches = json.dumps([[one.start_ms, one.end_ms, one.beep] for one in cut_list.spans])
    return f"preview-{hashlib.sha256(stretches.encode()).hexdigest()[:16]}"


def may_be_published(session: Session, announcement_id: str) -> bool:
    """Whether an announcement waits for approval or for its hour."""
    announcement = session.get_one(Announcement, announcement_id)
    return announcement.state in (State.IN_REVIEW, State.APPROVED)


def order_preview(session: Session, *, announcement_id: str, actor_id: str) -> str:
    """Have the sound made as it would be published; the task's id.

    Ordered twice it is made once. Raises InvalidInput `all_cut` where nothing is left to hear,
    Conflict `sound_removed`, IllegalTransition where there is no finished text, Forbidden,
    NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    next_state(State(announcement.state), Action.EDIT)
    require_sound(session, announcement)
    if not planned_sound(session, announcement_id).cut_list.spans:
        raise InvalidInput("all_cut")
    if not preview_work(session, announcement_id).is_open:
        note_announcement(session, announcement, actor_id, "order_preview")
    return add_task(session, kind=KIND, announcement_id=announcement_id)


def preview_work(session: Session, announcement_id: str) -> PreviewWork:
    """How far the newest order has come."""
    task = session.scalar(
        select(Task)
        .where(Task.announcement_id == announcement_id, Task.kind == KIND)
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
    )
    if task is None:
        return PreviewWork()
    percent = task.progress_done * 100 // task.progress_total if task.progress_total else 0
    failure = (task.error_code or "unexpected") if task.state == "failed" else None
    return PreviewWork(task.state in ("queued", "running"), percent, failure)


def remove_old_previews(media: MediaStore, now: datetime) -> None:
    """Delete what was made longer than KEPT ago, and what killed runs left of it.

    Whoever wants it orders it, or publishes, again.
    """
    for path in [path for pattern in _FILES for path in media.root.glob(pattern)]:
        with contextlib.suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - KEPT:
                path.unlink()
