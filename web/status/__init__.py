"""How the installation fares: for staff a page, for machines `/health/…` and `/metrics`."""

# The module below hangs its views on the area; importing it is what puts them there.
from web.status import page
from web.status.area import area
from web.status.machines import area as machines_area

__all__ = ["area", "machines_area", "page"]
