"""The portal's pages as HTML. Pure apart from reading the templates; nothing here writes files.

Everything on a page comes from its arguments: no clock, no random ids, so the same input gives
the same bytes. Links inside the portal are relative, so a copy of the folder works anywhere.
"""

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bridge.languages import languages
from bridge.queries import PublishedItem, UnitInfo
from publish import dates
from publish.answers import in_lines
from publish.assets import icon_symbols, shared_assets
from publish.captions import to_text, to_vtt
from publish.names import (
    captions_name,
    download_stem,
    file_size,
    name_in_sentence,
    text_name,
)
from publish.reading import Sentence, split_paragraphs
from publish.sound_line import part_sound_line, sound_line_path

# A slip with its sound line costs about 1 kB compressed: so many stay within 50 kB a page.
HOME_SLIPS = 30
# Below them, lines without sound line until there is an archive by month.
HOME_OLDER = 300
# An urgent item heads the page until its validity ends; where that is not said, while nothing a day
# newer was broadcast.
_URGENT_FOR = timedelta(hours=24)
_SUMMARY_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Home:
    """What stands on a unit's home page: urgent items on top, then days, then a plain list."""

    urgent: tuple[PublishedItem, ...]
    days: tuple[tuple[str, tuple[PublishedItem, ...]], ...]
    older: tuple[PublishedItem, ...]


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
    slips, older = rest[:HOME_SLIPS], rest[HOME_SLIPS : HOME_SLIPS + HOME_OLDER]
    days = groupby(slips, key=lambda item: dates.format_day(item.broadcast_at, time_zone))
    return Home(urgent, tuple((day, tuple(group)) for day, group in days), tuple(older))


def _is_heading(item: PublishedItem, newest_at: datetime, now: datetime | None) -> bool:
    if item.priority != "urgent":
        return False
    until = item.particulars.valid_until
    if until is None:
        return newest_at - item.broadcast_at < _URGENT_FOR
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
        self._environment = _environment(translations or gettext.NullTranslations())

    def home(
        self,
        unit: UnitInfo,
        items: Sequence[PublishedItem],
        accent: str | None,
        now: datetime | None = None,
    ) -> bytes:
        """A unit's home page as it is `now`; `items` newest broadcast first."""
        return self._render(
            "home.html",
            unit,
            root="../",
            accent=accent,
            home=arrange_home(items, unit.time_zone, now),
            address=f"{self.base_url}/{unit.slug}/",
        )

    def item(self, item: PublishedItem, accent: str | None) -> bytes:
        """The page of one announcement."""
        speech = to_text([one for one in item.segments if one.kind == "speech"])
        return self._render(
            "item.html",
            item.unit,
            root="../../",
            accent=accent,
            item=item,
            paragraphs=arrange_words(item),
            address=self.item_address(item),
            summary=_summarise(item.particulars.summary or speech),
            linked_data=self._linked_data(item, speech),
            captions=captions_name(item.digest),
            text_name=text_name(item.digest),
            text_bytes=len(plain_text(item).encode()),
            file_stem=download_stem(item.title),
        )

    def withdrawn(self, item: PublishedItem, accent: str | None) -> bytes:
        """What stands in the place of a withdrawn announcement: that it is gone, and why."""
        return self._render("withdrawn.html", item.unit, root="../../", accent=accent, item=item)

    def missing(self) -> bytes:
        """The page for an address that leads nowhere. It is served at any depth."""
        return self._render("missing.html", None, root=urlsplit(self.base_url).path + "/")

    def portals(self, units: Sequence[UnitInfo]) -> bytes:
        """The list of units at the root of the site."""
        return self._render("portals.html", None, root="", units=units, address=f"{self.base_url}/")

    def item_address(self, item: PublishedItem) -> str:
        """The absolute address of an item's page, with its slash."""
        return f"{self.base_url}/{item.unit.slug}/{item.id}/"

    def _render(self, template: str, unit: UnitInfo | None, **values: Any) -> bytes:
        if unit is not None:
            values |= {"zone": unit.time_zone, "place": name_in_sentence(unit.name)}
        assets = {name: address for name, (address, _) in shared_assets().items()}
        page = self._environment.get_template(template)
        return page.render(unit=unit, assets=assets, **values).encode()

    def _linked_data(self, item: PublishedItem, text: str) -> dict[str, Any]:
        """The announcement as schema.org has it: a NewsArticle with its AudioObject."""
        address, more = self.item_address(item), item.particulars
        said = {"description": more.summary} if more.summary else {}
        if more.valid_until is not None:
            said["expires"] = more.valid_until.isoformat(timespec="seconds")
        return {
            **said,
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": item.title,
            "url": address,
            "inLanguage": more.language,
            "isAccessibleForFree": True,
            "datePublished": item.first_published_at.isoformat(timespec="seconds"),
            "dateModified": item.published_at.isoformat(timespec="seconds"),
            "publisher": {"@type": "GovernmentOrganization", "name": item.unit.authority},
            "audio": {
                "@type": "AudioObject",
                "contentUrl": address + item.audio["mp3"]["name"],
                "encodingFormat": "audio/mpeg",
                "duration": dates.format_duration_iso(item.duration_ms),
                "inLanguage": more.language,
                "transcript": text,
            },
        }


def _summarise(text: str) -> str:
    """The beginning of the text, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= _SUMMARY_LENGTH:
        return line
    return line[:_SUMMARY_LENGTH].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


def _environment(translations: gettext.NullTranslations) -> Environment:
    environment = Environment(
        loader=PackageLoader("publish"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["symbols"] = Markup(icon_symbols())  # noqa: S704  our own file
    environment.filters.update(
        clock=dates.format_clock,
        date=dates.format_date,
        day=dates.format_day,
        hour=dates.format_hour,
        moment=dates.format_moment,
        length_figures=dates.format_length,
        length_words=dates.format_length_words,
        language_name=_language_name,
        iso=_iso,
        file_size=file_size,
        sound_line=_parted_line,
        in_lines=in_lines,
    )
    return environment


def _language_name(code: str) -> str:
    return languages().get(code, code)


def _iso(moment: datetime, time_zone: str) -> str:
    return dates.to_local(moment, time_zone).isoformat(timespec="seconds")


def _parted_line(peaks: bytes) -> tuple[str, str]:
    return part_sound_line(sound_line_path(peaks))
