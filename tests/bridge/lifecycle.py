"""Walks announcements of the example commune through their life, with made-up segments."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bridge.accounts import create_unit, create_user, grant_role
from bridge.db import Database, new_id
from bridge.intake import Receipt, accept_recording
from bridge.media import Incoming, MediaStore, SoundFacts
from bridge.models import Announcement, Task, Unit
from bridge.models import Segment as SegmentRow
from bridge.publishing import Draft, prepare_publication, record_publication
from bridge.queries import AnnouncementView, announcement_view
from bridge.review import approve_announcement
from bridge.tasks import TaskRun, claim_task, finish_task
from bridge.transcript import Segment, Word
from bridge.transcription import (
    Assignment,
    begin_transcription,
    finish_piece,
    finish_transcription,
    open_engine_run,
    save_segments,
)
from bridge.turns import PREPARE

DURATION_MS = 6_000
FACTS = SoundFacts(
    container="wav",
    codec="pcm_s16le",
    sample_rate=16_000,
    channels=1,
    duration_ms=DURATION_MS,
    peaks=bytes(range(60)),  # one for each 100 ms
)
BROADCAST_AT = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
WORKER = "localhost:up:1:4711"
AUDIO = {
    "mp3": {"name": "audio-0123456789ab.mp3", "bytes": 1, "sha256": "a" * 64},
    "webm": {"name": "audio-0123456789ab.webm", "bytes": 1, "sha256": "b" * 64},
}
MODEL_A: dict[str, Any] = {
    "model_name": "whisper-base",
    "model_sha256": "a" * 64,
    "device": "cpu",
    "compute_type": "int8",
    "options": {"beam_size": 5},
}
MODEL_B = {**MODEL_A, "model_name": "whisper-large", "model_sha256": "b" * 64}


def nothing_to_check(segments: Sequence[SegmentRow]) -> tuple[()]:
    """For an approval in which no segment has to be confirmed before."""
    return ()


def heard(text: str, start_ms: int, end_ms: int, probability: float = 0.9) -> Segment:
    """A segment as an engine would hand it over, its words of equal length."""
    tokens = text.split()
    step = (end_ms - start_ms) // len(tokens)
    words = tuple(
        Word(token, start_ms + step * number, start_ms + step * (number + 1), probability)
        for number, token in enumerate(tokens)
    )
    return Segment(start_ms, end_ms, text, words)


FIRST = heard("Kính thưa bà con nhân dân.", 0, 3_000)
SECOND = heard("Bảy giờ sáng mai tiêm phòng.", 3_000, 6_000)


@dataclass(frozen=True)
class Life:
    """The steps of an announcement's life, each as the application takes it."""

    db: Database
    media: MediaStore
    unit: Unit

    def person(self, *roles: str) -> str:
        """A new member of staff with these roles in the commune; their id."""
        with self.db.writing() as session:
            user = create_user(
                session,
                email=f"{new_id()}@localhost",
                name="Người " + ", ".join(roles),
                password_hash="unusable",
            )
            for role in roles:
                grant_role(session, user_id=user.id, unit_id=self.unit.id, role=role)
            return user.id

    def incoming(self, content: bytes = b"sound") -> Incoming:
        return self.media.receive(io.BytesIO(content), max_bytes=1_000_000, min_free_bytes=0)

    def receive(
        self,
        content: bytes = b"sound",
        *,
        actor_id: str | None = None,
        title: str = "",
        priority: str = "normal",
    ) -> Receipt:
        return accept_recording(
            self.db,
            self.media,
            unit_id=self.unit.id,
            actor_id=actor_id,
            incoming=self.incoming(content),
            facts=FACTS,
            file_name="bản tin.wav",
            title=title,
            broadcast_at=BROADCAST_AT,
            priority=priority,
        )

    def claim(self, task_id: str | None, *, worker: str = WORKER, lease_s: float = 60) -> TaskRun:
        assert task_id is not None
        run = claim_task(self.db, task_id, worker=worker, lease_s=lease_s)
        assert run is not None
        return run

    def begin(self, run: TaskRun, model: dict[str, Any] | None = None) -> tuple[Assignment, str]:
        """Begin a transcription; the assignment and the engine run's id."""
        with self.db.writing() as session:
            assignment = begin_transcription(session, run)
        with self.db.writing() as session:
            engine_run_id, _ = open_engine_run(session, run, assignment, **(model or MODEL_A))
        return assignment, engine_run_id

    def transcribe(self, task_id: str | None, *segments: Segment) -> None:
        """Run a transcription task to its end; FIRST and SECOND are heard unless told otherwise."""
        run = self.claim(task_id)
        _, engine_run_id = self.begin(run)
        with self.db.writing() as session:
            save_segments(session, run, engine_run_id, segments or (FIRST, SECOND))
            finish_piece(session, run, engine_run_id, DURATION_MS, 1.5)
        with self.db.writing() as session:
            finish_transcription(session, run, engine_run_id)
        self.skip_preparing(run.announcement_id)

    def skip_preparing(self, announcement_id: str | None) -> None:
        """End the task that would make the sound before anybody asks for it, as if it were done."""
        with self.db.reading() as session:
            asked = select(Task.id).filter_by(announcement_id=announcement_id, kind=PREPARE)
            waiting = session.scalars(asked.where(Task.state == "queued")).all()
        for task_id in waiting:
            run = self.claim(task_id)
            with self.db.writing() as session:
                finish_task(session, run)

    def reviewable(self, content: bytes = b"sound", *, title: str = "") -> str:
        """A new announcement in review; its id."""
        receipt = self.receive(content, title=title)
        self.transcribe(receipt.task_id)
        return receipt.announcement_id

    def approve(self, announcement_id: str, actor_id: str, **more: Any) -> str:
        """Approve the text as it stands; the id of the publishing task.

        A correction is one of spelling unless `more` has a public note.
        """
        digest = self.view(announcement_id).digest
        with self.db.writing() as session:
            task_id = approve_announcement(
                session,
                announcement_id=announcement_id,
                digest=digest,
                actor_id=actor_id,
                must_check=nothing_to_check,
                **{"spelling_only": "public_note" not in more, **more},
            )
        self.skip_preparing(announcement_id)
        return task_id

    def publish(self, task_id: str) -> Draft:
        """Run a publishing task to its end."""
        run = self.claim(task_id)
        with self.db.writing() as session:
            draft = prepare_publication(session, run)
        with self.db.writing() as session:
            record_publication(session, run, draft, AUDIO)
        return draft

    def published(self, actor_id: str, content: bytes = b"sound", *, title: str = "") -> str:
        """A new announcement on the portal; its id."""
        announcement_id = self.reviewable(content, title=title)
        self.publish(self.approve(announcement_id, actor_id))
        return announcement_id

    def view(self, announcement_id: str) -> AnnouncementView:
        with self.db.reading() as session:
            return announcement_view(session, announcement_id)

    def state(self, announcement_id: str) -> str:
        with self.db.reading() as session:
            return session.get_one(Announcement, announcement_id).state

    def task(self, task_id: str | None) -> Task:
        with self.db.reading() as session:
            return session.get_one(Task, task_id)


def new_life(db: Database, media: MediaStore, *, editor_may_approve: bool = False) -> Life:
    with db.writing() as session:
        unit = create_unit(
            session,
            slug=f"xa-{new_id()}",
            name="Xã Mẫu",
            editor_may_approve=editor_may_approve,
        )
    return Life(db, media, unit)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
