"""What comes with a file: its name, the unit, a title, the hour of broadcast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

from werkzeug.wrappers import Request

from bridge.errors import InvalidInput
from bridge.models import PRIORITIES
from bridge.units import UnitInfo
from web.fields import read_moment
from web.given_script import read_given_script
from web.receiving import GivenScript

RAW_BODY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file and what was said about it. The stream can be read once."""

    stream: BinaryIO
    file_name: str
    unit_id: str
    title: str
    broadcast_at: datetime | None
    priority: str
    script: GivenScript | None


def read_upload(request: Request, units: Sequence[UnitInfo]) -> Upload:
    """The upload in a request: a raw body described in the address, or a plain form.

    A raw body is not touched here, so it goes from the connection's buffer to the media store in
    one pass; its script is sent after it. Raises InvalidInput `file_missing`, `unit_missing`,
    `broadcast_at_invalid`, and for the script as `transcribe.script_text.read_script`.
    """
    raw = request.mimetype == RAW_BODY
    words = request.args if raw else request.form
    unit = _chosen_unit(words.get("unit", ""), units)
    if raw:
        stream, name = cast(BinaryIO, request.stream), words.get("name", "")
    else:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InvalidInput("file_missing")
        stream, name = cast(BinaryIO, file.stream), file.filename
    return Upload(
        stream=stream,
        file_name=name,
        unit_id=unit.id,
        title=words.get("title", ""),
        broadcast_at=read_moment(words.get("broadcast_at", ""), unit.time_zone),
        priority=words.get("priority") or PRIORITIES[0],
        script=None if raw else read_given_script(request),
    )


def _chosen_unit(unit_id: str, units: Sequence[UnitInfo]) -> UnitInfo:
    """The unit that was chosen; the only one needs no choice."""
    if not unit_id and len(units) == 1:
        return units[0]
    for unit in units:
        if unit.id == unit_id:
            return unit
    raise InvalidInput("unit_missing")
