"""What is said about an announcement: saving it, and filling the form in without saving."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.announcement_templates import AnnouncementTemplate
from bridge.details import Particulars, has_blank
from bridge.editing import save_details
from bridge.errors import InvalidInput
from bridge.models import Announcement, Unit
from bridge.units import find_unit
from web.access import require_visible, visible_announcement
from web.context import current_services
from web.editor.announcement import render_announcement, shows_problem
from web.editor.area import area
from web.editor.details_form import known_templates, title_from_text
from web.editor.filling import (
    Filling,
    fill,
    is_nobody_s_title,
    nobody_s_titles,
    offered_by,
)
from web.fields import read_moment, read_version
from web.labels import say
from web.labels_details import FIELD_WORDS
from web.requests import wants_json
from web.security import current_person_id

_TEXTS = ("summary", "source", "speaker", "author", "language")
_MOMENTS = ("valid_from", "valid_until")
_LONGEST_YEARS = 5  # a rule may hold for years; a slip of the finger in the year is longer


@area.post("/ban-tin/<announcement_id>/thong-tin")
@shows_problem
def details(announcement_id: str) -> ResponseReturnValue:
    """Save the details. Particulars that the form does not have stay as they are."""
    form, person_id = request.form, current_person_id()
    with current_services().db.writing() as session:
        unit_id = require_visible(session, announcement_id, person_id)
        zone = session.get_one(Unit, unit_id).time_zone
        broadcast_at = read_moment(form.get("broadcast_at", ""), zone)
        if broadcast_at is None:
            raise InvalidInput("broadcast_at_invalid")
        standing = Particulars.of(session.get_one(Announcement, announcement_id))
        save_details(
            session,
            announcement_id=announcement_id,
            expected_version=read_version(form.get("version", "")),
            actor_id=person_id,
            title=form.get("title", ""),
            category=form.get("category", ""),
            area=form.get("area", ""),
            priority=form.get("priority", ""),
            broadcast_at=broadcast_at,
            particulars=_read_particulars(form, zone, standing),
        )
    return redirect(url_for("editor.announcement", announcement_id=announcement_id), code=303)


@area.post("/ban-tin/<announcement_id>/thong-tin/dien")
@shows_problem
def fill_details(announcement_id: str) -> ResponseReturnValue:
    """The form with a template's details, or a title from the text, where nothing was written.

    Nothing is saved. A script gets the fields that change and a sentence about them.
    """
    form, services = request.form, current_services()
    with services.db.reading() as session:
        view, _roles = visible_announcement(session, announcement_id, current_person_id())
        zone = find_unit(session, view.work.unit_slug).time_zone
    nobody_s = nobody_s_titles(view)
    if "take" in form:
        filling, told = _take_title(form, title_from_text(view), nobody_s)
        code = form.get("filled_by", "")
    else:
        templates = known_templates(services.settings.data_dir, view.work.unit_slug)
        code = form.get("template", "")
        template = _named(templates, code)
        if code and template is None:
            raise InvalidInput("template_unknown", template=code)
        earlier = offered_by(_named(templates, form.get("filled_by", "")), form, zone)
        filling = fill(form, offered_by(template, form, zone), earlier, nobody_s)
        told = _told(template, filling)
    if wants_json():
        return jsonify(values=filling.values, told=told, filled_by=code)
    entered = {**form.to_dict(), **filling.values, "filled_by": code}
    return render_announcement(announcement_id, entered=entered, told=told)


def _read_particulars(form: Mapping[str, str], zone: str, standing: Particulars) -> Particulars:
    given: dict[str, Any] = {name: form[name] for name in _TEXTS if name in form}
    for name in _MOMENTS:
        if name in form:
            code = f"{name}_invalid"
            given[name] = read_moment(form[name], zone, code=code, years_ahead=_LONGEST_YEARS)
    return replace(standing, **given)


def _named(templates: tuple[AnnouncementTemplate, ...], code: str) -> AnnouncementTemplate | None:
    return next((one for one in templates if one.code == code), None)


def _take_title(
    form: Mapping[str, str], found: str, nobody_s: Collection[str]
) -> tuple[Filling, str]:
    if not found:
        return Filling({}), gettext("Lời bản tin chưa đủ để gợi ý tiêu đề.")
    if not is_nobody_s_title(form.get("title", ""), nobody_s):
        return Filling({}, ("title",)), gettext("Tiêu đề bạn đã điền được giữ nguyên.")
    return Filling({"title": found}), gettext("Đã lấy tiêu đề từ lời bản tin, chưa lưu.")


def _told(template: AnnouncementTemplate | None, filling: Filling) -> str:
    """What became of the form, for the person who chose the template."""
    if template is None:
        return str(gettext("Không dùng mẫu. Những ô mẫu trước đã điền được bỏ trống lại."))
    told = [gettext("Mẫu “%(name)s” không điền gì thêm.", name=template.name)]
    if filling.values:
        named = _in_words(tuple(filling.values))
        told = [
            gettext("Đã điền theo mẫu “%(name)s”: %(fields)s.", name=template.name, fields=named)
        ]
    if filling.kept:
        told.append(gettext("Giữ nguyên chữ đã có: %(fields)s.", fields=_in_words(filling.kept)))
    if has_blank(filling.values.get("title", "")):
        told.append(gettext("Thay ___ trong tiêu đề bằng chữ của bạn."))
    if filling.values:
        told.append(gettext("Chưa lưu."))
    return " ".join(told)


def _in_words(names: tuple[str, ...]) -> str:
    return ", ".join(say(FIELD_WORDS[name]) for name in names)
