"""What is decided about an announcement: details, approval, withdrawal, another try."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from bridge.editing import save_details
from bridge.errors import InvalidInput
from bridge.intake import retry_announcement
from bridge.models import Unit
from bridge.review import approve_announcement, reopen_announcement, withdraw_announcement
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.fields import read_moment, read_version
from web.security import current_person_id


@area.post("/ban-tin/<announcement_id>/thong-tin")
@shows_problem
def details(announcement_id: str) -> ResponseReturnValue:
    """Save title, category, area, priority and hour of broadcast."""
    form, person_id = request.form, current_person_id()
    with current_services().db.writing() as session:
        unit_id = require_visible(session, announcement_id, person_id)
        broadcast_at = read_moment(
            form.get("broadcast_at", ""), session.get_one(Unit, unit_id).time_zone
        )
        if broadcast_at is None:
            raise InvalidInput("broadcast_at_invalid")
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
        )
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/duyet")
@shows_problem
def approve(announcement_id: str) -> ResponseReturnValue:
    """Approve the text whose digest the page showed."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        task_id = approve_announcement(
            session,
            announcement_id=announcement_id,
            digest=request.form.get("digest", ""),
            actor_id=current_person_id(),
        )
    return _back(announcement_id, task_id)


@area.post("/ban-tin/<announcement_id>/go")
@shows_problem
def withdraw(announcement_id: str) -> ResponseReturnValue:
    """Take it off the portal, for a reason that residents will read."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        task_id = withdraw_announcement(
            session,
            announcement_id=announcement_id,
            reason=request.form.get("reason", ""),
            actor_id=current_person_id(),
        )
    return _back(announcement_id, task_id)


@area.post("/ban-tin/<announcement_id>/mo-lai")
@shows_problem
def reopen(announcement_id: str) -> ResponseReturnValue:
    """Bring a withdrawn announcement back to review."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        reopen_announcement(session, announcement_id=announcement_id, actor_id=current_person_id())
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/thu-lai")
@shows_problem
def retry(announcement_id: str) -> ResponseReturnValue:
    """Try again what gave up."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        task_id = retry_announcement(
            session, announcement_id=announcement_id, actor_id=current_person_id()
        )
    return _back(announcement_id, task_id)


def _back(announcement_id: str, task_id: str | None = None) -> Response:
    """Hand over what was queued, now that it is committed, and show the announcement."""
    if task_id is not None:
        services = current_services()
        services.queue.hand_over(services.db, task_id)
    return redirect(url_for("editor.announcement", announcement_id=announcement_id), code=303)
