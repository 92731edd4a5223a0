"""What the work on announcements took: counted by the segment, told by the unit, never by person.

Counting is in no audit log: an entry would name the person whose time it is.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.models import Announcement, Approval, Segment, WorkResult, WorkTime

# Nobody is at work on one segment, which is a few seconds of sound, for longer without a save: what
# says so is a page whose clock is wrong.
LONGEST_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Judged:
    """The machine's text of an announcement beside the approved one; see `WorkResult`."""

    words: int = 0
    edits: int = 0
    doubts: int = 0
    doubts_wrong: int = 0
    checks: int = 0
    checks_right: int = 0


@dataclass(frozen=True, slots=True)
class ApprovedWork:
    """An announcement that was approved, and what it took. Lengths in milliseconds."""

    approved_at: datetime  # for the first time
    sound_ms: int
    active_ms: int  # 0: no time was measured
    result: Judged | None  # None: nobody judged the machine's text


def count_save(
    session: Session,
    *,
    segment_id: str,
    version: int,
    active_ms: object,
    now: datetime | None = None,
) -> int:
    """Add the time that led to `version` of a segment's text; how much was counted, in ms.

    In the transaction of the save, after it. A save that comes twice counts once: a version that
    is not newer than the last one counted adds nothing. `active_ms` is what a page said: see
    `_within`.
    """
    found = session.get(WorkTime, segment_id, populate_existing=True)
    if found is not None and version <= found.saved_version:
        return 0
    return _add(session, segment_id, found, active_ms, version, now or utc_now())


def count_hearing(
    session: Session, *, segment_id: str, active_ms: object, now: datetime | None = None
) -> int:
    """Add time that led to no save: hearing what was right. How much was counted, in ms.

    A report that comes twice adds no more than the time between the two.
    """
    found = session.get(WorkTime, segment_id, populate_existing=True)
    return _add(session, segment_id, found, active_ms, 0, now or utc_now())


def save_result(session: Session, announcement_id: str, result: Judged) -> None:
    """Keep how the machine's text did; a later approval's result takes the place of a former."""
    values = {item.name: getattr(result, item.name) for item in fields(Judged)}
    found = session.get(WorkResult, announcement_id)
    if found is None:
        session.add(WorkResult(announcement_id=announcement_id, **values))
        return
    for name, value in values.items():
        setattr(found, name, value)


def approved_work(session: Session, unit_id: str, since: datetime) -> list[ApprovedWork]:
    """Every announcement of a unit that was approved for the first time since then, in that order.

    Announcements count once, however often they were approved; one that was joined to another has
    no sound and no segments of its own any more, and does not count.
    """
    first = (
        select(Approval.announcement_id, func.min(Approval.created_at).label("approved_at"))
        .group_by(Approval.announcement_id)
        .having(func.min(Approval.created_at) >= since)
        .subquery()
    )
    spent = _time_by_announcement().subquery()
    rows = session.execute(
        select(
            first.c.approved_at,
            Announcement.end_ms - Announcement.start_ms,
            func.coalesce(spent.c.active_ms, 0),
            WorkResult,
        )
        .join(Announcement, Announcement.id == first.c.announcement_id)
        .outerjoin(spent, spent.c.announcement_id == Announcement.id)
        .outerjoin(WorkResult, WorkResult.announcement_id == Announcement.id)
        .where(Announcement.unit_id == unit_id, Announcement.joined_into.is_(None))
        .order_by(first.c.approved_at, Announcement.id)
    )
    return [
        ApprovedWork(approved_at, sound_ms, active_ms, _judged(result))
        for approved_at, sound_ms, active_ms, result in rows
    ]


def _time_by_announcement() -> Select[str, int]:
    """The sums. Time goes with its segment when announcements are parted or joined."""
    owner = func.coalesce(Segment.announcement_id, WorkTime.announcement_id)
    return (
        select(owner.label("announcement_id"), func.sum(WorkTime.active_ms).label("active_ms"))
        .outerjoin(Segment, Segment.id == WorkTime.segment_id)
        .group_by(owner)
    )


def _judged(result: WorkResult | None) -> Judged | None:
    if result is None:
        return None
    return Judged(*(getattr(result, item.name) for item in fields(Judged)))


def _within(said: object, since: datetime, now: datetime) -> int:
    """What a page said, in ms, made believable: nonsense is 0, and nobody works for longer than
    has passed since the segment's time was last counted, or than LONGEST_MS."""
    if isinstance(said, bool) or not isinstance(said, int) or said <= 0:
        return 0
    passed_ms = max(timedelta(), now - since) // timedelta(milliseconds=1)
    return min(said, passed_ms, LONGEST_MS)


def _add(
    session: Session,
    segment_id: str,
    found: WorkTime | None,
    said: object,
    version: int,
    now: datetime,
) -> int:
    announcement_id, made_at = session.execute(
        select(Announcement.id, Announcement.created_at)
        .join(Segment, Segment.announcement_id == Announcement.id)
        .where(Segment.id == segment_id)
    ).one()
    active_ms = _within(said, found.counted_at if found else made_at, now)
    if not active_ms:
        return 0
    # One statement, for two pages may report at the same moment.
    insert = postgresql_insert if _is_postgresql(session) else sqlite_insert
    adding = insert(WorkTime).values(
        segment_id=segment_id,
        announcement_id=announcement_id,
        active_ms=active_ms,
        saved_version=version,
        counted_at=now,
    )
    newest = max(version, found.saved_version if found else 0)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=[WorkTime.segment_id],
            set_={
                "active_ms": WorkTime.active_ms + adding.excluded.active_ms,
                "saved_version": newest,
                "counted_at": adding.excluded.counted_at,
            },
        )
    )
    return active_ms


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
