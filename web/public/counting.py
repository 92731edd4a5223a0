"""The one address to which the portal's script tells a view, a play or a download.

No cookie, no number of a visitor, no address that is kept. Who asks not to be followed is not
counted, and no program that says what it is. The pages never wait for this and work without it.
"""

import re
import threading
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request

from bridge.db import Database
from web.client import client_address
from web.public.tally import Tally

area = Blueprint("counting", __name__)

_MOST_BYTES = 100
_KINDS = {"xem": "views", "nghe": "plays", "tai": "downloads"}
_TOLD = re.compile(r"(xem|nghe|tai) ([0-9a-z]{12})")
_ROBOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|lighthouse|headless|curl|wget|"
    r"python|java/|go-http|feed|monitor",
    re.IGNORECASE,
)


def install_counting(app: Flask, db: Database) -> None:
    """Give the application its tally; `begin_counting` makes it write by itself."""
    app.extensions["loa_tally"] = Tally(db)


def begin_counting(app: Flask) -> None:
    """Have the counts written down every few seconds, beside the requests."""
    threading.Thread(target=tally_of(app).run, name="counting", daemon=True).start()


def tally_of(app: Flask) -> Tally:
    """The counts of this process."""
    return cast(Tally, app.extensions["loa_tally"])


@area.post("/dem")
def count() -> Response:
    """Count what `KIND ID` says. The answer is always the same: nothing, quickly."""
    answer = Response(status=204, headers={"Cache-Control": "no-store"})
    if (request.content_length or 0) > _MOST_BYTES or not _wants_to_be_counted():
        return answer
    told = _TOLD.fullmatch(request.get_data(cache=False)[:_MOST_BYTES].decode("ascii", "replace"))
    if told is not None:
        tally = tally_of(current_app._get_current_object())  # type: ignore[attr-defined]
        tally.count(told[2], _KINDS[told[1]], client_address())
    return answer


def _wants_to_be_counted() -> bool:
    headers = request.headers
    if "1" in (headers.get("DNT"), headers.get("Sec-GPC")):
        return False
    agent = headers.get("User-Agent", "")
    if not agent or _ROBOT.search(agent):
        return False
    if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "same-site"):
        return False
    origin = headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
