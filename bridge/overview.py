"""How the units fare that somebody supervises: a line of figures for each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from bridge.models import Announcement, Feedback, Publication
from bridge.workflow import State


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """What stands, waits and failed in a unit."""

    published: int = 0  # announcements whose first revision went out since the given moment
    in_review: int = 0
    oldest_at: datetime | None = None  # when the oldest of those in review came in
    failed: int = 0
    last_published_at: datetime | None = None
    unanswered: int = 0  # residents' messages


def unit_figures(
    session: Session, unit_ids: Collection[str], since: datetime
) -> dict[str, UnitFigures]:
    """The figures of each of these units; `since` is for what was published."""
    published = _published(session, unit_ids, since)
    waiting = _waiting(session, unit_ids)
    messages = dict(
        session.execute(
            select(Feedback.unit_id, func.count())
            .where(Feedback.unit_id.in_(unit_ids), Feedback.state == "new")
            .group_by(Feedback.unit_id)
        ).all()
    )
    figures = {}
    for unit_id in unit_ids:
        count, last = published.get(unit_id, (0, None))
        in_review, oldest, failed = waiting.get(unit_id, (0, None, 0))
        unanswered = messages.get(unit_id, 0)
        figures[unit_id] = UnitFigures(count, in_review, oldest, failed, last, unanswered)
    return figures


def _published(
    session: Session, unit_ids: Collection[str], since: datetime
) -> dict[str, tuple[int, datetime | None]]:
    is_first = and_(Publication.revision == 1, Publication.published_at >= since)
    rows = session.execute(
        select(
            Publication.unit_id,
            func.sum(case((is_first, 1), else_=0)),
            func.max(Publication.published_at),
        )
        .where(Publication.unit_id.in_(unit_ids))
        .group_by(Publication.unit_id)
    )
    return {unit_id: (int(count), last) for unit_id, count, last in rows}


def _waiting(
    session: Session, unit_ids: Collection[str]
) -> dict[str, tuple[int, datetime | None, int]]:
    in_review = Announcement.state == State.IN_REVIEW
    rows = session.execute(
        select(
            Announcement.unit_id,
            func.sum(case((in_review, 1), else_=0)),
            func.min(case((in_review, Announcement.created_at))),
            func.sum(case((Announcement.state == State.FAILED, 1), else_=0)),
        )
        .where(
            Announcement.unit_id.in_(unit_ids),
            Announcement.state.in_((State.IN_REVIEW, State.FAILED)),
        )
        .group_by(Announcement.unit_id)
    )
    return {unit_id: (int(count), oldest, int(failed)) for unit_id, count, oldest, failed in rows}
