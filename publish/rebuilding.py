"""Writing the whole portal again from the database, while the work goes on.

Each announcement has a short transaction of its own, and so has each month of a list: on SQLite
whoever writes holds up everybody else, and chunks of running recordings and the workers' signs of
life must come through.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from bridge.db import Database
from bridge.feed_pages import once_urgent
from bridge.listing import list_anew, recount
from bridge.portal_lists import announced, browse, misplaced, shelf_ids
from bridge.publications import published_item
from bridge.publishing import lock_portal
from bridge.units import UnitInfo, list_units
from publish.archive import every_part
from publish.inspection import faulty_sound
from publish.leftovers import is_being_published, stray_pages
from publish.machines import (
    alert_documents,
    names_of_unit,
    newest_documents,
    page_documents,
    remove_strays,
    sitemap_documents,
    unit_pages,
    write_documents,
)
from publish.portal import drop_other_lists, write_home, write_item, write_list_part
from publish.search_files import drop_other_months, write_search_month
from publish.site import Site

# Waiting writers on SQLite look about two hundred times a second (`bridge.db`).
_LONGEST_GAP_S = 0.02


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was written: how many units and announcements, withdrawn ones too.

    `silent`: ids of those whose published sound is not there, or not as it was published.
    """

    units: int
    items: int
    silent: tuple[str, ...]


def rebuild_site(
    db: Database,
    site: Site,
    on_item: Callable[[int, int], None] = lambda done, total: None,
    *,
    deep: bool = False,
) -> Rebuilt:
    """Write every page again and remove pages that stand for nothing; sound is kept, not made.

    One announcement at a time is in memory, besides the ids of all. `deep`: published sound is
    compared by its SHA-256, not by its size alone.

    What is published or withdrawn meanwhile stays as that left it. `on_item` gets how many of how
    many announcements are written; no transaction is open then. Killed anywhere, or done twice at
    once: each page is whole, and the next call does the rest. Raises OSError.
    """
    with db.reading() as session:
        units = list_units(session)
        counts = [len(announced(session, unit.id)) for unit in units]
    _remove_strays(db, site)
    before, total, written = 0, sum(counts), 0
    silent: list[str] = []
    for unit, count in zip(units, counts, strict=True):
        done = rebuild_unit(db, site, unit, partial(_tell, on_item, before, total), deep=deep)
        before += count
        written += done.items
        silent += done.silent
    with db.reading() as session:
        site.write_root(list_units(session))
    return Rebuilt(len(units), written, tuple(silent))


class Interrupted(Exception):
    """Raised by whoever is told of an item; the next call goes on after `after`."""

    after: str = ""


def rebuild_unit(
    db: Database,
    site: Site,
    unit: UnitInfo,
    on_item: Callable[[int, int], None] = lambda done, total: None,
    *,
    deep: bool = False,
    after: str = "",
) -> Rebuilt:
    """Write every page of one unit again, as `rebuild_site` does.

    `after`: an announcement up to which all are written already. `on_item` may raise Interrupted,
    which goes on to the caller with the announcement that was written last.
    """
    with db.reading() as session:
        wanted = announced(session, unit.id)
    written, silent = 0, []
    begin = wanted.index(after) + 1 if after in wanted else 0
    for number, announcement_id in enumerate(wanted[begin:], start=begin + 1):
        is_written, is_silent = _rebuild_item(db, site, unit, announcement_id, deep)
        written += is_written
        if is_silent:
            silent.append(announcement_id)
        try:
            on_item(number, len(wanted))
        except Interrupted as error:
            error.after = announcement_id
            raise
    _rebuild_lists(db, site, unit)
    _rebuild_machine_files(db, site, unit)
    return Rebuilt(1, written, tuple(silent))


def _tell(on_item: Callable[[int, int], None], before: int, total: int, done: int, _: int) -> None:
    on_item(before + done, total)


def _rebuild_item(
    db: Database, site: Site, unit: UnitInfo, announcement_id: str, deep: bool
) -> tuple[bool, bool]:
    """Whether there was something to write, and whether its sound is missing or faulty."""
    with _turn(db, unit.id) as session:
        item = published_item(session, announcement_id)
        if item is None:
            return False, False
        list_anew(session, announcement_id)
        write_item(session, site, item)
        # The next revision's sound may lie there already, with no page that names it.
        if not is_being_published(session, announcement_id):
            site.tidy_item(item)
    standing = item.withdrawn_at is None
    return True, standing and bool(faulty_sound(site, item, deep=deep))


def _rebuild_lists(db: Database, site: Site, unit: UnitInfo) -> None:
    """The archive, the search by month, and home at the end."""
    with _turn(db, unit.id) as session:
        for announcement_id in sorted(misplaced(session, unit.id)):
            list_anew(session, announcement_id)
        recount(session, shelf_ids(session, unit.id))
        parts = every_part(session, unit.id)
    months = {month for _shelf, month in parts if month is not None}
    for part in parts:
        with _turn(db, unit.id) as session:
            write_list_part(session, site, _now(session, unit), part)
    for month in sorted(months):
        with _turn(db, unit.id) as session:
            write_search_month(session, site, _now(session, unit), month)
    with _turn(db, unit.id) as session:
        unit = _now(session, unit)
        drop_other_lists(session, site, unit)
        shown = {shelf.slug for shelf in browse(session, unit.id).months}
        drop_other_months(session, site, unit, shown)
        write_home(session, site, unit)


def _now(session: Session, unit: UnitInfo) -> UnitInfo:
    """The unit with what was changed of it since."""
    return next((one for one in list_units(session) if one.id == unit.id), unit)


def _rebuild_machine_files(db: Database, site: Site, unit: UnitInfo) -> None:
    with db.reading() as session:
        pages = unit_pages(session, unit)
        alerts = once_urgent(session, unit.id, None)
    for page in pages:
        with _turn(db, unit.id) as session:
            write_documents(site, unit, page_documents(session, site, unit, page))
    for month in sorted({page.month for page in pages}):
        with _turn(db, unit.id) as session:
            write_documents(site, unit, sitemap_documents(session, site, unit, month))
    for one in alerts:
        with _turn(db, unit.id) as session:
            write_documents(site, unit, alert_documents(session, site, unit, one))
    with _turn(db, unit.id) as session:
        write_documents(site, unit, newest_documents(session, site, unit))
        remove_strays(site, unit, names_of_unit(session, unit))


def _remove_strays(db: Database, site: Site) -> None:
    with db.reading() as session:
        known = {unit.slug: set(announced(session, unit.id)) for unit in list_units(session)}
        ids = {unit.slug: unit.id for unit in list_units(session)}
    for slug, announcement_id in stray_pages(site.root, known):
        with _turn(db, ids.get(slug)) as session:
            # It may be a page whose publication was about to be committed when it was looked for.
            item = published_item(session, announcement_id)
            stands = item is not None and item.unit.slug == slug
            if not stands and not is_being_published(session, announcement_id):
                site.remove_item(slug, announcement_id)


@contextmanager
def _turn(db: Database, unit_id: str | None) -> Iterator[Session]:
    """A transaction in which nobody else writes the unit's pages, and room for others after it."""
    began_at = time.monotonic()
    with db.writing() as session:
        if unit_id is not None:
            lock_portal(session, unit_id)
        yield session
    if db.is_sqlite:
        time.sleep(min(time.monotonic() - began_at, _LONGEST_GAP_S))
