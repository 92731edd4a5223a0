"""The form for what is said about an announcement: what stands in it and what it offers."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from bridge.announcement_templates import (
    AnnouncementTemplate,
    packaged_templates,
    unit_templates,
)
from bridge.details import Particulars
from bridge.errors import SettingsError
from bridge.languages import languages
from bridge.queries import AnnouncementView
from transcribe.titles import suggest_title
from web.display import field_moment
from web.editor.filling import is_nobody_s_title, nobody_s_titles
from web.labels import say
from web.labels_details import FIELD_WORDS

logger = logging.getLogger(__name__)

_FIRST_SEGMENTS = 60  # a title lies in the first minutes


@dataclass(frozen=True, slots=True)
class DetailsForm:
    """`entries`: the text of each field by its name, `standing` as it was saved last. `said`: words
    for the folded fields in use. `is_unsaved`: `entries` were typed and are not saved.

    `nobody_s_titles`: those in whose place `suggested_title` may be taken.
    """

    entries: dict[str, str]
    standing: dict[str, str]
    is_unsaved: bool
    templates: tuple[AnnouncementTemplate, ...]
    languages: Mapping[str, str]
    categories: tuple[str, ...]
    suggested_title: str  # empty where a person has given it one
    nobody_s_titles: tuple[str, ...]
    is_open: bool
    said: tuple[str, ...]

    @property
    def needs_end(self) -> bool:
        """Whether it is urgent and nobody has said for how long."""
        return self.entries["priority"] == "urgent" and not self.entries["valid_until"].strip()


def details_form(
    view: AnnouncementView, time_zone: str, data_dir: Path, entered: Mapping[str, str]
) -> DetailsForm:
    """The form of an announcement; `entered` is what was typed into it and not saved yet."""
    standing = {
        "title": view.work.title,
        "category": view.category,
        "area": view.area,
        "priority": view.work.priority,
        "broadcast_at": field_moment(view.work.broadcast_at, time_zone),
        "template": "",
        "filled_by": "",
    }
    for item in fields(Particulars):
        value = getattr(view.particulars, item.name)
        if item.name.startswith("valid_"):
            value = field_moment(value, time_zone) if value else ""
        standing[item.name] = value
    entries = {name: entered.get(name, value) for name, value in standing.items()}
    templates = known_templates(data_dir, view.work.unit_slug)
    said = [item.name for item in fields(Particulars) if entries[item.name] != item.default]
    said = [name for name in said if entries[name]]
    return DetailsForm(
        entries=entries,
        standing=standing,
        is_unsaved="title" in entered,
        templates=templates,
        languages=languages(),
        categories=tuple(sorted({one.category for one in templates if one.category})),
        suggested_title=_suggestion(view, entries["title"]),
        nobody_s_titles=nobody_s_titles(view),
        is_open="title" in entered and bool(said),
        said=tuple(dict.fromkeys(say(FIELD_WORDS[name]) for name in said)),
    )


def known_templates(data_dir: Path, slug: str) -> tuple[AnnouncementTemplate, ...]:
    """The templates of a unit; those that come with Loa where its own file cannot be used."""
    try:
        return unit_templates(data_dir, slug)
    except (SettingsError, OSError) as error:
        logger.warning("the unit's own templates are left out: %s", error)
        return packaged_templates()


def title_from_text(view: AnnouncementView) -> str:
    """A title of words that were said; empty where none can be made."""
    spoken = [one for one in view.segments if one.kind == "speech" and not one.hidden]
    return suggest_title(one.text for one in spoken[:_FIRST_SEGMENTS])


def _suggestion(view: AnnouncementView, title: str) -> str:
    if not is_nobody_s_title(title, nobody_s_titles(view)):
        return ""
    found = title_from_text(view)
    return "" if found == title else found
