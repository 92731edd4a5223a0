"""Suggestions on the desk: taken or refused, one or all of a kind at once, and that taken back.

A plain form brings the whole text along: what was typed is saved first, in the same transaction.
A script saves by itself, names only the suggestion, and gets what was changed back as JSON.
"""

from collections.abc import Collection, Sequence
from typing import Any

from flask import Response, get_template_attribute, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from bridge.editing import SavedSegment
from bridge.models import Announcement, Segment
from bridge.refusals import refusals_of, refuse_all, take_back_refusals
from transcribe.offers import Taken, refuse_offer, take_all, take_suggestion, undo_taken
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import render_announcement, render_lines, shows_problem
from web.editor.area import area
from web.editor.offers import read_undo, read_wanted, rows_now, undo_value
from web.editor.segments import check_place, save_fields
from web.editor.undoing import undo_part
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
def use_all(announcement_id: str) -> ResponseReturnValue:
    """Take all numbers of the announcement, as it stood at version `seen`; or all places of the
    name `name`."""
    seen = read_version(request.form.get("seen", ""))
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        # What this very form brings along changes the version too.
        changed, conflicts = save_fields(session, announcement_id, request.form)
        taken = Taken(())
        if not conflicts:
            taken = take_all(
                session,
                announcement_id=announcement_id,
                expected_version=seen + changed,
                name=request.form.get("name", ""),
                actor_id=current_person_id(),
            )
    return _answer(announcement_id, taken.saved, undo_value(taken), conflicts)


@area.post("/ban-tin/<announcement_id>/bo-goi-y")
@shows_problem
def refuse(announcement_id: str) -> ResponseReturnValue:
    """Do not suggest again what `take` names; or all of a kind: `name`, or without it numbers."""
    value, name = request.form.get("take", ""), request.form.get("name", "")
    person_id = current_person_id()
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, person_id)
        _changed, conflicts = save_fields(session, announcement_id, request.form)
        if not conflicts and value:
            wanted = read_wanted(value)
            check_place(session, announcement_id, wanted.segment_id)
            refuse_offer(session, wanted, person_id)
        elif not conflicts:
            kind = "term" if name else "number"
            refuse_all(
                session, announcement_id=announcement_id, kind=kind, name=name, actor_id=person_id
            )
    if conflicts:
        return _conflicting(announcement_id, conflicts)
    touched = [wanted.segment_id] if value else None
    return _refusals_answer(announcement_id, gettext("Đã bỏ qua, không gợi ý lại."), touched)


@area.post("/ban-tin/<announcement_id>/hien-goi-y")
@shows_problem
def show_suggestions(announcement_id: str) -> ResponseReturnValue:
    """Suggest again what was refused: the refusal that `refusal` names, or all."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        _changed, conflicts = save_fields(session, announcement_id, request.form)
        if not conflicts:
            take_back_refusals(
                session,
                announcement_id=announcement_id,
                refusal_id=request.form.get("refusal") or None,
                actor_id=current_person_id(),
            )
    if conflicts:
        return _conflicting(announcement_id, conflicts)
    return _refusals_answer(announcement_id, gettext("Gợi ý đã hiện lại."), None)


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
        return _conflicting(announcement_id, conflicts)
    if not wants_json():
        anchor = f"doan-{saved[0].segment_id}" if len(saved) == 1 else None
        return _back(announcement_id, undo, anchor)
    if not undo:
        said = gettext("Đã hoàn tác.")
    elif len(saved) == 1:
        said = gettext("Đã dùng gợi ý.")
    else:
        said = gettext("Đã dùng gợi ý ở %(count)s đoạn.", count=len(saved))
    return changes_answer(announcement_id, saved, said)


def changes_answer(announcement_id: str, saved: Sequence[SavedSegment], said: str) -> Response:
    """For a script: the changed segments, their lines as they now stand, and the way back."""
    ids = [one.segment_id for one in saved]
    with current_services().db.reading() as session:
        rows = rows_now(session, announcement_id, ids)
        version = session.get_one(Announcement, announcement_id).version
        lines = render_lines(session, announcement_id, ids, current_person_id()) if ids else ""
        undo = undo_part(session, announcement_id)
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
        notice=_part("taken", said),
        undo=undo,
    )


def _refusals_answer(
    announcement_id: str, said: str, touched: Collection[str] | None
) -> ResponseReturnValue:
    """For a script the rows of the segments that are touched (None: of all), no text being
    changed; for a plain form the page."""
    if not wants_json():
        anchor = f"doan-{next(iter(touched))}" if touched else None
        return _back(announcement_id, "", anchor)
    with current_services().db.reading() as session:
        announcement = session.get_one(Announcement, announcement_id)
        if touched is None:
            whole = Segment.announcement_id == announcement_id
            touched = session.scalars(select(Segment.id).where(whole)).all()
        rows = rows_now(session, announcement_id, touched)
        refused = refusals_of(session, announcement_id).count
        return jsonify(
            changes=[],
            lines="",
            rows={
                segment_id: _part("rows", announcement_id, found)
                for segment_id, found in rows.items()
            },
            announcement_version=announcement.version,
            notice=_part("taken", said),
            undo=undo_part(session, announcement_id),
            refused=_part("refused", announcement_id, refused),
        )


def _conflicting(announcement_id: str, conflicts: Sequence[str]) -> ResponseReturnValue:
    return (
        render_announcement(announcement_id, entered=request.form, conflicts=conflicts),
        412,
    )


def _back(announcement_id: str, undo: str, anchor: str | None) -> ResponseReturnValue:
    query: dict[str, Any] = {"hoan-tac": undo} if undo else {}
    page = url_for("editor.announcement", announcement_id=announcement_id, **query)
    return redirect(page + (f"#{anchor}" if anchor else ""), code=303)


def _part(name: str, *values: object) -> str:
    """A part of the page, made by the macro that makes it there."""
    return str(get_template_attribute(_PARTS, name)(*values))
