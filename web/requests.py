"""What a request asks for: JSON or a page, and where it may be sent back to."""

from urllib.parse import urlsplit

from flask import request

API_PREFIX = "/api/"
# What strangers' programs use; the rest of the API is the staff pages' own.
PROGRAM_BLUEPRINTS = frozenset({"open_api", "intake"})
# Answers that never depend on who asks, whatever cookies a browser sends along.
SESSIONLESS_BLUEPRINTS = PROGRAM_BLUEPRINTS | {"feedback", "counting"}
STAFF_PREFIX = "/lam-viec/"


def wants_json() -> bool:
    """Whether a script asks. A browser that accepts anything gets a page."""
    if request.path.startswith(API_PREFIX):
        return True
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered) == "application/json"


def wants_problem() -> bool:
    """Whether an error is told as RFC 9457 has it: to programs, also of addresses unknown here."""
    if request.blueprint in PROGRAM_BLUEPRINTS:
        return True
    return request.blueprint in (None, "public") and request.path.startswith(API_PREFIX)


def is_staff_request() -> bool:
    """Whether the address belongs to the staff's pages, not to the portal."""
    return request.path.startswith(STAFF_PREFIX) or request.path == STAFF_PREFIX.rstrip("/")


def needs_person() -> bool:
    """Whether the answer may depend on who asks. The portal's never does."""
    if request.blueprint in SESSIONLESS_BLUEPRINTS:
        return False
    return is_staff_request() or request.path.startswith(API_PREFIX)


def safe_local_path(target: str, fallback: str) -> str:
    """`target` when it is a path on this very site, else `fallback`.

    Browsers read a backslash as a slash and `//host` as another site, and drop control
    characters before they look, so all of these are refused.
    """
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return fallback
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return fallback
    parts = urlsplit(target)
    return fallback if parts.scheme or parts.netloc else target
