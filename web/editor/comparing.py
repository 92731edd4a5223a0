"""What was changed: one segment's versions, and the whole text against what the machine heard."""

from dataclasses import dataclass

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.differences import Stretch, differences
from bridge.models import Announcement, Unit
from bridge.queries import SegmentView
from bridge.versions import MACHINE, FormerText, TextVersion, former_texts, segment_versions
from publish.dates import format_moment
from web.access import permissions, visible_announcement
from web.context import current_services
from web.editor.area import area
from web.editor.segments import check_place
from web.security import current_person_id

_BEFORE = "truoc"  # compare each version with the one before it


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version with its name, and how it differs from what it is compared with."""

    number: int
    name: str
    text: str
    stretches: tuple[Stretch, ...]
    is_current: bool


@dataclass(frozen=True, slots=True)
class ShownFormer:
    """What was done before the segment was as it is: in words, when, and what stood there."""

    words: str
    when: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedSegment:
    """A segment that residents will read otherwise than the machine wrote it, or not at all."""

    segment: SegmentView
    stretches: tuple[Stretch, ...]


@area.get("/ban-tin/<announcement_id>/doan/<segment_id>/lich-su")
def versions(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """One segment's versions, the latest first, for the desk's dialog. `so` names what each is
    compared with: the one before it, or the version of that number."""
    base = request.args.get("so", _BEFORE)
    with current_services().db.reading() as session:
        check_place(session, announcement_id, segment_id)
        found = segment_versions(session, segment_id)
        former = former_texts(session, segment_id)
        unit_id = session.get_one(Announcement, announcement_id).unit_id
        zone = session.get_one(Unit, unit_id).time_zone
    shown = _shown(found, base, zone)
    return jsonify(
        html=render_template(
            "editor/_versions.html",
            versions=shown[::-1],
            base=base,
            former=[_shown_former(one, zone) for one in former],
        )
    )


@area.get("/ban-tin/<announcement_id>/so-voi-may")
def compare(announcement_id: str) -> str:
    """Every segment whose text is not the machine's, with what was taken out and put in."""
    with current_services().db.reading() as session:
        view, roles = visible_announcement(session, announcement_id, current_person_id())
        zone = session.get_one(Unit, view.work.unit_id).time_zone
    changed = [
        ChangedSegment(segment, differences(segment.engine_text, segment.text))
        for segment in view.segments
        if segment.hidden or segment.text.split() != segment.engine_text.split()
    ]
    return render_template(
        "editor/compare.html",
        view=view,
        work=view.work,
        zone=zone,
        changed=changed,
        allowed=permissions(view, roles, current_person_id()),
    )


def _shown_former(one: FormerText, zone: str) -> ShownFormer:
    words = {
        "split": gettext("%(name)s tách đoạn", name=one.by),
        "merge": gettext("%(name)s ghép đoạn", name=one.by),
        "edit": gettext("%(name)s sửa chữ", name=one.by),
    }
    return ShownFormer(str(words[one.kind]), format_moment(one.at, zone), one.texts)


def _shown(found: list[TextVersion], base: str, zone: str) -> list[ShownVersion]:
    by_number = {str(version.number): version for version in found}
    shown = []
    for place, version in enumerate(found):
        against = by_number.get(base, found[max(0, place - 1)])
        shown.append(
            ShownVersion(
                version.number,
                _name(version, zone),
                version.text,
                differences(against.text, version.text),
                version is found[-1],
            )
        )
    return shown


def _name(version: TextVersion, zone: str) -> str:
    if version.number == MACHINE:
        return str(gettext("Máy nghe"))
    if version.by is None or version.at is None:
        return str(gettext("Bản đầu"))
    return f"{version.by}, {format_moment(version.at, zone)}"
