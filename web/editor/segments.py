"""Saving the text of segments: one at a time from the script, all at once from a plain form."""

import re
from collections.abc import Mapping

from flask import Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.editing import SavedSegment, save_segment_text
from bridge.effort import count_save
from bridge.errors import InvalidInput, NotFound, VersionConflict
from bridge.flags import count_undecided
from bridge.models import Announcement, Segment, Unit
from publish.dates import format_clock
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import render_announcement, shows_problem
from web.editor.area import area
from web.fields import read_version
from web.security import current_person_id

_TEXT_FIELD = "text-"
_VERSION_FIELD = "version-"
# A key of the column's length in plain characters; quoted, as the header's draft has it, or not.
_KEY = re.compile(r'"?[A-Za-z0-9_-]{8,62}"?')


@area.patch("/ban-tin/<announcement_id>/doan/<segment_id>")
def save_segment(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """Save one segment's text under `If-Match: "<version>"`; the answer carries the new ETag.

    428 without the header; 412 with the text that stands when somebody was quicker. A script may
    repeat what it got no answer to: under the `Idempotency-Key` of a request that was heard it gets
    that one's answer, even if the text was changed since.
    """
    version = expected_version()
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise InvalidInput()
    with current_services().db.writing() as session:
        check_place(session, announcement_id, segment_id, or_moved=True)
        saved = save_segment_text(
            session,
            segment_id=segment_id,
            expected_version=version,
            text=body["text"],
            actor_id=current_person_id(),
            request_key=_request_key(),
        )
        count_save(
            session,
            segment_id=segment_id,
            version=saved.version,
            active_ms=body.get("active_ms"),
        )
        announcement = session.get_one(Announcement, announcement_id)
        zone = session.get_one(Unit, announcement.unit_id).time_zone
        answer = _saved_words(saved, announcement, zone, count_undecided(session, announcement_id))
    answer.set_etag(str(saved.version))
    return answer


@area.post("/ban-tin/<announcement_id>/loi")
@shows_problem
def save_text(announcement_id: str) -> ResponseReturnValue:
    """Save every changed segment of a plain form.

    Where somebody was quicker nothing is overwritten: the page comes back with both texts, and
    the rest is saved.
    """
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        _changed, conflicts = save_fields(session, announcement_id, request.form)
    if conflicts:
        page = render_announcement(announcement_id, entered=request.form, conflicts=conflicts)
        return page, 412
    return redirect(url_for("editor.announcement", announcement_id=announcement_id), code=303)


def save_fields(
    session: Session, announcement_id: str, form: Mapping[str, str]
) -> tuple[int, list[str]]:
    """Save the segments whose fields a plain form holds.

    Returns how many were changed, and the ids of those where somebody was quicker: these keep
    the other's text.
    """
    changed, conflicts = 0, []
    for field, text in form.items():
        if not field.startswith(_TEXT_FIELD):
            continue
        segment_id = field.removeprefix(_TEXT_FIELD)
        check_place(session, announcement_id, segment_id, or_moved=True)
        version = read_version(form[_VERSION_FIELD + segment_id])
        try:
            saved = save_segment_text(
                session,
                segment_id=segment_id,
                expected_version=version,
                text=text,
                actor_id=current_person_id(),
            )
            changed += saved.changed
        except VersionConflict:
            conflicts.append(segment_id)
    return changed, conflicts


def expected_version() -> int:
    """The version that `If-Match` names. Answers 428 where there is none."""
    if "If-Match" not in request.headers:
        abort(428)
    return read_version(request.headers["If-Match"])


def _request_key() -> str | None:
    """What the request calls itself, if it does. Raises InvalidInput for no reasonable name."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInput()
    return key


def check_place(
    session: Session, announcement_id: str, segment_id: str, *, or_moved: bool = False
) -> None:
    """Raise NotFound unless the segment is this announcement's and the person may see it.

    `or_moved`: a page that was open while the announcement was parted or joined still knows its
    segments under the old address; what was typed there must not be lost.
    """
    require_visible(session, announcement_id, current_person_id())
    segment = session.get(Segment, segment_id)
    if segment is not None and segment.announcement_id == announcement_id:
        return
    if segment is None or not (or_moved and _same_recording(session, segment, announcement_id)):
        raise NotFound("segment_unknown", id=segment_id)


def _same_recording(session: Session, segment: Segment, announcement_id: str) -> bool:
    now = session.get_one(Announcement, segment.announcement_id)
    return now.recording_id == session.get_one(Announcement, announcement_id).recording_id


def _saved_words(
    saved: SavedSegment, announcement: Announcement, zone: str, undecided: int
) -> Response:
    return jsonify(
        id=saved.segment_id,
        version=saved.version,
        text=saved.text,
        kind=saved.kind,
        changed=saved.changed,
        announcement_version=announcement.version,
        state=announcement.state,
        undecided=undecided,
        saved_at=format_clock(utc_now(), zone),
    )
