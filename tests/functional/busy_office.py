"""People at work at once: editing, publishing, correcting, withdrawing, recording; what they were
told is done is noted with its moment."""

import io
import threading
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

import numpy as np
from sqlalchemy import select

from bridge.captures import NewCapture, open_capture, store_chunk
from bridge.db import Database, new_id
from bridge.editing import save_segment_text
from bridge.media import WORKING_COPY
from bridge.models import Capture, CaptureChunk, Edit, Publication
from bridge.publications import published_item
from bridge.review import withdraw_announcement
from bridge.settings import Settings
from bridge.tasks import TaskContext
from publish.jobs import publish_announcement, unpublish_announcement
from tests.bridge.lifecycle import Life, sha256
from transcribe.capture_finish import finish_capture

CHUNK_BYTES = 8_000


@dataclass(frozen=True)
class Promise:
    """Something a person was told is kept, and how to tell whether it is."""

    at: float  # time.monotonic()
    what: str
    is_kept: Callable[[Database, Path], bool]


@dataclass
class BusyOffice:
    """Work that goes on in threads between `start` and `stop`."""

    settings: Settings
    life: Life
    working_copy: Path
    promises: list[Promise] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = TaskContext(self.settings, self.life.db, self.life.media)
        self.approver, self.editor = self.life.person("approver"), self.life.person("editor")

    def start(self) -> None:
        for job in (self.edit, self.publish, self.record):
            self._threads.append(threading.Thread(target=self._repeat, args=(job,)))
            self._threads[-1].start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
        for fault in self.faults:
            raise fault

    def edit(self) -> None:
        """Correct one announcement again and again."""
        announcement_id = self.life.reviewable(new_id().encode())
        for _ in range(10):
            self._correct(announcement_id)

    def publish(self) -> None:
        """Publish; correct and publish again; withdraw every other one."""
        kept, withdrawn = self._reviewable(), self._reviewable()
        self._publish(kept)
        self._publish(withdrawn)
        self._correct(kept)
        self._publish(kept)
        with self.life.db.writing() as session:
            task_id = withdraw_announcement(
                session, announcement_id=withdrawn, reason="Ghi nhầm.", actor_id=self.approver
            )
        unpublish_announcement(self.context, self.life.claim(task_id))
        self._promise("withdrawn", lambda db, data: _is_withdrawn(db, withdrawn))

    def record(self) -> None:
        """A recording in chunks; every other one becomes an announcement."""
        for ends in (True, False):
            content = made_sound()
            wanted = NewCapture(key=new_id(), kind="line", file_name="thu.wav")
            capture_id, _ = open_capture(
                self.life.db,
                self.life.media,
                self.settings,
                unit_id=self.life.unit.id,
                actor_id=None,
                wanted=wanted,
            )
            for number, first in enumerate(range(0, len(content), CHUNK_BYTES)):
                self._send(capture_id, number, content[first : first + CHUNK_BYTES])
            if ends:
                finish_capture(self.settings, self.life.db, self.life.media, capture_id)
                digest = sha256(content)
                self._promise("recorded", lambda db, data, digest=digest: _is_stored(data, digest))

    def _send(self, capture_id: str, number: int, chunk: bytes) -> None:
        digest = sha256(chunk)
        store_chunk(
            self.life.db,
            self.life.media,
            self.settings,
            capture_id=capture_id,
            actor_id=None,
            number=number,
            sha256=digest,
            content=chunk,
        )
        self._promise(
            f"chunk {number} of {capture_id}",
            lambda db, data: _has_sound(db, data, capture_id, number, digest),
        )

    def _reviewable(self) -> str:
        announcement_id = self.life.reviewable(new_id().encode(), title="Lịch tiêm phòng")
        sound = self.life.view(announcement_id).sha256
        copyfile(self.working_copy, self.life.media.derived(sound, WORKING_COPY))
        return announcement_id

    def _publish(self, announcement_id: str) -> None:
        run = self.life.claim(self.life.approve(announcement_id, self.approver))
        publish_announcement(self.context, run)
        with self.life.db.reading() as session:
            item = published_item(session, announcement_id)
        assert item is not None
        revision = item.revision
        self._promise("published", lambda db, data: _is_published(db, announcement_id, revision))

    def _correct(self, announcement_id: str) -> None:
        segment = self.life.view(announcement_id).segments[0]
        text = f"Kính thưa bà con {new_id()}."
        with self.life.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=text,
                actor_id=self.editor,
            )
        self._promise(f"edit {text}", lambda db, data: _is_edited(db, segment.id, text))

    def _promise(self, what: str, is_kept: Callable[[Database, Path], bool]) -> None:
        self.promises.append(Promise(time.monotonic(), what, is_kept))

    def _repeat(self, job: Callable[[], None]) -> None:
        try:
            while not self._stopping.wait(0.5):  # people pause; the machine has other work too
                job()
        except BaseException as fault:
            self.faults.append(fault)


def made_sound() -> bytes:
    """A second of noise as WAV, different each time."""
    noise = np.random.default_rng().integers(-3000, 3000, 16_000, dtype=np.int16)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(noise.tobytes())
    return buffer.getvalue()


def _is_edited(db: Database, segment_id: str, text: str) -> bool:
    with db.reading() as session:
        query = select(Edit).where(Edit.segment_id == segment_id, Edit.after == text)
        return session.scalar(query) is not None


def _is_published(db: Database, announcement_id: str, revision: int) -> bool:
    with db.reading() as session:
        query = select(Publication).where(
            Publication.announcement_id == announcement_id, Publication.revision == revision
        )
        return session.scalar(query) is not None


def _is_withdrawn(db: Database, announcement_id: str) -> bool:
    with db.reading() as session:
        item = published_item(session, announcement_id)
        return item is not None and item.withdrawn_at is not None


def _is_stored(data: Path, digest: str) -> bool:
    path = data / "media" / "store" / digest[:2] / digest
    return sha256(path.read_bytes()) == digest


def _has_sound(db: Database, data: Path, capture_id: str, number: int, digest: str) -> bool:
    """Whether the chunk is there, or the recording that its capture has become."""
    with db.reading() as session:
        capture = session.get_one(Capture, capture_id)
        if capture.state == "finished":
            return True  # its original is looked at with all others
        chunk = session.get(CaptureChunk, (capture_id, number))
    path = data / "media" / "captures" / capture_id / f"{number:08}"
    return chunk is not None and sha256(path.read_bytes()) == digest == chunk.sha256
