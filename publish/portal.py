"""Writes the pages of a portal as an open transaction sees the database.

Whoever writes holds the unit's portal (`bridge.publishing.lock_portal`). Nothing here reads more
than the pages to be written show.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.listing import recount
from bridge.portal_lists import (
    around,
    browse,
    newest_items,
    pages_beside,
    shelf_ids,
    shelf_months,
    touched,
)
from bridge.publications import PublishedItem, published_item
from bridge.series import pages_that_name
from bridge.unit_settings import unit_emblem
from bridge.units import UnitInfo
from publish.archive import (
    Part,
    closed_places,
    every_part,
    every_place,
    month_place,
    part_pages,
    touched_pages,
)
from publish.machines import newest_documents, write_documents
from publish.pages import HOME_SLIPS
from publish.search_files import write_search
from publish.site import Site


def write_unit(session: Session, site: Site, unit: UnitInfo) -> None:
    """All that is not about one announcement: search, feeds, home; for a new or changed unit."""
    write_search(session, site, unit, "")
    write_documents(site, unit, newest_documents(session, site, unit))
    write_home(session, site, unit)


def write_item(session: Session, site: Site, item: PublishedItem) -> None:
    """An announcement's page with what was broadcast before and after it."""
    site.write_item(item, around(session, item.unit.id, item.id))


def write_pages_that_name(session: Session, site: Site, unit_id: str, announcement_id: str) -> None:
    """The pages of announcements that link to this one, or did so before."""
    beside = pages_beside(session, announcement_id)
    for one in sorted(pages_that_name(session, unit_id, announcement_id) | beside):
        item = published_item(session, one)
        if item is not None:
            write_item(session, site, item)


def write_touched_lists(session: Session, site: Site, unit: UnitInfo, announcement_id: str) -> None:
    """The pages of the archive on which an announcement stands, or stood."""
    lists = touched(session, announcement_id)
    recount(session, {one.shelf.id for one in lists})
    for one in lists:
        for page in touched_pages(session, one):
            site.write_list(unit, page)
        count = dict(shelf_months(session, one.shelf.id)).get(one.month, 0)
        place = month_place(one.shelf, one.month)
        site.drop_lists(unit, closed_places(one.shelf, one.month, count), below=place)


def write_home(session: Session, site: Site, unit: UnitInfo, now: datetime | None = None) -> None:
    """A unit's home page, and what its archive holds, as it is `now` or at present."""
    now = now or utc_now()
    items = newest_items(session, unit.id, HOME_SLIPS, now)
    site.write_emblem(unit, unit_emblem(session, unit.id))
    site.write_home(unit, items, browse(session, unit.id), now)


def write_every_list(session: Session, site: Site, unit: UnitInfo) -> None:
    """The whole archive of a unit, and nothing else where it lies."""
    recount(session, shelf_ids(session, unit.id))
    for part in every_part(session, unit.id):
        write_list_part(session, site, unit, part)
    drop_other_lists(session, site, unit)


def write_list_part(session: Session, site: Site, unit: UnitInfo, part: Part) -> None:
    """Some pages of the archive that belong together."""
    for page in part_pages(session, part):
        site.write_list(unit, page)


def drop_other_lists(session: Session, site: Site, unit: UnitInfo) -> None:
    """Take away pages of the archive of former days."""
    site.drop_lists(unit, every_place(session, unit.id))
