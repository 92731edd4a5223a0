"""The JSON feed of a unit (JSON Feed 1.1), paged by its own `next_url`. Pure."""

import json
from collections.abc import Sequence
from typing import Any

from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish.atom import written
from publish.feeds import (
    FEED_ITEMS,
    SUBSCRIPTION,
    FeedPlace,
    cover_address,
    feed_description,
    feed_title,
    item_guid,
    item_text,
)
from publish.names import captions_name

JSON_ENDING = ".json"
_VERSION = "https://jsonfeed.org/version/1.1"


def build_json_feed(
    unit: UnitInfo,
    items: Sequence[PublishedItem],
    base_url: str,
    place: FeedPlace = SUBSCRIPTION,
    hub: str = "",
) -> bytes:
    """The same items as the RSS feed under the same ids; arguments as of `feeds.build_feed`."""
    home = f"{base_url}/{unit.slug}/"
    feed: dict[str, Any] = {
        "version": _VERSION,
        "title": feed_title(unit),
        "home_page_url": home,
        "feed_url": home + place.stem + JSON_ENDING,
        "description": feed_description(unit),
        "icon": cover_address(base_url),
        "authors": [{"name": unit.authority, "url": home}],
        "language": "vi",
    }
    if place.older is not None:
        feed["next_url"] = home + place.older + JSON_ENDING
    if hub and not place.is_archive:
        feed["hubs"] = [{"type": "WebSub", "url": hub}]
    feed["items"] = [_item(item, f"{home}{item.id}/") for item in items[:FEED_ITEMS]]
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(item: PublishedItem, folder: str) -> dict[str, Any]:
    sound, more = item.audio["mp3"], item.particulars
    entry: dict[str, Any] = {
        "id": item_guid(item),
        "url": folder,
        "title": item.title,
        "content_text": item_text(item),
        "date_published": written(item.first_published_at),
        "date_modified": written(item.published_at),
        "language": more.language,
        "attachments": [
            {
                "url": folder + sound["name"],
                "mime_type": "audio/mpeg",
                "size_in_bytes": sound["bytes"],
                "duration_in_seconds": item.duration_ms / 1000,
            },
            {"url": folder + captions_name(item.digest), "mime_type": "text/vtt"},
        ],
    }
    if more.summary:
        entry["summary"] = more.summary
    if tags := [one for one in (item.category, item.area) if one]:
        entry["tags"] = tags
    return entry
