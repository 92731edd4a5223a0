"""The pages of a person's own account: where they are signed in, their password, and
the addresses with which a first or a forgotten password is set."""

# The modules below hang their views on the area; importing them is what puts them there.
from web.account import forgotten, links, page, passkeys
from web.account.area import area

__all__ = ["area", "forgotten", "links", "page", "passkeys"]
