"""Recordings and the announcements made of them, down to each segment and its changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.details import VIETNAMESE
from bridge.models.columns import Id, one_of
from bridge.models.people import Unit
from bridge.workflow import State

PRIORITIES = ("normal", "priority", "urgent")  # thường, ưu tiên, khẩn cấp
SEGMENT_KINDS = ("speech", "silence", "music", "unrecognised")
REARRANGEMENT_KINDS = ("split", "merge")


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
    # Of the original sound; null until it has been transcribed, or where it is digital silence.
    loudness_lufs: Mapped[float | None] = mapped_column(Float)
    true_peak_dbtp: Mapped[float | None] = mapped_column(Float)
    # Quiet stretches, [[start_ms, end_ms], ...]; grows with the checkpoints of transcription.
    pauses: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # When a retention rule took the original and its copies off the disk; null: they are there.
    sound_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unit: Mapped[Unit] = relationship()


class Announcement(Base):
    """One editorial item (bản tin): a span of one recording, and where it stands."""

    __tablename__ = "announcement"
    __table_args__ = (
        one_of("state", tuple(State)),
        one_of("priority", PRIORITIES),
        CheckConstraint("start_ms >= 0 AND end_ms > start_ms", name="span_ordered"),
        CheckConstraint(
            "valid_from IS NULL OR valid_until IS NULL OR valid_until > valid_from",
            name="validity_ordered",
        ),
        CheckConstraint(
            "joined_into IS NULL OR (state = 'withdrawn' AND joined_into <> id)",
            name="joined_is_withdrawn",
        ),
        CheckConstraint("continues_id IS NULL OR continues_id <> id", name="continues_another"),
        Index("ix_announcement_unit_state", "unit_id", "state"),
        # Nothing goes on in two places at once.
        Index("uq_announcement_continues", "continues_id", unique=True),
        Index(
            "ix_announcement_joined",
            "unit_id",
            sqlite_where=text("joined_into IS NOT NULL"),
            postgresql_where=text("joined_into IS NOT NULL"),
        ),
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
    area: Mapped[str] = mapped_column(String(200), default="")  # several, parted by commas
    priority: Mapped[str] = mapped_column(String(20), default="normal")
    broadcast_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The particulars: see bridge.details.
    summary: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    speaker: Mapped[str] = mapped_column(String(200), default="")
    author: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(35), default=VIETNAMESE)  # BCP 47
    valid_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Counts every change of text or details: what the approver read is named by it.
    version: Mapped[int] = mapped_column(default=1)
    # It is a part of another one of the same recording again, see `bridge.parting`.
    joined_into: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    # The broadcast that this one goes on with, see `bridge.continuing`.
    continues_id: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"))
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
        one_of("kind", SEGMENT_KINDS),
        CheckConstraint("start_ms >= 0 AND end_ms > start_ms", name="span_ordered"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(
            "cover IS NULL OR (cover IN ('cut', 'beep') AND hidden)", name="cover_known"
        ),
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
    # Left out of what residents read, by a person's decision; the data stays.
    hidden: Mapped[bool] = mapped_column(default=False)
    # Its sound is left out ("cut") or sounded over ("beep") as well; null: residents hear it.
    cover: Mapped[str | None] = mapped_column(String(20))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    announcement: Mapped[Announcement] = relationship(back_populates="segments")


class Edit(Base):
    """One saved change of one segment's text."""

    __tablename__ = "edit"
    __table_args__ = (
        UniqueConstraint("segment_id", "version"),
        Index("uq_edit_request_key", "segment_id", "user_id", "request_key", unique=True),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    # No foreign key: what was done to a segment stays known when it has become part of another.
    segment_id: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column()  # the segment's version after this edit
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    # What the request that made it called itself: repeated, it gets the same answer.
    request_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Rearrangement(Base):
    """One segment cut into two, or two joined: enough of both sides to take it back.

    `before` and `after` hold the segments as `bridge.rearranging` writes them down.
    """

    __tablename__ = "rearrangement"
    __table_args__ = (one_of("kind", REARRANGEMENT_KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    after: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
