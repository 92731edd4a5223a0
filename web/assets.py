"""The staff pages' own files and those they share with the portal, always asked for afresh.

Modules import each other by plain names, so their addresses carry no hash; an ETag makes asking
again cost one short answer.
"""

from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from markupsafe import Markup

import publish

blueprint = Blueprint("assets", __name__, url_prefix="/lam-viec/static")

OWN_DIR = Path(__file__).parent / "static"
PORTAL_DIR = Path(publish.__file__).parent / "static"


@blueprint.get("/<path:name>")
def own(name: str) -> Response:
    """A stylesheet or module of the staff pages."""
    return _send(OWN_DIR, name)


@blueprint.get("/portal/<path:name>")
def portal(name: str) -> Response:
    """The portal's stylesheet, whose tokens and shapes the staff pages build on."""
    return _send(PORTAL_DIR, name)


@cache
def icon_symbols() -> Markup:
    """The portal's drawn icons, to stand once in each page."""
    return Markup((PORTAL_DIR / "icons.svg").read_text(encoding="utf-8"))  # noqa: S704  our file  # nosec B704


def _send(folder: Path, name: str) -> Response:
    response = send_from_directory(folder, name, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response
