"""A unit's whole portal written from items, with no database."""

from collections.abc import Sequence

from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish.machines import subscription_documents, write_documents
from publish.site import Site


def write_unit(site: Site, unit: UnitInfo, items: Sequence[PublishedItem]) -> None:
    """Every page of the unit; withdrawn items get their notice and are left out of the home."""
    for item in items:
        site.write_item(item)
        site.tidy_item(item)
    standing = [item for item in items if item.withdrawn_at is None]
    site.write_emblem(unit, None)
    site.write_home(unit, standing)
    write_documents(site, unit, subscription_documents(site, unit, standing))
