"""A name that was just put right: offered for the unit's glossary, and put there."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.errors import InvalidInput
from bridge.finding import LONGEST_QUERY
from bridge.glossary import add_term
from bridge.models import Segment
from transcribe.learning import name_of_correction
from web.access import require_visible
from web.context import current_services
from web.editor.area import area
from web.editor.segments import check_place
from web.security import current_person_id


@area.get("/ban-tin/<announcement_id>/doan/<segment_id>/ten-rieng")
def corrected_name(announcement_id: str, segment_id: str) -> ResponseReturnValue:
    """The name that `thanh`, written in the place of `tu`, belongs to; `name` null for none."""
    was, became = request.args.get("tu", ""), request.args.get("thanh", "")
    if not became or len(was) > LONGEST_QUERY or len(became) > LONGEST_QUERY:
        raise InvalidInput()
    with current_services().db.reading() as session:
        check_place(session, announcement_id, segment_id)
        unit_id = require_visible(session, announcement_id, current_person_id())
        text = session.get_one(Segment, segment_id).text
        offer = name_of_correction(session, unit_id, text, was, became)
    if offer is None:
        return jsonify(name=None)
    return jsonify(name=offer.text, kind=offer.kind)


@area.post("/ban-tin/<announcement_id>/tu-dien")
def add_name(announcement_id: str) -> ResponseReturnValue:
    """Add `name` to the glossary of the announcement's unit: its editors and approvers may."""
    body = request.get_json(silent=True)
    name, kind = (body.get(field) if isinstance(body, dict) else None for field in ("name", "kind"))
    if not isinstance(name, str) or not isinstance(kind, str):
        raise InvalidInput()
    person_id = current_person_id()
    with current_services().db.writing() as session:
        unit_id = require_visible(session, announcement_id, person_id)
        term = add_term(session, unit_id=unit_id, text=name, kind=kind, actor_id=person_id)
    return jsonify(said=gettext("Đã thêm “%(name)s” vào từ điển của đơn vị.", name=term.text))
