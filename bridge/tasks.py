"""The task table: what is to be done in the background, who is doing it, and how it went.

A run holds a task by a token and a lease. The lease is renewed while the run lives; when it
expires the task goes back to the queue and the token stops working, so a late write of the old
run is refused instead of doubling or undoing the new run's work.
"""

import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bridge.db import Database, utc_now
from bridge.errors import LeaseLost
from bridge.media import MediaStore
from bridge.models import Task, WorkerBeat
from bridge.settings import Settings
from bridge.turns import PREPARE, by_turn, is_due

logger = logging.getLogger(__name__)

# When the runs of this process last wrote something, by their tokens, on the steady clock.
_IDS_AT_ONCE = 500  # in one statement: databases take so many values and no more
_signs: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One attempt at a task. Every write of the attempt is made under its token."""

    id: str
    kind: str
    announcement_id: str | None
    attempt: int
    max_attempts: int
    token: str
    worker: str
    capture_id: str | None = None
    unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a task function works with."""

    settings: Settings
    db: Database
    media: MediaStore


def add_task(
    session: Session,
    *,
    kind: str,
    announcement_id: str | None = None,
    capture_id: str | None = None,
    unit_id: str | None = None,
    max_attempts: int = 3,
    not_before: datetime | None = None,
) -> str:
    """Put work on the table and return its id; the open task of the same kind, if there is one.

    Nobody begins it before `not_before`; None: at once.
    """
    open_id = session.scalar(
        select(Task.id).where(
            Task.kind == kind,
            Task.announcement_id == announcement_id,
            Task.capture_id == capture_id,
            Task.unit_id == unit_id,
            Task.state.in_(("queued", "running")),
        )
    )
    is_about = (announcement_id, capture_id, unit_id)
    if open_id is not None and any(one is not None for one in is_about):
        return open_id
    task = Task(
        kind=kind,
        announcement_id=announcement_id,
        capture_id=capture_id,
        unit_id=unit_id,
        max_attempts=max_attempts,
        not_before=not_before,
    )
    session.add(task)
    session.flush()
    return task.id


def claim_task(db: Database, task_id: str, *, worker: str, lease_s: float) -> TaskRun | None:
    """Begin a run of a queued task whose time has come.

    None when there is no such task: another run was quicker, or it is too early.
    """
    token, now = secrets.token_hex(16), utc_now()
    with db.writing() as session:
        claimed = session.execute(
            update(Task)
            .where(Task.id == task_id, Task.state == "queued", is_due(now))
            .values(
                state="running",
                attempt=Task.attempt + 1,
                token=token,
                worker=worker,
                lease_until=now + timedelta(seconds=lease_s),
                started_at=now,
                error_code=None,
                error_detail=None,
            )
        )
        if not _changed(claimed):
            return None
        task = session.get_one(Task, task_id)
        return TaskRun(
            task.id,
            task.kind,
            task.announcement_id,
            task.attempt,
            task.max_attempts,
            token,
            worker,
            task.capture_id,
            task.unit_id,
        )


def claim_next(db: Database, told_id: str, *, worker: str, lease_s: float) -> TaskRun | None:
    """Begin a run of the task whose turn it is; None when none is.

    Only tasks that were handed over are meant: what has failed waits for the reaper to do so again
    and does not burn its attempts at once. A new one of which the worker is told counts as handed
    over, for that may not be noted yet.
    """
    is_new = and_(Task.id == told_id, Task.attempt == 0)
    handed_over = or_(Task.handed_over_at.is_not(None), is_new)
    while True:
        with db.reading() as session:
            task_id = session.scalar(by_turn(utc_now()).where(handed_over).limit(1))
        if task_id is None:
            return None
        run = claim_task(db, task_id, worker=worker, lease_s=lease_s)
        if run is not None:  # otherwise another worker was quicker: the next one
            return run


def renew_lease(db: Database, run: TaskRun, lease_s: float) -> None:
    """Keep a run's hold on its task. Raises LeaseLost when the hold is gone."""
    with db.writing() as session:
        _write(session, run, lease_until=utc_now() + timedelta(seconds=lease_s))


def idle_seconds(run: TaskRun) -> float:
    """How long a run of this process has written nothing; renewing its lease does not count."""
    return time.monotonic() - _signs.setdefault(run.token, time.monotonic())


def hold(session: Session, run: TaskRun) -> None:
    """Make sure that the run still holds its task; first in every write transaction of a run.

    It locks the task's row, so the hold lasts until the transaction ends. Raises LeaseLost.
    """
    _write(session, run, token=run.token)
    _signs[run.token] = time.monotonic()


def report_progress(
    db: Database, run: TaskRun, done: int, total: int, remaining_s: int | None = None
) -> None:
    """Say how far the run has come, in the task's own unit, and how long the rest may take.

    Raises LeaseLost.
    """
    with db.writing() as session:
        _write(session, run, progress_done=done, progress_total=total, remaining_s=remaining_s)
    _signs[run.token] = time.monotonic()


def finish_task(session: Session, run: TaskRun) -> None:
    """End a run that did its work, in the transaction that holds the result."""
    _end(session, run, "done")


def cancel_tasks(session: Session, announcement_id: str, kind: str) -> bool:
    """Take back open tasks of a kind; a run in progress loses its hold at its next write.

    True when a run of one had begun, so that it may have left something behind.
    """
    open_tasks = session.scalars(
        select(Task)
        .where(
            Task.announcement_id == announcement_id,
            Task.kind == kind,
            Task.state.in_(("queued", "running")),
        )
        .with_for_update()
    ).all()
    for task in open_tasks:
        task.state = "cancelled"
        task.token = task.lease_until = task.remaining_s = None
        task.finished_at = utc_now()
    session.flush()
    return any(task.attempt > 0 for task in open_tasks)


def end_attempt(
    session: Session, run: TaskRun, *, code: str, detail: str, final: bool = False
) -> bool:
    """End a run that did not succeed. True when the task has failed for good, else it is queued.

    Raises LeaseLost when the run had already lost its hold: then another run decides.
    """
    failed = final or run.attempt >= run.max_attempts
    # PostgreSQL stores no NUL, and what an exception says may come from a hostile file.
    detail = detail.replace("\0", "")
    _end(session, run, "failed" if failed else "queued", code, detail)
    return failed


def put_off(session: Session, run: TaskRun, *, code: str, detail: str, until: datetime) -> None:
    """End a run that did not succeed; the task waits and nobody begins it before `until`.

    Raises LeaseLost when the run had already lost its hold.
    """
    _end(session, run, "queued", code, detail.replace("\0", ""))
    session.execute(update(Task).where(Task.id == run.id).values(not_before=until))


def give_back(session: Session, run: TaskRun) -> None:
    """End a run that was told to stop: the task waits again and the attempt does not count."""
    _end(session, run, "queued")
    session.execute(update(Task).where(Task.id == run.id).values(attempt=Task.attempt - 1))


def step_aside(session: Session, run: TaskRun, cursor: str) -> None:
    """End a run of a long task so that others get their turn: it waits again behind those that wait
    now, the attempt does not count, and the next run finds `cursor` (`cursor_of`).

    Raises LeaseLost.
    """
    _end(session, run, "queued")
    session.execute(
        update(Task)
        .where(Task.id == run.id)
        .values(attempt=Task.attempt - 1, not_before=utc_now(), cursor=cursor)
    )


def cursor_of(session: Session, run: TaskRun) -> str | None:
    """Where a task stepped aside; None where it never did."""
    return session.scalar(select(Task.cursor).where(Task.id == run.id))


def others_wait(session: Session, run: TaskRun) -> bool:
    """Whether a worker could begin another task now that is of no such long kind.

    What is only prepared (`turns.PREPARE`) makes nobody step aside.
    """
    waiting = select(Task.id).where(
        Task.state == "queued",
        Task.kind.not_in((run.kind, PREPARE)),
        Task.attempt < Task.max_attempts,
        is_due(utc_now()),
    )
    return session.scalar(waiting.limit(1)) is not None


def return_expired(session: Session, now: datetime | None = None) -> Sequence[Task]:
    """Take back tasks whose lease has run out. Returns those that thereby failed for good."""
    expired = session.scalars(
        select(Task)
        .where(Task.state == "running", Task.lease_until < (now or utc_now()))
        .with_for_update(skip_locked=True)
    ).all()
    return _take_back(session, expired)


def shorten_leases(session: Session, lease_s: float, now: datetime | None = None) -> None:
    """Bring leases from the future back to `lease_s` from now: the clock has been set back.

    A run that lives renews its lease long before; that of a dead one would stand for as long as
    the clock was set back. Twice the length is let be: clocks of several machines differ a little.
    """
    now = now or utc_now()
    session.execute(
        update(Task)
        .where(Task.state == "running", Task.lease_until > now + timedelta(seconds=2 * lease_s))
        .values(lease_until=now + timedelta(seconds=lease_s))
        .execution_options(synchronize_session=False)
    )


def return_of_worker(session: Session, worker: str) -> Sequence[Task]:
    """Take back at once what a worker held that is known to be gone.

    `worker` is a name, or a prefix ending in ":" for all the workers under it. Returns the tasks
    that thereby failed for good.
    """
    named = Task.worker.startswith(worker, autoescape=True)
    held = session.scalars(
        select(Task)
        .where(Task.state == "running", named if worker.endswith(":") else Task.worker == worker)
        .with_for_update(skip_locked=True)
    ).all()
    return _take_back(session, held)


def queued_ids(session: Session, now: datetime | None = None) -> Sequence[str]:
    """Ids of the tasks that wait for a worker, in the order in which they are to be run."""
    return session.scalars(by_turn(now or utc_now())).all()


def early_ids(
    session: Session, task_ids: Sequence[str], now: datetime | None = None
) -> frozenset[str]:
    """Which of these tasks wait for their time and not for a worker."""
    early = Task.not_before > (now or utc_now())
    found: set[str] = set()
    for begin in range(0, len(task_ids), _IDS_AT_ONCE):
        some = task_ids[begin : begin + _IDS_AT_ONCE]
        found.update(session.scalars(select(Task.id).where(Task.id.in_(some), early)))
    return frozenset(found)


def note_handover(db: Database, task_ids: Sequence[str]) -> None:
    """Remember when tasks' ids were last given to the queue."""
    with db.writing() as session:
        for begin in range(0, len(task_ids), _IDS_AT_ONCE):
            some = task_ids[begin : begin + _IDS_AT_ONCE]
            session.execute(
                update(Task)
                .where(Task.id.in_(some))
                .values(handed_over_at=utc_now())
                .execution_options(synchronize_session=False)
            )


def beat(db: Database, worker: str) -> None:
    """A worker's sign of life."""
    with db.writing() as session:
        session.merge(WorkerBeat(name=worker, seen_at=utc_now()))


def _take_back(session: Session, held: Sequence[Task]) -> list[Task]:
    for task in held:
        final = task.attempt >= task.max_attempts
        logger.warning("task %s was lost by %s (attempt %d)", task.id, task.worker, task.attempt)
        task.state = "failed" if final else "queued"
        task.token = task.lease_until = task.handed_over_at = task.remaining_s = None
        task.error_code = "worker_lost"
        task.finished_at = utc_now() if final else None
    session.flush()
    return [task for task in held if task.state == "failed"]


def _end(
    session: Session, run: TaskRun, state: str, code: str | None = None, detail: str | None = None
) -> None:
    _signs.pop(run.token, None)
    _write(
        session,
        run,
        state=state,
        token=None,
        lease_until=None,
        handed_over_at=None,
        remaining_s=None,
        error_code=code,
        error_detail=detail,
        finished_at=None if state == "queued" else utc_now(),
    )


def _write(session: Session, run: TaskRun, **values: object) -> None:
    changed = session.execute(
        update(Task)
        .where(Task.id == run.id, Task.token == run.token)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not _changed(changed):
        raise LeaseLost(task_id=run.id, attempt=run.attempt)


def _changed(result: object) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1
