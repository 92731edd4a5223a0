"""JSON for scripts, under /api/v1."""

from web.api.views import area

__all__ = ["area"]
