"""Taking in how long the desk was worked at, where no save carries it: lines that were right."""

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from bridge.accounts import require_role
from bridge.effort import count_hearing
from bridge.errors import InvalidInput
from bridge.models import Announcement, Segment
from bridge.workflow import State
from web.access import require_visible
from web.context import current_services
from web.editor.area import area
from web.security import current_person_id

_MOST_SEGMENTS = 3000  # a recording of two hours has about 1500


@area.post("/ban-tin/<announcement_id>/cong")
def working_time(announcement_id: str) -> ResponseReturnValue:
    """Add `active`, ms by segment id, to the time of the announcement's segments.

    Whoever's time it is, is not kept. What is not under review is not worked at and counts nothing;
    neither do segments that are gone.
    """
    body = request.get_json(silent=True)
    active = body.get("active") if isinstance(body, dict) else None
    if not isinstance(active, dict) or len(active) > _MOST_SEGMENTS:
        raise InvalidInput()
    with current_services().db.writing() as session:
        unit_id = require_visible(session, announcement_id, current_person_id())
        require_role(session, current_person_id(), unit_id, "editor", "approver")
        if session.get_one(Announcement, announcement_id).state != State.IN_REVIEW:
            return _counted(0)
        own = session.scalars(select(Segment.id).where(Segment.announcement_id == announcement_id))
        # In one order, so that two pages that tell at once never wait for each other.
        told = sorted(set(own).intersection(active))
        counted = sum(count_hearing(session, segment_id=one, active_ms=active[one]) for one in told)
    return _counted(counted)


def _counted(active_ms: int) -> Response:
    return jsonify(counted_ms=active_ms)
