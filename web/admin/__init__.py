"""The admin's pages: names, connections, what the portal says. People: `loa user`."""

# The modules below hang their views on the area; importing them is what puts them there.
from web.admin import connections, glossary, portal_page
from web.admin.area import area

__all__ = ["area", "connections", "glossary", "portal_page"]
