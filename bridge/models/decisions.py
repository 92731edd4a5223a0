"""What people approved and what residents see."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

RETURN_OUTCOMES = ("resubmitted", "approved")


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
    # When it goes out at the earliest; null: at once.
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What residents are told about this correction of a published text; empty: nothing.
    public_note: Mapped[str] = mapped_column(Text, default="")
    # The approver's word that a correction changes no meaning, so that nothing need be said of it.
    spelling_only: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReviewReturn(Base):
    """An approver's "not yet": what the editor shall put right, and what became of it."""

    __tablename__ = "review_return"
    __table_args__ = (
        one_of("outcome", RETURN_OUTCOMES),
        CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name="outcome_dated"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    comment: Mapped[str] = mapped_column(Text)
    announcement_version: Mapped[int] = mapped_column()  # what the approver had before them
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    outcome: Mapped[str | None] = mapped_column(String(20))  # null: nobody has answered yet
    reply: Mapped[str] = mapped_column(Text, default="")
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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
        # What was first published when.
        Index("ix_publication_first", "unit_id", "revision", "published_at"),
        Index(
            "ix_publication_urgent",
            "unit_id",
            "published_at",
            sqlite_where=text("is_urgent"),
            postgresql_where=text("is_urgent"),
        ),
        Index(
            "ix_publication_continuing",
            "unit_id",
            sqlite_where=text("continues_id IS NOT NULL"),
            postgresql_where=text("continues_id IS NOT NULL"),
        ),
        Index("ix_publication_newest", "published_at", "announcement_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    approval_id: Mapped[str] = mapped_column(ForeignKey("approval.id"))
    revision: Mapped[int] = mapped_column()
    is_current: Mapped[bool] = mapped_column(default=True)
    is_urgent: Mapped[bool] = mapped_column(default=False)  # as its content says
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # {"mp3": {"name", "bytes", "sha256"}, "webm": {...}}: files beside the item's page.
    audio: Mapped[dict[str, Any]] = mapped_column(JSON)
    public_note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # What residents hear before it, as approved; only where both stand does a page say so.
    continues_id: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
