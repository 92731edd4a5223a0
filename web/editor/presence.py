"""Who else has this announcement open, and what they are typing into."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from bridge.errors import InvalidInput
from bridge.models import Announcement, User
from bridge.presence import Presence, end_presence, tell_presence
from web.access import require_visible
from web.context import current_services
from web.editor.area import area
from web.security import current_person_id

_LONGEST_ID = 20


@area.post("/ban-tin/<announcement_id>/co-mat")
def presence(announcement_id: str) -> ResponseReturnValue:
    """Tell that this page is open, with `segment` open in it; `left` when it is closed."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidInput()
    segment_id = body.get("segment", "")
    if not isinstance(segment_id, str) or len(segment_id) > _LONGEST_ID:
        raise InvalidInput()
    services, person_id = current_services(), current_person_id()
    connection = services.queue.connection
    with services.db.reading() as session:
        require_visible(session, announcement_id, person_id)
        version = session.get_one(Announcement, announcement_id).version
    if body.get("left"):
        end_presence(connection, announcement_id, person_id)
        return jsonify(others=[], version=version)
    others = tell_presence(connection, announcement_id, Presence(person_id, segment_id))
    with services.db.reading() as session:
        names = {one.person_id: session.get(User, one.person_id) for one in others}
    return jsonify(
        others=[
            {"name": person.name, "segment": one.segment_id}
            for one in others
            if (person := names[one.person_id]) is not None
        ],
        version=version,
    )
