"""What strangers' programs may read: the standing publications, page by page, newest first.

Only what was published comes out; a later edit that nobody has approved yet does not show, not
even in what a filter finds. Rows are picked by the lists' own lines and by parts of
`Publication.content`, so that a page of the list never loads the transcripts.
"""

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from bridge.details import Particulars
from bridge.errors import InvalidInput
from bridge.models import Listing, Publication, Unit

# Parts of the content that are texts; those that are not there come out as None.
_TEXTS = ("title", "category", "area", "priority", "broadcast_at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which publications; everything that is given counts together. Moments are aware."""

    unit_id: str | None = None
    since: datetime | None = None  # of the broadcast
    until: datetime | None = None  # not included
    category: str = ""
    area: str = ""  # one of the item's areas


@dataclass(frozen=True, slots=True)
class PublishedSummary:
    """A standing publication without its transcript; `duration_ms` of the published sound."""

    id: str
    unit_slug: str
    portal_url: str  # of the unit; empty: under the installation's address
    time_zone: str
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
    audio: dict[str, Any]
    particulars: Particulars


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """Some of what was found, newest publication first; `cursor` leads on, None: no more."""

    items: tuple[PublishedSummary, ...]
    cursor: str | None


def published_page(
    session: Session, wanted: Wanted, *, cursor: str | None = None, limit: int = 20
) -> SummaryPage:
    """At most `limit` publications after `cursor`. What is published meanwhile shifts nothing.

    Raises InvalidInput `cursor_invalid`.
    """
    query = _narrowed(_summaries(), wanted)
    if cursor is not None:
        moment, announcement_id = _read_cursor(cursor)
        query = query.where(
            or_(
                Publication.published_at < moment,
                and_(
                    Publication.published_at == moment,
                    Publication.announcement_id < announcement_id,
                ),
            )
        )
    query = query.order_by(Publication.published_at.desc(), Publication.announcement_id.desc())
    items = [_summary(row) for row in session.execute(query.limit(limit + 1))]
    more = len(items) > limit
    kept = tuple(items[:limit])
    return SummaryPage(kept, _cursor(kept[-1]) if more else None)


def published_summaries(
    session: Session, announcement_ids: Collection[str]
) -> dict[str, PublishedSummary]:
    """Those of these announcements that stand, by their ids."""
    query = _summaries().where(Publication.announcement_id.in_(announcement_ids))
    return {row.announcement_id: _summary(row) for row in session.execute(query)}


def _summaries() -> Select[Any]:
    earlier = aliased(Publication)
    first_at = (
        select(func.min(earlier.published_at))
        .where(earlier.announcement_id == Publication.announcement_id)
        .scalar_subquery()
    )
    texts = (*_TEXTS, *(item.name for item in fields(Particulars)))
    return (
        select(
            Publication.announcement_id,
            Publication.revision,
            Publication.digest,
            Publication.published_at,
            Publication.audio,
            Unit.slug,
            Unit.portal_url,
            Unit.time_zone,
            first_at.label("first_at"),
            Publication.content["duration_ms"].as_integer().label("duration_ms"),
            *(Publication.content[name].as_string().label(f"said_{name}") for name in texts),
        )
        .join(Unit, Publication.unit_id == Unit.id)
        .where(Publication.is_current, Publication.withdrawn_at.is_(None))
    )


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.unit_id is not None:
        query = query.where(Publication.unit_id == wanted.unit_id)
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(Listing.broadcast_at >= wanted.since)
    if wanted.until is not None:
        found.append(Listing.broadcast_at < wanted.until)
    if wanted.category:
        found.append(Listing.category == wanted.category)
    if wanted.area:
        areas = ", " + Listing.area + ", "
        found.append(areas.contains(f", {wanted.area}, ", autoescape=True))
    if not found:
        return query
    # The narrow copy answers what the content would have to be read for, row by row.
    one_each = Listing.announcement_id == Publication.announcement_id
    return query.join(Listing, one_each).where(*found)


def _summary(row: Row[Any]) -> PublishedSummary:
    said = {
        name.removeprefix("said_"): value
        for name, value in row._mapping.items()
        if name.startswith("said_") and value is not None
    }
    return PublishedSummary(
        id=row.announcement_id,
        unit_slug=row.slug,
        portal_url=row.portal_url,
        time_zone=row.time_zone,
        revision=row.revision,
        digest=row.digest,
        title=said["title"],
        category=said["category"],
        area=said["area"],
        priority=said["priority"],
        broadcast_at=datetime.fromisoformat(said["broadcast_at"]),
        published_at=row.published_at,
        first_published_at=row.first_at,
        duration_ms=row.duration_ms,
        audio=row.audio,
        particulars=Particulars.of_content(said),
    )


def _cursor(item: PublishedSummary) -> str:
    place = f"{item.published_at.astimezone(UTC).isoformat()} {item.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        padded = text + "=" * (-len(text) % 4)
        place = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        moment, announcement_id = place.decode("ascii").split(" ")
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None:
            raise ValueError(moment)
        return found.astimezone(UTC), announcement_id
    except (ValueError, OverflowError, UnicodeError, binascii.Error) as error:
        raise InvalidInput("cursor_invalid") from error
