"""The end of a capture: what it is made of, that it became an announcement, or why not."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.capture_limits import as_ranges, chunk_count, missing_ranges
from bridge.captures import lock_capture, stored_chunks
from bridge.chunk_store import StoredChunk
from bridge.db import utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound
from bridge.intake import Receipt, set_priority
from bridge.models import Announcement, Capture, CaptureChunk
from bridge.scripts import attach_script

logger = logging.getLogger(__name__)


class CaptureChanged(Conflict):
    """Chunks came while the capture was being joined: it has to be joined again."""

    default_code = "capture_changed"


@dataclass(frozen=True, slots=True)
class Material:
    """What a capture was made of at one moment, and how it stood."""

    capture_id: str
    unit_id: str
    actor_id: str | None  # None also for who may no longer send: what was begun is still kept
    kind: str
    state: str
    file_name: str
    touched_at: datetime
    count: int | None  # chunks of a file; None for a recording
    chunks: tuple[StoredChunk, ...]

    def missing(self, count: int | None = None) -> list[list[int]]:
        """The numbers that are not there of `count` chunks; of as many as are known of, if None."""
        last = self.chunks[-1].number + 1 if self.chunks else 0
        ranges = as_ranges(chunk.number for chunk in self.chunks)
        return missing_ranges(ranges, self.count or count or last)


def read_material(session: Session, capture_id: str) -> Material:
    """What there is of a capture now. Raises NotFound."""
    capture = session.get(Capture, capture_id)
    if capture is None:
        raise NotFound("capture_unknown", id=capture_id)
    return Material(
        capture_id=capture.id,
        unit_id=capture.unit_id,
        actor_id=_sender(session, capture),
        kind=capture.kind,
        state=capture.state,
        file_name=capture.file_name,
        touched_at=capture.touched_at,
        count=chunk_count(capture),
        chunks=tuple(stored_chunks(session, capture_id)),
    )


def require_complete(material: Material, count: int) -> None:
    """Refuse an end that its sender believes in and that is not there yet.

    Raises Conflict `capture_incomplete` (`missing`), InvalidInput `capture_invalid` where there
    are more chunks than the sender knows of.
    """
    last = material.chunks[-1].number if material.chunks else -1
    if count < 1 or count <= last or (material.count or count) != count:
        raise InvalidInput("capture_invalid", name="chunks")
    if missing := material.missing(count):
        raise Conflict("capture_incomplete", missing=missing)


def end_capture(
    session: Session,
    material: Material,
    record: Callable[[], Receipt],
    *,
    by_silence: bool,
    missing: Sequence[Sequence[int]] = (),
    dropped_ms: int = 0,
) -> Receipt:
    """Make the announcement (`record`) and close the capture, in one transaction.

    `missing`: numbers that never came. `dropped_ms`: sound that got no number at all. A recording
    that the server ends by itself keeps its chunks, for its sender may come back; the files of
    others are the caller's to remove. Title, hour and priority are those of the locked row: they
    may have changed while it was joined. Done twice, or by two processes, the second receipt names
    the same announcement. Raises CaptureChanged when other chunks are there than `material` says,
    Conflict `capture_closed`.
    """
    capture = lock_capture(session, material.capture_id)
    if capture.state == "finished" and (by_silence or not keeps_chunks(capture)):
        return known_receipt(session, capture)
    if capture.state == "discarded":
        raise Conflict("capture_closed", capture_state=capture.state)
    if tuple(stored_chunks(session, capture.id)) != material.chunks:
        raise CaptureChanged()
    if capture.state == "finished":  # by itself; now its sender says that this is all
        receipt = known_receipt(session, capture)
        missing = capture.missing
    else:
        earlier = capture.announcement_id
        receipt = record()
        capture.announcement_id = receipt.announcement_id
        capture.is_duplicate = receipt.duplicate_of is not None
        if receipt.duplicate_of is None:
            _describe(session, material, capture)
            _attach(session, material, capture)
            _tell(session, capture, by_silence, missing, earlier)
            if dropped_ms:
                _tell_dropped(session, capture, dropped_ms)
    capture.state, capture.failure_code, capture.failure_data = "finished", None, {}
    capture.finished_at = utc_now()
    capture.by_silence = by_silence
    capture.missing = [list(span) for span in missing]
    if not keeps_chunks(capture):
        session.execute(delete(CaptureChunk).where(CaptureChunk.capture_id == capture.id))
    return receipt


def known_receipt(session: Session, capture: Capture) -> Receipt:
    """The receipt of a capture that is finished."""
    announcement = session.get_one(Announcement, capture.announcement_id)
    return Receipt(
        announcement.id,
        announcement.state,
        duplicate_of=announcement.id if capture.is_duplicate else None,
    )


def keeps_chunks(capture: Capture) -> bool:
    """Whether the chunks of a finished capture are still wanted."""
    return capture.kind == "recorder" and capture.by_silence


def require_same(capture: Capture, count: int | None, *, partial: bool) -> None:
    """Refuse to call a finished capture all of what its sender has, where it is not.

    Its chunks are gone, so what the sender still has can only go into another capture. `count`:
    how many chunks there are, as the sender says; without it nothing is compared. `partial`: the
    sender knows that some never came. Raises Conflict `capture_closed` (`chunks`: how many the
    announcement is made of).
    """
    if count is None or count == capture.chunks:
        return
    never_came = sum(last - first + 1 for first, last in capture.missing)
    if not partial or count > capture.chunks + never_came:
        raise Conflict("capture_closed", capture_state=capture.state, chunks=capture.chunks)


def fail_capture(
    session: Session, capture_id: str, code: str, data: dict[str, Any], *, for_good: bool
) -> None:
    """Note why a capture could not be finished: `for_good` when trying again changes nothing.

    Its chunks stay either way. Does nothing for one that was closed meanwhile.
    """
    capture = lock_capture(session, capture_id)
    if capture.state not in ("open", "failed"):
        return
    capture.failure_code, capture.failure_data = code, data
    if for_good:
        capture.state, capture.finished_at = "failed", utc_now()


def forget_chunk(session: Session, capture_id: str, damaged: StoredChunk) -> None:
    """Take out the row of a chunk whose file is lost or damaged, so that it may come again."""
    capture = lock_capture(session, capture_id)
    row = session.get(CaptureChunk, (capture_id, damaged.number))
    if row is None or row.sha256 != damaged.sha256:
        return
    logger.error("chunk %d of capture %s is lost or damaged", damaged.number, capture_id)
    session.delete(row)
    capture.chunks -= 1
    capture.received_bytes -= row.size_bytes
    capture.sound_ms -= row.sound_ms


def _sender(session: Session, capture: Capture) -> str | None:
    try:
        require_role(session, capture.user_id, capture.unit_id, "operator", "editor")
    except Forbidden:
        return None
    return capture.user_id


def _describe(session: Session, material: Material, capture: Capture) -> None:
    announcement = session.get_one(Announcement, capture.announcement_id)
    announcement.title = capture.title
    if capture.broadcast_at is not None:
        announcement.broadcast_at = capture.broadcast_at
    session.flush()  # what follows reads the row anew
    set_priority(
        session,
        announcement_id=announcement.id,
        priority=capture.priority,
        actor_id=material.actor_id,
    )


def _attach(session: Session, material: Material, capture: Capture) -> None:
    if capture.announcement_id is None or not (capture.script_text or "").strip():
        return
    attach_script(
        session,
        announcement_id=capture.announcement_id,
        text=capture.script_text or "",
        file_name=capture.script_file_name or "",
        actor_id=material.actor_id,
    )


def _tell(
    session: Session,
    capture: Capture,
    by_silence: bool,
    missing: Sequence[Sequence[int]],
    earlier: str | None,
) -> None:
    """Say in the announcement's history what its sender would want to know."""
    announcement = session.get_one(Announcement, capture.announcement_id)
    if missing:
        pieces = sum(last - first + 1 for first, last in missing)
        note_announcement(session, announcement, None, "capture_holes", pieces=pieces)
    elif earlier is not None:
        note_announcement(session, announcement, None, "capture_longer", earlier=earlier)
    elif by_silence and capture.kind != "upload":
        note_announcement(session, announcement, None, "capture_cut")


def _tell_dropped(session: Session, capture: Capture, dropped_ms: int) -> None:
    announcement = session.get_one(Announcement, capture.announcement_id)
    seconds = -(-dropped_ms // 1000)
    note_announcement(session, announcement, None, "capture_dropped", seconds=seconds)
