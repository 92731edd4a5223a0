"""How long a unit keeps what it no longer shows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, utc_now
from bridge.models.columns import one_of

RETENTION_KINDS = ("withdrawn", "failed")


class RetentionRule(Base):
    """After so many days in this state an announcement's sound goes; its text and log stay.

    Without a row nothing is ever removed.
    """

    __tablename__ = "retention_rule"
    __table_args__ = (
        one_of("kind", RETENTION_KINDS),
        CheckConstraint("days > 0", name="days_positive"),
    )

    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    days: Mapped[int] = mapped_column()
    set_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))  # null: the command line
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
