"""The Atom feed of a unit (RFC 4287), with the archive pages of RFC 5005. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish.feeds import (
    ATOM,
    FEED_ITEMS,
    FEED_NAME,
    HISTORY,
    SUBSCRIPTION,
    FeedPlace,
    add_links,
    cover_address,
    feed_description,
    feed_title,
    item_guid,
    item_text,
    podcast_guid,
)
from publish.xml_writing import add, write_document

ATOM_ENDING = ".atom"
ATOM_TYPE = "application/atom+xml"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a feed must say when; nothing is in it yet


def build_atom(
    unit: UnitInfo,
    items: Sequence[PublishedItem],
    base_url: str,
    place: FeedPlace = SUBSCRIPTION,
    hub: str = "",
) -> bytes:
    """The same items as the RSS feed under the same ids; arguments as of `feeds.build_feed`."""
    home = f"{base_url}/{unit.slug}/"
    # One id for the feed and its archive, as in RFC 5005.
    feed = begin_atom(
        f"urn:uuid:{podcast_guid(home + FEED_NAME)}",
        feed_title(unit),
        max((item.published_at for item in items), default=_NEVER),
        unit.authority,
    )
    add(feed, "subtitle", feed_description(unit))
    add(feed, "icon", cover_address(base_url))
    add(feed, "link", rel="alternate", type="text/html", href=home)
    add_links(feed, "link", home, place, ATOM_ENDING, ATOM_TYPE, hub)
    if place.is_archive:
        add(feed, f"{{{HISTORY}}}archive")
    for item in items[:FEED_ITEMS]:
        _add_entry(feed, item, f"{home}{item.id}/")
    return write_document(feed)


def begin_atom(identity: str, title: str, updated: datetime | None, author: str) -> Element:
    """A feed with what every Atom feed must have; `updated` None: never yet."""
    feed = Element("feed", {"xmlns": ATOM})
    add(feed, "id", identity)
    add(feed, "title", title)
    add(feed, "updated", written(updated or _NEVER))
    add(add(feed, "author"), "name", author)
    return feed


def add_entry(
    feed: Element, identity: str, title: str, published: datetime, updated: datetime
) -> Element:
    """An entry with what every entry must have."""
    entry = add(feed, "entry")
    add(entry, "id", identity)
    add(entry, "title", title)
    add(entry, "published", written(published))
    add(entry, "updated", written(updated))
    return entry


def written(moment: datetime) -> str:
    """A moment as RFC 3339 has it, in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _add_entry(feed: Element, item: PublishedItem, folder: str) -> None:
    sound, more = item.audio["mp3"], item.particulars
    entry = add_entry(feed, item_guid(item), item.title, item.first_published_at, item.published_at)
    add(entry, "link", rel="alternate", type="text/html", href=folder, hreflang=more.language)
    enclosure = {"href": folder + sound["name"], "length": str(sound["bytes"])}
    add(entry, "link", rel="enclosure", type="audio/mpeg", **enclosure)
    if item.category:
        add(entry, "category", term=item.category)
    if more.summary:
        add(entry, "summary", more.summary)
    add(entry, "content", item_text(item), type="text")
