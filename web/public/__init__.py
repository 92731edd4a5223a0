"""What residents reach: the portal's folder of static files."""

from web.public.views import area

__all__ = ["area"]
