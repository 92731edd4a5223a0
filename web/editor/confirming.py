"""Confirming that a segment was heard and is right, and taking that back."""

from collections.abc import Sequence

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from bridge.confirmations import confirm_segment, take_back_confirmation
from bridge.models import Segment
from transcribe.must_check import warnings
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import render_announcement, shows_problem
from web.editor.area import area
from web.editor.segments import check_place, expected_version, save_fields
from web.fields import read_version
from web.requests import wants_json
from web.security import current_person_id


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/da-nghe")
@shows_problem
def confirm(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """Confirm a segment in the version that `If-Match` names, or a plain form's `version`.

    A plain form brings the whole text along: what was typed is saved first, in the same
    transaction, and the segment confirmed as it then stands. 412 with the text that stands when
    it is another one by now. Repeating is harmless.
    """
    form_version = request.form.get("version")
    version = expected_version() if form_version is None else read_version(form_version)
    with current_services().db.writing() as session:
        check_place(session, announcement_id, segment_id)
        _changed, conflicts = save_fields(session, announcement_id, request.form)
        if not conflicts:
            if f"text-{segment_id}" in request.form:
                version = session.get_one(Segment, segment_id).version
            confirm_segment(
                session,
                segment_id=segment_id,
                expected_version=version,
                actor_id=current_person_id(),
                warnings=warnings(),
            )
    return _answer(announcement_id, segment_id, conflicts, confirmed=True)


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/chua-nghe")
@shows_problem
def take_confirmation_back(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """The segment has to be heard again. What a plain form brings along is saved first."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        check_place(session, announcement_id, segment_id)
        _changed, conflicts = save_fields(session, announcement_id, request.form)
        if not conflicts:
            take_back_confirmation(
                session,
                segment_id=segment_id,
                actor_id=current_person_id(),
                warnings=warnings(),
            )
    return _answer(announcement_id, segment_id, conflicts, confirmed=False)


def _answer(
    announcement_id: str, segment_id: str, conflicts: Sequence[str], *, confirmed: bool
) -> ResponseReturnValue:
    if conflicts:
        page = render_announcement(announcement_id, entered=request.form, conflicts=conflicts)
        return page, 412
    if wants_json():
        return jsonify(confirmed=confirmed)
    page = url_for(
        "editor.announcement", announcement_id=announcement_id, _anchor=f"doan-{segment_id}"
    )
    return redirect(page, code=303)
