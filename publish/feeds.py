"""The RSS 2.0 feed of a unit: a podcast of its announcements, each with its transcript. And what it
has in common with the Atom and the JSON feed: names, places, what is said of an item.

The document to subscribe to holds the newest items; behind it hangs a chain of archive pages by
month (RFC 5005, "archived feeds"), so that nothing that stands ever falls out.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace

from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish import dates
from publish.assets import shared_assets
from publish.captions import to_text
from publish.names import captions_name, name_in_sentence
from publish.xml_writing import add, write_document

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"  # RFC 5005
FEED_STEM = "feed"
FEED_NAME = f"{FEED_STEM}.xml"
FEED_ITEMS = 50
_KEPT_TEXTS = 256

# The podcast namespace's own namespace for UUIDv5 of feed addresses.
_PODCAST_UUID = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")

_texts: dict[tuple[str, ...], str] = {}

for _prefix, _namespace in (("itunes", ITUNES), ("podcast", PODCAST), ("atom", ATOM)):
    register_namespace(_prefix, _namespace)
register_namespace("fh", HISTORY)


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """Where a document stands in the chain; each is named without its ending.

    `older`: the archive page before it. `newer`: the one after it, of an archive page only.
    """

    stem: str = FEED_STEM
    older: str | None = None
    newer: str | None = None

    @property
    def is_archive(self) -> bool:
        return self.stem != FEED_STEM

    def links(self, ending: str) -> dict[str, str]:
        """File names by their relation in RFC 5005, without the document's own."""
        found = {
            "current": FEED_STEM if self.is_archive else None,
            "prev-archive": self.older,
            "next-archive": self.newer,
        }
        return {relation: stem + ending for relation, stem in found.items() if stem is not None}


SUBSCRIPTION = FeedPlace()


def archive_stem(page_name: str) -> str:
    """A page of the archive as a file name without its ending."""
    return f"{FEED_STEM}-{page_name}"


def feed_title(unit: UnitInfo) -> str:
    return f"Bản tin loa {name_in_sentence(unit.name)}"


def feed_description(unit: UnitInfo) -> str:
    place = name_in_sentence(unit.name)
    return f"Nghe lại và đọc các bản tin loa truyền thanh {place}."


def item_guid(item: PublishedItem) -> str:
    """The same for ever, whatever revision it is in and wherever the portal moves."""
    return f"loa:{item.id}"


def cover_address(base_url: str) -> str:
    """The picture of every feed: square, 1400 pixels, as podcast directories ask for."""
    return f"{base_url}/{shared_assets()['cover.png'][0]}"


def item_text(item: PublishedItem) -> str:
    """The item's text in paragraphs. The last ones are remembered: finding sentences in a hundred
    texts, in three forms of two documents, is most of what it costs to publish one more."""
    key = (item.digest, *(segment.text for segment in item.segments))
    text = _texts.pop(key, None)
    if text is None:
        text = to_text(item.segments)
    _texts[key] = text
    while len(_texts) > _KEPT_TEXTS:
        _texts.pop(next(iter(_texts)), None)
    return text


def podcast_guid(feed_url: str) -> str:
    """UUIDv5 of the feed's address without its scheme and without slashes at its end."""
    bare = feed_url.partition("://")[2].rstrip("/")
    return str(uuid.uuid5(_PODCAST_UUID, bare))


def build_feed(
    unit: UnitInfo,
    items: Sequence[PublishedItem],
    base_url: str,
    place: FeedPlace = SUBSCRIPTION,
    hub: str = "",
) -> bytes:
    """RSS 2.0 with the itunes and podcast namespaces; `items` what was published last first.

    `base_url` has no slash at its end. `hub`: the WebSub hub that is told of news; empty: none.
    """
    home = f"{base_url}/{unit.slug}/"
    rss = Element("rss", {"version": "2.0"})
    channel = SubElement(rss, "channel")
    _describe_channel(channel, unit, home, base_url)
    if items:
        newest = max(item.published_at for item in items)
        add(channel, "lastBuildDate", _rfc822(newest))
    add_links(channel, f"{{{ATOM}}}link", home, place, ".xml", "application/rss+xml", hub)
    if place.is_archive:
        add(channel, f"{{{HISTORY}}}archive")
    for item in items[:FEED_ITEMS]:
        _add_item(channel, item, home)
    return write_document(rss)


def add_links(
    parent: Element, tag: str, home: str, place: FeedPlace, ending: str, kind: str, hub: str
) -> None:
    """The links of RFC 5005 and of WebSub, which RSS borrows from Atom."""
    for relation, name in {"self": place.stem + ending, **place.links(ending)}.items():
        add(parent, tag, href=home + name, rel=relation, type=kind)
    if hub and not place.is_archive:
        add(parent, tag, href=hub, rel="hub")


def _describe_channel(channel: Element, unit: UnitInfo, home: str, base_url: str) -> None:
    title, cover = feed_title(unit), cover_address(base_url)
    add(channel, "title", title)
    add(channel, "link", home)
    add(channel, "description", feed_description(unit))
    add(channel, "language", "vi")
    add(channel, "generator", "Loa")
    image = add(channel, "image")
    for name, value in (("url", cover), ("title", title), ("link", home)):
        add(image, name, value)
    add(channel, f"{{{PODCAST}}}guid", podcast_guid(home + FEED_NAME))
    add(channel, f"{{{PODCAST}}}locked", "no")
    add(channel, f"{{{PODCAST}}}medium", "podcast")
    add(channel, f"{{{PODCAST}}}location", unit.name)
    add(channel, f"{{{ITUNES}}}author", unit.authority)
    add(channel, f"{{{ITUNES}}}image", href=cover)
    add(channel, f"{{{ITUNES}}}category", text="Government")
    add(channel, f"{{{ITUNES}}}explicit", "false")
    add(channel, f"{{{ITUNES}}}type", "episodic")


def _add_item(channel: Element, item: PublishedItem, home: str) -> None:
    folder = f"{home}{item.id}/"
    sound = item.audio["mp3"]
    entry = SubElement(channel, "item")
    add(entry, "title", item.title)
    add(entry, "link", folder)
    add(entry, "guid", item_guid(item), isPermaLink="false")
    add(entry, "pubDate", _rfc822(item.first_published_at))
    add(entry, "description", item_text(item))
    if item.particulars.summary:
        add(entry, f"{{{ITUNES}}}summary", item.particulars.summary)
    if item.category:
        add(entry, "category", item.category)
    enclosure = {"url": folder + sound["name"], "length": str(sound["bytes"])}
    add(entry, "enclosure", type="audio/mpeg", **enclosure)
    add(entry, f"{{{ITUNES}}}duration", dates.format_length(item.duration_ms))
    if item.area:
        add(entry, f"{{{PODCAST}}}location", item.area)
    captions = folder + captions_name(item.digest)
    transcript = {"url": captions, "type": "text/vtt", "language": item.particulars.language}
    add(entry, f"{{{PODCAST}}}transcript", **transcript)


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment, usegmt=False)
