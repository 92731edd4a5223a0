"""Where a unit's sound can be taken from by itself, and when.

The table of sources is the list of what may be fetched: no address that an admin has not written
down is ever asked. Only admins of the unit change it.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.db import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models import Schedule, Source
from bridge.schedules import WeeklyTime
from bridge.transcript import normalise_text

NAME_LENGTH = 100
TITLE_LENGTH = 200
URL_LENGTH = 1000
MOST_REDIRECT_HOSTS = 10
SPLIT_SILENCE_S = range(2, 601)
PRE_ROLL_S = range(61)
SAID_LONG_AGO = timedelta(minutes=2)  # a living recorder says something twice a minute

# A device's name is an argument of `arecord` or `parec`: no blanks, and no dash to begin with.
_DEVICE = re.compile(r"[A-Za-z0-9@_][A-Za-z0-9@_.:,=/+-]{0,199}")
_DEFAULT_DEVICES = {"alsa": "default", "pulse": "@DEFAULT_SOURCE@"}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
# Playlists of pieces, not a stream: they would have to be read and followed.
_PLAYLISTS = (".m3u8", ".mpd", ".m3u", ".pls", ".xspf", ".asx")


@dataclass(frozen=True, slots=True)
class Address:
    """What to listen to: a device of ALSA or PulseAudio, or the URL of a stream."""

    kind: str  # of models.SOURCE_KINDS
    value: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line gives no sound, or its sound is not kept: an error's code and values to show."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A source as its recorder and its list need it."""

    id: str
    unit_id: str
    name: str
    address: Address
    private_network: bool
    redirect_hosts: tuple[str, ...]
    split_silence_s: int
    pre_roll_s: int
    line_state: str
    problem: LineProblem | None
    seen_at: datetime | None
    heard_at: datetime | None

    def state_at(self, now: datetime) -> str:
        """What the recorder last said; one that was killed says nothing any more."""
        if self.seen_at is not None and now - self.seen_at > SAID_LONG_AGO:
            return "idle"
        return self.line_state


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A weekly time of a source, in the time zone of its unit."""

    id: str
    source: SourceInfo
    weekly: WeeklyTime
    title: str
    zone: ZoneInfo


def parse_address(text: str) -> Address:
    """Read `alsa:DEVICE`, `pulse:NAME`, `http://…` or `https://…`.

    Raises InvalidInput `source_address`, `source_playlist` for HLS and other playlists, and
    `source_password` for a URL with a name or password in it.
    """
    text = text.strip()
    kind, colon, device = text.partition(":")
    if kind in _DEFAULT_DEVICES and colon:
        device = device or _DEFAULT_DEVICES[kind]
        if not _DEVICE.fullmatch(device):
            raise InvalidInput("source_address", address=text)
        return Address(kind, device)
    return Address("stream", _checked_url(text))


def add_source(
    session: Session,
    *,
    unit_id: str,
    name: str,
    address: str,
    private_network: bool = False,
    redirect_hosts: Sequence[str] = (),
    split_silence_s: int = 20,
    pre_roll_s: int = 5,
    actor_id: str | None = None,
) -> SourceInfo:
    """Add a source. `redirect_hosts`: hosts that the stream's own may send on to.

    Raises what `parse_address` does, InvalidInput `source_name_missing`, `source_host`,
    `source_seconds`, Conflict `source_exists`, Forbidden.
    """
    require_role(session, actor_id, unit_id)
    name = normalise_text(name)[:NAME_LENGTH]
    if not name:
        raise InvalidInput("source_name_missing")
    parsed = parse_address(address)
    hosts = [host.strip().lower() for host in redirect_hosts]
    wrong = next((host for host in hosts if not _HOST.fullmatch(host)), None)
    if wrong is not None or len(hosts) > MOST_REDIRECT_HOSTS:
        raise InvalidInput("source_host", host=wrong or "")
    if split_silence_s not in SPLIT_SILENCE_S or pre_roll_s not in PRE_ROLL_S:
        raise InvalidInput("source_seconds")
    if session.scalar(select(Source.id).where(Source.unit_id == unit_id, Source.name == name)):
        raise Conflict("source_exists", name=name)
    row = Source(
        unit_id=unit_id,
        name=name,
        kind=parsed.kind,
        address=parsed.value,
        private_network=private_network,
        redirect_hosts=hosts,
        split_silence_s=split_silence_s,
        pre_roll_s=pre_roll_s,
        created_by=actor_id,
    )
    session.add(row)
    session.flush()
    _note(session, actor_id, "add_source", row, name=name, address=f"{row.kind}:{row.address}")
    return _info(row)


def list_sources(session: Session, unit_id: str) -> tuple[SourceInfo, ...]:
    """The unit's sources, by name."""
    rows = session.scalars(select(Source).where(Source.unit_id == unit_id).order_by(Source.name))
    return tuple(_info(row) for row in rows)


def find_source(session: Session, unit_id: str, named: str) -> SourceInfo:
    """The unit's source of this name, or with this address. Raises NotFound `source_unknown`."""
    wanted = normalise_text(named)
    sources = list_sources(session, unit_id)
    for source in sources:
        if wanted == source.name:
            return source
    for source in sources:
        if wanted in (source.address.value, f"{source.address.kind}:{source.address.value}"):
            return source
    raise NotFound("source_unknown", name=wanted)


def remove_source(
    session: Session, *, unit_id: str, named: str, actor_id: str | None = None
) -> SourceInfo:
    """Take a source and its schedules off; what it recorded stays.

    Raises NotFound `source_unknown`, Forbidden.
    """
    require_role(session, actor_id, unit_id)
    source = find_source(session, unit_id, named)
    session.execute(delete(Schedule).where(Schedule.source_id == source.id))
    row = session.get_one(Source, source.id)
    _note(session, actor_id, "remove_source", row, name=source.name)
    session.delete(row)
    session.flush()
    return source


def add_schedule(
    session: Session,
    *,
    unit_id: str,
    named: str,
    weekly: WeeklyTime,
    title: str = "",
    actor_id: str | None = None,
) -> ScheduleInfo:
    """Record a source every week at this time; `title` is that of the announcements made.

    Raises NotFound `source_unknown`, Conflict `schedule_exists`, Forbidden.
    """
    require_role(session, actor_id, unit_id)
    source = session.get_one(Source, find_source(session, unit_id, named).id)
    row = Schedule(
        source_id=source.id,
        days=sum(1 << day for day in weekly.days),
        start_minute=weekly.start_minute,
        end_minute=weekly.end_minute,
        title=normalise_text(title)[:TITLE_LENGTH],
        created_by=actor_id,
    )
    known = select(func.count()).where(
        Schedule.source_id == row.source_id,
        Schedule.days == row.days,
        Schedule.start_minute == row.start_minute,
        Schedule.end_minute == row.end_minute,
    )
    if session.scalar(known):
        raise Conflict("schedule_exists")
    session.add(row)
    session.flush()
    row.source = source
    _note(
        session,
        actor_id,
        "add_schedule",
        source,
        schedule=row.id,
        days=row.days,
        start_minute=row.start_minute,
        end_minute=row.end_minute,
    )
    return _schedule(row)


def list_schedules(session: Session, unit_id: str | None = None) -> tuple[ScheduleInfo, ...]:
    """The weekly times of one unit, or of all, earliest of the day first."""
    query = select(Schedule).join(Source).order_by(Schedule.start_minute, Schedule.id)
    if unit_id is not None:
        query = query.where(Source.unit_id == unit_id)
    return tuple(_schedule(row) for row in session.scalars(query))


def remove_schedule(
    session: Session, *, schedule_id: str, actor_id: str | None = None
) -> ScheduleInfo:
    """Record no more at this time. Raises NotFound `schedule_unknown`, Forbidden."""
    row = session.get(Schedule, schedule_id)
    if row is None:
        raise NotFound("schedule_unknown", id=schedule_id)
    require_role(session, actor_id, row.source.unit_id)
    removed = _schedule(row)
    _note(session, actor_id, "remove_schedule", row.source, schedule=row.id)
    session.delete(row)
    session.flush()
    return removed


def note_line(
    session: Session,
    source_id: str,
    line_state: str,
    *,
    problem: LineProblem | None = None,
    heard_at: datetime | None = None,
) -> None:
    """Write down what the recorder sees, for people; harmless where the source was removed."""
    values: dict[str, object] = {
        "line_state": line_state,
        "problem": problem.code if problem else None,
        "problem_data": problem.data if problem else {},
        "seen_at": utc_now(),
    }
    if heard_at is not None:
        values["heard_at"] = heard_at
    session.execute(update(Source).where(Source.id == source_id).values(**values))


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return not found.is_global or found.is_multicast


def _checked_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput("source_address", address=text) from error
    known = parts.scheme in ("http", "https") and host
    if not known or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput("source_address", address=text)
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("source_password")
    if parts.path.lower().endswith(_PLAYLISTS):
        raise InvalidInput("source_playlist", address=text)
    if len(text) > URL_LENGTH:
        raise InvalidInput("source_address", address=text[:60])
    return text


def _info(row: Source) -> SourceInfo:
    return SourceInfo(
        id=row.id,
        unit_id=row.unit_id,
        name=row.name,
        address=Address(row.kind, row.address),
        private_network=row.private_network,
        redirect_hosts=tuple(row.redirect_hosts),
        split_silence_s=row.split_silence_s,
        pre_roll_s=row.pre_roll_s,
        line_state=row.line_state,
        problem=LineProblem(row.problem, row.problem_data) if row.problem else None,
        seen_at=row.seen_at,
        heard_at=row.heard_at,
    )


def _schedule(row: Schedule) -> ScheduleInfo:
    days = frozenset(day for day in range(7) if row.days & 1 << day)
    weekly = WeeklyTime(days, row.start_minute, row.end_minute)
    zone = ZoneInfo(row.source.unit.time_zone)
    return ScheduleInfo(row.id, _info(row.source), weekly, row.title, zone)


def _note(
    session: Session, actor_id: str | None, action: str, source: Source, **data: object
) -> None:
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type="source",
        subject_id=source.id,
        unit_id=source.unit_id,
        **data,
    )
