"""A unit's database and store, and what tests of the transcription task do there."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select, update

from bridge.intake import accept_recording
from bridge.models import Announcement, EngineRun, Flag, Segment, Task
from bridge.tasks import TaskContext, TaskRun, add_task, claim_task
from transcribe.decoder_client import probe_sound
from transcribe.jobs import transcribe_announcement


@dataclass(frozen=True)
class Desk:
    """A unit's database and store, and what the tests do there."""

    context: TaskContext
    unit_id: str

    def accept(self, path: Path) -> str:
        """Take a file in; the announcement's id."""
        settings = self.context.settings
        with path.open("rb") as stream:
            incoming = self.context.media.receive(
                stream, max_bytes=settings.max_upload_bytes, min_free_bytes=0
            )
        receipt = accept_recording(
            self.context.db,
            self.context.media,
            unit_id=self.unit_id,
            actor_id=None,
            incoming=incoming,
            facts=probe_sound(incoming.path, settings),
            file_name=path.name,
        )
        return receipt.announcement_id

    def claim(self, announcement_id: str) -> TaskRun:
        with self.context.db.reading() as session:
            task_id = session.scalars(
                select(Task.id).where(
                    Task.announcement_id == announcement_id,
                    Task.state == "queued",
                    Task.kind == "transcribe",
                )
            ).one()
        run = claim_task(self.context.db, task_id, worker="test", lease_s=600)
        assert run is not None
        return run

    def segments(self, announcement_id: str) -> list[Segment]:
        with self.context.db.reading() as session:
            found = select(Segment).where(Segment.announcement_id == announcement_id)
            segments = list(session.scalars(found.order_by(Segment.position)))
            session.expunge_all()  # to be read after the session
            return segments

    def state(self, announcement_id: str) -> str:
        with self.context.db.reading() as session:
            return session.get_one(Announcement, announcement_id).state

    def length_ms(self, announcement_id: str) -> int:
        with self.context.db.reading() as session:
            return session.get_one(Announcement, announcement_id).duration_ms

    def transcribe_again(self, announcement_id: str) -> str:
        """Hear the same recording once more from the beginning, undisturbed."""
        with self.context.db.writing() as session:
            for table in (Flag, Segment, EngineRun):
                session.execute(delete(table).where(table.announcement_id == announcement_id))
            session.execute(
                update(Announcement)
                .where(Announcement.id == announcement_id)
                .values(state="queued")
            )
            add_task(session, kind="transcribe", announcement_id=announcement_id)
        transcribe_announcement(self.context, self.claim(announcement_id))
        return announcement_id
