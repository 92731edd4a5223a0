"""What residents can search: the texts that stand on the portal, and old names of places.

The full-text index itself, `search_index`, is made by the migration: a virtual table of FTS5 on
SQLite, a tsvector with a GIN index on PostgreSQL. Both hold one row for each document here.
"""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.announcements import PRIORITIES
from bridge.models.columns import Id, one_of


class SearchDocument(Base):
    """What a search shows of a standing publication.

    `position` orders by the hour of broadcast, then by id, see `bridge.search_index`. `passages`:
    [[start_ms, end_ms, text], ...], times of the published sound.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        one_of("priority", PRIORITIES),
        UniqueConstraint("announcement_id"),
        Index("ix_search_document_unit_id_position", "unit_id", "position"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    revision: Mapped[int] = mapped_column()
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(100))
    area: Mapped[str] = mapped_column(String(200))
    priority: Mapped[str] = mapped_column(String(20))
    broadcast_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int] = mapped_column()
    passages: Mapped[list[list[Any]]] = mapped_column(JSON)


class PlaceName(Base):
    """A name that a place had before, and the one it has: who searches for one finds both."""

    __tablename__ = "place_name"
    __table_args__ = (
        UniqueConstraint("unit_id", "old_name", "new_name"),
        CheckConstraint("old_name <> new_name", name="names_differ"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    old_name: Mapped[str] = mapped_column(String(200))
    new_name: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
