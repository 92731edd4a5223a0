"""What people approved and what residents see."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id


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
