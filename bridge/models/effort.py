"""What the work on an announcement took and what came of it. Whose work it was is not kept."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime
from bridge.models.columns import Id


class WorkTime(Base):
    """How long people were at work on one segment: one sum, whoever they were.

    A row for each save would say, beside `edit`, how long each person took for each change.
    """

    __tablename__ = "work_time"
    __table_args__ = (CheckConstraint("active_ms >= 0", name="active_counted"),)

    # No foreign key: what was spent on a segment stays known when it has become part of another.
    segment_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    active_ms: Mapped[int] = mapped_column()
    # The newest version of the text whose save is in the sum: a save that comes twice is not.
    saved_version: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkResult(Base):
    """The machine's text of an announcement, judged by what was approved last.

    Each mark is counted once, however many words it has. `doubts_wrong`, `checks_right`: marks all
    of whose words the approved text has as the machine wrote them.
    """

    __tablename__ = "work_result"
    __table_args__ = (
        CheckConstraint(
            "doubts_wrong BETWEEN 0 AND doubts AND checks_right BETWEEN 0 AND checks",
            name="parts_of_wholes",
        ),
    )

    announcement_id: Mapped[str] = mapped_column(
        Id, ForeignKey("announcement.id"), primary_key=True
    )
    words: Mapped[int] = mapped_column()  # of the machine's text
    edits: Mapped[int] = mapped_column()  # places in which the approved text differs from it
    doubts: Mapped[int] = mapped_column()
    doubts_wrong: Mapped[int] = mapped_column()
    checks: Mapped[int] = mapped_column()
    checks_right: Mapped[int] = mapped_column()
