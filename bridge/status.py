"""How the installation fares: work that waits, runs and failed, the disk, the last backup.

Facts only, as they stand in the database and on the disk; `web.status` says what they mean.
"""

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.models import (
    Announcement,
    AuditEntry,
    Capture,
    EngineRun,
    Task,
    Unit,
    User,
    WorkerBeat,
)
from bridge.settings import Settings
from bridge.turns import PREPARE

SCHEDULED = "scheduled"  # of a queued task whose time has not come
UNSETTLED = ("open", "failed")  # states of a capture that somebody may have to look at


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """The task table in figures."""

    # By (kind, state); what waits for its time has a state of its own, SCHEDULED.
    counts: Mapping[tuple[str, str], int]
    # Since when the oldest task that waits for a worker could have been begun. What is only
    # prepared waits for nobody's sake.
    oldest_waiting_at: datetime | None
    last_done_at: Mapping[str, datetime]  # by kind; a kind that never succeeded is left out

    @property
    def waiting(self) -> int:
        return self._count("queued") - self.counts.get((PREPARE, "queued"), 0)

    @property
    def running(self) -> int:
        return self._count("running")

    @property
    def scheduled(self) -> int:
        return self._count(SCHEDULED)

    def _count(self, wanted: str) -> int:
        return sum(count for (_kind, state), count in self.counts.items() if state == wanted)


@dataclass(frozen=True, slots=True)
class DiskStatus:
    """The disk that holds the data folder; below `min_free_bytes` no file is accepted."""

    total_bytes: int
    free_bytes: int
    min_free_bytes: int

    @property
    def accepts_files(self) -> bool:
        return self.free_bytes > self.min_free_bytes


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest backup that came to its end.

    `problems`: files that the database names and that were lost, changed or unreadable then.
    """

    finished_at: datetime
    folder: str
    size_bytes: int
    files: int
    problems: int = 0


@dataclass(frozen=True, slots=True)
class EngineTotals:
    """Everything the engines have heard: milliseconds of sound, and seconds of their work."""

    sound_ms: int
    work_s: float


@dataclass(frozen=True, slots=True)
class CaptureItem:
    """A recording or file that is on its way, or that arrived and could not be read."""

    id: str
    unit_id: str
    unit_name: str
    sender_name: str | None  # None: this machine records by itself
    kind: str
    state: str
    failure_code: str | None
    failure_data: dict[str, Any]  # values of its sentence
    title: str  # or the file's name, while nobody has given it one
    received_bytes: int
    size_bytes: int | None  # announced; None for a recording
    sound_ms: int  # as far as the sender says it
    created_at: datetime
    touched_at: datetime  # the last sign of life


def work_status(session: Session, now: datetime | None = None) -> WorkStatus:
    """The task table in figures, by one pass over it."""
    early = (Task.state == "queued") & (Task.not_before > (now or utc_now()))
    state = case((early, SCHEDULED), else_=Task.state).label("shown_state")
    rows = session.execute(
        select(
            Task.kind,
            state,
            func.count(Task.id),
            func.min(func.coalesce(Task.not_before, Task.created_at)),
            func.max(Task.finished_at),
        ).group_by(Task.kind, state)
    ).all()
    waiting = [
        oldest
        for kind, state, _count, oldest, _last in rows
        if state == "queued" and kind != PREPARE
    ]
    return WorkStatus(
        counts={(kind, state): count for kind, state, count, _oldest, _last in rows},
        oldest_waiting_at=min(waiting, default=None),
        last_done_at={
            kind: last
            for kind, state, _count, _oldest, last in rows
            if state == "done" and last is not None
        },
    )


def count_announcements(session: Session) -> dict[str, int]:
    """How many announcements stand in each state; states without any are left out."""
    total = func.count(Announcement.id).label("total")
    counted = select(Announcement.state, total).group_by(Announcement.state)
    return {row.state: row.total for row in session.execute(counted)}


def engine_totals(session: Session) -> EngineTotals:
    """What all engine runs add up to, those that were lost half-way included."""
    sound_ms, work_s = session.execute(
        select(func.sum(EngineRun.done_ms), func.sum(EngineRun.engine_seconds))
    ).one()
    return EngineTotals(int(sound_ms or 0), float(work_s or 0.0))


def count_captures(session: Session) -> dict[tuple[str, str], int]:
    """How many captures are on their way or could not be read, by (kind, state)."""
    counted = (
        select(Capture.kind, Capture.state, func.count(Capture.id))
        .where(Capture.state.in_(UNSETTLED))
        .group_by(Capture.kind, Capture.state)
    )
    return {(kind, state): count for kind, state, count in session.execute(counted)}


def unsettled_captures(
    session: Session, unit_ids: Collection[str], limit: int = 50
) -> list[CaptureItem]:
    """What is on its way into these units or could not be read, the newest sign of life first."""
    rows = session.execute(
        select(Capture, Unit.name, User.name)
        .join(Unit, Capture.unit_id == Unit.id)
        .outerjoin(User, Capture.user_id == User.id)
        .where(Capture.unit_id.in_(unit_ids), Capture.state.in_(UNSETTLED))
        .order_by(Capture.touched_at.desc(), Capture.id)
        .limit(limit)
    )
    return [
        CaptureItem(
            id=capture.id,
            unit_id=capture.unit_id,
            unit_name=unit_name,
            sender_name=sender_name,
            kind=capture.kind,
            state=capture.state,
            failure_code=capture.failure_code,
            failure_data=capture.failure_data,
            title=capture.title or capture.file_name,
            received_bytes=capture.received_bytes,
            size_bytes=capture.size_bytes,
            sound_ms=capture.sound_ms,
            created_at=capture.created_at,
            touched_at=capture.touched_at,
        )
        for capture, unit_name, sender_name in rows
    ]


def disk_status(settings: Settings) -> DiskStatus:
    """The disk under the data folder, which need not exist yet."""
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return DiskStatus(usage.total, usage.free, settings.min_free_bytes)


def backup_note(settings: Settings) -> Path:
    """Where `loa backup` writes down when it last came to its end, and with how many problems."""
    return settings.run_dir / "last_backup.json"


def last_backup(settings: Settings) -> LastBackup | None:
    """The newest backup that came to its end; None without one or a note that can be read."""
    try:
        note = json.loads(backup_note(settings).read_text(encoding="utf-8"))
        finished_at = datetime.fromisoformat(note["finished_at"])
        if finished_at.tzinfo is None:
            return None
        return LastBackup(
            finished_at,
            str(note["folder"]),
            int(note["bytes"]),
            int(note["files"]),
            int(note.get("problems", 0)),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def live_workers(session: Session, since: datetime) -> list[str]:
    """Names of the workers that gave a sign of life after `since`."""
    beats = select(WorkerBeat.name).where(WorkerBeat.seen_at > since).order_by(WorkerBeat.name)
    return list(session.scalars(beats))


def newest_moment(session: Session) -> datetime | None:
    """When the audit log was last written to; None while it is empty."""
    return session.scalar(select(func.max(AuditEntry.at)))
