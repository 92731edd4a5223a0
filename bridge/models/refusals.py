"""Suggestions that a person did not want."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

SUGGESTION_KINDS = ("number", "term")


class SuggestionRefusal(Base):
    """A suggestion that does not come back: one, in its segment, or all of a kind.

    With a segment it is about `heard` there, to be `written` otherwise. Without one it is about the
    whole announcement: every number, or every place of the name `written`.
    """

    __tablename__ = "suggestion_refusal"
    __table_args__ = (
        one_of("kind", SUGGESTION_KINDS),
        CheckConstraint("segment_id IS NULL OR heard IS NOT NULL", name="one_is_named"),
        Index("ix_suggestion_refusal_segment_id", "segment_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    # No foreign key: it goes with the words when a segment is cut or joined.
    segment_id: Mapped[str | None] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(20))
    heard: Mapped[str | None] = mapped_column(Text)
    written: Mapped[str] = mapped_column(Text, default="")
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
