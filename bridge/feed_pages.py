"""Which published items stand together: in a feed, on a page of its archive, among the alerts.

An item belongs to the month in which it was first published, on the unit's clock. Neither
corrections nor withdrawals change that, so what a page was once given it keeps, and only the
newest page grows. Read-only; nothing here reads every publication.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, column, func, select, text, values
from sqlalchemy.orm import Session, aliased

from bridge.archive import month_of
from bridge.db import UtcDateTime
from bridge.models import Publication, Unit
from bridge.publications import PublishedItem, read_published
from bridge.units import UnitInfo

PAGE_ITEMS = 50  # on one page of the archive


@dataclass(frozen=True, slots=True, order=True)
class ArchivePage:
    """A page of a unit's archive: the month as "2026-11", and its number in it from 1."""

    month: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.month}-{self.number}"


@dataclass(frozen=True, slots=True)
class Revision:
    """One publication of an announcement, as those need it who were told of an urgent one."""

    number: int
    is_urgent: bool
    published_at: datetime
    public_note: str
    withdrawn_at: datetime | None
    withdrawn_reason: str


def newest_items(session: Session, unit_id: str, limit: int) -> list[PublishedItem]:
    """What stands on a unit's portal, what was first published last coming first."""
    first = aliased(Publication)
    ids = (
        select(first.announcement_id)
        .join(Publication, Publication.announcement_id == first.announcement_id)
        .where(first.unit_id == unit_id, first.revision == 1)
        .where(Publication.is_current, Publication.withdrawn_at.is_(None))
        .order_by(first.published_at.desc(), first.announcement_id.desc())
        .limit(limit)
    )
    return standing_items(session, session.scalars(ids).all())


def standing_items(session: Session, announcement_ids: Sequence[str]) -> list[PublishedItem]:
    """Those of the announcements that stand on the portal, in the order in which they are named.

    Without what their pages say of each other, and without the times of words.
    """
    first = aliased(Publication)
    query = cast(
        Select[Any],
        select(Publication, Unit, first.published_at.label("first_at"))
        .join(Unit, Publication.unit_id == Unit.id)
        .join(
            first,
            (first.announcement_id == Publication.announcement_id) & (first.revision == 1),
        )
        .where(Publication.announcement_id.in_(announcement_ids))
        .where(Publication.is_current, Publication.withdrawn_at.is_(None)),
    )
    rows = session.execute(query)
    found = {
        row.Publication.announcement_id: read_published(row, {}, with_words=False) for row in rows
    }
    return [found[one] for one in announcement_ids if one in found]


def months(session: Session, unit: UnitInfo) -> dict[str, int]:
    """The months in which something was first published, the oldest first, and how much it was,
    what was withdrawn among it.

    Two looks into an index and one walk along it, however many months there are.
    """
    first = Publication.unit_id == unit.id, Publication.revision == 1
    # Asked one by one, each end is a single look; asked together, SQLite walks the whole way.
    first_at: datetime | None = session.scalar(
        select(func.min(Publication.published_at)).where(*first)
    )
    last_at: datetime | None = session.scalar(
        select(func.max(Publication.published_at)).where(*first)
    )
    if first_at is None or last_at is None:
        return {}
    names = _months_between(*(month_of(at, unit.time_zone) for at in (first_at, last_at)))
    month = (
        values(
            column("name", String),
            column("begin_at", UtcDateTime),
            column("end_at", UtcDateTime),
            name="m",
        )
        .data([(name, *_bounds(name, unit.time_zone)) for name in names])
        .cte("month")
    )
    found = session.execute(
        select(month.c.name, func.count())
        .join_from(
            month,
            Publication,
            (Publication.published_at >= month.c.begin_at)
            & (Publication.published_at < month.c.end_at),
        )
        .where(*first)
        .group_by(month.c.name)
        .order_by(month.c.name)
    )
    return {row[0]: row[1] for row in found}


def _months_between(first: str, last: str) -> list[str]:
    begin, end = (
        int(year) * 12 + int(number) - 1
        for year, number in (month.split("-") for month in (first, last))
    )
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(begin, end + 1)]


def ids_of_month(session: Session, unit: UnitInfo, month: str) -> list[str]:
    """What was first published in a month, the oldest first, withdrawn ones among them."""
    begin, end = _bounds(month, unit.time_zone)
    query = (
        select(Publication.announcement_id)
        .where(Publication.unit_id == unit.id, Publication.revision == 1)
        .where(Publication.published_at >= begin, Publication.published_at < end)
        .order_by(Publication.published_at, Publication.announcement_id)
    )
    return list(session.scalars(query))


def archive_pages(session: Session, unit: UnitInfo, month: str) -> dict[ArchivePage, list[str]]:
    """The pages of a month in their order, each with the ids that belong on it, oldest first."""
    ids = ids_of_month(session, unit, month)
    return {
        ArchivePage(month, begin // PAGE_ITEMS + 1): ids[begin : begin + PAGE_ITEMS]
        for begin in range(0, len(ids), PAGE_ITEMS)
    }


def standing_since(
    session: Session, announcement_ids: Collection[str]
) -> list[tuple[str, datetime]]:
    """Id, and moment of the current revision, of those that stand on the portal, by id."""
    found: list[tuple[str, datetime]] = []
    wanted = sorted(announcement_ids)
    for begin in range(0, len(wanted), 500):  # databases take so many values and no more
        rows = session.execute(
            select(Publication.announcement_id, Publication.published_at)
            .where(Publication.announcement_id.in_(wanted[begin : begin + 500]))
            .where(Publication.is_current, Publication.withdrawn_at.is_(None))
            .order_by(Publication.announcement_id)
        )
        found += [(one, at) for one, at in rows]
    return found


def once_urgent(session: Session, unit_id: str, limit: int | None) -> list[str]:
    """Announcements that were published as urgent at any time, the last of these first.

    `limit` None: all.
    """
    last_at = func.max(Publication.published_at)
    query = (
        select(Publication.announcement_id)
        # In the words of the index of these, or SQLite reads every publication instead.
        .where(Publication.unit_id == unit_id, text("publication.is_urgent"))
        .group_by(Publication.announcement_id)
        .order_by(last_at.desc(), Publication.announcement_id.desc())
    )
    return list(session.scalars(query.limit(limit)))


def revisions(session: Session, announcement_id: str) -> list[Revision]:
    """Every publication of an announcement, the first one first."""
    rows = session.execute(
        select(
            Publication.revision,
            Publication.is_urgent,
            Publication.published_at,
            Publication.public_note,
            Publication.withdrawn_at,
            Publication.withdrawn_reason,
        )
        .where(Publication.announcement_id == announcement_id)
        .order_by(Publication.revision)
    )
    return [Revision(*row) for row in rows]


def _bounds(month: str, time_zone: str) -> tuple[datetime, datetime]:
    year, number = (int(part) for part in month.split("-"))
    zone = ZoneInfo(time_zone)
    begin = datetime(year, number, 1, tzinfo=zone)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)
