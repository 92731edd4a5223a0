"""How the installation fares: for staff a page, for machines `/health/…` and `/metrics`."""

# The modules below hang their views on the area; importing them is what puts them there.
from web.status import captures, page
from web.status.area import area
from web.status.machines import area as machines_area

__all__ = ["area", "captures", "machines_area", "page"]
