"""Serves the portal's folder as any web server would.

Nothing here asks the database, a session or a language: the portal answers even when everything
else is down.
"""

import mimetypes
import re
from pathlib import Path

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

from publish.site import GONE_MARKER
from web.context import current_services
from web.requests import is_staff_request, wants_json

area = Blueprint("public", __name__)

PORTAL_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

# A name that carries its content's hash never changes its content.
_HASHED = re.compile(r"-[0-9a-f]{8,64}\.[a-z0-9]+$")
_LONGEST_NAME = 255  # bytes of one part of a path, on every file system in use
_YEAR_S = 365 * 24 * 3600
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".xml": "application/rss+xml",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
    ".webm": "audio/webm",
    ".webmanifest": "application/manifest+json",
}


@area.get("/")
def front() -> ResponseReturnValue:
    """The list of portals; where there is a single one, that one's home."""
    site_dir = current_services().settings.site_dir
    homes = sorted(path.parent.name for path in site_dir.glob("*/index.html"))
    if len(homes) == 1:
        return redirect(url_for("public.page", name=f"{homes[0]}/"))
    if (site_dir / "index.html").is_file():
        return _send(site_dir / "index.html")
    return render_template("public/empty.html")


@area.get("/<path:name>")
def page(name: str) -> ResponseReturnValue:
    """A file of the portal, or the index of a folder; 410 where something was withdrawn."""
    if any(part.startswith(".") or part == GONE_MARKER for part in name.split("/")):
        return _missing()
    found = safe_join(str(current_services().settings.site_dir), name)
    path = Path(found) if found else None
    if max(map(len, name.encode().split(b"/"))) > _LONGEST_NAME:
        return _missing()  # asking the file system would be an error
    if path is not None and path.is_dir():
        if not name.endswith("/"):
            return redirect(url_for("public.page", name=f"{name}/"), code=308)
        path = path / "index.html"
    if path is None or not path.is_file():
        return _missing()
    if path.name == "index.html" and (path.parent / GONE_MARKER).is_file():
        return _send(path, status=410)
    return _send(path)


def _missing() -> Response:
    """404 with the portal's own page for wrong addresses, once there is one."""
    path = current_services().settings.site_dir / "404.html"
    if wants_json() or is_staff_request() or not path.is_file():
        raise NotFound
    return _send(path, status=404)


def _send(path: Path, status: int = 200) -> Response:
    """One file with its type, its caching and, for sound, its ranges.

    A status other than 200 is always given with the whole page: "not modified" or "part of it"
    would hide it.
    """
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    response = send_file(
        path, mimetype=kind or "application/octet-stream", conditional=status == 200
    )
    if status != 200:
        response.status_code = status
    hashed = _HASHED.search(path.name) is not None
    response.headers["Cache-Control"] = (
        f"public, max-age={_YEAR_S}, immutable" if hashed else "no-cache"
    )
    if path.suffix in (".vtt", ".xml"):
        # Players and readers on other sites fetch captions and feeds by script.
        response.headers["Access-Control-Allow-Origin"] = "*"
    if path.suffix == ".html":
        response.headers["Content-Security-Policy"] = PORTAL_POLICY
    return response
