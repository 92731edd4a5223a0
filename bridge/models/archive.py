"""What stands on the portals, as their lists need it: narrow, so that counting reads no texts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bridge.archive import SHELF_KINDS
from bridge.db import Base, UtcDateTime, new_id
from bridge.models.columns import Id, one_of


class Shelf(Base):
    """A heading of a unit's archive with its address. It stays when nothing stands under it."""

    __tablename__ = "shelf"
    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "key"),
        UniqueConstraint("unit_id", "kind", "slug"),
        one_of("kind", SHELF_KINDS),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(Text)  # equal for all spellings
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(Text)  # as it was first spelled
    # How many stand under it, as its pages were last written.
    count: Mapped[int] = mapped_column(default=0)


class Listing(Base):
    """A standing publication in one line: a copy, made anew whenever its publication changes."""

    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_order", "unit_id", "broadcast_at", "announcement_id"),
        Index(
            "ix_listing_urgent",
            "unit_id",
            "broadcast_at",
            sqlite_where=text("priority = 'urgent'"),
            postgresql_where=text("priority = 'urgent'"),
        ),
    )

    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    broadcast_at: Mapped[datetime] = mapped_column(UtcDateTime)
    title: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    area: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(String(20))
    duration_ms: Mapped[int] = mapped_column()
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ListingShelf(Base):
    """That a listing stands under a heading; month and moment again, for the index alone."""

    __tablename__ = "listing_shelf"
    __table_args__ = (
        Index("ix_listing_shelf_order", "shelf_id", "month", "broadcast_at", "announcement_id"),
    )

    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), primary_key=True)
    shelf_id: Mapped[str] = mapped_column(ForeignKey("shelf.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7))  # "2026-11" on the unit's clock
    broadcast_at: Mapped[datetime] = mapped_column(UtcDateTime)
