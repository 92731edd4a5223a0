"""Who is signed in where, and who tried to be."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

ACCOUNT_LINK_KINDS = ("invitation", "reset", "first")


class Login(Base):
    """One signing in of a person at one browser, until it is ended or too old."""

    __tablename__ = "login"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(300))  # what it calls itself
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # The last request, give or take `bridge.logins.SEEN_EVERY`.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether nothing like this browser at this address was known of the person before.
    is_new_place: Mapped[bool] = mapped_column(default=False)
    # When the person said of a new place that it was they.
    known_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginAttempt(Base):
    """A password that was wrong, or is being looked at; gone once a right one has come."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_account", "account", "at"),
        Index("ix_login_attempt_address", "address", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(String(255))  # as typed, in lower case: perhaps nobody's
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class AccountLink(Base):
    """An address that lets whoever has it set a password, once. Only its hash is kept."""

    __tablename__ = "account_link"
    __table_args__ = (one_of("kind", ACCOUNT_LINK_KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    # Whose password it sets; null: the first admin's, who is made by it.
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"), index=True)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
