"""Captures that nobody goes on with: finished by the server, kept for a while, swept away."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from bridge.capture_end import fail_capture
from bridge.captures import lock_capture, mark_discarded
from bridge.chunk_store import ChunkStore
from bridge.db import Database, utc_now
from bridge.media import MediaStore
from bridge.models import Capture, CaptureChunk, Task
from bridge.settings import Settings
from bridge.tasks import add_task

logger = logging.getLogger(__name__)

FINISH = "finish_capture"  # the kind of task
_GIVE_UP_AFTER = 5  # tasks that failed for good, each after several attempts


@dataclass(frozen=True, slots=True)
class StaleCapture:
    """A capture whose chunks nobody wants any more."""

    id: str
    kind: str
    state: str
    file_name: str
    received_bytes: int
    touched_at: datetime


def finish_silent(db: Database, settings: Settings, now: datetime | None = None) -> list[str]:
    """Put the finishing of captures on the table that are silent and can be finished; task ids.

    That is: recordings and lines with anything in them, files that are complete; of none a task
    waits or is at it. Doing it at the same time or twice is harmless.
    """
    silent_since = (now or utc_now()) - timedelta(seconds=settings.capture_silence_s)
    with db.reading() as session:
        found = session.scalars(select(Capture.id).where(_is_silent(silent_since))).all()
    tasks = []
    for capture_id in found:
        with db.writing() as session:
            task_id = _finish_one(session, capture_id, silent_since)
        if task_id is not None:
            tasks.append(task_id)
    return tasks


def settle_unfinished(session: Session, capture_id: str, code: str) -> None:
    """Say on a capture that the task to finish it failed; it is tried again after the next silence.

    A full disk is waited for without end; anything else that fails again and again is given up,
    and what has come stays.
    """
    failed = select(func.count()).where(
        Task.capture_id == capture_id, Task.state == "failed", Task.error_code != "no_space"
    )
    for_good = code != "no_space" and session.scalars(failed).one() >= _GIVE_UP_AFTER
    capture = lock_capture(session, capture_id)
    if capture.state == "open":
        fail_capture(session, capture_id, code, {}, for_good=for_good)
        capture.touched_at = utc_now()


def stale_captures(
    session: Session, settings: Settings, now: datetime | None = None
) -> list[StaleCapture]:
    """Captures that may be swept away: their age is over `capture_keep_days`.

    Files that were not completed or could not be read, recordings in which nothing ever arrived,
    and what is still kept of recordings that the server finished by itself. Never a recording
    with sound in it that is no announcement yet.
    """
    before = (now or utc_now()) - timedelta(days=settings.capture_keep_days)
    rows = session.scalars(select(Capture).where(_is_stale(before)).order_by(Capture.touched_at))
    return [
        StaleCapture(row.id, row.kind, row.state, row.file_name, row.received_bytes, row.touched_at)
        for row in rows
    ]


def sweep_capture(
    db: Database,
    media: MediaStore,
    settings: Settings,
    capture_id: str,
    now: datetime | None = None,
) -> bool:
    """Take away the chunks of one stale capture; False when it is not stale any more."""
    before = (now or utc_now()) - timedelta(days=settings.capture_keep_days)
    with db.writing() as session:
        capture = lock_capture(session, capture_id)
        stale = select(Capture.id).where(Capture.id == capture_id, _is_stale(before))
        if session.scalar(stale) is None:
            return False
        if capture.state == "finished":
            capture.by_silence = False  # nothing may be added from now on
            session.execute(delete(CaptureChunk).where(CaptureChunk.capture_id == capture_id))
        else:
            mark_discarded(session, capture, None)
    ChunkStore(media.root).remove(capture_id)
    return True


def orphan_chunk_files(session: Session, media: MediaStore) -> list[Path]:
    """Folders of captures without chunks, and drafts of writers that were killed.

    Safe to remove (`shutil.rmtree` / `unlink`): what is being written is younger than an hour.
    """
    chunks = ChunkStore(media.root)
    drafts = chunks.left_behind()
    folders = chunks.folders()
    wanted = set(
        session.scalars(
            select(CaptureChunk.capture_id).where(CaptureChunk.capture_id.in_(folders)).distinct()
        )
    ) | set(session.scalars(select(Capture.id).where(Capture.state == "open")))
    empty = [path for name, path in sorted(folders.items()) if name not in wanted]
    return empty + [path for path in drafts if path.parent not in empty]


def _has_task() -> ColumnElement[bool]:
    """Whether its finishing waits or is under way."""
    return exists().where(
        Task.capture_id == Capture.id, Task.kind == FINISH, Task.state.in_(("queued", "running"))
    )


def _is_silent(silent_since: datetime) -> ColumnElement[bool]:
    # Without looking for its task each worker would lock each of them every few seconds.
    return and_(
        ~_has_task(),
        Capture.state == "open",
        Capture.touched_at <= silent_since,
        Capture.chunks > 0,
        or_(Capture.kind != "upload", Capture.received_bytes == Capture.size_bytes),
    )


def _is_stale(before: datetime) -> ColumnElement[bool]:
    # A file that is whole and was not finished yet had no machine to finish it: it is not given up.
    unfinished = or_(Capture.state == "failed", Capture.received_bytes < Capture.size_bytes)
    useless = or_(and_(Capture.kind == "upload", unfinished), Capture.chunks == 0)
    abandoned = and_(useless, Capture.state.in_(("open", "failed")), ~_has_task())
    kept = and_(Capture.state == "finished", Capture.by_silence, Capture.kind == "recorder")
    return and_(Capture.touched_at <= before, or_(abandoned, kept))


def _finish_one(session: Session, capture_id: str, silent_since: datetime) -> str | None:
    lock_capture(session, capture_id)
    silent = select(Capture.id).where(Capture.id == capture_id, _is_silent(silent_since))
    if session.scalar(silent) is None:
        return None
    logger.info("capture %s is silent and will be finished", capture_id)
    return add_task(session, kind=FINISH, capture_id=capture_id)
