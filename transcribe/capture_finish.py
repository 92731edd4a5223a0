"""From a capture's chunks to an announcement: joined, hashed, checked by the decoder, kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, cast

from sqlalchemy.orm import Session

from bridge.capture_end import (
    CaptureChanged,
    Material,
    end_capture,
    fail_capture,
    forget_chunk,
    keeps_chunks,
    known_receipt,
    read_material,
    require_complete,
    require_same,
)
from bridge.chunk_store import ChunkDamaged, ChunkStore, StoredChunk
from bridge.db import Database, utc_now
from bridge.errors import (
    BridgeError,
    Conflict,
    ContentDiffers,
    LeaseLost,
    MediaRejected,
    TaskFailed,
)
from bridge.failpoints import reach
from bridge.intake import Receipt, accept_recording, find_duplicate
from bridge.media import Incoming, MediaStore, SoundFacts
from bridge.models import Capture
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, finish_task, hold
from transcribe.decoder_client import probe_sound

_TRIES = 5  # each after chunks that came, or were found damaged, while the last one was joined


def finish_silent_capture(context: TaskContext, run: TaskRun) -> None:
    """The task `finish_capture`: end a capture that nobody goes on with, from what is there.

    Run twice, or beside its sender's own finishing, it makes one announcement. Where the capture
    is no longer silent, or closed, it ends and changes nothing. Raises TaskFailed with the
    decoder's `media_` code where what came is no sound; the chunks stay. A decoder that ended
    without saying so costs one attempt.
    """
    try:
        finish_capture(context.settings, context.db, context.media, run.capture_id or "", run=run)
    except MediaRejected as error:
        if not error.for_good:
            raise
        raise TaskFailed(error.code) from error
    except Conflict:
        with context.db.writing() as session:
            finish_task(session, run)


def finish_capture(
    settings: Settings,
    db: Database,
    media: MediaStore,
    capture_id: str,
    *,
    chunks: int | None = None,
    sha256: str | None = None,
    partial: bool = False,
    dropped_ms: int = 0,
    run: TaskRun | None = None,
) -> Receipt:
    """Turn a capture into an announcement that waits to be transcribed.

    `chunks` (how many there should be) and `sha256` (of the whole, hexadecimal) are what its
    sender says; then every chunk must be there, unless `partial` says that the rest will never
    come; `dropped_ms` of sound were lost before they could be sent, which is only told. Without
    `chunks` it is ended from what there is. Of a recording with holes all is taken
    that can be decoded; a file must be whole. Under a `run` the capture must be silent still.
    Chunks are removed only after the original is in the store and the rows are committed;
    finished twice, or by two processes at once, both receipts name one announcement. Where it is
    finished and its chunks are gone, `chunks` must be the number of those it was made of.

    The caller hands the receipt's `task_id` to the queue. Raises NotFound, Conflict
    `capture_incomplete` (`missing`) / `capture_closed` / `capture_alive`, ContentDiffers
    `capture_hash_differs`, MediaRejected and TooLarge as the decoder (the capture is then
    `failed`), DecoderFailed and NoSpace (it stays open).
    """
    end = _End(chunks, sha256, partial, dropped_ms, run)
    for _ in range(_TRIES):
        with db.reading() as session:
            capture = session.get(Capture, capture_id)
            if capture is not None and end.is_reached(capture):
                return known_receipt(session, capture)
            material = read_material(session, capture_id)
        _require_ready(settings, material, end)
        try:
            receipt = _take_in(settings, db, media, material, end)
        except CaptureChanged:
            continue
        except ChunkDamaged as damage:
            _forget(db, material, int(damage.data["number"]))
            continue
        except (ContentDiffers, Conflict, LeaseLost):
            raise
        except BridgeError as error:
            with db.writing() as session:
                refused = isinstance(error, MediaRejected) and error.for_good
                fail_capture(session, capture_id, error.code, error.data, for_good=refused)
            raise
        _remove_files(db, media, capture_id)
        return receipt
    raise Conflict("capture_alive")


@dataclass(frozen=True, slots=True)
class _End:
    """How a capture is to be ended: what its sender says, or the run that does it instead."""

    chunks: int | None
    sha256: str | None
    partial: bool
    dropped_ms: int
    run: TaskRun | None

    @property
    def by_silence(self) -> bool:
        return self.run is not None

    def is_reached(self, capture: Capture) -> bool:
        """Whether there is nothing left to do. What still may grow is asked of its sender.

        Raises Conflict `capture_closed` where its sender has more and nothing can be added.
        """
        if capture.state != "finished":
            return False
        if self.by_silence:
            return True
        if keeps_chunks(capture):
            return False
        require_same(capture, self.chunks, partial=self.partial)
        return True


def _require_ready(settings: Settings, material: Material, end: _End) -> None:
    if material.state == "discarded":
        raise Conflict("capture_closed", capture_state=material.state)
    silent_since = utc_now() - timedelta(seconds=settings.capture_silence_s)
    if end.by_silence and material.touched_at > silent_since:
        raise Conflict("capture_alive")
    if end.chunks is not None and not end.partial:
        require_complete(material, end.chunks)
    elif not material.chunks:
        raise Conflict("capture_incomplete", missing=[[0, (material.count or 1) - 1]])
    elif material.count is not None and (missing := material.missing()):
        raise Conflict("capture_incomplete", missing=missing)


def _take_in(
    settings: Settings, db: Database, media: MediaStore, material: Material, end: _End
) -> Receipt:
    """Join, check and record. Nothing of it stays behind after an error."""

    def around(session: Session, record: Callable[[], Receipt]) -> Receipt:
        if end.run is not None:
            hold(session, end.run)
        missing = material.missing(end.chunks)
        receipt = end_capture(
            session,
            material,
            record,
            by_silence=end.by_silence,
            missing=missing,
            dropped_ms=end.dropped_ms,
        )
        if end.run is not None:
            finish_task(session, end.run)
        return receipt

    if material.state == "finished":  # by itself; its sender agrees
        with db.writing() as session:
            return around(session, _never)
    incoming, facts = _readable(settings, db, media, material, end.sha256)
    try:
        reach("capture.joined")
        return accept_recording(
            db,
            media,
            unit_id=material.unit_id,
            actor_id=material.actor_id,
            incoming=incoming,
            facts=facts,
            file_name=material.file_name,
            around=around,
        )
    finally:
        media.discard(incoming)


def _readable(
    settings: Settings, db: Database, media: MediaStore, material: Material, sha256: str | None
) -> tuple[Incoming, SoundFacts]:
    """The chunks as one file that the decoder can read, and what it says of it.

    With holes: all chunks in their order, or else those before the first hole.
    """
    hole = next((first for first, _ in material.missing()), None)
    whole = _join(settings, media, material, material.chunks)
    try:
        if sha256 is not None and whole.sha256 != sha256.lower():
            raise ContentDiffers("capture_hash_differs")
        return whole, _facts(settings, db, material, whole)
    except MediaRejected:
        media.discard(whole)
        if not hole:
            raise
    except BaseException:
        media.discard(whole)
        raise
    before = [chunk for chunk in material.chunks if chunk.number < hole]
    part = _join(settings, media, material, before)
    try:
        return part, _facts(settings, db, material, part)
    except BaseException:
        media.discard(part)
        raise


def _join(
    settings: Settings, media: MediaStore, material: Material, chunks: Sequence[StoredChunk]
) -> Incoming:
    stream = ChunkStore(media.root).open(material.capture_id, chunks)
    # The limit was kept chunk by chunk; here it only guards against a setting that was lowered.
    return media.receive(
        cast(BinaryIO, stream),
        max_bytes=max(settings.max_upload_bytes, sum(chunk.size_bytes for chunk in chunks)),
        min_free_bytes=settings.min_free_bytes,
    )


def _facts(settings: Settings, db: Database, material: Material, incoming: Incoming) -> SoundFacts:
    with db.reading() as session:
        if find_duplicate(session, material.unit_id, incoming.sha256) is not None:
            return _NOT_NEEDED
    return probe_sound(incoming.path, settings)


# For bytes that are an announcement already nothing new is written.
_NOT_NEEDED = SoundFacts("", "", 0, 0, 0, b"")


def _never() -> Receipt:
    raise CaptureChanged()


def _forget(db: Database, material: Material, number: int) -> None:
    damaged = next(chunk for chunk in material.chunks if chunk.number == number)
    with db.writing() as session:
        forget_chunk(session, material.capture_id, damaged)


def _remove_files(db: Database, media: MediaStore, capture_id: str) -> None:
    """Remove the files of chunks whose rows are gone. What a crash leaves here is swept later."""
    with db.reading() as session:
        capture = session.get_one(Capture, capture_id)
    if capture.state == "finished" and not keeps_chunks(capture):
        ChunkStore(media.root).remove(capture_id)
