"""Under which headings of its archive an announcement stands: month, category, areas. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.details import split_areas
from bridge.vietnamese import fold_diacritics, token_key

MONTH, CATEGORY, AREA = "month", "category", "area"
SHELF_KINDS = (MONTH, CATEGORY, AREA)
_SLUG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading. `key` is equal for all spellings of the same name."""

    kind: str
    key: str
    name: str


def month_of(moment: datetime, time_zone: str) -> str:
    """The month on the unit's clock, as "2026-11". Raises ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone has no month")
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m}"


def headings_of(content: Mapping[str, Any], time_zone: str) -> tuple[Heading, ...]:
    """The headings of a publication's content, each once: its month comes first."""
    month = month_of(datetime.fromisoformat(content["broadcast_at"]), time_zone)
    found = {(MONTH, month): Heading(MONTH, month, month)}
    category = " ".join(content["category"].split())
    named = [(CATEGORY, category), *((AREA, name) for name in split_areas(content["area"]))]
    for kind, name in named:
        if key := " ".join(token_key(word) for word in name.split()).strip():
            found.setdefault((kind, key), Heading(kind, key, name))
    return tuple(found.values())


def slug_base(name: str) -> str:
    """What the name's address begins with: "Thôn Mẫu" becomes "thon-mau"."""
    words = re.findall(r"[a-z0-9]+", fold_diacritics(name))
    return "-".join(words)[:_SLUG_LENGTH].strip("-") or "khac"
