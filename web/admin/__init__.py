"""The admin's pages: a unit's names. People and units are kept by `loa user` and `loa unit`."""

# The module below hangs its views on the area; importing it is what puts them there.
from web.admin import glossary
from web.admin.area import area

__all__ = ["area", "glossary"]
