"""What residents reach: the portal's folder of static files, and the few pages that need more."""

from web.public.counting import area as counting_area
from web.public.counting import begin_counting, install_counting, tally_of
from web.public.feedback import area as feedback_area
from web.public.oembed import oembed_area
from web.public.search import area as search_area
from web.public.views import area

__all__ = [
    "area",
    "begin_counting",
    "counting_area",
    "feedback_area",
    "install_counting",
    "oembed_area",
    "search_area",
    "tally_of",
]
