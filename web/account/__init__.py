"""The pages of a person's own account: where they are signed in, and their password."""

# The module below hangs its views on the area; importing it is what puts them there.
from web.account import page
from web.account.area import area

__all__ = ["area", "page"]
