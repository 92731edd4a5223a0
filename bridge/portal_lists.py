"""Read-only selects for the portal's lists. They read narrow rows and say how many they want."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from bridge.archive import MONTH, headings_of, month_of
from bridge.listing import find_shelf
from bridge.models import Listing, ListingShelf, Publication, Shelf, Unit
from bridge.publications import PublishedItem, published_items
from bridge.series import PublicLink

# An urgent item heads the page until its validity ends; where that is not said, while nothing a day
# newer was broadcast.
URGENT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An announcement as a line of a list."""

    id: str
    title: str
    broadcast_at: datetime
    priority: str
    category: str
    area: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ShelfInfo:
    """A heading of a unit's archive, and how many stand under it."""

    id: str
    kind: str
    slug: str
    name: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Browse:
    """What a unit's archive holds: months the newest first, the others the fullest first."""

    months: tuple[ShelfInfo, ...] = ()
    categories: tuple[ShelfInfo, ...] = ()
    areas: tuple[ShelfInfo, ...] = ()

    @property
    def count(self) -> int:
        """How many announcements there are: each stands in one month."""
        return sum(one.count for one in self.months)


@dataclass(frozen=True, slots=True)
class Touched:
    """A list that a change may have altered, from the place of this moment on."""

    shelf: ShelfInfo
    month: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """What was broadcast before and after an announcement."""

    previous: PublicLink | None = None
    following: PublicLink | None = None


NO_BROWSE = Browse()
NO_AROUND = Around()


def browse(session: Session, unit_id: str) -> Browse:
    """The headings of a unit under which something stands."""
    shelves = session.scalars(
        select(Shelf)
        .where(Shelf.unit_id == unit_id, Shelf.count > 0)
        .order_by(Shelf.count.desc(), Shelf.slug)
    )
    found: dict[str, list[ShelfInfo]] = {}
    for shelf in shelves:
        found.setdefault(shelf.kind, []).append(_info(shelf))
    months = sorted(found.get(MONTH, []), key=lambda one: one.slug, reverse=True)
    return Browse(tuple(months), tuple(found.get("category", [])), tuple(found.get("area", [])))


def shelf_ids(session: Session, unit_id: str) -> list[str]:
    """Every heading that a unit has or had."""
    return list(session.scalars(select(Shelf.id).where(Shelf.unit_id == unit_id)))


def shelf_months(session: Session, shelf_id: str) -> list[tuple[str, int]]:
    """The months in which something stands under a heading, the newest first, and how many."""
    rows = session.execute(
        select(ListingShelf.month, func.count())
        .where(ListingShelf.shelf_id == shelf_id)
        .group_by(ListingShelf.month)
        .order_by(ListingShelf.month.desc())
    )
    return [(month, number) for month, number in rows]


def listed_on(
    session: Session, shelf_id: str, *, month: str | None = None, skip: int = 0, limit: int
) -> list[ListedItem]:
    """Lines under a heading, newest broadcast first; `skip` counts from the oldest."""
    query = _lines().join(ListingShelf, ListingShelf.announcement_id == Listing.announcement_id)
    query = query.where(ListingShelf.shelf_id == shelf_id)
    moment, one_id = ListingShelf.broadcast_at, ListingShelf.announcement_id
    if month is None:
        # By the month first: that is how the index has them.
        newest = query.order_by(ListingShelf.month.desc(), moment.desc(), one_id.desc())
        return [ListedItem(*row) for row in session.execute(newest.limit(limit))]
    query = query.where(ListingShelf.month == month).order_by(moment, one_id)
    rows = session.execute(query.offset(skip).limit(limit)).all()
    return [ListedItem(*row) for row in reversed(rows)]


def count_before(session: Session, shelf_id: str, month: str, moment: datetime) -> int:
    """How many of a month under a heading were broadcast before a moment."""
    found = session.scalar(
        select(func.count())
        .select_from(ListingShelf)
        .where(
            ListingShelf.shelf_id == shelf_id,
            ListingShelf.month == month,
            ListingShelf.broadcast_at < moment,
        )
    )
    return found or 0


def newest_items(
    session: Session, unit_id: str, limit: int, now: datetime | None = None
) -> list[PublishedItem]:
    """The newest `limit` on a unit's portal, and older ones that are urgent still, newest first.

    Without the times of words.
    """
    own = Listing.unit_id == unit_id
    order = (Listing.broadcast_at.desc(), Listing.announcement_id.desc())
    newest = session.execute(
        select(Listing.announcement_id, Listing.broadcast_at)
        .where(own)
        .order_by(*order)
        .limit(limit)
    ).all()
    if not newest:
        return []
    lasting = or_(
        Listing.valid_until.is_(None) & (Listing.broadcast_at > newest[0][1] - URGENT_FOR),
        Listing.valid_until > now if now is not None else Listing.valid_until.is_not(None),
    )
    urgent = session.scalars(
        select(Listing.announcement_id).where(own, Listing.priority == "urgent", lasting)
    )
    wanted = {one for one, _moment in newest} | set(urgent)
    return published_items(session, unit_id, announcement_ids=wanted, with_words=False)


def around(session: Session, unit_id: str, announcement_id: str) -> Around:
    """What stands before and after an announcement on its unit's portal, by broadcast hour."""
    broadcast_at = session.scalar(
        select(Listing.broadcast_at).where(Listing.announcement_id == announcement_id)
    )
    if broadcast_at is None:
        return NO_AROUND
    return _around(session, unit_id, announcement_id, broadcast_at)


def announced(session: Session, unit_id: str) -> list[str]:
    """Ids of all that stands, or stood, on a unit's portal."""
    return list(
        session.scalars(
            select(Publication.announcement_id)
            .where(Publication.unit_id == unit_id, Publication.is_current)
            .order_by(Publication.announcement_id)
        )
    )


def misplaced(session: Session, unit_id: str) -> set[str]:
    """Ids of what the lists do not say as the publications do: it stands and is not listed, or is
    listed and does not stand."""
    standing = session.scalars(
        select(Publication.announcement_id).where(
            Publication.unit_id == unit_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    )
    listed = session.scalars(select(Listing.announcement_id).where(Listing.unit_id == unit_id))
    return set(standing) ^ set(listed)


def pages_beside(session: Session, announcement_id: str) -> set[str]:
    """The announcements whose pages name this one as the one before or after them, or did so."""
    found: set[str] = set()
    for unit_id, moment in {
        (one.unit_id, one.moment) for one in _revisions(session, announcement_id)
    }:
        beside = _around(session, unit_id, announcement_id, moment)
        found |= {one.id for one in (beside.previous, beside.following) if one is not None}
    return found


def touched(session: Session, announcement_id: str) -> list[Touched]:
    """The lists in which an announcement stands, or stood with any of its revisions."""
    found: dict[tuple[str, str], Touched] = {}
    for one in _revisions(session, announcement_id):
        for heading in headings_of(one.content, one.time_zone):
            shelf = find_shelf(session, one.unit_id, heading)
            if shelf is None:
                continue
            month = month_of(one.moment, one.time_zone)
            known = found.get((shelf.id, month))
            since = min(known.since, one.moment) if known else one.moment
            found[(shelf.id, month)] = Touched(_info(shelf), month, since)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Revision:
    unit_id: str
    time_zone: str
    content: dict[str, str]  # as far as headings need it
    moment: datetime


def _revisions(session: Session, announcement_id: str) -> list[_Revision]:
    rows = session.execute(
        select(
            Publication.unit_id,
            Unit.time_zone,
            *(
                Publication.content[name].as_string()
                for name in ("broadcast_at", "category", "area")
            ),
        )
        .join(Unit, Unit.id == Publication.unit_id)
        .where(Publication.announcement_id == announcement_id)
        .order_by(Publication.revision)
    )
    return [
        _Revision(
            unit_id,
            time_zone,
            {"broadcast_at": at, "category": category, "area": area},
            datetime.fromisoformat(at),
        )
        for unit_id, time_zone, at, category, area in rows
    ]


def _around(session: Session, unit_id: str, announcement_id: str, moment: datetime) -> Around:
    at, one_id = Listing.broadcast_at, Listing.announcement_id
    earlier = (at <= moment, or_(at < moment, one_id < announcement_id))
    later = (at >= moment, or_(at > moment, one_id > announcement_id))

    def first(conditions: tuple[ColumnElement[bool], ...], *order: object) -> PublicLink | None:
        row = session.execute(
            select(Listing.announcement_id, Listing.title)
            .where(Listing.unit_id == unit_id, one_id != announcement_id, *conditions)
            .order_by(*order)  # type: ignore[arg-type]
            .limit(1)
        ).one_or_none()
        return None if row is None else PublicLink(row[0], row[1])

    return Around(first(earlier, at.desc(), one_id.desc()), first(later, at, one_id))


def _lines() -> Select[str, str, datetime, str, str, str, int]:
    return select(
        Listing.announcement_id,
        Listing.title,
        Listing.broadcast_at,
        Listing.priority,
        Listing.category,
        Listing.area,
        Listing.duration_ms,
    )


def _info(shelf: Shelf) -> ShelfInfo:
    return ShelfInfo(shelf.id, shelf.kind, shelf.slug, shelf.name, shelf.count)
