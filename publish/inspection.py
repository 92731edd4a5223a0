"""What does not fit between the publications in the database and the portal's folder.

Nothing here changes anything. `loa site build` mends all of it, as long as the recordings' sound is
there.
"""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bridge.db import utc_now
from bridge.feed_pages import newest_items as newest_published
from bridge.inspection import hash_file
from bridge.inspection_findings import Finding, Progress
from bridge.models import Task
from bridge.place_names import REWRITE as REWRITE_SEARCH
from bridge.portal_lists import (
    NO_AROUND,
    Around,
    announced,
    around,
    browse,
    misplaced,
    newest_items,
)
from bridge.publications import PublishedItem, published_item
from bridge.turns import is_due
from bridge.unit_settings import REWRITE, unit_emblem
from bridge.units import UnitInfo, list_units
from publish.archive import every_page
from publish.assets import FOLDER, is_content_of_name
from publish.feeds import FEED_ITEMS, FEED_NAME
from publish.files import PACKED, is_copy_of, is_packed, with_packed
from publish.leftovers import stray_pages
from publish.machines import unit_documents
from publish.names import EMBED, captions_name, text_name
from publish.offline import LIST_NAME, is_whole_list
from publish.pages import HOME_SLIPS, captions_of, plain_text
from publish.search_inspection import inspect_search
from publish.site import GONE_MARKER, PAGE, Site, accent_address
from publish.strangers import strange_files

_TOUCHING = ("publish", "unpublish", "refresh_item")  # what changes an announcement's page
_ASSET = re.compile(
    rf'(?:href|src|content)="(?:(?:\.\./)*|https?://[^"]*/)({FOLDER}/[^"#?]+)"'.encode()
)
_IMPORT = re.compile(rb'from\s*"\./([\w.-]+\.js)"')
_GUID = re.compile(rb"<guid[^>]*>loa:([0-9a-z]+)</guid>")


def inspect_site(
    session: Session, site: Site, *, deep: bool = False, on_progress: Progress | None = None
) -> Iterator[Finding]:
    """Every page, sound, caption, home page and feed that should stand, and what should not.

    `deep` also makes every page again and compares it byte for byte, and hashes the published
    sound. Announcements that are being published or taken down just now are passed over, and of a
    unit whose pages are all being written again only what an announcement needs is looked at.
    """
    busy = set(session.scalars(_under_way(Task.announcement_id, _TOUCHING)))
    heading = set(session.scalars(_under_way(Task.announcement_id, ("refresh_home",))))
    rewritten = set(session.scalars(_under_way(Task.unit_id, (REWRITE, REWRITE_SEARCH))))
    units = list_units(session)
    known = {unit.slug: set(announced(session, unit.id)) for unit in units}
    seen, total = 0, sum(map(len, known.values()))
    for unit in units:
        is_deep = deep and unit.id not in rewritten
        for announcement_id in sorted(known[unit.slug] - busy):
            yield from _inspect_announced(session, site, unit, announcement_id, is_deep)
            seen += 1
            if on_progress is not None:
                on_progress(seen, total)
        if not (busy | heading) & known[unit.slug] and unit.id not in rewritten:
            yield from _inspect_unit(session, site, unit, deep)
    yield from _inspect_root(site, units, deep, serious=any(known.values()))
    yield from _inspect_assets(site.root)
    if deep:
        yield from _inspect_packed(site.root)
        for place in strange_files(session, site.root, units, known):
            yield Finding("portal_file_stray", place, serious=False)
    for slug, announcement_id in stray_pages(site.root, known):
        if announcement_id not in busy:
            yield Finding("page_stray", announcement_id, {"path": str(site.root / slug)})


def _inspect_announced(
    session: Session, site: Site, unit: UnitInfo, announcement_id: str, deep: bool
) -> Iterator[Finding]:
    item = published_item(session, announcement_id)
    session.expunge_all()  # one text at a time in memory
    if item is not None:
        beside = around(session, unit.id, announcement_id) if deep else NO_AROUND
        yield from inspect_item(site, item, beside, deep=deep)


def _inspect_unit(session: Session, site: Site, unit: UnitInfo, deep: bool) -> Iterator[Finding]:
    if misplaced(session, unit.id):
        yield Finding("home_outdated", unit.slug)
        return
    yield from _inspect_home(session, site, unit, deep)
    yield from inspect_lists(session, site, unit, deep=deep)
    yield from inspect_search(session, site, unit, deep=deep)


def _under_way(subject: InstrumentedAttribute[str | None], kinds: tuple[str, ...]) -> Select[Any]:
    """What open tasks of these kinds are about."""
    open_states = Task.state.in_(("queued", "running"))
    return select(subject).where(Task.kind.in_(kinds), open_states, is_due(utc_now()))


def inspect_item(
    site: Site, item: PublishedItem, beside: Around = NO_AROUND, *, deep: bool = False
) -> Iterator[Finding]:
    """The folder of one announcement that is, or was, on the portal."""
    folder = site.root / item.unit.slug / item.id
    page = _read(folder / PAGE)
    if item.withdrawn_at is not None:
        yield from _inspect_withdrawn(site, item, page, deep)
        return
    if page is None:
        yield Finding("page_missing", item.id, {"path": str(folder)})
    elif captions_name(item.digest).encode() not in page:
        yield Finding("page_outdated", item.id, {"revision": item.revision})
    elif deep and (page, _read(folder / EMBED)) != (
        site.pages.item(item, accent_address(item.unit), beside),
        site.pages.embedded(item, accent_address(item.unit)),
    ):
        yield Finding("page_differs", item.id)
    if (folder / GONE_MARKER).exists():
        yield Finding("page_hidden", item.id)
    for name, content in (
        (captions_name(item.digest), captions_of(item).encode()),
        (text_name(item.digest), plain_text(item).encode()),
    ):
        found = _read(folder / name)
        if found is None or (deep and found != content):
            yield Finding("page_text_missing", item.id, {"name": name})
    for name in faulty_sound(site, item, deep=deep):
        yield Finding("page_sound_faulty", item.id, {"name": name})


def faulty_sound(site: Site, item: PublishedItem, *, deep: bool = False) -> list[str]:
    """Names of the item's published sound that is not there, or not as it was published.

    Without `deep` only the size is compared, with it the SHA-256.
    """
    folder = site.root / item.unit.slug / item.id
    return [
        str(sound["name"])
        for sound in item.audio.values()
        if not _is_as_published(
            folder / str(sound["name"]), sound["bytes"], sound["sha256"] if deep else None
        )
    ]


def _is_as_published(path: Path, size_bytes: int, sha256: str | None) -> bool:
    try:
        if not path.is_file() or path.stat().st_size != size_bytes:
            return False
        return sha256 is None or hash_file(path) == sha256
    except OSError:
        return False


def _inspect_withdrawn(
    site: Site, item: PublishedItem, page: bytes | None, deep: bool
) -> Iterator[Finding]:
    folder = site.root / item.unit.slug / item.id
    if page is None or not (folder / GONE_MARKER).is_file():
        yield Finding("notice_missing", item.id)
    still_there = _names(folder) - with_packed({PAGE, EMBED}) - {GONE_MARKER}
    if page is not None and captions_name(item.digest).encode() in page:
        still_there.add(PAGE)
    if still_there:
        yield Finding("withdrawn_still_out", item.id, {"name": ", ".join(sorted(still_there))})
    elif (
        deep
        and page is not None
        and (page, _read(folder / EMBED))
        != (
            site.pages.withdrawn(item, accent_address(item.unit)),
            site.pages.embedded(item, accent_address(item.unit)),
        )
    ):
        yield Finding("page_differs", item.id)


def _inspect_home(session: Session, site: Site, unit: UnitInfo, deep: bool) -> Iterator[Finding]:
    """A unit's home page and feed, and `deep` the feeds' archive, alerts and sitemaps too."""
    now = utc_now()
    items = newest_items(session, unit.id, HOME_SLIPS, now)
    folder = site.root / unit.slug
    home, feed = _read(folder / PAGE), _read(folder / FEED_NAME)
    if home is None or feed is None:
        yield Finding("home_missing", unit.slug, serious=bool(items))
        return
    listed = [found.decode() for found in _GUID.findall(feed)]
    shown = [f'href="{item.id}/'.encode() in home for item in items[:HOME_SLIPS]]
    newest = [item.id for item in newest_published(session, unit.id, FEED_ITEMS)]
    if listed != newest or not all(shown):
        yield Finding("home_outdated", unit.slug)
    elif deep and (
        home != site.pages.home(unit, items, accent_address(unit), now, browse(session, unit.id))
        or any(
            _read(folder / name) != content for name, content in unit_documents(session, site, unit)
        )
    ):
        yield Finding("home_differs", unit.slug)


def inspect_lists(
    session: Session, site: Site, unit: UnitInfo, *, deep: bool = False
) -> Iterator[Finding]:
    """The archive of a unit, and what else has to stand for it; `deep`: byte for byte."""
    accent, own = accent_address(unit), unit.slug
    items = newest_items(session, unit.id, HOME_SLIPS, utc_now())
    is_open = bool(items)  # before the first announcement nobody misses a page
    for page in every_page(session, unit.id):
        content = site.pages.listing(unit, page, accent) if deep else None
        yield from _inspect_file(site, unit, f"{own}/{page.place}/{PAGE}", content, is_open)
    files = site.shell_files(unit, browse(session, unit.id))
    files |= site.emblem_files(unit, unit_emblem(session, unit.id))
    for place, content in files.items():
        yield from _inspect_file(site, unit, place, content if deep else None, is_open)
    pages, assets = site.kept_offline(unit, items)
    found = _read(site.root / own / LIST_NAME)
    if found is None or not is_whole_list(found, [*pages, *assets]):
        path = f"{own}/{LIST_NAME}"
        yield Finding("portal_file_differs", own, {"path": path}, serious=is_open)


def _inspect_file(
    site: Site, unit: UnitInfo, place: str, content: bytes | None, serious: bool
) -> Iterator[Finding]:
    """A file below the portal's root; `content` None: that it is there is enough."""
    found = _read(site.root / place)
    if found is None:
        yield Finding("portal_file_missing", unit.slug, {"path": place}, serious=serious)
    elif content not in (None, found):
        yield Finding("portal_file_differs", unit.slug, {"path": place})


def _inspect_root(
    site: Site, units: Sequence[UnitInfo], deep: bool, serious: bool
) -> Iterator[Finding]:
    """The list of portals. Before there is a unit nothing has to stand there."""
    if not units:
        return
    front, missing = _read(site.root / PAGE), _read(site.root / "404.html")
    if front is None or missing is None:
        yield Finding("front_missing", PAGE, serious=serious)
    elif any(f'href="{unit.slug}/"'.encode() not in front for unit in units):
        yield Finding("front_outdated", PAGE)
    elif deep and (
        (front, missing) != (site.pages.portals(units), site.pages.missing())
        or any(_read(site.root / name) != text for name, text in site.crawler_files(units).items())
    ):
        yield Finding("front_differs", PAGE)


def _inspect_assets(root: Path) -> Iterator[Finding]:
    """Every stylesheet and script that a page names is there, with the content of its name."""
    named: dict[str, str] = {}
    for pattern in (PAGE, f"*/{PAGE}", f"*/*/{PAGE}", f"*/*/{EMBED}"):
        for path in sorted(root.glob(pattern)):
            for address in _ASSET.findall(_read(path) or b""):
                named.setdefault(address.decode(), str(path))
    for address, page in list(named.items()):  # and what a script imports
        for imported in _IMPORT.findall(_read(root / address) or b""):
            named.setdefault(f"{FOLDER}/{imported.decode()}", page)
    for address, page in sorted(named.items()):
        content = _read(root / address)
        if content is None or not is_content_of_name(Path(address).name, content):
            yield Finding("asset_missing", address, {"path": page})


def _inspect_packed(root: Path) -> Iterator[Finding]:
    """Every longer text has its compressed copy beside it, with the same content, and nothing else
    has one: servers would send it in place of the file.
    """
    for path in sorted(root.rglob("[!.]*")):
        if path.suffix == PACKED or not path.is_file():
            continue
        packed = path.with_name(path.name + PACKED)
        if not is_packed(path.name, path.stat().st_size):
            if packed.exists():
                yield Finding("packed_stray", packed.relative_to(root).as_posix())
            continue
        content = _read(path)
        if content is None:
            continue
        if not is_copy_of(packed, content) or _unpacked(packed) != content:
            yield Finding("packed_differs", packed.relative_to(root).as_posix())


def _unpacked(packed: Path) -> bytes | None:
    try:
        return gzip.decompress(packed.read_bytes())
    except (OSError, EOFError, zlib.error):
        return None


def _read(path: Path) -> bytes | None:
    """A file's content; None where none can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()
