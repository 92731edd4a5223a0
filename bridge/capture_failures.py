"""Captures that were given up: an admin of the unit lets the server try again, or throws them away.

What cannot be read as sound keeps its chunks. Its sender may be gone (a line has none), so somebody
else has to be able to decide.
"""

from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.capture_care import FINISH
from bridge.captures import lock_capture, mark_discarded
from bridge.chunk_store import ChunkStore
from bridge.db import Database
from bridge.errors import Conflict
from bridge.media import MediaStore
from bridge.models import Capture
from bridge.tasks import add_task


def retry_capture(session: Session, *, capture_id: str, actor_id: str | None) -> str:
    """Open a failed capture again and put its finishing on the table; the task's id.

    What has come stays, and is given up again where it still cannot be read. One that failed a
    moment ago is tried after the next silence. Raises NotFound `capture_unknown`, Forbidden,
    Conflict `capture_closed` for one that is not failed.
    """
    capture = _lock_failed(session, capture_id, actor_id)
    capture.state, capture.finished_at = "open", None
    capture.failure_code, capture.failure_data = None, {}
    write_entry(
        session,
        actor_id=actor_id,
        action="retry_capture",
        subject_type="capture",
        subject_id=capture.id,
        unit_id=capture.unit_id,
        file_name=capture.file_name,
    )
    return add_task(session, kind=FINISH, capture_id=capture.id)


def discard_failed_capture(
    db: Database, media: MediaStore, *, capture_id: str, actor_id: str | None
) -> None:
    """Throw away a failed capture and its sound. Nothing brings it back. Raises as above."""
    with db.writing() as session:
        mark_discarded(session, _lock_failed(session, capture_id, actor_id), actor_id)
    ChunkStore(media.root).remove(capture_id)


def _lock_failed(session: Session, capture_id: str, actor_id: str | None) -> Capture:
    capture = lock_capture(session, capture_id)
    require_role(session, actor_id, capture.unit_id)
    if capture.state != "failed":
        raise Conflict("capture_closed", capture_state=capture.state)
    return capture
