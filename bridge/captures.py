"""Captures: sound that arrives in numbered chunks, from the recorder page, a file or a line.

A chunk is acknowledged only when its bytes and its row are on the disk. Everything here may be
done twice, in any order and by several processes at once. `transcribe.capture_finish` turns a
capture into an announcement; `bridge.capture_care` looks after those that nobody finishes.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.capture_limits import (
    FILE_CHUNK_BYTES,
    MAX_CHUNK_BYTES,
    as_ranges,
    checked_bookmarks,
    require_fit,
    require_free,
    require_room,
)
from bridge.chunk_store import ChunkStore, StoredChunk
from bridge.db import Database, utc_now
from bridge.errors import Conflict, ContentDiffers, InvalidInput, NotFound, TooMany
from bridge.failpoints import reach
from bridge.intake import FILE_NAME_LENGTH, TITLE_LENGTH, require_priority
from bridge.media import MediaStore
from bridge.models import CAPTURE_KINDS, PRIORITIES, Announcement, Capture, CaptureChunk
from bridge.scripts import SCRIPT_LENGTH
from bridge.settings import Settings
from bridge.transcript import normalise_text

_RETRY_LATER_S = 60
_LISTED = 100

_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


@dataclass(frozen=True, slots=True)
class NewCapture:
    """What a sender says at the beginning. `size_bytes` is None for a recording."""

    key: str  # the sender's own: the same key again is the same capture
    kind: str
    file_name: str
    media_type: str = ""
    size_bytes: int | None = None
    title: str = ""
    broadcast_at: datetime | None = None
    priority: str = PRIORITIES[0]
    script_text: str | None = None  # as `transcribe.script_text` gives it
    script_file_name: str | None = None


def open_capture(
    db: Database,
    media: MediaStore,
    settings: Settings,
    *,
    unit_id: str,
    actor_id: str | None,
    wanted: NewCapture,
) -> tuple[str, bool]:
    """Begin a capture; its id, and whether it is new. The same key again names the first one.

    Raises Forbidden, InvalidInput `capture_invalid` (`name`) / `priority_unknown` /
    `script_too_large`, MediaRejected `media_empty`, TooLarge `media_too_large`, NoSpace, TooMany
    `too_many_captures` (`limit`), Conflict `capture_key_used` when the key names something else.
    """
    with db.reading() as session:
        require_role(session, actor_id, unit_id, "operator", "editor")
        first = _known(session, unit_id, actor_id, wanted)
    if first is not None:
        return first, False
    _require_sense(wanted)
    require_room(media, settings, wanted.size_bytes)
    try:
        with db.writing() as session:
            first = _known(session, unit_id, actor_id, wanted)
            if first is not None:
                return first, False
            _require_few(session, actor_id, settings.max_open_captures)
            return _add(session, unit_id, actor_id, wanted), True
    except IntegrityError:
        # PostgreSQL lets two of the same key run side by side; the second one lands here.
        with db.reading() as session:
            first = _known(session, unit_id, actor_id, wanted)
        if first is None:
            raise
        return first, False


def store_chunk(
    db: Database,
    media: MediaStore,
    settings: Settings,
    *,
    capture_id: str,
    actor_id: str | None,
    number: int,
    sha256: str,
    content: bytes,
    sound_ms: int = 0,
) -> bool:
    """Keep one chunk for good; False when it was there already. `sound_ms`: how long it sounds.

    A late chunk opens a recording again that the server had finished by itself. Raises as
    `sendable_capture`, Conflict `capture_closed` / `chunk_differs`, ContentDiffers `chunk_corrupt`,
    InvalidInput `chunk_number_wrong` / `chunk_size_wrong` (`expected_bytes`), MediaRejected
    `media_empty`, TooLarge `chunk_too_large` / `too_many_chunks` / `media_too_large` /
    `media_too_long`, NoSpace.
    """
    if hashlib.sha256(content).hexdigest() != sha256.lower():
        raise ContentDiffers(number=number)
    chunk = StoredChunk(number, sha256.lower(), len(content))
    chunks = ChunkStore(media.root)
    with db.reading() as session:
        capture = sendable_capture(session, capture_id, actor_id)
        if _is_there(session, chunks, capture, chunk):
            return False
        require_fit(capture, settings, chunk, sound_ms)
    require_free(media, settings.min_free_bytes + chunk.size_bytes)
    draft = chunks.draft(capture_id, content)
    reach("capture.drafted")
    try:
        with db.writing() as session:
            capture = lock_capture(session, capture_id)
            if _is_there(session, chunks, capture, chunk):
                return False
            require_fit(capture, settings, chunk, sound_ms)
            # Under the lock: whoever comes second with other bytes must not replace the file.
            chunks.place(draft, capture_id, number)
            reach("capture.placed")
            _count_in(session, capture, chunk, sound_ms)
        reach("capture.stored")
    finally:
        chunks.drop(draft)
    return True


def change_capture(
    session: Session,
    *,
    capture_id: str,
    actor_id: str | None,
    title: str | None = None,
    broadcast_at: datetime | None = None,
    priority: str | None = None,
    bookmarks: Iterable[int] | None = None,
    script_text: str | None = None,
    script_file_name: str | None = None,
) -> None:
    """Note what is known by now, and that the sender lives. None leaves a value as it is.

    `bookmarks` in milliseconds of the sound. Raises as `sendable_capture`, Conflict
    `capture_closed`, InvalidInput `capture_invalid` / `priority_unknown` / `script_too_large`.
    """
    capture = lock_capture(session, sendable_capture(session, capture_id, actor_id).id)
    if capture.state != "open":
        raise Conflict("capture_closed", capture_state=capture.state)
    if title is not None:
        capture.title = normalise_text(title)[:TITLE_LENGTH]
    if broadcast_at is not None:
        capture.broadcast_at = broadcast_at
    if priority is not None:
        require_priority(priority)
        capture.priority = priority
    if bookmarks is not None:
        capture.bookmarks = checked_bookmarks(bookmarks)
    if script_text is not None:
        _require_short(script_text)
        capture.script_text = script_text
        capture.script_file_name = normalise_text(script_file_name or "")[:FILE_NAME_LENGTH]
    capture.touched_at = utc_now()


def discard_capture(
    db: Database, media: MediaStore, *, capture_id: str, actor_id: str | None
) -> None:
    """Throw away a capture that became nothing, by its owner's will. Twice is harmless.

    Raises NotFound, Conflict `capture_closed` for one that is an announcement.
    """
    with db.writing() as session:
        capture = lock_capture(session, own_capture(session, capture_id, actor_id).id)
        if capture.state == "finished":
            raise Conflict("capture_closed", capture_state=capture.state)
        if capture.state != "discarded":
            mark_discarded(session, capture, actor_id)
    ChunkStore(media.root).remove(capture_id)


def mark_discarded(session: Session, capture: Capture, actor_id: str | None) -> None:
    """Close a locked capture for good; its files are the caller's to remove after the commit."""
    write_entry(
        session,
        actor_id=actor_id,
        action="discard_capture",
        subject_type="capture",
        subject_id=capture.id,
        unit_id=capture.unit_id,
        file_name=capture.file_name,
        received_bytes=capture.received_bytes,
    )
    capture.state, capture.finished_at = "discarded", utc_now()
    session.execute(delete(CaptureChunk).where(CaptureChunk.capture_id == capture.id))


def own_capture(session: Session, capture_id: str, actor_id: str | None) -> Capture:
    """The capture, if this person (None: this machine itself) began it. Raises NotFound."""
    capture = session.get(Capture, capture_id)
    if capture is None or capture.user_id != actor_id:
        raise NotFound("capture_unknown", id=capture_id)
    return capture


def sendable_capture(session: Session, capture_id: str, actor_id: str | None) -> Capture:
    """The same for whoever adds to it or ends it. Raises NotFound `capture_unknown`, Forbidden.

    Who may no longer send to the unit adds nothing more; what came before is kept all the same.
    """
    capture = own_capture(session, capture_id, actor_id)
    require_role(session, actor_id, capture.unit_id, "operator", "editor")
    return capture


def lock_capture(session: Session, capture_id: str) -> Capture:
    """The capture, its row locked until the transaction ends. Raises NotFound."""
    capture = session.get(Capture, capture_id, with_for_update=True, populate_existing=True)
    if capture is None:
        raise NotFound("capture_unknown", id=capture_id)
    return capture


def list_captures(session: Session, actor_id: str, states: Iterable[str]) -> list[Capture]:
    """What this person began and that stands so, newest first, at most as many as may be open."""
    query = select(Capture).where(Capture.user_id == actor_id, Capture.state.in_(tuple(states)))
    newest = query.order_by(Capture.created_at.desc(), Capture.id).limit(_LISTED)
    return list(session.scalars(newest))


def stored_chunks(session: Session, capture_id: str) -> list[StoredChunk]:
    """The chunks that are there, by number."""
    rows = session.execute(
        select(CaptureChunk.number, CaptureChunk.sha256, CaptureChunk.size_bytes)
        .where(CaptureChunk.capture_id == capture_id)
        .order_by(CaptureChunk.number)
    )
    return [StoredChunk(*row) for row in rows]


def received_ranges(session: Session, capture_id: str) -> list[list[int]]:
    """The numbers that are there, as [[first, last], ...]."""
    numbers = session.scalars(
        select(CaptureChunk.number)
        .where(CaptureChunk.capture_id == capture_id)
        .order_by(CaptureChunk.number)
    )
    return as_ranges(numbers)


def bookmarks_of(session: Session, announcement_id: str) -> list[int]:
    """What was marked in the announcement while it was recorded: ms of the recording, ascending."""
    own, sent = aliased(Announcement), aliased(Announcement)
    rows = session.execute(
        select(Capture.bookmarks, own.start_ms, own.end_ms)
        .join(sent, Capture.announcement_id == sent.id)
        .join(own, own.recording_id == sent.recording_id)  # a part was not sent by itself
        .where(own.id == announcement_id)
    )
    return sorted(
        {moment for bookmarks, begin, end in rows for moment in bookmarks if begin <= moment <= end}
    )


def chunk_folder(media: MediaStore, capture_id: str) -> Path:
    """Where a capture's chunks lie."""
    return ChunkStore(media.root).folder(capture_id)


def _known(session: Session, unit_id: str, actor_id: str | None, wanted: NewCapture) -> str | None:
    query = select(Capture).where(Capture.user_id == actor_id, Capture.client_key == wanted.key)
    if actor_id is None:
        query = query.where(Capture.unit_id == unit_id)
    capture = session.scalar(query)
    if capture is None:
        return None
    same = (capture.unit_id, capture.kind, capture.size_bytes)
    if same != (unit_id, wanted.kind, wanted.size_bytes):
        raise Conflict("capture_key_used")
    return capture.id


def _add(session: Session, unit_id: str, actor_id: str | None, wanted: NewCapture) -> str:
    capture = Capture(
        unit_id=unit_id,
        user_id=actor_id,
        kind=wanted.kind,
        client_key=wanted.key,
        file_name=normalise_text(wanted.file_name)[:FILE_NAME_LENGTH],
        media_type=normalise_text(wanted.media_type)[:100],
        size_bytes=wanted.size_bytes,
        chunk_bytes=FILE_CHUNK_BYTES if wanted.kind == "upload" else MAX_CHUNK_BYTES,
        title=normalise_text(wanted.title)[:TITLE_LENGTH],
        broadcast_at=wanted.broadcast_at,
        priority=wanted.priority,
        script_text=wanted.script_text,
        script_file_name=normalise_text(wanted.script_file_name or "")[:FILE_NAME_LENGTH],
    )
    session.add(capture)
    session.flush()
    return capture.id


def _require_sense(wanted: NewCapture) -> None:
    if wanted.kind not in CAPTURE_KINDS:
        raise InvalidInput("capture_invalid", name="kind")
    if not _KEY.fullmatch(wanted.key):
        raise InvalidInput("capture_invalid", name="key")
    if (wanted.kind == "upload") != (wanted.size_bytes is not None):
        raise InvalidInput("capture_invalid", name="size_bytes")
    require_priority(wanted.priority)
    if wanted.script_text is not None:
        _require_short(wanted.script_text)


def _require_few(session: Session, actor_id: str | None, limit: int) -> None:
    if actor_id is None:
        return
    count = session.scalar(
        select(func.count())
        .select_from(Capture)
        .where(Capture.user_id == actor_id, Capture.state == "open")
    )
    if (count or 0) >= limit:
        raise TooMany("too_many_captures", limit=limit, retry_after_s=_RETRY_LATER_S)


def _require_short(script_text: str) -> None:
    if len(script_text) > SCRIPT_LENGTH:
        raise InvalidInput("script_too_large", limit_characters=SCRIPT_LENGTH)


def _is_there(session: Session, chunks: ChunkStore, capture: Capture, chunk: StoredChunk) -> bool:
    """Whether the chunk is stored. False as well for one whose file is gone: it may come again."""
    row = session.get(CaptureChunk, (capture.id, chunk.number))
    if row is None:
        return False
    if (row.sha256, row.size_bytes) != (chunk.sha256, chunk.size_bytes):
        raise Conflict("chunk_differs", number=chunk.number)
    return chunks.has(capture.id, chunk)


def _count_in(session: Session, capture: Capture, chunk: StoredChunk, sound_ms: int) -> None:
    known = session.get(CaptureChunk, (capture.id, chunk.number))
    if known is None:  # else its file was lost and has come again
        session.add(
            CaptureChunk(
                capture_id=capture.id,
                number=chunk.number,
                sha256=chunk.sha256,
                size_bytes=chunk.size_bytes,
                sound_ms=sound_ms,
            )
        )
        capture.chunks += 1
        capture.received_bytes += chunk.size_bytes
        capture.sound_ms += sound_ms
    if capture.state != "open":
        capture.state, capture.finished_at, capture.failure_code = "open", None, None
    capture.touched_at = utc_now()
