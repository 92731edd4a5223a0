"""What does not fit between the rows of captures and the chunks on the disk. Changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bridge.capture_care import stale_captures
from bridge.capture_limits import as_ranges
from bridge.chunk_store import ChunkStore, StoredChunk
from bridge.inspection import STUCK_AFTER, hash_file
from bridge.inspection_findings import Finding
from bridge.media import MediaStore
from bridge.models import Capture, CaptureChunk, Task
from bridge.settings import Settings

# Captures whose chunks are all there is of the sound; of a finished one the original is.
_UNSETTLED = ("open", "failed")


def inspect_captures(
    session: Session, media: MediaStore, settings: Settings, now: datetime, *, deep: bool = False
) -> Iterator[Finding]:
    """Every capture that is not an announcement yet: its chunks, its sums, its care.

    `deep` compares the SHA-256 of every chunk. Codes: `capture_chunk_missing`,
    `capture_chunk_damaged`, `capture_miscounted`, `capture_forgotten`, `capture_stale`.
    """
    store = ChunkStore(media.root)
    captures = session.scalars(
        select(Capture).where(Capture.state.in_(_UNSETTLED)).order_by(Capture.id)
    ).all()
    for capture in captures:
        yield from _inspect_chunks(session, store, capture.id, deep)
        counted = session.execute(
            select(func.count(), func.coalesce(func.sum(CaptureChunk.size_bytes), 0)).where(
                CaptureChunk.capture_id == capture.id
            )
        ).one()
        if tuple(counted) != (capture.chunks, capture.received_bytes):
            yield Finding("capture_miscounted", capture.id)
        if _is_forgotten(session, capture, settings, now):
            yield Finding("capture_forgotten", capture.id)
    for item in stale_captures(session, settings, now):
        yield Finding("capture_stale", item.id, {"days": settings.capture_keep_days}, serious=False)


def _inspect_chunks(
    session: Session, store: ChunkStore, capture_id: str, deep: bool
) -> Iterator[Finding]:
    missing, damaged = [], []
    rows = session.execute(
        select(CaptureChunk.number, CaptureChunk.sha256, CaptureChunk.size_bytes)
        .where(CaptureChunk.capture_id == capture_id)
        .order_by(CaptureChunk.number)
    )
    for row in rows:
        chunk = StoredChunk(row.number, row.sha256, row.size_bytes)
        if not store.has(capture_id, chunk):
            missing.append(row.number)
        elif deep and not _is_whole(store, capture_id, chunk):
            damaged.append(row.number)
    for code, numbers in (("capture_chunk_missing", missing), ("capture_chunk_damaged", damaged)):
        if numbers:
            yield Finding(code, capture_id, _said(numbers))


def _is_whole(store: ChunkStore, capture_id: str, chunk: StoredChunk) -> bool:
    try:
        return hash_file(store.path(capture_id, chunk.number)) == chunk.sha256
    except OSError:
        return False


def _said(numbers: list[int]) -> dict[str, Any]:
    ranges = [str(one) if one == last else f"{one}-{last}" for one, last in as_ranges(numbers)]
    return {"numbers": ", ".join(ranges)}


def _is_forgotten(session: Session, capture: Capture, settings: Settings, now: datetime) -> bool:
    """Whether the server should long have finished it from what is there, and nobody does."""
    silent_since = now - timedelta(seconds=settings.capture_silence_s) - STUCK_AFTER
    is_whole = capture.size_bytes is None or capture.received_bytes == capture.size_bytes
    if capture.state != "open" or not capture.chunks or not is_whole:
        return False
    if capture.touched_at >= silent_since:
        return False
    being_done = select(
        exists().where(Task.capture_id == capture.id, Task.state.in_(("queued", "running")))
    )
    return not session.scalar(being_done)
