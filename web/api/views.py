"""The state of one announcement, for scripts that hold a staff session."""

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue

from web.access import visible_announcement
from web.context import current_services
from web.progress import work_state
from web.security import current_person_id

area = Blueprint("api", __name__, url_prefix="/api/v1/work")


@area.get("/announcements/<announcement_id>")
def announcement(announcement_id: str) -> ResponseReturnValue:
    """Where an announcement stands; times in milliseconds of the recording."""
    services = current_services()
    with services.db.reading() as session:
        view, _roles = visible_announcement(session, announcement_id, current_person_id())
    state = work_state(view.work)
    public_url = services.settings.effective_public_url
    return jsonify(
        id=view.work.id,
        state=state["state"],
        percent=state["percent"],
        remaining_s=view.work.remaining_s,
        failure=state["failure"],
        failure_code=view.work.failure_code,
        title=view.work.title,
        duration_ms=view.work.duration_ms,
        version=view.version,
        digest=view.digest,
        page_url=f"{public_url}{view.page_path}" if view.page_path else None,
        staff_url=url_for("editor.announcement", announcement_id=view.work.id),
        segments=[
            {
                "id": item.id,
                "version": item.version,
                "start_ms": item.start_ms,
                "end_ms": item.end_ms,
                "text": item.text,
                "hidden": item.hidden,
                "cover": item.cover,
            }
            for item in view.segments
        ],
    )
