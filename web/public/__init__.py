"""What residents reach: the portal's folder of static files, and the few pages that need more."""

from web.public.feedback import area as feedback_area
from web.public.views import area

__all__ = ["area", "feedback_area"]
