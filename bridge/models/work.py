"""Work in the background, and who does it."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

TASK_STATES = ("queued", "running", "done", "failed", "cancelled")


class Task(Base):
    """Work to do in the background. These rows are the truth; RQ only delivers their ids."""

    __tablename__ = "task"
    __table_args__ = (
        one_of("state", TASK_STATES),
        CheckConstraint("(state = 'running') = (token IS NOT NULL)", name="token_while_running"),
        # At most one open task of a kind for an announcement.
        Index(
            "uq_task_open",
            "kind",
            "announcement_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        # And at most one for a capture.
        Index(
            "uq_task_open_capture",
            "kind",
            "capture_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        # And at most one for a unit.
        Index(
            "uq_task_open_unit",
            "kind",
            "unit_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_task_state", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(60))
    announcement_id: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    capture_id: Mapped[str | None] = mapped_column(ForeignKey("capture.id"), index=True)
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="queued")
    attempt: Mapped[int] = mapped_column(default=0)  # runs begun
    # Where it goes on, of a task that stepped aside for others; each kind knows its own.
    cursor: Mapped[str | None] = mapped_column(String(100))
    max_attempts: Mapped[int] = mapped_column(default=3)
    token: Mapped[str | None] = mapped_column(String(32))  # of the run that holds the lease
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress_done: Mapped[int] = mapped_column(default=0)  # in the task's own unit, e.g. ms
    progress_total: Mapped[int] = mapped_column(default=0)
    # Seconds still to go, as measured by the run itself; null while it cannot tell yet.
    remaining_s: Mapped[int | None] = mapped_column()
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # Nobody begins it earlier, and the queue does not hear of it; null: at once.
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    """A living worker's last sign of life, for `loa doctor` and the status page."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
