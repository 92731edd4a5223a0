"""What residents reach: the portal's folder of static files, and two signs of health."""

from web.public.views import area

__all__ = ["area"]
