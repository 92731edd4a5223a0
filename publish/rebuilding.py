"""Writing the whole portal again from the database, while the work goes on.

Each announcement has a short transaction of its own: on SQLite whoever writes holds up everybody
else, and chunks of running recordings and the workers' signs of life must come through.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bridge.db import Database
from bridge.publishing import lock_portal
from bridge.queries import PublishedItem, UnitInfo, list_units, published_item, published_items
from publish.leftovers import is_being_published, stray_pages
from publish.search_files import write_search
from publish.site import Site

# SQLite's waiting writers look ten times a second, so a gap of milliseconds is one they miss.
_LONGEST_GAP_S = 0.2


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was written: how many units, and the items as they were then, withdrawn ones too."""

    units: int
    items: tuple[PublishedItem, ...]


def rebuild_site(
    db: Database, site: Site, on_item: Callable[[int, int], None] = lambda done, total: None
) -> Rebuilt:
    """Write every page again and remove pages that stand for nothing; sound is kept, not made.

    What is published or withdrawn meanwhile stays as that left it. `on_item` gets how many of how
    many announcements are written; no transaction is open then. Killed anywhere, or done twice at
    once: each page is whole, and the next call does the rest. Raises OSError.
    """
    with db.reading() as session:
        units = list_units(session)
        wanted = [
            (unit, item.id)
            for unit in units
            for item in published_items(session, unit.id, withdrawn=True)
        ]
    _remove_strays(db, site)
    items = []
    for number, (unit, announcement_id) in enumerate(wanted, start=1):
        items.append(_rebuild_item(db, site, unit, announcement_id))
        on_item(number, len(wanted))
    for unit in units:
        _rebuild_home(db, site, unit)
    with db.reading() as session:
        site.write_root(list_units(session))
    return Rebuilt(len(units), tuple(item for item in items if item is not None))


def _rebuild_item(
    db: Database, site: Site, unit: UnitInfo, announcement_id: str
) -> PublishedItem | None:
    with _turn(db, unit.id) as session:
        item = published_item(session, announcement_id)
        if item is None:
            return None
        site.write_item(item)
        # The next revision's sound may lie there already, with no page that names it.
        if not is_being_published(session, announcement_id):
            site.tidy_item(item)
        return item


def _rebuild_home(db: Database, site: Site, unit: UnitInfo) -> None:
    with _turn(db, unit.id) as session:
        now = next((one for one in list_units(session) if one.id == unit.id), None)
        if now is not None:
            site.write_home(now, published_items(session, unit.id))
            write_search(session, site, now)


def _remove_strays(db: Database, site: Site) -> None:
    with db.reading() as session:
        known = {
            unit.slug: {item.id for item in published_items(session, unit.id, withdrawn=True)}
            for unit in list_units(session)
        }
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
