"""Sums of views, plays and downloads by day and announcement. No visitor is known or kept here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bridge.db import Database
from bridge.models import Announcement, CountBatch, ItemCount, Publication, Unit

KINDS = ("views", "plays", "downloads")
# A process that is not sure of a batch asks again within minutes.
_BATCH_KEPT = timedelta(days=2)
_IDS_AT_ONCE = 500

Counts = Mapping[tuple[str, str], int]  # by announcement and kind


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted."""

    views: int = 0
    plays: int = 0
    downloads: int = 0


@dataclass(frozen=True, slots=True)
class ItemSums:
    """What was counted of one announcement in a stretch of days."""

    id: str
    title: str
    sums: Sums


def add_counts(db: Database, *, batch_id: str, counts: Counts, counted_at: datetime) -> bool:
    """Add a batch to the sums, in one transaction; False when it is in them already.

    So a batch that a process cannot be sure of may be added again. What names no published
    announcement is passed over. The day is that of `counted_at` on each unit's clock.
    """
    with db.writing() as session:
        insert = sqlite_insert if db.is_sqlite else postgresql_insert
        noted = session.execute(
            insert(CountBatch)
            .values(id=batch_id, at=counted_at)
            .on_conflict_do_nothing()
            .returning(CountBatch.id)
        ).all()
        if not noted:
            return False
        session.execute(delete(CountBatch).where(CountBatch.at < counted_at - _BATCH_KEPT))
        zones = _zones(session, sorted({announcement_id for announcement_id, _kind in counts}))
        for announcement_id, zone in zones.items():  # in one order: no two wait for each other
            values = {kind: counts.get((announcement_id, kind), 0) for kind in KINDS}
            adding = insert(ItemCount).values(
                announcement_id=announcement_id,
                day=counted_at.astimezone(ZoneInfo(zone)).date(),
                **values,
            )
            session.execute(
                adding.on_conflict_do_update(
                    index_elements=[ItemCount.announcement_id, ItemCount.day],
                    set_={
                        kind: getattr(ItemCount, kind) + getattr(adding.excluded, kind)
                        for kind in KINDS
                    },
                )
            )
    return True


def sums_by_day(session: Session, unit_id: str, since: date, until: date) -> dict[date, Sums]:
    """A unit's sums for each day from `since` to `until`, those without anything among them."""
    rows = session.execute(
        select(ItemCount.day, *(func.sum(getattr(ItemCount, kind)) for kind in KINDS))
        .join(Announcement, ItemCount.announcement_id == Announcement.id)
        .where(Announcement.unit_id == unit_id, ItemCount.day.between(since, until))
        .group_by(ItemCount.day)
    )
    found = {day: Sums(*map(int, sums)) for day, *sums in rows}
    days = (until - since).days + 1
    return {day: found.get(day, Sums()) for day in (since + timedelta(days=n) for n in range(days))}


def sums_by_item(
    session: Session, unit_id: str, since: date, until: date, limit: int = 50
) -> list[ItemSums]:
    """The announcements of a unit that were played and read most in these days."""
    sums = [func.sum(getattr(ItemCount, kind)).label(kind) for kind in KINDS]
    rows = session.execute(
        select(Announcement.id, Announcement.title, *sums)
        .join(Announcement, ItemCount.announcement_id == Announcement.id)
        .where(Announcement.unit_id == unit_id, ItemCount.day.between(since, until))
        .group_by(Announcement.id, Announcement.title)
        .order_by(func.sum(ItemCount.plays).desc(), func.sum(ItemCount.views).desc())
        .order_by(Announcement.id)
        .limit(limit)
    )
    return [ItemSums(id, title, Sums(*map(int, counts))) for id, title, *counts in rows]


def _zones(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The clocks of those that were ever published, in the order of the ids."""
    found: dict[str, str] = {}
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        some = ids[begin : begin + _IDS_AT_ONCE]
        rows = session.execute(
            select(Publication.announcement_id, Unit.time_zone)
            .join(Unit, Publication.unit_id == Unit.id)
            .where(Publication.announcement_id.in_(some), Publication.is_current)
            .order_by(Publication.announcement_id)
        )
        found |= {row[0]: row[1] for row in rows}
    return found
