"""JSON for scripts and programs, under /api/v1."""

# The modules below hang their views on the areas; importing them is what puts them there.
from web.api import documentation
from web.api.reading import area as open_area
from web.api.sending import SENDING_ENDPOINT
from web.api.sending import area as intake_area
from web.api.views import area

__all__ = ["SENDING_ENDPOINT", "area", "documentation", "intake_area", "open_area"]
