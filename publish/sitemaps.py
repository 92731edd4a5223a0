"""What search engines are told: which pages there are, and which they may read. Pure.

Each unit has an index of its own that names one sitemap a month, by the month of first
publication, so publishing rewrites a small file. The front of the portal names every index in
robots.txt, for an index may not name another (sitemaps.org).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from publish.atom import written
from publish.xml_writing import add, write_document

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
SITEMAP_NAME = "sitemap.xml"
LARGEST = 50_000  # addresses in one file, by the protocol


def sitemap_parts(count: int) -> int:
    """How many files so many addresses need."""
    return -(-count // LARGEST)


def sitemap_name(month: str, part: int = 1) -> str:
    """A month's file; a second part only beyond fifty thousand addresses."""
    return f"sitemap-{month}.xml" if part == 1 else f"sitemap-{month}-{part}.xml"


def build_sitemap(addresses: Iterable[tuple[str, datetime | None]]) -> bytes:
    """Absolute addresses, at most `LARGEST`, each with when it changed last where that is known."""
    root = Element("urlset", {"xmlns": SITEMAP})
    for address, changed_at in addresses:
        entry = add(root, "url")
        add(entry, "loc", address)
        if changed_at is not None:
            add(entry, "lastmod", written(changed_at))
    return write_document(root)


def build_sitemap_index(addresses: Iterable[str]) -> bytes:
    """The index over a unit's sitemaps, by their absolute addresses."""
    root = Element("sitemapindex", {"xmlns": SITEMAP})
    for address in addresses:
        add(add(root, "sitemap"), "loc", address)
    return write_document(root)


def build_robots(homes: Sequence[str], base_url: str) -> bytes:
    """Everything that is published may be read; the staff's pages lead nowhere.

    `homes`: the addresses of the portals' home pages, with their slashes.
    """
    lines = ["User-agent: *", "Disallow: /lam-viec/", ""]
    lines += [f"Sitemap: {base_url}/{SITEMAP_NAME}"] if homes else []
    lines += [f"Sitemap: {home}{SITEMAP_NAME}" for home in homes]
    return ("\n".join(lines) + "\n").encode()
