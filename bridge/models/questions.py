"""What a transcript asks a person, and the script that may answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bridge.db import Base, UtcDateTime, new_id, utc_now
from bridge.models.columns import Id, one_of

# What the machine may have made up; the other kinds are departures from the script.
HALLUCINATION_KINDS = ("known_phrase", "loop", "too_fast", "too_slow", "in_music")
FLAG_KINDS = (*HALLUCINATION_KINDS, "script_added", "script_skipped", "script_changed")
FLAG_DECISIONS = ("keep", "hide", "edited")


class Flag(Base):
    """Why a segment may not stand as it is: a question that a person answers before approval.

    `first_word`..`end_word` are tokens of the engine's text (end not included). `reason` holds what
    the kind needs, see `transcribe.hallucinations.Flag` and `transcribe.script_fit`.
    """

    __tablename__ = "flag"
    __table_args__ = (
        one_of("kind", FLAG_KINDS),
        one_of("decision", FLAG_DECISIONS),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decision_dated"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    first_word: Mapped[int] = mapped_column()
    end_word: Mapped[int] = mapped_column()
    reason: Mapped[dict[str, Any]] = mapped_column(JSON)
    decision: Mapped[str | None] = mapped_column(String(20))  # null: nobody has decided yet
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Confirmation(Base):
    """A person's word that a segment, as it stood, says what they heard."""

    __tablename__ = "confirmation"
    __table_args__ = (UniqueConstraint("segment_id", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    # No foreign key: a segment that is cut or joined goes, and may come back by undoing.
    segment_id: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column()  # a later text has to be heard again
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Script(Base):
    """The approved text that a speaker read from; where there is one, it is the transcript."""

    __tablename__ = "script"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), unique=True)
    file_name: Mapped[str] = mapped_column(String(255), default="")  # empty: it was pasted
    text: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # When it became the transcript; null while the sound is still to be heard.
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why it did not become the transcript when it should have; an error's code.
    problem: Mapped[str | None] = mapped_column(String(60))
    # Segment id -> {"version", "kind"}: the version that holds its words, the kind it had before.
    filled: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
