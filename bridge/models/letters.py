"""Letters to the staff by electronic mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of
from bridge.models.work import Task

LETTER_KINDS = ("invitation", "reset", "new_login")


class Letter(Base):
    """One letter to one person. What it says is written when it goes out; how it stands is said by
    its task alone.
    """

    __tablename__ = "letter"
    __table_args__ = (one_of("kind", LETTER_KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    # In whose name; null: nobody's but the installation's.
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    # Of a login at a new place: where and when.
    address: Mapped[str] = mapped_column(String(64), default="")
    happened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), unique=True)
    task: Mapped[Task] = relationship()
