"""Tasks that write a unit's pages again: what it says of itself, or of its places, has changed."""

import time

from sqlalchemy.orm import Session

from bridge.publishing import lock_portal
from bridge.queries import UnitInfo, list_units
from bridge.tasks import TaskContext, TaskRun, finish_task, hold, report_progress
from publish.portal import write_home
from publish.rebuilding import rebuild_unit
from publish.search_files import write_search
from publish.site import open_site

_REPORT_S = 1.0  # between two reports: each is a write of its own


def refresh_unit(context: TaskContext, run: TaskRun) -> None:
    """Write every page of a unit again, home first: that is where somebody looks.

    Run twice: the same pages again. Killed anywhere: each page is whole, and the next run writes
    all. Changed once more meanwhile: it begins again before it ends. Raises LeaseLost, OSError.
    """
    site = open_site(context.settings)
    while True:
        with context.db.writing() as session:
            unit = _held(session, run)
            write_home(session, site, unit)
        rebuild_unit(context.db, site, unit, _Reports(context, run))
        with context.db.writing() as session:
            now = _held(session, run)
            site.write_root(list_units(session))
            if now == unit:
                finish_task(session, run)
                return


def refresh_search(context: TaskContext, run: TaskRun) -> None:
    """Write what a unit's search page knows of old and new names.

    Run twice, or killed anywhere: the same files again. Raises LeaseLost, OSError.
    """
    site = open_site(context.settings)
    with context.db.writing() as session:
        unit = _held(session, run)
        write_search(session, site, unit, "")
        finish_task(session, run)


class _Reports:
    """Tells the task how far it is, now and then."""

    def __init__(self, context: TaskContext, run: TaskRun) -> None:
        self._context = context
        self._run = run
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if done == total or time.monotonic() - self._last > _REPORT_S:
            report_progress(self._context.db, self._run, done, total)
            self._last = time.monotonic()


def _held(session: Session, run: TaskRun) -> UnitInfo:
    """The task's unit as it is now, whose pages nobody else writes until the transaction ends."""
    hold(session, run)
    lock_portal(session, run.unit_id or "")
    return next(one for one in list_units(session) if one.id == run.unit_id)
