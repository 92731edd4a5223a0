"""Programs of others: their tokens, what they sent, and the addresses that are told of news."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of
from bridge.models.people import Unit
from bridge.models.work import Task

TOKEN_SCOPES = ("intake", "state")
WEBHOOK_EVENTS = ("published", "corrected", "withdrawn", "review")


class ApiToken(Base):
    """What a program shows to send recordings for one unit. Only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))  # of the machine that uses it
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))  # null: command line
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # By the day: enough to find one that nobody needs, and one write a day.
    last_used_on: Mapped[date | None] = mapped_column(Date)
    unit: Mapped[Unit] = relationship()


class IntakeRequest(Base):
    """A recording that came under an idempotency key: the same key again gets the same answer."""

    __tablename__ = "intake_request"

    token_id: Mapped[str] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class Webhook(Base):
    """An address that is told of a unit's events. The secret signs, so it is kept as it is."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    url: Mapped[str] = mapped_column(String(1000))
    secret: Mapped[str] = mapped_column(String(100))
    events: Mapped[list[str]] = mapped_column(JSON)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """One event for one address. How it stands is said by its task alone."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("event", WEBHOOK_EVENTS),
        CheckConstraint("status IS NULL OR status BETWEEN 100 AND 999", name="status_of_http"),
        Index("ix_webhook_delivery_newest", "webhook_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id"))
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"))
    event: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)  # what is told besides ids and addresses
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), index=True)  # the newest one
    status: Mapped[int | None] = mapped_column()  # of the last answer, in HTTP's figures
    detail: Mapped[str] = mapped_column(Text, default="")  # why there was none
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    task: Mapped[Task] = relationship()
