"""Sound on its way in: recordings and files that arrive as numbered chunks."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.announcements import PRIORITIES
from bridge.models.columns import Id, one_of
from bridge.models.people import Unit

CAPTURE_KINDS = ("recorder", "upload", "line")
CAPTURE_STATES = ("open", "finished", "failed", "discarded")


class Capture(Base):
    """One recording or file while it arrives, and what became of it.

    `failed`: all that came could not be read as sound; the chunks stay. A recording that the
    server finished because nothing came any more (`by_silence`) keeps its chunks for a while too:
    later ones open it again.
    """

    __tablename__ = "capture"
    __table_args__ = (
        one_of("kind", CAPTURE_KINDS),
        one_of("state", CAPTURE_STATES),
        one_of("priority", PRIORITIES),
        UniqueConstraint("user_id", "client_key"),
        # NULL differs from NULL: what this machine records itself needs a rule of its own.
        Index(
            "uq_capture_local_key",
            "unit_id",
            "client_key",
            unique=True,
            sqlite_where=text("user_id IS NULL"),
            postgresql_where=text("user_id IS NULL"),
        ),
        CheckConstraint("size_bytes IS NULL OR size_bytes > 0", name="size_positive"),
        CheckConstraint(
            "state <> 'finished' OR announcement_id IS NOT NULL", name="finished_has_announcement"
        ),
        Index("ix_capture_state", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))  # null: this machine itself
    kind: Mapped[str] = mapped_column(String(20))
    client_key: Mapped[str] = mapped_column(String(64))  # chosen by who sends: asking twice is one
    file_name: Mapped[str] = mapped_column(String(255))  # as the client called it; never a path
    media_type: Mapped[str] = mapped_column(String(100), default="")
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)  # announced; null for a recording
    chunk_bytes: Mapped[int] = mapped_column()  # of every chunk of a file but the last; else most
    state: Mapped[str] = mapped_column(String(20), default="open")
    # Summed up over the chunks that are there, in the transactions that add them.
    chunks: Mapped[int] = mapped_column(default=0)
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sound_ms: Mapped[int] = mapped_column(default=0)  # as the sender says of each chunk
    announcement_id: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    is_duplicate: Mapped[bool] = mapped_column(default=False)  # the bytes were already known
    by_silence: Mapped[bool] = mapped_column(default=False)  # finished by the server itself
    # Numbers of chunks that never came, [[first, last], ...], when it was finished all the same.
    missing: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    failure_code: Mapped[str | None] = mapped_column(String(60))  # of the last try to finish
    failure_data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # of that error
    title: Mapped[str] = mapped_column(String(300), default="")
    broadcast_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority: Mapped[str] = mapped_column(String(20), default="normal")
    bookmarks: Mapped[list[int]] = mapped_column(JSON, default=list)  # ms of the sound, ascending
    script_text: Mapped[str | None] = mapped_column(Text)
    script_file_name: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)  # last sign of life
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # or failed, or discarded
    unit: Mapped[Unit] = relationship()


class CaptureChunk(Base):
    """One piece of a capture. Its bytes were flushed to the disk before this row was written."""

    __tablename__ = "capture_chunk"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number_counted"),
        CheckConstraint("size_bytes > 0", name="size_positive"),
    )

    capture_id: Mapped[str] = mapped_column(ForeignKey("capture.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 0
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column()
    sound_ms: Mapped[int] = mapped_column(default=0)  # as the sender says; 0 where it does not
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
