"""Cutting and joining segments from the desk, and one segment's line as it now stands."""

from flask import Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from bridge.db import utc_now
from bridge.errors import InvalidInput
from bridge.flags import count_undecided
from bridge.models import Announcement, Unit
from bridge.rearranging import (
    Rearranged,
    merge_segments,
    split_segment,
    undo_rearrangement,
)
from publish.dates import format_clock
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import render_lines, shows_problem
from web.editor.area import area
from web.editor.segments import check_place, expected_version
from web.editor.undoing import undo_part
from web.requests import wants_json
from web.security import current_person_id


@area.get("/ban-tin/<announcement_id>/doan/<segment_id>/dong")
def segment_line(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """A segment's line with its marks and suggestions, for a script that has changed its text."""
    with current_services().db.reading() as session:
        check_place(session, announcement_id, segment_id)
        lines = render_lines(session, announcement_id, [segment_id], current_person_id())
    return jsonify(lines=lines)


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/tach")
def split(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """Cut a segment before its word `at`, counted from 0, under `If-Match: "<version>"`."""
    version, at_word = expected_version(), _number("at")
    with current_services().db.writing() as session:
        check_place(session, announcement_id, segment_id)
        done = split_segment(
            session,
            segment_id=segment_id,
            expected_version=version,
            at_word=at_word,
            actor_id=current_person_id(),
        )
    return _answer(done)


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/ghep")
def merge(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """Join a segment with the next one, which has the version `next_version`."""
    version, next_version = expected_version(), _number("next_version")
    with current_services().db.writing() as session:
        check_place(session, announcement_id, segment_id)
        done = merge_segments(
            session,
            segment_id=segment_id,
            expected_version=version,
            next_version=next_version,
            actor_id=current_person_id(),
        )
    return _answer(done)


@area.post("/ban-tin/<announcement_id>/hoan-tac-doan/<change_id>")
@shows_problem
def undo(announcement_id: str, change_id: str) -> ResponseReturnValue:
    """Take one's own cutting or joining back; a plain form gets the page."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        done = undo_rearrangement(
            session,
            change_id=change_id,
            announcement_id=announcement_id,
            actor_id=current_person_id(),
        )
    if not wants_json():
        anchor = f"doan-{done.changed[0]}"
        page = url_for("editor.announcement", announcement_id=announcement_id, _anchor=anchor)
        return redirect(page, code=303)
    return _answer(done)


def _number(name: str) -> int:
    body = request.get_json(silent=True)
    number = body.get(name) if isinstance(body, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise InvalidInput()
    return number


def _answer(done: Rearranged) -> Response:
    """The lines that come in the place of those that are gone, read when nobody waits for us."""
    with current_services().db.reading() as session:
        announcement = session.get_one(Announcement, done.announcement_id)
        zone = session.get_one(Unit, announcement.unit_id).time_zone
        return jsonify(
            change=done.change_id,
            removed=done.removed,
            changed=done.changed,
            lines=render_lines(session, announcement.id, done.changed, current_person_id()),
            announcement_version=announcement.version,
            undecided=count_undecided(session, announcement.id),
            saved_at=format_clock(utc_now(), zone),
            undo=undo_part(session, announcement.id),
        )
