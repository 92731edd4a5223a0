"""What an admin decides about captures that were given up: try again, or throw away."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from bridge.capture_failures import discard_failed_capture, retry_capture
from web.context import current_services
from web.security import current_person_id
from web.status.area import area


@area.post("/tinh-trang/ban-ghi/<capture_id>/thu-lai")
def retry(capture_id: str) -> ResponseReturnValue:
    """Try once more to make an announcement of it."""
    services = current_services()
    with services.db.writing() as session:
        task_id = retry_capture(session, capture_id=capture_id, actor_id=current_person_id())
    services.queue.hand_over(services.db, task_id)
    return _back()


@area.post("/tinh-trang/ban-ghi/<capture_id>/bo")
def discard(capture_id: str) -> ResponseReturnValue:
    """Throw its sound away; the page has asked."""
    services = current_services()
    discard_failed_capture(
        services.db, services.media, capture_id=capture_id, actor_id=current_person_id()
    )
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("status.status", _anchor="captures"), code=303)
