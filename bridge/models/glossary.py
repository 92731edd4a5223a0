"""Names of a unit's own."""

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

TERM_KINDS = ("person", "place", "body", "office", "other")


class GlossaryTerm(Base):
    """A name that a unit's announcements use and the engine gets wrong."""

    __tablename__ = "glossary_term"
    __table_args__ = (UniqueConstraint("unit_id", "key"), one_of("kind", TERM_KINDS))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    # Its token keys, joined by spaces. Longer than the text: a key spells the tone apart.
    key: Mapped[str] = mapped_column(String(400))
    kind: Mapped[str] = mapped_column(String(20), default="other")
    accepted: Mapped[int] = mapped_column(default=0)  # how often an editor took the suggestion
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class GlossaryRefusal(Base):
    """A learned candidate that an admin did not want; it is not offered again."""

    __tablename__ = "glossary_refusal"
    __table_args__ = (UniqueConstraint("unit_id", "key"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    key: Mapped[str] = mapped_column(String(400))
    refused_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
