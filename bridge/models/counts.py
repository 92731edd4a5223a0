"""How often announcements were read, played and taken home. Nobody's visit is kept, only sums."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, utc_now
from bridge.models.columns import Id


class ItemCount(Base):
    """The sums of one announcement on one day of its unit's calendar."""

    __tablename__ = "item_count"
    __table_args__ = (
        CheckConstraint("views >= 0 AND plays >= 0 AND downloads >= 0", name="counted_up"),
    )

    announcement_id: Mapped[str] = mapped_column(
        Id, ForeignKey("announcement.id"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    views: Mapped[int] = mapped_column(default=0)
    plays: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)


class CountBatch(Base):
    """A batch that is in the sums. One that a process cannot be sure of is sent again and found."""

    __tablename__ = "count_batch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
