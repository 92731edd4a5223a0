"""What residents would hear, made by a worker before anybody approves it.

The file lies with the copies of its recording and is named by the stretches that it is made of: it
is right as long as nobody changes what is cut or covered, and is not played after that.
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
_FILES = "derived/*/*/preview-*.mp3"


@dataclass(frozen=True, slots=True)
class PlannedSound:
    """What would be published now, of which recording, and the name of the file that plays it."""

    sha256: str
    cut_list: CutList
    file_name: str


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
    stretches = json.dumps([[one.start_ms, one.end_ms, one.beep] for one in cut_list.spans])
    digest = hashlib.sha256(stretches.encode()).hexdigest()
    return PlannedSound(recording.sha256, cut_list, f"preview-{digest[:16]}.mp3")


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
    """Delete previews that were made longer than KEPT ago; whoever wants one orders it again."""
    for path in media.root.glob(_FILES):
        with contextlib.suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - KEPT:
                path.unlink()
