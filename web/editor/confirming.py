"""Confirming that a segment was heard and is right, and taking that back."""

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from bridge.confirmations import confirm_segment, take_back_confirmation
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.editor.segments import check_place, expected_version
from web.fields import read_version
from web.requests import wants_json
from web.security import current_person_id


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/da-nghe")
@shows_problem
def confirm(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """Confirm a segment in the version that `If-Match` names, or a plain form's `version`.

    412 with the text that stands when it is another one by now. Repeating is harmless.
    """
    form_version = request.form.get("version")
    version = expected_version() if form_version is None else read_version(form_version)
    with current_services().db.writing() as session:
        check_place(session, announcement_id, segment_id)
        confirm_segment(
            session,
            segment_id=segment_id,
            expected_version=version,
            actor_id=current_person_id(),
        )
    return _answer(announcement_id, segment_id, confirmed=True)


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/chua-nghe")
@shows_problem
def take_confirmation_back(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """The segment has to be heard again."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        check_place(session, announcement_id, segment_id)
        take_back_confirmation(session, segment_id=segment_id, actor_id=current_person_id())
    return _answer(announcement_id, segment_id, confirmed=False)


def _answer(announcement_id: str, segment_id: str, *, confirmed: bool) -> ResponseReturnValue:
    if wants_json():
        return jsonify(confirmed=confirmed)
    page = url_for(
        "editor.announcement", announcement_id=announcement_id, _anchor=f"doan-{segment_id}"
    )
    return redirect(page, code=303)
