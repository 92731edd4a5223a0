"""The tables. Invariants that must never break stand here as constraints too."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.workflow import State

ROLES = ("operator", "editor", "approver", "admin")
PRIORITIES = ("normal", "priority", "urgent")  # thường, ưu tiên, khẩn cấp
SEGMENT_KINDS = ("speech", "silence", "music", "unrecognised")
TASK_STATES = ("queued", "running", "done", "failed", "cancelled")

Id = String(12)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Unit(Base):
    """A commune (xã, phường, đặc khu) or a province. Each has a portal of its own."""

    __tablename__ = "unit"
    __table_args__ = (_one_of("kind", ("commune", "province")),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))  # "Xã Mẫu"
    authority: Mapped[str] = mapped_column(String(200))  # "Ủy ban nhân dân xã Mẫu"
    kind: Mapped[str] = mapped_column(String(20), default="commune")
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    accent: Mapped[str | None] = mapped_column(String(7))  # "#9c1f1f"
    contact: Mapped[str] = mapped_column(Text, default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="Asia/Ho_Chi_Minh")
    # Whether the last person who touched a text may approve it. Off unless the unit says so.
    editor_may_approve: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class User(Base):
    """A member of staff. What they may do is said by their memberships alone."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(255), unique=True)  # kept in lower case
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # Changing it ends every session of the user.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")


class Membership(Base):
    """One role of one person in one unit."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "unit_id", "role"), _one_of("role", ROLES))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    user: Mapped[User] = relationship(back_populates="memberships")
    unit: Mapped[Unit] = relationship()


class Recording(Base):
    """The audio as it came; the bytes lie in the media store under their SHA-256."""

    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("unit_id", "sha256"),
        CheckConstraint("duration_ms > 0", name="duration_positive"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(String(255))  # as the client called it; never a path
    container: Mapped[str] = mapped_column(String(60))
    codec: Mapped[str] = mapped_column(String(60))
    sample_rate: Mapped[int] = mapped_column()  # Hz, of the original
    channels: Mapped[int] = mapped_column()
    duration_ms: Mapped[int] = mapped_column()  # of the decoded sound
    # Loudest sample of each 100 ms, 0..255 of full scale: the sound line is drawn from it.
    peaks: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    unit: Mapped[Unit] = relationship()


class Announcement(Base):
    """One editorial item (bản tin): a span of one recording, and where it stands."""

    __tablename__ = "announcement"
    __table_args__ = (
        _one_of("state", tuple(State)),
        _one_of("priority", PRIORITIES),
        CheckConstraint("start_ms >= 0 AND end_ms > start_ms", name="span_ordered"),
        Index("ix_announcement_unit_state", "unit_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id"), index=True)
    start_ms: Mapped[int] = mapped_column()
    end_ms: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(String(20), default=State.RECEIVED)
    failure_code: Mapped[str | None] = mapped_column(String(60))  # why, while state is failed
    title: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(100), default="")
    area: Mapped[str] = mapped_column(String(200), default="")
    priority: Mapped[str] = mapped_column(String(20), default="normal")
    broadcast_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Counts every change of text or details: what the approver read is named by it.
    version: Mapped[int] = mapped_column(default=1)
    last_editor_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    unit: Mapped[Unit] = relationship()
    recording: Mapped[Recording] = relationship()
    segments: Mapped[list["Segment"]] = relationship(
        back_populates="announcement", order_by="Segment.position"
    )

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


class EngineRun(Base):
    """What heard the sound: model, options, how far it came and how long it took."""

    __tablename__ = "engine_run"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    model_name: Mapped[str] = mapped_column(String(200))
    model_sha256: Mapped[str] = mapped_column(String(64))  # of model.bin
    device: Mapped[str] = mapped_column(String(20))
    compute_type: Mapped[str] = mapped_column(String(20))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    done_ms: Mapped[int] = mapped_column(default=0)  # checkpoint: sound heard and committed
    # Seconds the engine worked on the pieces, without waiting in the queue or loading the model.
    engine_seconds: Mapped[float] = mapped_column(default=0.0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Segment(Base):
    """A few seconds of transcript: what the engine heard, for ever, and what it says now.

    A word is `{"text", "start_ms", "end_ms", "probability"}`; `probability` is null for a word
    that a person wrote. Times count from the beginning of the recording.
    """

    __tablename__ = "segment"
    __table_args__ = (
        UniqueConstraint("announcement_id", "position"),
        _one_of("kind", SEGMENT_KINDS),
        CheckConstraint("start_ms >= 0 AND end_ms > start_ms", name="span_ordered"),
        CheckConstraint("version >= 1", name="version_positive"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    engine_run_id: Mapped[str] = mapped_column(ForeignKey("engine_run.id"))
    position: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(20), default="speech")
    start_ms: Mapped[int] = mapped_column()
    end_ms: Mapped[int] = mapped_column()
    engine_text: Mapped[str] = mapped_column(Text)
    engine_words: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    announcement: Mapped[Announcement] = relationship(back_populates="segments")


class Edit(Base):
    """One saved change of one segment's text."""

    __tablename__ = "edit"
    __table_args__ = (UniqueConstraint("segment_id", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"))
    version: Mapped[int] = mapped_column()  # the segment's version after this edit
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Approval(Base):
    """A person's yes to one exact text, named by its digest. Voided by any later change."""

    __tablename__ = "approval"
    __table_args__ = (
        Index(
            "uq_approval_standing",
            "announcement_id",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    digest: Mapped[str] = mapped_column(String(64))
    announcement_version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Publication(Base):
    """One published revision. `content` is what the pages are built from, now and on a rebuild."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("announcement_id", "revision"),
        Index(
            "uq_publication_current",
            "announcement_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    approval_id: Mapped[str] = mapped_column(ForeignKey("approval.id"))
    revision: Mapped[int] = mapped_column()
    is_current: Mapped[bool] = mapped_column(default=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # {"mp3": {"name", "bytes", "sha256"}, "webm": {...}}: files beside the item's page.
    audio: Mapped[dict[str, Any]] = mapped_column(JSON)
    public_note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class Task(Base):
    """Work to do in the background. These rows are the truth; RQ only delivers their ids."""

    __tablename__ = "task"
    __table_args__ = (
        _one_of("state", TASK_STATES),
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
        Index("ix_task_state", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(60))
    announcement_id: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="queued")
    attempt: Mapped[int] = mapped_column(default=0)  # runs begun
    max_attempts: Mapped[int] = mapped_column(default=3)
    token: Mapped[str | None] = mapped_column(String(32))  # of the run that holds the lease
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress_done: Mapped[int] = mapped_column(default=0)  # in the task's own unit, e.g. ms
    progress_total: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    """A living worker's last sign of life, for `loa doctor` and the status page."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """Who did what, when. Rows are only ever added; each carries the hash of the one before."""

    __tablename__ = "audit_entry"

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str | None] = mapped_column(Id)  # null: the system itself
    action: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[str | None] = mapped_column(Id, index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(60), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
