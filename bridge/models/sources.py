"""Lines and streams that sound can be taken from, and when that is done by itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of
from bridge.models.people import Unit

SOURCE_KINDS = ("alsa", "pulse", "stream")
# idle: nobody listens; listening: it is heard; lost: it gives no sound and is tried again.
LINE_STATES = ("idle", "listening", "lost")


class Source(Base):
    """Where a unit's sound can be taken from. Only streams that stand here are ever fetched."""

    __tablename__ = "source"
    __table_args__ = (
        UniqueConstraint("unit_id", "name"),
        one_of("kind", SOURCE_KINDS),
        one_of("line_state", LINE_STATES),
        CheckConstraint("split_silence_s > 0", name="split_silence_positive"),
        CheckConstraint("pre_roll_s >= 0", name="pre_roll_not_negative"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Text)  # a device, or a URL without a password
    # Whether the host's name may lead into a private network; a bare address always may.
    private_network: Mapped[bool] = mapped_column(default=False)
    redirect_hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    split_silence_s: Mapped[int] = mapped_column(default=20)
    pre_roll_s: Mapped[int] = mapped_column(default=5)
    # What the recorder last saw, for people to read; nothing is decided by it.
    line_state: Mapped[str] = mapped_column(String(20), default="idle")
    problem: Mapped[str | None] = mapped_column(String(60))  # an error's code
    problem_data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # its values
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the recorder's last word
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # sound, not silence
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    unit: Mapped[Unit] = relationship()


class Schedule(Base):
    """A weekly time at which a source is recorded, in the unit's own time zone."""

    __tablename__ = "schedule"
    __table_args__ = (
        UniqueConstraint("source_id", "days", "start_minute", "end_minute"),
        CheckConstraint("days BETWEEN 1 AND 127", name="days_known"),
        CheckConstraint("start_minute BETWEEN 0 AND 1439", name="start_in_day"),
        CheckConstraint(
            "end_minute > start_minute AND end_minute < start_minute + 1440", name="span_ordered"
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    days: Mapped[int] = mapped_column()  # bit 0 Monday to bit 6 Sunday
    start_minute: Mapped[int] = mapped_column()  # from midnight
    end_minute: Mapped[int] = mapped_column()  # past 1440: on the next day
    title: Mapped[str] = mapped_column(String(200), default="")  # of the announcements made
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    source: Mapped[Source] = relationship()
