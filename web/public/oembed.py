"""oEmbed (oembed.com, version 1.0): a site asks how to show an announcement and gets a frame."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.datastructures import MultiDict

from bridge.errors import InvalidInput, NotFound
from bridge.publications import PublishedItem, published_item
from publish.feeds import cover_address
from publish.framing import FRAME_HEIGHT, FRAME_WIDTH, SMALLEST_WIDTH, frame_snippet
from publish.linked_data import series_name
from publish.names import EMBED
from publish.xml_writing import add, write_document
from web.context import current_services

oembed_area = Blueprint("oembed", __name__)

_KEPT_S = 3600  # how long an answer may be shown without asking again
_ITEM = re.compile(rf"(.*)/([^/]+)/([0-9a-z]+)/?(?:index\.html|{re.escape(EMBED)})?")


@oembed_area.get("/api/oembed")
def oembed() -> Response:
    """How to show the page with the address `url`, as JSON or XML (`format`).

    400 without `url`, 404 for anything but a standing announcement of this portal, 501 for another
    format, as the specification has it.
    """
    form = request.args.get("format", "json").lower()
    if form not in ("json", "xml"):
        abort(501)
    settings = current_services().settings
    item = _item_at(request.args.get("url", ""), settings.effective_public_url)
    content = _describe(item, settings.effective_public_url, request.args)
    if form == "json":
        response = jsonify(content)
    else:
        root = Element("oembed")
        for name, value in content.items():
            add(root, name, str(value))
        response = Response(write_document(root), mimetype="text/xml")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    return response


def _item_at(url: str, base_url: str) -> PublishedItem:
    """The announcement whose page has this address. Raises InvalidInput, NotFound."""
    if not url:
        raise InvalidInput("bad_request")
    try:
        asked = urlsplit(url)
    except ValueError as error:
        raise InvalidInput("bad_request") from error
    # http or https: the portal's own way to https changes the one to the other.
    found = _ITEM.fullmatch(unquote(asked.path)) if asked.scheme in ("http", "https") else None
    if found is None:
        raise NotFound("page_unknown")
    with current_services().db.reading() as session:
        item = published_item(session, found[3])
    if item is None or item.withdrawn_at is not None or item.unit.slug != found[2]:
        raise NotFound("page_unknown")
    # By the installation's address, or by the portal's own.
    ours = {urlsplit(base)[1:3] for base in (base_url, item.unit.base(base_url))}
    if (asked.netloc, found[1]) not in ours:
        raise NotFound("page_unknown")
    return item


def _describe(item: PublishedItem, base_url: str, asked: MultiDict[str, str]) -> dict[str, Any]:
    home = f"{item.unit.base(base_url)}/{item.unit.slug}/"
    widest = asked.get("maxwidth", FRAME_WIDTH, type=int)
    highest = asked.get("maxheight", FRAME_HEIGHT, type=int)
    if widest < SMALLEST_WIDTH or highest < FRAME_HEIGHT:
        # There is no smaller frame in which it can be heard: a link then, which is always shown.
        shown: dict[str, Any] = {"type": "link"}
    else:
        width = min(FRAME_WIDTH, widest)
        snippet = frame_snippet(f"{home}{item.id}/", item.title, width)
        shown = {"type": "rich", "html": snippet, "width": width, "height": FRAME_HEIGHT}
    return {
        "version": "1.0",
        **shown,
        "title": item.title,
        "author_name": item.unit.authority,
        "author_url": home,
        "provider_name": series_name(item.unit),
        "provider_url": home,
        "cache_age": _KEPT_S,
        "thumbnail_url": cover_address(item.unit.base(base_url)),
        "thumbnail_width": 1400,
        "thumbnail_height": 1400,
    }
