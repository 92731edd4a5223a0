"""The approved script of an announcement: attached, used, taken back, dropped."""

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from bridge.errors import InvalidInput, NotFound
from bridge.scripts import detach_script
from transcribe.scripts import add_script, apply_waiting_script, take_script_back
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.given_script import read_given_script
from web.requests import wants_json
from web.security import current_person_id


@area.post("/ban-tin/<announcement_id>/van-ban")
@shows_problem
def attach(announcement_id: str) -> ResponseReturnValue:
    """Attach a script, a file or pasted; where there is text already it becomes the transcript.

    A script that does not fit changes nothing at all.
    """
    person_id = current_person_id()
    with current_services().db.reading() as session:
        require_visible(session, announcement_id, person_id)
    # Read before the transaction: a process is started for it.
    given = read_given_script(request)
    if given is None:
        raise InvalidInput("script_empty")
    with current_services().db.writing() as session:
        applied = add_script(
            session,
            announcement_id=announcement_id,
            text=given.text,
            file_name=given.file_name,
            actor_id=person_id,
        )
    if wants_json():
        return jsonify(announcement=announcement_id, applied=applied)
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/van-ban/dung")
@shows_problem
def use(announcement_id: str) -> ResponseReturnValue:
    """Make the script that was kept aside the transcript."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        applied = apply_waiting_script(session, announcement_id, actor_id=current_person_id())
        if not applied:
            raise NotFound("script_unknown", id=announcement_id)
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/van-ban/tro-lai")
@shows_problem
def take_back(announcement_id: str) -> ResponseReturnValue:
    """Give the announcement the words back that it had before the script."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        take_script_back(session, announcement_id=announcement_id, actor_id=current_person_id())
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/van-ban/bo")
@shows_problem
def detach(announcement_id: str) -> ResponseReturnValue:
    """Drop a script that is not in use."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        detach_script(session, announcement_id=announcement_id, actor_id=current_person_id())
    return _back(announcement_id)


def _back(announcement_id: str) -> ResponseReturnValue:
    place = url_for("editor.announcement", announcement_id=announcement_id, _anchor="van-ban")
    return redirect(place, code=303)
