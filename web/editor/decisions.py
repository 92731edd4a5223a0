"""What is decided about an announcement: flags, approval, withdrawal, another try."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from bridge.flags import HIDE, KEEP, cover_segment, decide_all, hide_segment, show_segment
from bridge.intake import cancel_transcription, retry_announcement
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.undo_decisions import undo_decisions
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.editor.offers import read_undo
from web.editor.segments import check_place
from web.requests import safe_local_path
from web.security import current_person_id


@area.post("/ban-tin/<announcement_id>/doan/<segment_id>/chon")
@shows_problem
def decide(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """Keep or hide one segment, flagged or not, or take its sound out as well."""
    decision, person_id = request.form.get("decision", ""), current_person_id()
    with current_services().db.writing() as session:
        check_place(session, announcement_id, segment_id)
        if decision == KEEP:
            show_segment(session, segment_id=segment_id, actor_id=person_id)
        elif decision == HIDE:
            hide_segment(session, segment_id=segment_id, actor_id=person_id)
        else:
            cover_segment(session, segment_id=segment_id, cover=decision, actor_id=person_id)
    return _back(announcement_id, anchor=f"doan-{segment_id}")


@area.post("/ban-tin/<announcement_id>/chon")
@shows_problem
def decide_kind(announcement_id: str) -> ResponseReturnValue:
    """Keep or hide every segment that still waits for it, of one kind of flag."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        decide_all(
            session,
            announcement_id=announcement_id,
            kind=request.form.get("kind") or None,
            decision=request.form.get("decision", ""),
            actor_id=current_person_id(),
        )
    return _back(announcement_id)


@area.post("/ban-tin/<announcement_id>/hoan-tac-chon")
@shows_problem
def undo_decision(announcement_id: str) -> ResponseReturnValue:
    """Take back what `undo` names: one's own decision about a segment, or about several."""
    span, _term_id = read_undo(request.form.get("undo", ""))
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        restored = undo_decisions(
            session,
            announcement_id=announcement_id,
            span=span,
            actor_id=current_person_id(),
        )
    return _back(announcement_id, anchor=f"doan-{restored[0]}" if len(restored) == 1 else None)


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


@area.post("/ban-tin/<announcement_id>/dung")
@shows_problem
def cancel(announcement_id: str) -> ResponseReturnValue:
    """Stop hearing it. Back to the page that asked, which says so."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        cancel_transcription(session, announcement_id=announcement_id, actor_id=current_person_id())
    own_page = url_for("editor.announcement", announcement_id=announcement_id)
    return redirect(safe_local_path(request.form.get("next", ""), own_page), code=303)


def _back(
    announcement_id: str, task_id: str | None = None, *, anchor: str | None = None
) -> Response:
    """Hand over what was queued, now that it is committed, and show the announcement."""
    if task_id is not None:
        services = current_services()
        services.queue.hand_over(services.db, task_id)
    page = url_for("editor.announcement", announcement_id=announcement_id, _anchor=anchor)
    return redirect(page, code=303)
