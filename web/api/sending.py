"""The intake for programs: a recording comes with a token, and is taken as the upload page takes
one. Nothing here opens it: the decoder does, in a process of its own.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast
from urllib.parse import unquote

from flask import Blueprint, Response, jsonify, request, url_for
from sqlalchemy.orm import Session

from bridge.api_tokens import TokenInfo, find_token, note_use
from bridge.errors import ContentDiffers, Forbidden, InvalidInput
from bridge.intake import Receipt
from bridge.machine_intake import (
    answer_of_key,
    note_machine_intake,
    require_key,
    sent_recording,
)
from bridge.models import PRIORITIES
from bridge.units import find_unit
from web.api import sending_shapes as shapes
from web.api.contract import PREFIX
from web.api.shapes import to_json
from web.context import current_services
from web.crowding import crowd
from web.fields import read_moment
from web.labels import describe_failure
from web.receiving import receive_recording

area = Blueprint("intake", __name__, url_prefix=PREFIX)

SENDING_ENDPOINT = "intake.send"
_RAW_KINDS = ("audio/", "video/", "application/octet-stream")
_BLOCK_BYTES = 256 * 1024
_YEARS = range(1950, 2200)  # old tapes may be sent too


@dataclass(frozen=True, slots=True)
class Sent:
    """What a program sent: the sound, to be read once, and what it says of it."""

    stream: BinaryIO
    file_name: str
    title: str
    broadcast_at: str
    priority: str
    unit: str


@area.post(shapes.SEND_RECORDING.rule)
def send() -> Response:
    """Take one recording. The same key again, or the same sound, makes nothing new."""
    services, token = current_services(), _token("intake")
    key = require_key(request.headers.get("Idempotency-Key", ""))
    sent = _read()
    if sent.unit and sent.unit != token.unit_slug:
        raise Forbidden("token_other_unit", slug=sent.unit[:60])
    with services.db.reading() as session:
        answered = answer_of_key(session, token, key) if key else None
        time_zone = find_unit(session, token.unit_slug).time_zone
    if answered is not None:
        if _hash(sent.stream) != answered[1]:
            raise ContentDiffers("idempotency_reused")
        return _state(token, answered[0], duplicate=True)

    def note(session: Session, receipt: Receipt, sha256: str) -> None:
        note_machine_intake(session, token, receipt, key=key, sha256=sha256)

    with crowd("finishing"):
        receipt = receive_recording(
            services,
            stream=sent.stream,
            file_name=sent.file_name,
            unit_id=token.unit_id,
            actor_id=None,
            title=sent.title,
            broadcast_at=_moment(sent.broadcast_at, time_zone),
            priority=sent.priority or PRIORITIES[0],
            note=note,
        )
    is_new = receipt.duplicate_of is None
    answer = _state(token, receipt.announcement_id, duplicate=not is_new)
    answer.status_code = 201 if is_new else 200
    return answer


@area.get(shapes.FOLLOW_RECORDING.rule)
def follow(id: str) -> Response:
    """Where a recording of the token's unit stands."""
    return _state(_token("state"), id)


@area.after_request
def _keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _token(scope: str) -> TokenInfo:
    """Who asks. Raises before the body is touched."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    with current_services().db.reading() as session:
        found = find_token(session, token.strip() if kind.lower() == "bearer" else "", scope)
    note_use(current_services().db, found)
    return found


def _state(token: TokenInfo, announcement_id: str, *, duplicate: bool = False) -> Response:
    with current_services().db.reading() as session:
        one = sent_recording(session, token, announcement_id)
    base = current_services().settings.effective_public_url
    url = base + url_for("intake.follow", id=one.announcement_id)
    answer = jsonify(
        to_json(
            shapes.Recording(
                id=one.announcement_id,
                state=one.state,  # type: ignore[arg-type]  # the database knows no other
                failure=describe_failure(one.failure_code) if one.failure_code else None,
                title=one.title,
                priority=one.priority,  # type: ignore[arg-type]
                broadcast_at=one.broadcast_at,
                received_at=one.received_at,
                duration_ms=one.duration_ms,
                sha256=one.sha256,
                duplicate=duplicate,
                url=url,
                page_url=base + one.page_path if one.page_path else None,
            )
        )
    )
    answer.headers["Location"] = url
    return answer


def _read() -> Sent:
    """The recording in the request: a form with a file, or a raw body described by headers."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise InvalidInput("file_missing")
        return _sent(cast(BinaryIO, file.stream), file.filename or "", request.form)
    if not request.mimetype.startswith(_RAW_KINDS):
        raise InvalidInput("request_unreadable")
    words = {
        name.removeprefix("X-Loa-").lower().replace("-", "_"): unquote(value)
        for name, value in request.headers.items()
        if name.startswith("X-Loa-")
    }
    return _sent(cast(BinaryIO, request.stream), words.get("file_name", ""), words)


def _sent(stream: BinaryIO, file_name: str, words: Mapping[str, str]) -> Sent:
    names = ("title", "broadcast_at", "priority", "unit")
    return Sent(stream, file_name, *(words.get(name, "") for name in names))


def _moment(text: str, time_zone: str) -> datetime | None:
    """A moment as programs write it, with its offset, or one on the unit's clock."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return read_moment(text, time_zone)
    if found.tzinfo is None:
        return read_moment(text, time_zone)
    if found.year not in _YEARS:
        raise InvalidInput("broadcast_at_invalid", value=text[:40])
    return found


def _hash(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()
