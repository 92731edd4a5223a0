"""Templates of recurring announcements: what their details are most of the time. Data, not code.

Those that come with Loa lie in `data/templates.toml`. TEMPLATES_FILE in the data folder, of the
same form, adds to them: a template there takes the place of one with the same code, and one with
`unit` is that unit's alone.
"""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from bridge.errors import SettingsError
from bridge.models import PRIORITIES

TEMPLATES_FILE = "templates.toml"
_TEXTS = {"code": 60, "name": 100, "title": 300, "category": 100, "unit": 100}  # most letters
_LONGEST_HOURS = 5 * 365 * 24


@dataclass(frozen=True, slots=True)
class AnnouncementTemplate:
    """What one kind of announcement begins with; empty is left to the person.

    `title` may hold "___" for what has to be filled in. `valid_for` counts from the broadcast.
    `unit`: the slug of the only unit that has it; empty: every unit.
    """

    code: str
    name: str
    title: str = ""
    category: str = ""
    priority: str = PRIORITIES[0]
    valid_for: timedelta | None = None
    unit: str = ""


def packaged_templates() -> tuple[AnnouncementTemplate, ...]:
    """Those that come with Loa, in the order in which they are offered."""
    text = files("bridge").joinpath("data/templates.toml").read_text(encoding="utf-8")
    return _read(text)


def unit_templates(data_dir: Path, slug: str) -> tuple[AnnouncementTemplate, ...]:
    """What a unit chooses from: its installation's own first, then those that come with Loa.

    Raises SettingsError `bad_templates_file` (`path`, `detail`) for an own file that cannot be
    used; OSError.
    """
    every = own_templates(data_dir)
    unit_s = {one.code for one in every if one.unit == slug}
    own = [one for one in every if one.unit == slug or (not one.unit and one.code not in unit_s)]
    known = {one.code for one in own}
    return (*own, *(one for one in packaged_templates() if one.code not in known))


def own_templates(data_dir: Path) -> tuple[AnnouncementTemplate, ...]:
    """All that the file in the data folder names; none without one. Raises as `unit_templates`."""
    path = data_dir / TEMPLATES_FILE
    if not path.is_file():
        return ()
    try:
        return _read(path.read_text(encoding="utf-8-sig"))
    except (ValueError, TypeError) as error:  # of TOML, of UTF-8, of a template
        raise SettingsError("bad_templates_file", path=str(path), detail=str(error)) from error


def _read(text: str) -> tuple[AnnouncementTemplate, ...]:
    """Raises ValueError for anything but a list of templates."""
    content = tomllib.loads(text)
    listed = content.pop("template", [])
    if content or not isinstance(listed, list):
        raise ValueError("only [[template]] may stand here")
    templates = tuple(_template(number, one) for number, one in enumerate(listed, start=1))
    places = [(one.code, one.unit) for one in templates]
    for place in places:
        if places.count(place) > 1:
            raise ValueError(f"code {place[0]!r} stands there twice")
    return templates


def _template(number: int, values: object) -> AnnouncementTemplate:
    if not isinstance(values, dict):
        raise ValueError(f"template {number} is no table")
    left: dict[str, Any] = dict(values)
    for name, most in _TEXTS.items():
        text = left.get(name, "")
        if not isinstance(text, str) or len(text) > most:
            raise ValueError(f"template {number}: {name} must be a text of at most {most} letters")
    if not left.get("code") or not left.get("name"):
        raise ValueError(f"template {number} needs code and name")
    if left.get("priority", PRIORITIES[0]) not in PRIORITIES:
        raise ValueError(f"template {number}: priority must be one of {', '.join(PRIORITIES)}")
    hours = _hours(number, left)
    if unknown := set(left) - {*_TEXTS, "priority"}:
        raise ValueError(f"template {number}: unknown name {', '.join(sorted(unknown))}")
    return AnnouncementTemplate(**left, valid_for=timedelta(hours=hours) if hours else None)


def _hours(number: int, left: dict[str, Any]) -> int:
    """How long it holds; 0: no end is suggested. Takes what says so out of `left`."""
    hours, days = left.pop("valid_hours", 0), left.pop("valid_days", 0)
    for value in (hours, days):
        if type(value) is not int or value < 0:
            raise ValueError(f"template {number}: valid_hours and valid_days are whole numbers")
    if (total := hours + 24 * days) > _LONGEST_HOURS:
        raise ValueError(f"template {number}: valid for more than five years")
    return int(total)
