"""Whose turn it is among the tasks that wait: said here once, for workers, reaper and list."""

from datetime import datetime

from sqlalchemy import Case, ColumnElement, ScalarSelect, Select, case, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from bridge.models import Announcement, Task

# Kinds of tasks that say nothing of where an announcement stands.
ASIDE = ("preview", "prepare", "ping_hub", "webhook", "letter")
# Done in seconds, while somebody waits: sound to hear before approving, other systems to be told.
_SHORT = ("preview", "webhook", "letter")
# Sound made for the day it is published, when nothing else is to be done.
PREPARE = "prepare"


def is_due(now: datetime) -> ColumnElement[bool]:
    """The condition that a task's time has come."""
    return or_(Task.not_before.is_(None), Task.not_before <= now)


def by_turn(now: datetime) -> Select[str]:
    """Ids of the tasks that wait for a worker, the one whose turn it is first.

    Those of urgent announcements before all others; then what takes seconds (`_SHORT`) and
    was not begun yet; then those that were begun less often, so that one that
    fails again and again holds nobody up; then the oldest; last of all what is only prepared. Tasks
    whose time has not come are left out.
    """
    return (
        select(Task.id)
        .outerjoin(Announcement, Task.announcement_id == Announcement.id)
        .where(Task.state == "queued", is_due(now))
        .order_by(
            _urgent_first(Announcement),
            case((Task.kind == PREPARE, 1), else_=0),
            case((Task.kind.in_(_SHORT), Task.attempt), else_=1),
            Task.attempt,
            func.coalesce(Task.not_before, Task.created_at),
            Task.id,
        )
    )


def transcriptions_ahead() -> ScalarSelect[int]:
    """In a query over Announcement and Task: how many transcriptions run, or come before it."""
    other, its = aliased(Task), aliased(Announcement)
    comes_before = tuple_(_urgent_first(its), other.attempt, other.created_at, other.id) < tuple_(
        _urgent_first(Announcement), Task.attempt, Task.created_at, Task.id
    )
    return (
        select(func.count(other.id))
        .join(its, other.announcement_id == its.id)
        .where(
            Task.state == "queued",
            other.kind == "transcribe",
            or_(other.state == "running", (other.state == "queued") & comes_before),
        )
        .correlate(Task, Announcement)
        .scalar_subquery()
    )


def _urgent_first(announcement: type[Announcement]) -> Case[int]:
    return case((announcement.priority == "urgent", 0), else_=1)
