"""What a segment's text was: what the machine heard, and every text that a person saved."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.errors import NotFound
from bridge.models import Edit, Rearrangement, Segment, User

MACHINE = 0  # the number of what the engine heard, whatever became the text at first


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One text of a segment; by nobody and at no time where no person wrote it here."""

    number: int
    text: str
    by: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FormerText:
    """What was written where a segment stands, before it was cut from others or joined of them.

    `kind`: "split" or "merge", with the texts of the segments before; or "edit", with one text that
    a person saved in one of those.
    """

    kind: str
    texts: tuple[str, ...]
    by: str
    at: datetime


def former_texts(session: Session, segment_id: str) -> list[FormerText]:
    """What became this segment, the latest first; empty for one that is as it was heard.

    Raises NotFound `segment_unknown`.
    """
    segment = session.get(Segment, segment_id)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    changes = session.execute(
        select(Rearrangement, User.name)
        .join(User, Rearrangement.user_id == User.id)
        .where(
            Rearrangement.announcement_id == segment.announcement_id,
            Rearrangement.undone_at.is_(None),
        )
        .order_by(Rearrangement.created_at.desc())
    ).all()
    known, former = {segment_id}, []
    for change, name in changes:
        if known.isdisjoint(entry["id"] for entry in change.after):
            continue
        known |= {entry["id"] for entry in change.before}
        texts = tuple(entry["text"] for entry in change.before)
        former.append(FormerText(change.kind, texts, name, change.created_at))
    edits = session.execute(
        select(Edit, User.name)
        .join(User, Edit.user_id == User.id)
        .where(Edit.segment_id.in_(known - {segment_id}))
    )
    former += [FormerText("edit", (edit.after,), name, edit.created_at) for edit, name in edits]
    return sorted(former, key=lambda one: one.at, reverse=True)


def segment_versions(session: Session, segment_id: str) -> list[TextVersion]:
    """Every text of a segment, the machine's first, then in the order in which they were saved.

    The text before the first edit stands by itself where it is not the machine's: that of a script,
    or of the segments that this one was made of. Raises NotFound `segment_unknown`.
    """
    segment = session.get(Segment, segment_id)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    rows = session.execute(
        select(Edit, User.name)
        .join(User, Edit.user_id == User.id)
        .where(Edit.segment_id == segment_id)
        .order_by(Edit.version)
    ).all()
    versions = [TextVersion(MACHINE, segment.engine_text, None, None)]
    first = rows[0][0].before if rows else segment.text
    if first != segment.engine_text:
        versions.append(TextVersion(1, first, None, None))
    versions += [
        TextVersion(edit.version, edit.after, name, edit.created_at) for edit, name in rows
    ]
    return versions
