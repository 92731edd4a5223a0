"""What residents and colleagues want to know about an announcement besides its title, and how it
is written: its areas, where it came from, whose words it is, how long it holds. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from bridge.errors import InvalidInput
from bridge.languages import languages
from bridge.transcript import normalise_text
from bridge.vietnamese import token_key

VIETNAMESE = "vi"
AREAS_LENGTH = 200
NAME_LENGTH = 200  # of a station, of a person with their office
SUMMARY_LENGTH = 500  # two or three sentences above a text that is read as a whole
_BLANK = "___"  # what titles of templates leave for a person to fill in

_BETWEEN_AREAS = re.compile("[,;\n]")
_NAMES = ("source", "speaker", "author")
_MOMENTS = ("valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class Particulars:
    """The details that many announcements do without. Moments are aware.

    `source`: the station, or whose broadcast was relayed. `language`: a code of
    `bridge.languages`. `valid_from` None: from the broadcast on; `valid_until` None: no end.
    """

    summary: str = ""
    source: str = ""
    speaker: str = ""
    author: str = ""
    language: str = VIETNAMESE
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @classmethod
    def of(cls, row: object) -> "Particulars":
        """Those of an announcement's row, which may be too new to have its defaults yet."""
        values: dict[str, Any] = {
            item.name: getattr(row, item.name) or item.default for item in fields(cls)
        }
        return cls(**values)

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> "Particulars":
        """Those that `written` put into a publication's content, defaults for the rest."""
        values = {item.name: content[item.name] for item in fields(cls) if item.name in content}
        for name in _MOMENTS:
            if name in values:
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)

    def written(self) -> dict[str, str]:
        """What differs from the defaults, moments as ISO 8601 in UTC, in a fixed order.

        Empty where nothing was said: what was approved or published before there were particulars
        stays as it was, to the byte.
        """
        return {
            item.name: _written(getattr(self, item.name))
            for item in fields(self)
            if getattr(self, item.name) != item.default
        }


NO_PARTICULARS = Particulars()


def checked_particulars(particulars: Particulars, broadcast_at: datetime) -> Particulars:
    """As they are stored. Raises InvalidInput `summary_too_long`, `source_too_long`,
    `speaker_too_long`, `author_too_long` (`limit`), `language_unknown`, or `validity_reversed`
    for an end that does not come after the beginning and after the broadcast.
    """
    summary = normalise_text(particulars.summary)
    if len(summary) > SUMMARY_LENGTH:
        raise InvalidInput("summary_too_long", limit=SUMMARY_LENGTH)
    names: dict[str, Any] = {name: normalise_text(getattr(particulars, name)) for name in _NAMES}
    for name, text in names.items():
        if len(text) > NAME_LENGTH:
            raise InvalidInput(f"{name}_too_long", limit=NAME_LENGTH)
    if particulars.language not in languages():
        raise InvalidInput("language_unknown", language=particulars.language)
    begin, end = particulars.valid_from, particulars.valid_until
    if end is not None and end <= max(begin or broadcast_at, broadcast_at):
        raise InvalidInput("validity_reversed")
    return replace(particulars, summary=summary, **names)


def has_blank(title: str) -> bool:
    """Whether a template's title still waits for a person to fill it in."""
    return _BLANK in title


def split_areas(text: str) -> tuple[str, ...]:
    """The areas that a text names, parted by commas, semicolons or lines; each once.

    "Thôn Hòa" and "thôn Hoà" are one, the first form stays. A bare number belongs to the area
    before it ("tổ 1, 2, khu 1, 2"), so it may stand twice.
    """
    areas: dict[object, str] = {}
    for place, part in enumerate(_BETWEEN_AREAS.split(text)):
        area = normalise_text(part).strip(" .")
        if not area:
            continue
        key = tuple(token_key(word) for word in area.split())
        is_name = any(letter.isalpha() for letter in area)
        areas.setdefault(key if is_name else place, area)
    return tuple(areas.values())


def normalise_areas(text: str) -> str:
    """The stored form of one or several areas: NFC, trimmed, each once, ", " between them."""
    return ", ".join(split_areas(text))


def _written(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
