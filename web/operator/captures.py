"""Captures over HTTP: what the recorder and the upload page send, in chunks that may repeat."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from bridge.capture_end import known_receipt
from bridge.capture_limits import MAX_CHUNK_BYTES
from bridge.captures import (
    NewCapture,
    change_capture,
    discard_capture,
    list_captures,
    open_capture,
    own_capture,
    received_ranges,
    sendable_capture,
    store_chunk,
)
from bridge.errors import Forbidden, InvalidInput, TooLarge
from bridge.models import PRIORITIES, Capture
from bridge.units import UnitInfo
from transcribe.capture_finish import finish_capture
from transcribe.script_text import clean_script
from web.access import SENDERS, units_of
from web.context import current_services
from web.crowding import crowd
from web.fields import read_moment
from web.given_script import read_given_script
from web.labels import describe_code
from web.operator.receipts import receipt_words
from web.receiving import display_name
from web.security import current_person_id

captures_area = Blueprint("captures", __name__, url_prefix="/api/v1/captures")

CHUNK_ENDPOINT = "captures.chunk"

_KINDS = ("recorder", "upload")


@captures_area.post("")
def begin() -> ResponseReturnValue:
    """Begin a capture, or find the one that has the same key."""
    services, person_id = current_services(), current_person_id()
    about = _body()
    with services.db.reading() as session:
        unit = _unit(units_of(session, person_id, SENDERS), _text(about, "unit"))
    kind = _text(about, "kind")
    if kind not in _KINDS:
        raise InvalidInput("capture_invalid", name="kind")
    text = _script_text(about)
    capture_id, is_new = open_capture(
        services.db,
        services.media,
        services.settings,
        unit_id=unit.id,
        actor_id=person_id,
        wanted=NewCapture(
            key=_text(about, "key"),
            kind=kind,
            file_name=display_name(_text(about, "file_name")),
            media_type=_text(about, "media_type"),
            size_bytes=_number(about, "size_bytes"),
            title=_text(about, "title"),
            broadcast_at=read_moment(_text(about, "broadcast_at"), unit.time_zone),
            priority=_text(about, "priority") or PRIORITIES[0],
            script_text=text,
        ),
    )
    return jsonify(_state_of(capture_id, person_id)), 201 if is_new else 200


@captures_area.get("")
def unfinished() -> ResponseReturnValue:
    """This person's captures: `?state=` open (as when left out), failed, finished or discarded."""
    services, person_id = current_services(), current_person_id()
    states = request.args.getlist("state") or ["open"]
    with services.db.reading() as session:
        ids = [row.id for row in list_captures(session, person_id, states)]
    return jsonify(captures=[_state_of(capture_id, person_id) for capture_id in ids])


@captures_area.get("/<capture_id>")
def state(capture_id: str) -> ResponseReturnValue:
    """What there is of a capture, and what became of it."""
    return jsonify(_state_of(capture_id, current_person_id()))


@captures_area.put("/<capture_id>/chunks/<int:number>")
def chunk(capture_id: str, number: int) -> ResponseReturnValue:
    """Take one chunk. Answered only when it is on the disk for good."""
    services = current_services()
    if (request.content_length or 0) > MAX_CHUNK_BYTES:
        raise TooLarge("chunk_too_large", limit_bytes=MAX_CHUNK_BYTES)
    with crowd("chunks"):
        is_new = store_chunk(
            services.db,
            services.media,
            services.settings,
            capture_id=capture_id,
            actor_id=current_person_id(),
            number=number,
            sha256=request.headers.get("X-Chunk-Sha256", ""),
            content=request.stream.read(),
            sound_ms=_header_number("X-Chunk-Milliseconds"),
        )
    return jsonify(number=number), 201 if is_new else 200


@captures_area.patch("/<capture_id>")
def change(capture_id: str) -> ResponseReturnValue:
    """Note a title, the hour, the priority, bookmarks; with `alive` or nothing a sign of life."""
    services, person_id = current_services(), current_person_id()
    about = _body()
    bookmarks = about.get("bookmarks")
    if bookmarks is not None and not _is_list_of_numbers(bookmarks):
        raise InvalidInput("capture_invalid", name="bookmarks")
    moment = None
    with services.db.reading() as session:
        time_zone = own_capture(session, capture_id, person_id).unit.time_zone
    if "broadcast_at" in about:
        moment = read_moment(_text(about, "broadcast_at"), time_zone)
    with services.db.writing() as session:
        change_capture(
            session,
            capture_id=capture_id,
            actor_id=person_id,
            title=_text(about, "title") if "title" in about else None,
            broadcast_at=moment,
            priority=_text(about, "priority") if "priority" in about else None,
            bookmarks=bookmarks,
            script_text=_script_text(about),
        )
    return jsonify(_state_of(capture_id, person_id))


@captures_area.post("/<capture_id>/script")
def script(capture_id: str) -> ResponseReturnValue:
    """Keep the approved script with the capture: a form with `script_file` or `script_text`."""
    services, person_id = current_services(), current_person_id()
    given = read_given_script(request)
    if given is None:
        raise InvalidInput("script_empty")
    with services.db.writing() as session:
        change_capture(
            session,
            capture_id=capture_id,
            actor_id=person_id,
            script_text=given.text,
            script_file_name=given.file_name,
        )
    return jsonify(_state_of(capture_id, person_id))


@captures_area.post("/<capture_id>/finish")
def finish(capture_id: str) -> ResponseReturnValue:
    """Make it an announcement. Asked again, the answer is the same."""
    services, person_id = current_services(), current_person_id()
    about = _body()
    with services.db.reading() as session:
        capture = sendable_capture(session, capture_id, person_id)
    chunks, partial = _number(about, "chunks"), about.get("partial") is True
    if chunks is None and not partial:
        raise InvalidInput("capture_invalid", name="chunks")
    with crowd("finishing"):
        receipt = finish_capture(
            services.settings,
            services.db,
            services.media,
            capture_id,
            chunks=chunks,
            sha256=_text(about, "sha256") or None,
            partial=partial,
        )
    if receipt.task_id is not None:
        services.queue.hand_over(services.db, receipt.task_id)
    was_there = receipt.duplicate_of is not None or capture.state == "finished"
    return jsonify(receipt_words(receipt)), 200 if was_there else 201


@captures_area.delete("/<capture_id>")
def discard(capture_id: str) -> ResponseReturnValue:
    """Throw it away; the page has asked."""
    services = current_services()
    discard_capture(
        services.db, services.media, capture_id=capture_id, actor_id=current_person_id()
    )
    return "", 204


def _state_of(capture_id: str, person_id: str) -> dict[str, Any]:
    with current_services().db.reading() as session:
        capture = own_capture(session, capture_id, person_id)
        received = received_ranges(session, capture_id)
        receipt = known_receipt(session, capture) if capture.state == "finished" else None
    announcement_id = capture.announcement_id
    return {
        "id": capture.id,
        "key": capture.client_key,
        "unit": capture.unit_id,
        "kind": capture.kind,
        "state": capture.state,
        "file_name": capture.file_name,
        "media_type": capture.media_type,
        "size_bytes": capture.size_bytes,
        "chunk_bytes": capture.chunk_bytes,
        "received": received,
        "received_bytes": capture.received_bytes,
        "chunks": capture.chunks,
        "sound_ms": capture.sound_ms,
        "missing": capture.missing,
        "by_silence": capture.by_silence,
        "title": capture.title,
        "broadcast_at": capture.broadcast_at.isoformat() if capture.broadcast_at else None,
        "priority": capture.priority,
        "bookmarks": capture.bookmarks,
        "created_at": capture.created_at.isoformat(),
        "touched_at": capture.touched_at.isoformat(),
        "failure": _failure(capture),
        "announcement": announcement_id,
        "url": announcement_id and url_for("editor.announcement", announcement_id=announcement_id),
        "receipt": receipt_words(receipt) if receipt else None,
    }


def _failure(capture: Capture) -> dict[str, str] | None:
    if capture.failure_code is None:
        return None
    sentence = describe_code(capture.failure_code, capture.failure_data)
    return {"code": capture.failure_code, "sentence": sentence}


def _unit(units: list[UnitInfo], unit_id: str) -> UnitInfo:
    """The unit that was named; the only one need not be."""
    if not unit_id and len(units) == 1:
        return units[0]
    if not units:
        raise Forbidden("role_missing", roles=["operator", "editor"])
    for unit in units:
        if unit.id == unit_id:
            return unit
    raise InvalidInput("unit_missing")


def _body() -> Mapping[str, Any]:
    found = request.get_json(silent=True) if request.get_data(cache=True) else {}
    if not isinstance(found, dict):
        raise InvalidInput("capture_invalid", name="body")
    return cast(Mapping[str, Any], found)


def _text(about: Mapping[str, Any], name: str) -> str:
    value = about.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput("capture_invalid", name=name)
    return value


def _number(about: Mapping[str, Any], name: str) -> int | None:
    value = about.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise InvalidInput("capture_invalid", name=name)
    return value


def _header_number(name: str) -> int:
    text = request.headers.get(name, "0")
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        raise InvalidInput("capture_invalid", name=name)
    return int(text)


def _is_list_of_numbers(value: object) -> bool:
    return isinstance(value, list) and all(type(item) is int for item in value)


def _script_text(about: Mapping[str, Any]) -> str | None:
    text = _text(about, "script")
    return clean_script(text) if text.strip() else None
