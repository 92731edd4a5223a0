"""What a page is about in the words of schema.org: one graph whose nodes name each other. Pure.

Addresses are absolute, for graphs are read far from their pages. An authority, a series and an
article keep their `@id` for as long as the portal keeps its address.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish import dates
from publish.captions import to_text
from publish.names import captions_name, name_in_sentence

CONTEXT = "https://schema.org"
Node = dict[str, Any]
# Characters, ten minutes of speech: said twice so near each other, a text costs nothing once
# compressed. A longer one stands on the page, and in the captions that are named.
_LONGEST_TRANSCRIPT = 10_000


def describe_article(item: PublishedItem, base_url: str, image: str) -> Node:
    """A NewsArticle with its AudioObject, its series and the authority that speaks in it.

    `image`: the absolute address of the portal's picture.
    """
    home = f"{base_url}/{item.unit.slug}/"
    address, more = f"{home}{item.id}/", item.particulars
    article: Node = {
        "@id": f"{address}#article",
        "@type": "NewsArticle",
        "headline": item.title,
        "url": address,
        "mainEntityOfPage": address,
        "inLanguage": more.language,
        "isAccessibleForFree": True,
        "datePublished": _written(item.first_published_at),
        "dateModified": _written(item.published_at),
        "image": image,
        "publisher": _reference(f"{home}#authority"),
        "author": _reference(f"{home}#authority"),
        "isPartOf": _reference(f"{home}#series"),
        "audio": _reference(f"{address}#audio"),
    }
    known = {
        "description": more.summary,
        "articleSection": item.category,
        "expires": more.valid_until and _written(more.valid_until),
        "contentLocation": item.area and {"@type": "Place", "name": item.area},
        "correction": [_correction(one.note, one.at) for one in item.corrections],
    }
    article |= {name: value for name, value in known.items() if value}
    return _graph(article, _sound(item, address), _series(item.unit, home), *_who(item.unit, home))


def describe_home(unit: UnitInfo, items: Sequence[PublishedItem], base_url: str) -> Node:
    """A unit's home page: the authority, its series of announcements, and the newest of them."""
    home = f"{base_url}/{unit.slug}/"
    page: Node = {
        "@id": home,
        "@type": "CollectionPage",
        "url": home,
        "name": series_name(unit),
        "inLanguage": "vi",
        "isPartOf": _reference(f"{base_url}/#site"),
        "about": _reference(f"{home}#authority"),
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "url": f"{home}{item.id}/"}
                for place, item in enumerate(items, start=1)
            ],
        },
    }
    site: Node = {"@id": f"{base_url}/#site", "@type": "WebSite", "url": f"{base_url}/"}
    return _graph(page, site, _series(unit, home), *_who(unit, home))


def series_name(unit: UnitInfo) -> str:
    """What a unit's announcements are called together."""
    return f"Bản tin loa {name_in_sentence(unit.name)}"


def _sound(item: PublishedItem, address: str) -> Node:
    sound = item.audio["mp3"]
    speech = to_text([one for one in item.segments if one.kind == "speech"])
    return {
        "@id": f"{address}#audio",
        "@type": "AudioObject",
        "name": item.title,
        "contentUrl": address + sound["name"],
        "contentSize": str(sound["bytes"]),
        "encodingFormat": "audio/mpeg",
        "duration": dates.format_duration_iso(item.duration_ms),
        "uploadDate": _written(item.first_published_at),
        "inLanguage": item.particulars.language,
        **({"transcript": speech} if len(speech) <= _LONGEST_TRANSCRIPT else {}),
        "caption": {
            "@type": "MediaObject",
            "contentUrl": address + captions_name(item.digest),
            "encodingFormat": "text/vtt",
        },
    }


def _series(unit: UnitInfo, home: str) -> Node:
    return {
        "@id": f"{home}#series",
        "@type": "PodcastSeries",
        "name": series_name(unit),
        "url": home,
        "webFeed": f"{home}feed.xml",
        "inLanguage": "vi",
        "publisher": _reference(f"{home}#authority"),
    }


def _who(unit: UnitInfo, home: str) -> tuple[Node, ...]:
    authority: Node = {
        "@id": f"{home}#authority",
        "@type": "GovernmentOrganization",
        "name": unit.authority,
        "url": home,
        "areaServed": {"@type": "AdministrativeArea", "name": unit.name},
    }
    if unit.contact:
        authority["contactPoint"] = {"@type": "ContactPoint", "description": unit.contact}
    return (authority,)


def _correction(note: str, at: datetime) -> Node:
    return {"@type": "CorrectionComment", "text": note, "datePublished": _written(at)}


def _graph(*nodes: Node) -> Node:
    return {"@context": CONTEXT, "@graph": list(nodes)}


def _reference(address: str) -> Node:
    return {"@id": address}


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
