"""What stands on the portals, as pages, lists and feeds take it. Read-only; only plain frozen data
comes out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from bridge.corrections import Correction
from bridge.details import NO_PARTICULARS, Particulars
from bridge.feedback import PublicAnswer, public_answers
from bridge.models import Publication, Unit
from bridge.series import NO_LINKS, PublicLinks, public_links
from bridge.transcript import Word
from bridge.units import UnitInfo, read_unit


@dataclass(frozen=True, slots=True)
class PublishedSegment:
    """A published segment; times in milliseconds from the item's beginning."""

    id: str
    kind: str
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]  # empty where read without


@dataclass(frozen=True, slots=True)
class PublishedItem:
    """The current published revision of an announcement, withdrawn or not."""

    id: str
    unit: UnitInfo
    revision: int
    digest: str
    title: str
    category: str
    area: str
    priority: str
    broadcast_at: datetime
    published_at: datetime
    first_published_at: datetime
    duration_ms: int
    segments: tuple[PublishedSegment, ...]
    peaks: bytes
    audio: dict[str, Any]
    public_note: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    particulars: Particulars = NO_PARTICULARS
    corrections: tuple[Correction, ...] = ()  # up to this revision, the oldest first
    links: PublicLinks = NO_LINKS
    answers: tuple[PublicAnswer, ...] = ()  # told to one item alone, not to lists


def published_items(
    session: Session,
    unit_id: str,
    *,
    withdrawn: bool = False,
    announcement_ids: Collection[str] | None = None,
    with_words: bool = True,
) -> list[PublishedItem]:
    """What stands on a unit's portal, of these announcements alone or all, newest broadcast first.

    With `withdrawn` also what was taken off it: a notice stands in the place of each. Lists need no
    times of words, most of what there is to read: they do without.
    """
    query = _publications().where(Publication.is_current)
    if not withdrawn:
        query = query.where(Publication.withdrawn_at.is_(None))
    if announcement_ids is None:
        query = query.where(Publication.unit_id == unit_id)
    else:  # without the unit, for whose sake SQLite would read every publication of it
        query = query.where(Publication.announcement_id.in_(announcement_ids))
    links = public_links(session, unit_id)
    items = [read_published(row, links, with_words=with_words) for row in session.execute(query)]
    items = [item for item in items if item.unit.id == unit_id]
    return sorted(items, key=lambda item: (item.broadcast_at, item.id), reverse=True)


def published_item(session: Session, announcement_id: str) -> PublishedItem | None:
    """The current revision of an announcement, withdrawn or not; None if it was never out."""
    row = session.execute(
        _publications().where(
            Publication.announcement_id == announcement_id, Publication.is_current
        )
    ).one_or_none()
    if row is None:
        return None
    unit_id = row.Publication.unit_id
    item = read_published(row, public_links(session, unit_id, announcement_id))
    return replace(item, answers=public_answers(session, unit_id, announcement_id))


def read_published(
    row: Row[Publication, Unit, datetime],
    links: Mapping[str, PublicLinks],
    *,
    with_words: bool = True,
) -> PublishedItem:
    """A row of Publication, Unit and `first_at` as the pages take it."""
    publication: Publication = row.Publication
    content = publication.content
    return PublishedItem(
        id=publication.announcement_id,
        unit=read_unit(row.Unit),
        revision=publication.revision,
        digest=publication.digest,
        title=content["title"],
        category=content["category"],
        area=content["area"],
        priority=content["priority"],
        broadcast_at=datetime.fromisoformat(content["broadcast_at"]),
        published_at=publication.published_at,
        first_published_at=row.first_at,
        duration_ms=content["duration_ms"],
        segments=tuple(_segment(one, with_words) for one in content["segments"]),
        peaks=bytes.fromhex(content["peaks"]),
        audio=publication.audio,
        public_note=publication.public_note,
        withdrawn_at=publication.withdrawn_at,
        withdrawn_reason=publication.withdrawn_reason,
        particulars=Particulars.of_content(content),
        corrections=Correction.of_content(content),
        links=links.get(publication.announcement_id, NO_LINKS),
    )


def _publications() -> Select[Publication, Unit, datetime]:
    every = aliased(Publication)
    first_at = (
        select(func.min(every.published_at))
        .where(every.announcement_id == Publication.announcement_id)
        .scalar_subquery()
    )
    return select(Publication, Unit, first_at.label("first_at")).join(Unit)


def _segment(content: Mapping[str, Any], with_words: bool) -> PublishedSegment:
    words = map(Word.from_json, content["words"]) if with_words else ()
    return PublishedSegment(**{**content, "words": tuple(words)})
