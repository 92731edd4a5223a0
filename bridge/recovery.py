"""Bringing back what was lost: expired leases, workers that died, ids that Redis forgot."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bridge.capture_care import FINISH, settle_unfinished
from bridge.db import Database
from bridge.models import Task
from bridge.queueing import TaskQueue
from bridge.tasks import TaskRun, queued_ids, return_expired, return_of_worker, shorten_leases
from bridge.transcription import fail_transcription


def reap(db: Database, queue: TaskQueue, lease_s: float | None = None) -> None:
    """Take back what lost runs held, and hand over again what the queue no longer knows.

    Every worker does this every few seconds; doing it at the same time or twice is harmless.
    With `lease_s`, how long leases are here, those of a clock that was set back are shortened.
    """
    with db.writing() as session:
        if lease_s is not None:
            shorten_leases(session, lease_s)
        _settle(session, return_expired(session))
    with db.reading() as session:
        waiting = queued_ids(session)
    if waiting:
        queue.hand_over_all(db, queue.missing(waiting) or [])


def take_back_from(db: Database, queue: TaskQueue, worker: str) -> None:
    """Take back at once what a worker held that is known to be dead.

    `worker` is its name, or a prefix ending in ":".
    """
    with db.writing() as session:
        _settle(session, return_of_worker(session, worker))
    reap(db, queue)


def settle_failed(session: Session, task: Task | TaskRun, code: str) -> None:
    """Say on the announcement, or the capture, that its task has failed for good.

    A failed publishing leaves it approved: the task's error is shown there and can be retried.
    """
    if task.kind == "transcribe" and task.announcement_id is not None:
        fail_transcription(session, task.announcement_id, code)
    if task.kind == FINISH and task.capture_id is not None:
        settle_unfinished(session, task.capture_id, code)


def _settle(session: Session, failed: Sequence[Task]) -> None:
    for task in failed:
        settle_failed(session, task, task.error_code or "worker_lost")
