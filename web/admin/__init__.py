"""The admin's pages: names and connections. People and units: `loa user`, `loa unit`."""

# The module below hangs its views on the area; importing it is what puts them there.
from web.admin import connections, glossary
from web.admin.area import area

__all__ = ["area", "connections", "glossary"]
