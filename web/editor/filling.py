"""Filling in the details of an announcement from a template, around what a person has written."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from bridge.announcement_templates import AnnouncementTemplate
from bridge.errors import InvalidInput
from bridge.models import PRIORITIES
from bridge.queries import AnnouncementView
from bridge.transcript import normalise_text
from bridge.transcription import TITLE_SEGMENTS, propose_title
from web.display import field_moment
from web.fields import read_moment

# What the fields that templates fill hold when nobody has filled them in.
_UNTOUCHED = {"title": "", "category": "", "priority": PRIORITIES[0], "valid_until": ""}


@dataclass(frozen=True, slots=True)
class Filling:
    """`values`: what fields of the form get. `kept`: fields that a person filled otherwise."""

    values: dict[str, str]
    kept: tuple[str, ...] = ()


def offered_by(
    template: AnnouncementTemplate | None, form: Mapping[str, str], time_zone: str
) -> dict[str, str]:
    """What a template puts into each field; nothing without one.

    Its end of validity counts from the hour of broadcast in `form`, where that can be read.
    """
    if template is None:
        return {}
    offered = {"title": template.title, "category": template.category}
    offered["priority"] = template.priority
    if template.valid_for is not None:
        try:
            begin = read_moment(form.get("broadcast_at", ""), time_zone)
        except InvalidInput:
            begin = None
        if begin is not None:
            offered["valid_until"] = field_moment(begin + template.valid_for, time_zone)
    return {name: text for name, text in offered.items() if text}


def fill(
    form: Mapping[str, str],
    offered: Mapping[str, str],
    earlier: Mapping[str, str],
    nobody_s_titles: Collection[str] = (),
) -> Filling:
    """What a form gets from what is `offered`, never over what a person wrote.

    A field is free where nothing stands in it, or still what an `earlier` template put there, or as
    the title one of `nobody_s_titles`. What only the earlier one had offered is taken back.
    """
    values: dict[str, str] = {}
    kept = []
    for name, untouched in _UNTOUCHED.items():
        wanted, now = offered.get(name, ""), normalise_text(form.get(name, ""))
        is_earlier_s = bool(now) and now == earlier.get(name)
        free = now in ("", untouched) or is_earlier_s
        free = free or (name == "title" and is_nobody_s_title(now, nobody_s_titles))
        if not wanted:
            if is_earlier_s and now != untouched:
                values[name] = untouched
        elif now != wanted and free:
            values[name] = wanted
        elif now != wanted:
            kept.append(name)
    return Filling(values, tuple(kept))


def nobody_s_titles(view: AnnouncementView) -> tuple[str, ...]:
    """Titles that no person has thought of: the name of the sound's file, with and without its
    ending, and what was put there when the sound had been heard, or when it was parted.
    """
    spoken = [one for one in view.segments if one.kind == "speech"][:TITLE_SEGMENTS]
    heard = propose_title(" ".join(one.engine_text for one in spoken))
    standing = propose_title(" ".join(one.text for one in spoken))
    return (view.file_name, PurePath(view.file_name).stem, heard, standing)


def is_nobody_s_title(title: str, nobody_s: Collection[str]) -> bool:
    """Whether a title is empty or one of `nobody_s_titles`, however it is spaced."""
    return _bare(title) in {"", *map(_bare, nobody_s)}


def _bare(name: str) -> str:
    return normalise_text(name.replace("_", " ").replace("-", " ")).casefold()
