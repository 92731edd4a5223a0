"""Units, the people who work for them, and what each may do there."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

ROLES = ("operator", "editor", "approver", "admin", "supervisor")


class Unit(Base):
    """A commune (xã, phường, đặc khu) or a province. Each has a portal of its own."""

    __tablename__ = "unit"
    __table_args__ = (one_of("kind", ("commune", "province")),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))  # "Xã Mẫu"
    authority: Mapped[str] = mapped_column(String(200))  # "Ủy ban nhân dân xã Mẫu"
    kind: Mapped[str] = mapped_column(String(20), default="commune")
    # The unit whose supervisors read this one too: the province of a commune.
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"), index=True)
    accent: Mapped[str | None] = mapped_column(String(7))  # "#9c1f1f"
    contact: Mapped[str] = mapped_column(Text, default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="Asia/Ho_Chi_Minh")
    # Whether the last person who touched a text may approve it. Off unless the unit says so.
    editor_may_approve: Mapped[bool] = mapped_column(default=False)
    # Who answers for what the portal says: a name with its office, as residents read it.
    responsible: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # The file name of its emblem, which carries the digest of the picture; empty: none.
    emblem: Mapped[str] = mapped_column(String(60), default="", server_default="")
    # Where its portal is reached by a name of its own, "https://loa.xa-mau.example"; empty: under
    # the installation's address. The path is the same: "/xa-mau/".
    portal_url: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class UnitEmblem(Base):
    """A unit's emblem as PNG. A table of its own: every list reads units, few pages the picture."""

    __tablename__ = "unit_emblem"

    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class User(Base):
    """A member of staff. What they may do is said by their memberships alone."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(255), unique=True)  # kept in lower case
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # Changing it ends every session of the user.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # The second factor, as Flask-Security keeps it: which ("authenticator"; null: none), its secret
    # and the recovery codes, both encrypted, and the time step of the last code that was taken.
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column()
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSON)
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")


class Membership(Base):
    """One role of one person in one unit."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "unit_id", "role"), one_of("role", ROLES))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    user: Mapped[User] = relationship(back_populates="memberships")
    unit: Mapped[Unit] = relationship()
