"""The RSS 2.0 feed of a unit: a podcast of its announcements, each with its transcript."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from bridge.queries import PublishedItem, UnitInfo
from publish import dates
from publish.captions import to_text
from publish.names import captions_name, name_in_sentence

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
ATOM = "http://www.w3.org/2005/Atom"
FEED_NAME = "feed.xml"
FEED_ITEMS = 100

# The podcast namespace's own namespace for UUIDv5 of feed addresses.
_PODCAST_UUID = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
# XML 1.0 has no way at all to write these; a text that holds one would make no feed.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("itunes", ITUNES)
register_namespace("podcast", PODCAST)
register_namespace("atom", ATOM)


def podcast_guid(feed_url: str) -> str:
    """UUIDv5 of the feed's address without its scheme and without slashes at its end."""
    bare = feed_url.partition("://")[2].rstrip("/")
    return str(uuid.uuid5(_PODCAST_UUID, bare))


def build_feed(unit: UnitInfo, items: Sequence[PublishedItem], base_url: str) -> bytes:
    """RSS 2.0 with the itunes and podcast namespaces; `items` newest broadcast first.

    `base_url` has no slash at its end. An item's guid is its announcement's id and never changes,
    whatever revision it is in and wherever the portal moves.
    """
    home = f"{base_url}/{unit.slug}/"
    feed_url = home + FEED_NAME
    place = name_in_sentence(unit.name)
    rss = Element("rss", {"version": "2.0"})
    channel = SubElement(rss, "channel")
    _add(channel, "title", f"Bản tin loa {place}")
    _add(channel, "link", home)
    _add(channel, "description", f"Nghe lại và đọc các bản tin loa truyền thanh {place}.")
    _add(channel, "language", "vi")
    if items:
        newest = max(item.published_at for item in items)
        _add(channel, "lastBuildDate", _rfc822(newest))
    own = {"href": feed_url, "rel": "self", "type": "application/rss+xml"}
    _add(channel, f"{{{ATOM}}}link", None, **own)
    _add(channel, f"{{{PODCAST}}}guid", podcast_guid(feed_url))
    _add(channel, f"{{{PODCAST}}}locked", "no")
    _add(channel, f"{{{ITUNES}}}author", unit.authority)
    _add(channel, f"{{{ITUNES}}}category", None, text="Government")
    _add(channel, f"{{{ITUNES}}}explicit", "false")
    for item in items[:FEED_ITEMS]:
        _add_item(channel, item, home)
    indent(rss, space=" ")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(rss, "unicode").encode() + b"\n"


def _add_item(channel: Element, item: PublishedItem, home: str) -> None:
    folder = f"{home}{item.id}/"
    sound = item.audio["mp3"]
    entry = SubElement(channel, "item")
    _add(entry, "title", item.title)
    _add(entry, "link", folder)
    _add(entry, "guid", f"loa:{item.id}", isPermaLink="false")
    _add(entry, "pubDate", _rfc822(item.first_published_at))
    _add(entry, "description", to_text(item.segments))
    if item.particulars.summary:
        _add(entry, f"{{{ITUNES}}}summary", item.particulars.summary)
    if item.category:
        _add(entry, "category", item.category)
    enclosure = {"url": folder + sound["name"], "length": str(sound["bytes"])}
    _add(entry, "enclosure", None, type="audio/mpeg", **enclosure)
    _add(entry, f"{{{ITUNES}}}duration", dates.format_length(item.duration_ms))
    captions = folder + captions_name(item.digest)
    transcript = {"url": captions, "type": "text/vtt", "language": item.particulars.language}
    _add(entry, f"{{{PODCAST}}}transcript", None, **transcript)


def _add(parent: Element, tag: str, content: str | None, **attributes: str) -> None:
    clean = {name: _FORBIDDEN.sub("", value) for name, value in attributes.items()}
    element = SubElement(parent, tag, clean)
    if content is not None:
        element.text = _FORBIDDEN.sub("", content)


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment, usegmt=False)
