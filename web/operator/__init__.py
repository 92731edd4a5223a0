"""The operator's pages: sending what was broadcast."""

from web.operator.views import UPLOAD_ENDPOINT, area

__all__ = ["UPLOAD_ENDPOINT", "area"]
