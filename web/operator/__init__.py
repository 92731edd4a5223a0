"""The operator's pages: sending what was broadcast."""

from web.operator import recorder
from web.operator.captures import CHUNK_ENDPOINT, captures_area
from web.operator.views import UPLOAD_ENDPOINT, WHOLE_FILE_BYTES, area

__all__ = [
    "CHUNK_ENDPOINT",
    "UPLOAD_ENDPOINT",
    "WHOLE_FILE_BYTES",
    "area",
    "captures_area",
    "recorder",
]
