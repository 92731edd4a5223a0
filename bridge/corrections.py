"""What residents are told when a published text is corrected.

From the second revision on the approver says in public what was wrong, or gives their word that no
meaning changed. Every note stays on the page, in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.errors import InvalidInput
from bridge.models import Publication
from bridge.transcript import normalise_text

NOTE_LENGTH = 500  # a few sentences below a text


@dataclass(frozen=True, slots=True)
class Correction:
    """What residents were told about one revision, and when it was published."""

    revision: int
    at: datetime
    note: str

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> tuple[Self, ...]:
        """Those that a publication's content carries, the oldest first; old ones carry none."""
        return tuple(
            cls(one["revision"], datetime.fromisoformat(one["at"]), one["note"])
            for one in content.get("corrections", ())
        )

    def to_json(self) -> dict[str, Any]:
        return {"revision": self.revision, "at": self.at.isoformat(), "note": self.note}


def is_correction(session: Session, announcement_id: str) -> bool:
    """Whether the next publication of an announcement follows another one."""
    query = select(Publication.id).where(Publication.announcement_id == announcement_id)
    return session.scalar(query.limit(1)) is not None


def require_note(
    session: Session, announcement_id: str, *, note: str, spelling_only: bool
) -> tuple[str, bool]:
    """The public note as it is kept, and whether the approver's word stands in its place.

    Raises InvalidInput `note_missing` for a correction with neither, `note_needless` for a note
    on what was never published, `note_too_long` (`limit` characters).
    """
    note = normalise_text(note)
    if len(note) > NOTE_LENGTH:
        raise InvalidInput("note_too_long", limit=NOTE_LENGTH)
    if not is_correction(session, announcement_id):
        if note:
            raise InvalidInput("note_needless")
        return "", False
    if not note and not spelling_only:
        raise InvalidInput("note_missing")
    return note, not note


def corrections(
    session: Session, announcement_id: str, *, revision: int, note: str, at: datetime
) -> list[Correction]:
    """Every public note up to this revision, which is published `at`, the oldest first."""
    former = session.scalars(
        select(Publication)
        .where(
            Publication.announcement_id == announcement_id,
            Publication.revision < revision,
            Publication.public_note != "",
        )
        .order_by(Publication.revision)
    )
    told = [Correction(one.revision, one.published_at, one.public_note) for one in former]
    return [*told, Correction(revision, at, note)] if note else told
