"""The portal's folder: what is written where, in which order, and what is taken away.

    index.html 404.html              the list of portals; what a wrong address shows
    robots.txt sitemap.xml           for those who search
    assets/                          stylesheets and script under names that carry their content
    <unit>/index.html                a unit's home page; beside it what publish.machines lists
    <unit>/<announcement>/           index.html, nhung.html for frames on other sites, and beside
                                     them audio-, captions- and text- files under the digest of the
                                     revision that they belong to

Every file appears whole, by a rename. A page is swapped only when all it needs lies beside it, and
what only the former page needed goes away after that, so at every moment either the old revision
stands there or the new one. Any web server can serve the folder.
"""

import gettext
from collections.abc import Sequence
from pathlib import Path

from bridge.db import utc_now
from bridge.queries import PublishedItem, UnitInfo
from bridge.settings import Settings
from publish.assets import FOLDER, hashed_name, shared_assets
from publish.colours import accent_sheet
from publish.files import remove_whole, with_packed, write_whole
from publish.names import EMBED, captions_name, text_name
from publish.pages import Pages, captions_of, plain_text
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

    def write_item(self, item: PublishedItem) -> None:
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
        write_whole(folder / PAGE, self.pages.item(item, accent))
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

    def write_home(self, unit: UnitInfo, items: Sequence[PublishedItem]) -> None:
        """Write a unit's home page; `items` newest broadcast first."""
        folder = self.root / unit.slug
        folder.mkdir(parents=True, exist_ok=True)
        accent = self._write_assets(unit)
        write_whole(folder / PAGE, self.pages.home(unit, items, accent, utc_now()))

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
        homes = [(f"{base_url}/{slug}", None) for slug in ("", *(f"{one.slug}/" for one in units))]
        return {"robots.txt": build_robots(units, base_url), SITEMAP_NAME: build_sitemap(homes)}

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


def accent_address(unit: UnitInfo | None) -> str | None:
    """Where a unit's own stylesheet lies in the portal's folder; None where it has none."""
    sheet = accent_sheet(unit.accent) if unit is not None else None
    return None if sheet is None else f"{FOLDER}/{hashed_name('unit.css', sheet.encode())}"


def open_site(settings: Settings) -> Site:
    """The portal folder that the settings name."""
    return Site(settings.site_dir, settings.effective_public_url, hub=settings.websub_hub)
