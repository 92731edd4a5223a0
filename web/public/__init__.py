"""What residents reach: the portal's folder of static files."""

from web.public.oembed import oembed_area
from web.public.search import area as search_area
from web.public.views import area

__all__ = ["area", "oembed_area", "search_area"]
