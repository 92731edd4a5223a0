"""Tasks that write a unit's pages again: what it says of itself, or of its places, has changed."""

import hashlib
import time

from sqlalchemy.orm import Session

from bridge.publishing import lock_portal
from bridge.tasks import (
    TaskContext,
    TaskRun,
    cursor_of,
    finish_task,
    hold,
    others_wait,
    report_progress,
    step_aside,
)
from bridge.units import UnitInfo, list_units
from publish.edition import edition
from publish.portal import write_home
from publish.rebuilding import Interrupted, rebuild_unit
from publish.search_files import write_search
from publish.site import open_site

_REPORT_S = 1.0  # between two reports: each is a write of its own
# How long it is at it before it looks whether others wait: beginning again costs a home page.
_TURN_S = 5.0


def refresh_unit(context: TaskContext, run: TaskRun) -> None:
    """Write every page of a unit again, home first: that is where somebody looks.

    A portal may have a hundred thousand pages: while other tasks wait it steps aside after a few
    seconds and goes on later where it was. Run twice: the same pages again. Killed anywhere: each
    page is whole, and the next run writes all since it last stepped aside. Changed once more
    meanwhile: it begins again before it ends. Raises LeaseLost, OSError.
    """
    site = open_site(context.settings)
    with context.db.writing() as session:
        unit = _held(session, run)
        after = _place(cursor_of(session, run), _mark(unit, context))
        write_home(session, site, unit)
    while True:
        try:
            rebuild_unit(context.db, site, unit, _Reports(context, run), after=after)
        except Interrupted as interrupted:
            with context.db.writing() as session:
                now = _held(session, run)
                went_on = interrupted.after if now == unit else ""
                step_aside(session, run, f"{_mark(now, context)} {went_on}")
            return
        with context.db.writing() as session:
            now = _held(session, run)
            site.write_root(list_units(session))
            if now == unit:
                finish_task(session, run)
                return
            unit, after = now, ""
            write_home(session, site, unit)


def _mark(unit: UnitInfo, context: TaskContext) -> str:
    """What pages look like now: what was written before another unit's words or another edition of
    Loa has to be written again."""
    said = f"{unit} {edition(context.settings)}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _place(cursor: str | None, mark: str) -> str:
    """The announcement after which to go on; empty: from the beginning."""
    written, _, after = (cursor or "").partition(" ")
    return after if written == mark else ""


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
    """Tells the task how far it is, now and then, and whether it is others' turn."""

    def __init__(self, context: TaskContext, run: TaskRun) -> None:
        self._context = context
        self._run = run
        self._last = self._began = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done != total and now - self._last <= _REPORT_S:
            return
        report_progress(self._context.db, self._run, done, total)
        self._last = time.monotonic()
        if done != total and now - self._began > _TURN_S:
            with self._context.db.reading() as session:
                if others_wait(session, self._run):
                    raise Interrupted


def _held(session: Session, run: TaskRun) -> UnitInfo:
    """The task's unit as it is now, whose pages nobody else writes until the transaction ends."""
    hold(session, run)
    lock_portal(session, run.unit_id or "")
    return next(one for one in list_units(session) if one.id == run.unit_id)
