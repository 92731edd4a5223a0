"""What the portal answers besides its files: its front, ways to folders, wrong addresses.

Nothing here asks the database, a session or a language: the portal answers even when everything
else is down.
"""

import logging
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

from bridge.db import utc_now
from bridge.unit_settings import unit_of_host
from publish.site import PAGE
from web.context import current_services
from web.portal_files import headers_of
from web.requests import is_staff_request, wants_json

logger = logging.getLogger(__name__)

area = Blueprint("public", __name__)

_TOLD_FOR = timedelta(days=180)
_LONGEST_NAME = 255  # bytes of one part of a path, on every file system in use


@area.get("/")
def front() -> ResponseReturnValue:
    """The list of portals; that one's home where there is one alone, or the host is its own."""
    site_dir = current_services().settings.site_dir
    own = _own_portal()
    if own is not None:
        return redirect(url_for("public.page", name=f"{own}/"))
    homes = sorted(path.parent.name for path in site_dir.glob("*/index.html"))
    if len(homes) == 1:
        return redirect(url_for("public.page", name=f"{homes[0]}/"))
    if (site_dir / "index.html").is_file():
        return send_page(site_dir / "index.html")
    return render_template("public/empty.html")


def _own_portal() -> str | None:
    """The slug of the portal that has this host for its own; None also without a database, for the
    list of portals is a file.
    """
    services = current_services()
    try:
        with services.db.reading() as session:
            return unit_of_host(session, request.host)
    except DBAPIError:
        logger.warning("nobody could say whose portal %s is", request.host, exc_info=True)
        return None


@area.get("/.well-known/security.txt")
def security_text() -> Response:
    """Whom to tell of a weakness (RFC 9116), where the settings name somebody."""
    settings = current_services().settings
    if not settings.security_contact:
        raise NotFound
    # The standard wants a date less than a year away, after which the text is to be looked at.
    expires = utc_now().replace(microsecond=0) + _TOLD_FOR
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: vi, en",
        f"Canonical: {settings.effective_public_url}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@area.get("/<path:name>")
def page(name: str) -> ResponseReturnValue:
    """What is no file of the portal: a folder without its slash, or nothing at all.

    The files themselves are answered in front of this application (`web.portal_files`).
    """
    if max(map(len, name.encode().split(b"/"))) > _LONGEST_NAME:
        return _missing()  # asking the file system would be an error
    found = safe_join(str(current_services().settings.site_dir), name)
    is_open = not name.endswith("/") and not any(part[:1] == "." for part in name.split("/"))
    if found and is_open and (Path(found) / PAGE).is_file():
        return redirect(url_for("public.page", name=f"{name}/"), code=308)
    return _missing()


def _missing() -> Response:
    """404 with the portal's own page for wrong addresses, once there is one."""
    path = current_services().settings.site_dir / "404.html"
    if wants_json() or is_staff_request() or not path.is_file():
        raise NotFound
    return send_page(path, status=404)


def send_page(path: Path, status: int = 200) -> Response:
    """A page of the portal's folder, as an answer. Only with 200 may it be "not modified"."""
    response = send_file(path, conditional=status == 200)
    response.headers.update(headers_of(path.name))
    if status != 200:
        response.status_code = status
    return response
