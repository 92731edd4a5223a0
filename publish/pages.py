"""The portal's pages as HTML. Pure apart from reading the templates; nothing here writes files.

Everything on a page comes from its arguments: no clock, no random ids, so the same input gives
the same bytes. Links inside the portal are relative, so a copy of the folder works anywhere.
"""

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bridge.languages import languages
from bridge.portal_lists import NO_AROUND, NO_BROWSE, URGENT_FOR, Around, Browse
from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish import dates
from publish.answers import in_lines
from publish.archive import OVERVIEW, ListPage, by_year, month_words, shelf_place
from publish.assets import icon_symbols, shared_assets
from publish.captions import to_text, to_vtt
from publish.framing import frame_snippet
from publish.linked_data import describe_article, describe_home
from publish.names import (
    captions_name,
    download_stem,
    file_size,
    name_in_sentence,
    text_name,
)
from publish.qr import qr_path
from publish.reading import Sentence, split_paragraphs
from publish.sound_line import part_sound_line, sound_line_path

# A slip with its sound line costs about 1 kB compressed: so many stay within 50 kB a page.
HOME_SLIPS = 30
ABOUT = "gioi-thieu"
_SUMMARY_LENGTH = 160
_VIETNAMESE = gettext.NullTranslations()  # the texts as they stand in the templates


@dataclass(frozen=True, slots=True)
class Home:
    """What stands on a unit's home page: urgent items on top, then days."""

    urgent: tuple[PublishedItem, ...]
    days: tuple[tuple[str, tuple[PublishedItem, ...]], ...]


@dataclass(frozen=True, slots=True)
class ShownParagraph:
    """A paragraph on an item's page; `anchor` is its id, None where another has the second."""

    second: int
    start_ms: int
    anchor: str | None
    sentences: tuple[Sentence, ...]
    is_speech: bool


def arrange_home(
    items: Sequence[PublishedItem], time_zone: str, now: datetime | None = None
) -> Home:
    """Sort a unit's items, newest broadcast first, onto its home page as it is `now`.

    Without `now` no validity has ended yet.
    """
    urgent = tuple(item for item in items if _is_heading(item, items[0].broadcast_at, now))
    rest = [item for item in items if item not in urgent]
    days = groupby(
        rest[:HOME_SLIPS], key=lambda item: dates.format_day(item.broadcast_at, time_zone)
    )
    return Home(urgent, tuple((day, tuple(group)) for day, group in days))


def _is_heading(item: PublishedItem, newest_at: datetime, now: datetime | None) -> bool:
    if item.priority != "urgent":
        return False
    until = item.particulars.valid_until
    if until is None:
        return newest_at - item.broadcast_at < URGENT_FOR
    return now is None or now < until


def arrange_words(item: PublishedItem) -> list[ShownParagraph]:
    """The item's text in paragraphs, each with the place that #t= leads to."""
    seen: set[int] = set()
    shown = []
    for paragraph in split_paragraphs(item.segments):
        second = paragraph.start_ms // 1000
        anchor = None if second in seen else f"t={second}"
        seen.add(second)
        shown.append(
            ShownParagraph(
                second, paragraph.start_ms, anchor, paragraph.sentences, paragraph.is_speech
            )
        )
    return shown


def plain_text(item: PublishedItem) -> str:
    """The text that residents download: the title, then the paragraphs."""
    return f"{item.title}\n\n{to_text(item.segments)}"


def captions_of(item: PublishedItem) -> str:
    """The captions of the item's sound, as WebVTT."""
    return to_vtt(item.segments, item.particulars.language)


class Pages:
    """Renders the pages of one portal installation."""

    def __init__(self, base_url: str, translations: gettext.NullTranslations | None = None) -> None:
        """`base_url` has no slash at its end. Without translations the pages are Vietnamese."""
        self.base_url = base_url.rstrip("/")
        self._environment = _environment(translations or _VIETNAMESE)

    def home(
        self,
        unit: UnitInfo,
        items: Sequence[PublishedItem],
        accent: str | None,
        now: datetime | None = None,
        browse: Browse = NO_BROWSE,
    ) -> bytes:
        """A unit's home page as it is `now`; `items` newest broadcast first.

        `browse`: what else there is. The page shows its beginning and leads to the rest.
        """
        return self.render(
            "home.html",
            unit,
            root="../",
            accent=accent,
            home=arrange_home(items, unit.time_zone, now),
            linked_data=describe_home(unit, items[:HOME_SLIPS], unit.base(self.base_url)),
            browse=browse,
            address=self.home_address(unit),
        )

    def listing(self, unit: UnitInfo, page: ListPage, accent: str | None) -> bytes:
        """A page of the unit's archive."""
        address = f"{self.home_address(unit)}{page.place}/"
        values = {"accent": accent, "page": page, "address": address}
        return self.render("archive.html", unit, root=page.root + "../", **values)

    def overview(self, unit: UnitInfo, browse: Browse, accent: str | None) -> bytes:
        """Every month, category and area of the unit's archive."""
        address = f"{self.home_address(unit)}{OVERVIEW}/"
        values = {"accent": accent, "browse": browse, "address": address}
        return self.render("overview.html", unit, root="../../", **values)

    def about(self, unit: UnitInfo, accent: str | None) -> bytes:
        """What the portal is, who answers for it, how its texts are made, whom to ask."""
        address = f"{self.home_address(unit)}{ABOUT}/"
        return self.render("about.html", unit, root="../../", accent=accent, address=address)

    def item(self, item: PublishedItem, accent: str | None, around: Around = NO_AROUND) -> bytes:
        """The page of one announcement; `around`: what was broadcast before and after it."""
        qr_side, path = qr_path(self.item_address(item))
        speech = to_text([one for one in item.segments if one.kind == "speech"])
        return self.render(
            "item.html",
            item.unit,
            root="../../",
            accent=accent,
            item=item,
            around=around,
            paragraphs=arrange_words(item),
            address=self.item_address(item),
            summary=_summarise(item.particulars.summary or speech),
            linked_data=describe_article(
                item, item.unit.base(self.base_url), self.cover_of(item.unit)
            ),
            snippet=frame_snippet(self.item_address(item), item.title),
            captions=captions_name(item.digest),
            text_name=text_name(item.digest),
            text_bytes=len(plain_text(item).encode()),
            file_stem=download_stem(item.title),
            qr_side=qr_side,
            qr_path=path,
        )

    def withdrawn(self, item: PublishedItem, accent: str | None) -> bytes:
        """What stands in the place of a withdrawn announcement: that it is gone, and why."""
        return self.render("withdrawn.html", item.unit, root="../../", accent=accent, item=item)

    def embedded(self, item: PublishedItem, accent: str | None) -> bytes:
        """What other sites show of an announcement in a frame, withdrawn or not."""
        return self.render(
            "embed.html",
            item.unit,
            root="../../",
            accent=accent,
            item=item,
            address=self.item_address(item),
            captions=captions_name(item.digest),
        )

    def lost(self, unit: UnitInfo, accent: str | None) -> bytes:
        """What a reader without network sees in the place of a page that is not kept."""
        return self.render("offline.html", unit, root="../../", accent=accent)

    def missing(self) -> bytes:
        """The page for an address that leads nowhere. It is served at any depth."""
        return self.render("missing.html", None, root=urlsplit(self.base_url).path + "/")

    def portals(self, units: Sequence[UnitInfo]) -> bytes:
        """The list of units at the root of the site."""
        return self.render("portals.html", None, root="", units=units, address=f"{self.base_url}/")

    def item_address(self, item: PublishedItem) -> str:
        """The absolute address of an item's page, with its slash."""
        return f"{self.home_address(item.unit)}{item.id}/"

    def home_address(self, unit: UnitInfo) -> str:
        """The absolute address of a unit's home page, with its slash."""
        return f"{unit.base(self.base_url)}/{unit.slug}/"

    def cover_of(self, unit: UnitInfo | None) -> str:
        """The absolute address of the picture of a unit's portal, or of the whole site's."""
        base = unit.base(self.base_url) if unit is not None else self.base_url
        return f"{base}/{shared_assets()['cover.png'][0]}"

    def render(self, template: str, unit: UnitInfo | None, **values: Any) -> bytes:
        """A page of its own template; `values` are what the template names."""
        if unit is not None:
            values |= {"zone": unit.time_zone, "place": name_in_sentence(unit.name)}
            # The unit's folder is one below the root of the site.
            values["way"] = values["root"].removeprefix("../")
        assets = {name: address for name, (address, _) in shared_assets().items()}
        base = unit.base(self.base_url) if unit is not None else self.base_url
        values |= {"base": base, "cover": self.cover_of(unit)}
        page = self._environment.get_template(template)
        return page.render(unit=unit, assets=assets, **values).encode()


def _summarise(text: str) -> str:
    """The beginning of the text, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= _SUMMARY_LENGTH:
        return line
    return line[:_SUMMARY_LENGTH].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


@cache
def _environment(translations: gettext.NullTranslations) -> Environment:
    """The templates in a language; once for a process, for compiling them takes longer than all the
    pages that one announcement touches."""
    environment = Environment(
        loader=PackageLoader("publish"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["symbols"] = Markup(icon_symbols())  # noqa: S704  our file  # nosec B704
    environment.filters.update(
        clock=dates.format_clock,
        date=dates.format_date,
        day=dates.format_day,
        hour=dates.format_hour,
        moment=dates.format_moment,
        length_figures=dates.format_length,
        thousands=_thousands,
        length_words=dates.format_length_words,
        language_name=_language_name,
        by_year=by_year,
        calendar_day=_calendar_day,
        month_words=month_words,
        shelf_place=shelf_place,
        iso=_iso,
        file_size=file_size,
        sound_line=_parted_line,
        in_lines=in_lines,
    )
    return environment


def _thousands(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _language_name(code: str) -> str:
    return languages().get(code, code)


def _iso(moment: datetime, time_zone: str) -> str:
    return dates.to_local(moment, time_zone).isoformat(timespec="seconds")


def _calendar_day(moment: datetime, time_zone: str) -> str:
    return f"{dates.to_local(moment, time_zone):%Y-%m-%d}"


def _parted_line(peaks: bytes) -> tuple[str, str]:
    return part_sound_line(sound_line_path(peaks))
