"""The admin's pages: names, connections, people, what the portal says."""

# The modules below hang their views on the area; importing them is what puts them there.
from web.admin import connections, glossary, log, people, portal_page, supervised
from web.admin.area import area

__all__ = ["area", "connections", "glossary", "log", "people", "portal_page", "supervised"]
