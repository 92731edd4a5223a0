"""Taking suggestions on the desk, one or all numbers at once, and taking that back.

A plain form brings the whole text along: what was typed is saved first, in the same transaction.
A script saves by itself, names only the suggestion, and gets the changed segments back as JSON.
"""

from collections.abc import Sequence
from typing import Any

from flask import Response, get_template_attribute, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.editing import SavedSegment
from bridge.models import Announcement
from transcribe.offers import Taken, take_all_numbers, take_suggestion, undo_taken
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import render_announcement, render_lines, shows_problem
from web.editor.area import area
from web.editor.offers import read_undo, read_wanted, rows_now, undo_value
from web.editor.segments import check_place, save_fields
from web.fields import read_version
from web.requests import wants_json
from web.security import current_person_id

_PARTS = "editor/_suggestions.html"


@area.post("/ban-tin/<announcement_id>/goi-y")
@shows_problem
def use_suggestion(announcement_id: str) -> ResponseReturnValue:
    """Take the one suggestion that `take` names."""
    wanted = read_wanted(request.form.get("take", ""))
    with current_services().db.writing() as session:
        check_place(session, announcement_id, wanted.segment_id)
        _changed, conflicts = save_fields(session, announcement_id, request.form)
        taken = Taken(())
        if not conflicts:
            taken = take_suggestion(session, wanted, current_person_id())
    return _answer(announcement_id, taken.saved, undo_value(taken), conflicts)


@area.post("/ban-tin/<announcement_id>/goi-y-so")
@shows_problem
def use_numbers(announcement_id: str) -> ResponseReturnValue:
    """Take all numbers of the announcement, as it stood at version `seen`."""
    seen = read_version(request.form.get("seen", ""))
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        # What this very form brings along changes the version too.
        changed, conflicts = save_fields(session, announcement_id, request.form)
        taken = Taken(())
        if not conflicts:
            taken = take_all_numbers(
                session,
                announcement_id=announcement_id,
                expected_version=seen + changed,
                actor_id=current_person_id(),
            )
    return _answer(announcement_id, taken.saved, undo_value(taken), conflicts)


@area.post("/ban-tin/<announcement_id>/hoan-tac")
@shows_problem
def undo_suggestion(announcement_id: str) -> ResponseReturnValue:
    """Take back what `undo` names, wherever nobody has changed it since."""
    span, term_id = read_undo(request.form.get("undo", ""))
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        _changed, conflicts = save_fields(session, announcement_id, request.form)
        restored: tuple[SavedSegment, ...] = ()
        if not conflicts:
            restored = undo_taken(
                session,
                announcement_id=announcement_id,
                span=span,
                term_id=term_id,
                actor_id=current_person_id(),
            )
    return _answer(announcement_id, restored, "", conflicts)


@area.get("/ban-tin/<announcement_id>/doan/<segment_id>/goi-y")
def segment_suggestions(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """The rows of one segment as it stands now, for a script that has just saved it."""
    with current_services().db.reading() as session:
        check_place(session, announcement_id, segment_id)
        rows = rows_now(session, announcement_id, [segment_id])
    return jsonify(offers=_part("rows", announcement_id, rows[segment_id]))


def _answer(
    announcement_id: str, saved: Sequence[SavedSegment], undo: str, conflicts: Sequence[str]
) -> ResponseReturnValue:
    """For a script the changed segments with their new rows; for a plain form the page."""
    if conflicts:
        page = render_announcement(announcement_id, entered=request.form, conflicts=conflicts)
        return page, 412
    if not wants_json():
        anchor = f"doan-{saved[0].segment_id}" if len(saved) == 1 else None
        query: dict[str, Any] = {"hoan-tac": undo} if undo else {}
        page = url_for("editor.announcement", announcement_id=announcement_id, **query)
        return redirect(page + (f"#{anchor}" if anchor else ""), code=303)
    if not undo:
        said = gettext("Đã hoàn tác.")
    elif len(saved) == 1:
        said = gettext("Đã dùng gợi ý.")
    else:
        said = gettext("Đã viết lại số ở %(count)s đoạn.", count=len(saved))
    return changes_answer(announcement_id, saved, undo, said)


def changes_answer(
    announcement_id: str, saved: Sequence[SavedSegment], undo: str, said: str
) -> Response:
    """For a script: the changed segments, their lines as they now stand, and the way back."""
    ids = [one.segment_id for one in saved]
    with current_services().db.reading() as session:
        rows = rows_now(session, announcement_id, ids)
        version = session.get_one(Announcement, announcement_id).version
        lines = render_lines(session, announcement_id, ids, current_person_id()) if ids else ""
    return jsonify(
        changes=[
            {
                "id": one.segment_id,
                "version": one.version,
                "text": one.text,
                "offers": _part("rows", announcement_id, rows[one.segment_id]),
            }
            for one in saved
        ],
        lines=lines,
        announcement_version=version,
        notice=_part("taken", announcement_id, undo, said),
    )


def _part(name: str, *values: object, **named: object) -> str:
    """A part of the page, made by the macro that makes it there."""
    return str(get_template_attribute(_PARTS, name)(*values, **named))
