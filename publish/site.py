"""The portal's folder: what is written where, in which order, and what is taken away.

    index.html 404.html              the list of portals; what a wrong address shows
    robots.txt sitemap.xml           for those who search
    assets/                          stylesheets and script under names that carry their content
    <unit>/index.html                a unit's home page; beside it what publish.machines lists
    <unit>/gioi-thieu/               what the portal is and whom to ask
    <unit>/sw.js offline.json manifest.webmanifest khong-co-mang/
                                     what lets it be installed and read without network
    <unit>/thang/ muc/ khu/          its archive: publish/archive.py says what lies there
    <unit>/<announcement>/           index.html, nhung.html for frames on other sites, and beside
                                     them audio-, captions- and text- files under the digest of the
                                     revision that they belong to

Every file appears whole, by a rename. A page is swapped only when all it needs lies beside it, and
what only the former page needed goes away after that, so at every moment either the old revision
stands there or the new one. Any web server can serve the folder.
"""

import gettext
import shutil
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path

from bridge.db import utc_now
from bridge.portal_lists import NO_AROUND, NO_BROWSE, Around, Browse
from bridge.publications import PublishedItem
from bridge.settings import Settings
from bridge.units import UnitInfo
from publish.archive import FOLDERS, OVERVIEW, ListPage
from publish.assets import FOLDER, FOR_OTHERS, hashed_name, shared_assets
from publish.colours import accent_sheet
from publish.files import remove_whole, with_packed, write_whole
from publish.names import EMBED, captions_name, text_name
from publish.offline import (
    KEPT_ITEMS,
    LIST_NAME,
    LOST,
    MANIFEST_NAME,
    WORKER_NAME,
    icons,
    manifest,
    offline_list,
    worker_script,
)
from publish.pages import ABOUT, Pages, captions_of, plain_text
from publish.sitemaps import SITEMAP_NAME, build_robots, build_sitemap

# Beside the page of a withdrawn announcement: a server that sees it answers 410 with the page.
GONE_MARKER = "gone"
PAGE = "index.html"


class Site:
    """Writes one portal folder. Keeps nothing in memory between calls."""

    def __init__(
        self,
        root: Path,
        base_url: str,
        translations: gettext.NullTranslations | None = None,
        hub: str = "",
    ) -> None:
        """`base_url`: where residents reach `root`, for the links that must be absolute.

        `hub`: the WebSub hub that feeds name; empty: none.
        """
        self.root, self.hub = root, hub
        self.pages = Pages(base_url, translations)

    def item_folder(self, unit_slug: str, announcement_id: str) -> Path:
        """Where an announcement's page and files lie; the folder is made."""
        folder = self.root / unit_slug / announcement_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def write_item(self, item: PublishedItem, around: Around = NO_AROUND) -> None:
        """Write the page of the item's current state: the announcement, or that it is gone.

        The published sound of this revision must lie there already. Nothing of an older revision
        is removed (`tidy_item` does that once the publication stands in the database), except for
        a withdrawn item, whose sound and text leave the portal before this returns.
        """
        folder = self.item_folder(item.unit.slug, item.id)
        accent = self._write_assets(item.unit)
        if item.withdrawn_at is not None:
            write_whole(folder / PAGE, self.pages.withdrawn(item, accent))
            write_whole(folder / EMBED, self.pages.embedded(item, accent))
            write_whole(folder / GONE_MARKER, b"")
            self.tidy_item(item)
            return
        write_whole(folder / captions_name(item.digest), captions_of(item).encode())
        write_whole(folder / text_name(item.digest), plain_text(item).encode())
        write_whole(folder / EMBED, self.pages.embedded(item, accent))
        write_whole(folder / PAGE, self.pages.item(item, accent, around))
        (folder / GONE_MARKER).unlink(missing_ok=True)

    def tidy_item(self, item: PublishedItem) -> None:
        """Remove what the item's page does not need: older revisions, drafts of killed runs."""
        folder = self.item_folder(item.unit.slug, item.id)
        texts = {PAGE, EMBED}
        if item.withdrawn_at is not None:
            needed = with_packed(texts) | {GONE_MARKER}
        else:
            texts |= {captions_name(item.digest), text_name(item.digest)}
            needed = with_packed(texts) | {str(sound["name"]) for sound in item.audio.values()}
        for path in folder.iterdir():
            if path.name not in needed:
                path.unlink(missing_ok=True)

    def remove_item(self, unit_slug: str, announcement_id: str) -> None:
        """Remove an announcement's folder: for one that no publication stands for."""
        folder = self.root / unit_slug / announcement_id
        if not folder.is_dir():
            return
        # The page first, so that it never stands without its sound.
        remove_whole(folder / PAGE)
        for path in folder.iterdir():
            path.unlink(missing_ok=True)
        folder.rmdir()

    def write_home(
        self,
        unit: UnitInfo,
        items: Sequence[PublishedItem],
        browse: Browse = NO_BROWSE,
        now: datetime | None = None,
    ) -> None:
        """Write a unit's home page and what else does not depend on single announcements.

        `items` newest broadcast first, as many as the home page shows; `browse`: what
        the archive holds; `now` None: the present.
        """
        folder = self.root / unit.slug
        folder.mkdir(parents=True, exist_ok=True)
        accent = self._write_assets(unit)
        write_whole(folder / PAGE, self.pages.home(unit, items, accent, now or utc_now(), browse))
        self._write_files(self.shell_files(unit, browse))
        pages, assets = self.kept_offline(unit, items)
        write_whole(folder / LIST_NAME, offline_list(folder, pages, assets))

    def write_list(self, unit: UnitInfo, page: ListPage) -> None:
        """Write a page of a unit's archive. One without lines goes, and what lies below it."""
        folder = self.root / unit.slug / page.place
        if not page.lines:
            shutil.rmtree(folder, ignore_errors=True)
            return
        accent = self._write_assets(unit)
        content = self.pages.listing(unit, page, accent)
        self._write_files({f"{unit.slug}/{page.place}/{PAGE}": content})

    def drop_lists(self, unit: UnitInfo, places: AbstractSet[str], below: str = "") -> None:
        """Remove the archive's pages that are none of `places`: those below one, or all others."""
        roots = [below] if below else list(FOLDERS.values())
        for root in roots:
            start = self.root / unit.slug / root
            # The deepest first, so that emptied folders go too; the overview itself is no list.
            found = sorted(start.glob(f"*/**/{PAGE}"))
            for page in sorted(found, key=lambda one: len(one.parts), reverse=True):
                place = page.parent.relative_to(self.root / unit.slug).as_posix()
                if place not in places:
                    remove_whole(page)
                    _remove_empty(page.parent, start)

    def write_emblem(self, unit: UnitInfo, emblem: bytes | None) -> None:
        """Write a unit's emblem, the icons drawn from it, and the manifest that names them.

        Pages name the emblem, so it comes before them.
        """
        self._write_files(self.emblem_files(unit, emblem))

    def emblem_files(self, unit: UnitInfo, emblem: bytes | None) -> dict[str, bytes]:
        """What `write_emblem` writes, by its place below the root."""
        drawn = icons(unit, emblem)
        files = {f"{FOLDER}/{name}": png for name, png in drawn.values()}
        if emblem is not None:
            files[f"{FOLDER}/{unit.emblem}"] = emblem
        names = {side: name for side, (name, _) in drawn.items()}
        return files | {f"{unit.slug}/{MANIFEST_NAME}": manifest(unit, names)}

    def shell_files(self, unit: UnitInfo, browse: Browse) -> dict[str, bytes]:
        """What is there for every unit besides home and feed, by its place below the root."""
        accent = accent_address(unit)
        return {
            f"{unit.slug}/{OVERVIEW}/{PAGE}": self.pages.overview(unit, browse, accent),
            f"{unit.slug}/{ABOUT}/{PAGE}": self.pages.about(unit, accent),
            f"{unit.slug}/{LOST}/{PAGE}": self.pages.lost(unit, accent),
            f"{unit.slug}/{WORKER_NAME}": worker_script(),
        }

    def kept_offline(
        self, unit: UnitInfo, items: Sequence[PublishedItem]
    ) -> tuple[list[str], list[str]]:
        """Pages and other files that the worker keeps, as addresses from the unit's folder."""
        pages = ["./", f"{ABOUT}/", f"{OVERVIEW}/", f"{LOST}/"]
        pages += [f"{item.id}/" for item in items[:KEPT_ITEMS]]
        own = (accent_address(unit), unit.emblem and f"{FOLDER}/{unit.emblem}")
        assets = shared_assets().items()
        shared = [address for name, (address, _) in assets if name not in FOR_OTHERS]
        return pages, [f"../{address}" for address in (*shared, *own) if address]

    def _write_files(self, files: Mapping[str, bytes]) -> None:
        for place, content in files.items():
            path = self.root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)

    def write_root(self, units: Sequence[UnitInfo]) -> None:
        """Write the list of portals, the page for wrong addresses, and what crawlers ask for."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._write_assets(None)
        for name, content in self.crawler_files(units).items():
            write_whole(self.root / name, content)
        write_whole(self.root / "404.html", self.pages.missing())
        write_whole(self.root / PAGE, self.pages.portals(units))

    def crawler_files(self, units: Sequence[UnitInfo]) -> dict[str, bytes]:
        """What search engines ask for at the root, by name."""
        base_url = self.pages.base_url
        addresses = [self.pages.home_address(unit) for unit in units]
        homes = [(address, None) for address in (f"{base_url}/", *addresses)]
        return {"robots.txt": build_robots(addresses, base_url), SITEMAP_NAME: build_sitemap(homes)}

    def missing_audio(self, item: PublishedItem) -> list[str]:
        """Names of the item's published sound that are not in its folder."""
        folder = self.root / item.unit.slug / item.id
        names = [str(sound["name"]) for sound in item.audio.values()]
        return [name for name in names if not (folder / name).is_file()]

    def _write_assets(self, unit: UnitInfo | None) -> str | None:
        """Write the shared files that are not there yet; the address of the unit's own sheet.

        Older versions stay: pages that were written with them still link to them.
        """
        folder = self.root / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for address, content in shared_assets().values():
            write_whole(self.root / address, content)
        sheet = accent_sheet(unit.accent) if unit is not None else None
        own = accent_address(unit)
        if sheet is not None and own is not None:
            write_whole(self.root / own, sheet.encode())
        return own


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder with nothing in it, and those above it below `top` that it leaves empty."""
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def accent_address(unit: UnitInfo | None) -> str | None:
    """Where a unit's own stylesheet lies in the portal's folder; None where it has none."""
    sheet = accent_sheet(unit.accent) if unit is not None else None
    return None if sheet is None else f"{FOLDER}/{hashed_name('unit.css', sheet.encode())}"


def open_site(settings: Settings) -> Site:
    """The portal folder that the settings name."""
    return Site(settings.site_dir, settings.effective_public_url, hub=settings.websub_hub)
