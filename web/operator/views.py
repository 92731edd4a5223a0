"""The upload page and its one POST, which a script and a plain form both use."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from bridge.db import utc_now
from bridge.errors import BridgeError, Forbidden
from bridge.intake import Receipt
from bridge.settings import MIB
from bridge.units import UnitInfo
from web.access import SENDERS, units_of
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error
from web.operator.forms import read_upload
from web.operator.receipts import receipt_words
from web.receiving import receive_recording
from web.requests import wants_json
from web.security import current_person_id

area = Blueprint("operator", __name__, url_prefix="/lam-viec")

UPLOAD_ENDPOINT = "operator.upload"

# The page's script sends a file in chunks. A whole file in one request, which waits on the disk
# before anybody knows who sent it, is for small ones and for browsers without script.
WHOLE_FILE_BYTES = 64 * MIB


@area.route("/tai-len", methods=["GET", "POST"], endpoint="upload")
def upload() -> ResponseReturnValue:
    """Show the page; take one file."""
    person_id = current_person_id()
    with current_services().db.reading() as session:
        units = units_of(session, person_id, SENDERS)
    if not units:
        raise Forbidden("role_missing", roles=["operator", "editor"])
    if request.method == "GET":
        return _page(units)
    try:
        wanted = read_upload(request, units)
        receipt = receive_recording(
            current_services(),
            stream=wanted.stream,
            file_name=wanted.file_name,
            unit_id=wanted.unit_id,
            actor_id=person_id,
            title=wanted.title,
            broadcast_at=wanted.broadcast_at,
            priority=wanted.priority,
            script=wanted.script,
        )
    except BridgeError as error:
        # A plain form comes back with what was typed; a script gets its JSON from web.errors.
        if wants_json() or status_of(error) == 500:
            raise
        return _page(units, problem=describe_error(error), typed=request.form), status_of(error)
    if wants_json():
        return jsonify(receipt_words(receipt)), 200 if receipt.duplicate_of else 201
    return _page(units, receipt=receipt, script_left=bool(wanted.script and receipt.duplicate_of))


def _page(
    units: Sequence[UnitInfo],
    *,
    receipt: Receipt | None = None,
    script_left: bool = False,
    problem: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    settings = current_services().settings
    return render_template(
        "operator/upload.html",
        units=units,
        receipt=receipt,
        script_left=script_left,
        problem=problem,
        typed=typed or {},
        now=utc_now(),
        max_bytes=settings.max_upload_bytes,
        whole_file_bytes=min(WHOLE_FILE_BYTES, settings.max_upload_bytes),
    )
