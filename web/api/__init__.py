"""JSON for scripts and programs, under /api/v1."""

# The modules below hang their views on the areas; importing them is what puts them there.
from web.api import documentation
from web.api.reading import area as open_area
from web.api.views import area

__all__ = ["area", "documentation", "open_area"]
