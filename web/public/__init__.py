"""What residents reach: the portal's folder of static files."""

from web.public.search import area as search_area
from web.public.views import area

__all__ = ["area", "search_area"]
