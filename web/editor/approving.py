"""Sending back, approving, publishing later: what an approver decides, and the editor's answer."""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from bridge.errors import InvalidInput
from bridge.intake import set_priority
from bridge.models import Unit
from bridge.publish_later import publish_now, unschedule_publishing
from bridge.returns import resubmit_announcement, return_announcement
from bridge.review import approve_announcement
from transcribe.detail_warnings import warned_details
from transcribe.judging import record_result
from transcribe.must_check import must_check_of
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.fields import read_moment
from web.requests import safe_local_path
from web.security import current_person_id

LATER = "later"  # the button that approves for the hour in the field beside it


@area.post("/ban-tin/<announcement_id>/duyet")
@shows_problem
def approve(announcement_id: str) -> ResponseReturnValue:
    """Approve the text whose digest the page showed, to go out at once or at a chosen hour."""
    form = request.form
    with current_services().db.writing() as session:
        unit_id = require_visible(session, announcement_id, current_person_id())
        publish_at = None
        if form.get("when") == LATER:
            time_zone = session.get_one(Unit, unit_id).time_zone
            publish_at = read_publish_time(form.get("publish_at", ""), time_zone)
        task_id = approve_announcement(
            session,
            announcement_id=announcement_id,
            digest=form.get("digest", ""),
            actor_id=current_person_id(),
            must_check=must_check_of(session, unit_id),
            publish_at=publish_at,
            public_note=form.get("public_note", ""),
            spelling_only="spelling_only" in form,
            resolve_returns="resolve_returns" in form,
            warned_details=warned_details,
            keep_details="keep_details" in form,
        )
        record_result(session, announcement_id)
    return _back(announcement_id, task_id)


@area.post("/ban-tin/<announcement_id>/tra-lai")
@shows_problem
def send_back(announcement_id: str) -> ResponseReturnValue:
    """Send it back to its editor with a comment."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        return_announcement(
            session,
            announcement_id=announcement_id,
            comment=request.form.get("comment", ""),
            actor_id=current_person_id(),
        )
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/trinh-lai")
@shows_problem
def resubmit(announcement_id: str) -> ResponseReturnValue:
    """Answer what it was sent back for."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        resubmit_announcement(
            session,
            announcement_id=announcement_id,
            actor_id=current_person_id(),
            reply=request.form.get("reply", ""),
        )
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/dang-ngay")
@shows_problem
def publish_at_once(announcement_id: str) -> ResponseReturnValue:
    """Let what waits for its hour go out at once."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        task_id = publish_now(
            session, announcement_id=announcement_id, actor_id=current_person_id()
        )
    return _back(announcement_id, task_id)


@area.post("/ban-tin/<announcement_id>/huy-hen-gio")
@shows_problem
def unschedule(announcement_id: str) -> ResponseReturnValue:
    """Bring what waits for its hour back to review."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        unschedule_publishing(
            session, announcement_id=announcement_id, actor_id=current_person_id()
        )
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/muc-khan")
@shows_problem
def prioritise(announcement_id: str) -> ResponseReturnValue:
    """Say how urgent it is while the machine has not heard it. Back to the page that asked."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        set_priority(
            session,
            announcement_id=announcement_id,
            priority=request.form.get("priority", ""),
            actor_id=current_person_id(),
        )
    own_page = url_for("editor.announcement", announcement_id=announcement_id)
    return redirect(safe_local_path(request.form.get("next", ""), own_page), code=303)


def read_publish_time(text: str, time_zone: str) -> datetime:
    """The chosen hour on the unit's clock.

    Raises InvalidInput `publish_at_missing` / `publish_at_invalid`.
    """
    try:
        moment = read_moment(text, time_zone)
    except InvalidInput:
        raise InvalidInput("publish_at_invalid", value=text[:40]) from None
    if moment is None:
        raise InvalidInput("publish_at_missing")
    return moment


def _back(announcement_id: str, task_id: str | None = None) -> ResponseReturnValue:
    """Hand over what was queued, now that it is committed, and show the announcement."""
    if task_id is not None:
        services = current_services()
        services.queue.hand_over(services.db, task_id)
    return redirect(url_for("editor.announcement", announcement_id=announcement_id), code=303)
