"""What residents say to a unit, and what it answers."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

FEEDBACK_STATES = ("new", "answered", "hidden")


class Feedback(Base):
    """One message of a resident, about an announcement or in general, and its answer."""

    __tablename__ = "feedback"
    __table_args__ = (
        one_of("state", FEEDBACK_STATES),
        CheckConstraint("state <> 'answered' OR answer <> ''", name="answered_with_words"),
        CheckConstraint(
            "published_at IS NULL OR (state = 'answered' AND public_question <> '')",
            name="published_with_both",
        ),
        Index("ix_feedback_unit_state", "unit_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    announcement_id: Mapped[str | None] = mapped_column(ForeignKey("announcement.id"), index=True)
    # By which the sender sees the answer; given to nobody else.
    code: Mapped[str] = mapped_column(String(20), unique=True)
    text: Mapped[str] = mapped_column(Text)  # as it came
    # A telephone number or an address, for the staff alone; empty: none, or deleted.
    contact: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default="new")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What residents read of it, as the staff made it fit for all; empty: it was not published.
    public_question: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SenderDay(Base):
    """The salt of a day: with it an address becomes a mark, without it nothing is found back."""

    __tablename__ = "sender_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class SenderMark(Base):
    """How much a mark has sent on a day. Gone the next day, with the salt."""

    __tablename__ = "sender_mark"

    mark: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    sent: Mapped[int] = mapped_column()
