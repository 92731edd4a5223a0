"""How a request came: by which name, over HTTPS or not; whether staff pages answer it at all.

Passwords and unpublished text do not travel in the clear. Staff pages answer over HTTPS, or this
machine itself; the setting `plain_http` opens them to a network without HTTPS.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from bridge.errors import Forbidden
from web.client import client_address, comes_from_here
from web.context import current_services
from web.requests import STAFF_PREFIX, wants_json

# Outside the staff's folder: their scripts, and programs that send a token along.
_SECRET_BLUEPRINTS = frozenset({"api", "captures", "intake"})
_HSTS = "max-age=31536000"  # a year; without subdomains, which are not ours


def install_transport(app: Flask) -> None:
    """Refuse what should not come in the clear. Call it before whatever looks at sessions."""
    app.before_request(_require_known_name)
    app.before_request(_require_https)
    app.after_request(_ask_for_https)


def is_https() -> bool:
    """Whether the visitor's browser speaks HTTPS: to a proxy of this machine, which says so."""
    if request.is_secure:
        return True
    return comes_from_here() and request.headers.get("X-Forwarded-Proto", "") == "https"


def _require_known_name() -> ResponseReturnValue | None:
    """Refuse staff pages under a name that is not ours: a page elsewhere could lead it here."""
    settings = current_services().settings
    if not settings.public_url or not _is_secret():
        return None
    name = urlsplit(f"//{request.host}").hostname or ""
    own = {"localhost", urlsplit(settings.public_url).hostname, *settings.hosts}
    if name in own or _is_number(name):
        return None
    if wants_json():
        raise Forbidden("host_unknown", address=settings.public_url)
    return render_template("unknown_host.html", address=settings.public_url), 421


def _is_number(name: str) -> bool:
    """Whether a host is an IP address, which nobody can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _require_https() -> ResponseReturnValue | None:
    may = current_services().settings.plain_http or is_https() or _is_this_machine()
    if may or not _is_secret():
        return None
    if wants_json():
        raise Forbidden("https_needed")
    return render_template("plain_http.html"), 403


def _is_this_machine() -> bool:
    address = client_address()
    return _is_number(address) and ipaddress.ip_address(address).is_loopback


def _is_secret() -> bool:
    """Whether the address is the staff's, or asks for a token."""
    path = request.path
    if path.startswith(STAFF_PREFIX) or path == STAFF_PREFIX.rstrip("/"):
        return not path.startswith(f"{STAFF_PREFIX}static/")
    return request.blueprint in _SECRET_BLUEPRINTS


def _ask_for_https(response: Response) -> Response:
    if is_https():
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    return response
