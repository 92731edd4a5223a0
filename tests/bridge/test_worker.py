"""The worker, on a real Valkey, with real tasks."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.intake import set_priority
from bridge.models import Task, Unit, WorkerBeat
from bridge.queueing import QUEUE_NAME, RUN_TASK, TaskQueue, open_queue
from bridge.review import withdraw_announcement
from bridge.settings import Settings
from bridge.tasks import TaskContext, add_task, hold, return_expired
from bridge.worker import (
    TASK_FUNCTIONS,
    Attendant,
    run_next,
    run_worker,
    worker_group,
    worker_name,
)
from tests.bridge.lifecycle import Life

NAME = "localhost:alone:0:1"

# What the queue brings, and how it is read, has nothing to do with the kind of database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# Only PostgreSQL locks rows, by which a test can hold a run up.
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def work_off(queue_settings: Settings) -> Iterator[Callable[[], None]]:
    """Runs a worker here until the queue is empty."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    queue = open_queue(queue_settings.effective_redis_url)

    def work() -> None:
        run_worker(queue_settings, NAME, burst=True)
        # The reaper beside it may have handed an id over just as the worker ended.
        while queue.get_job_ids():
            run_worker(queue_settings, NAME, burst=True)

    yield work
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def context(own_life: Life, queue_settings: Settings) -> TaskContext:
    return TaskContext(queue_settings, own_life.db, own_life.media)


def hand_over(life: Life, settings: Settings, task_id: str | None) -> None:
    assert task_id is not None
    assert TaskQueue(settings.effective_redis_url).hand_over(life.db, task_id)


def add(life: Life, kind: str, announcement_id: str | None = None) -> str:
    with life.db.writing() as session:
        return add_task(session, kind=kind, announcement_id=announcement_id)


def withdrawn(life: Life) -> str:
    """A published announcement that was withdrawn; the task that takes its pages away."""
    approver = life.person("approver")
    announcement_id = life.published(approver)
    with life.db.writing() as session:
        task_id = withdraw_announcement(
            session, announcement_id=announcement_id, reason="Sai giờ", actor_id=approver
        )
    assert task_id is not None
    return task_id


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_beat(life: Life) -> None:
    """Wait for the next sign of life; before it, the attendant has renewed what it minds."""

    def beat() -> object:
        with life.db.reading() as session:
            return session.scalar(select(WorkerBeat.seen_at))

    seen = beat()
    wait_until(lambda: beat() != seen)


def wait_for_renewal(life: Life, task_id: str) -> None:
    """Wait until the lease of a task has been made longer."""
    lease_until = life.task(task_id).lease_until
    wait_until(lambda: life.task(task_id).lease_until > lease_until)


def keys(valkey: Redis) -> set[str]:
    """The jobs, ids and results that are left in Redis.

    Not the intermediate list: RQ sweeps it when a worker starts and every ten minutes.
    """
    found = [key.decode() for key in valkey.scan_iter("rq:*") if isinstance(key, bytes)]
    kinds = ("rq:job:", "rq:queue:", "rq:results:", "rq:failed:", "rq:wip:")
    return {key for key in found if key.startswith(kinds) and ":intermediate" not in key}


def test_a_task_that_was_handed_over_is_run(
    own_life: Life, queue_settings: Settings, valkey: Redis, work_off: Callable[[], None]
) -> None:
    task_id = withdrawn(own_life)
    hand_over(own_life, queue_settings, task_id)
    work_off()
    task = own_life.task(task_id)
    assert (task.state, task.attempt, task.worker, task.error_code) == ("done", 1, NAME, None)
    assert own_life.view(task.announcement_id or "").history[-1].action == "unpublish"
    assert keys(valkey) == set()


def test_publishing_what_nobody_approved_fails_for_good(
    own_life: Life, queue_settings: Settings, work_off: Callable[[], None]
) -> None:
    announcement_id = own_life.reviewable()
    task_id = add(own_life, "publish", announcement_id)
    hand_over(own_life, queue_settings, task_id)
    work_off()
    task = own_life.task(task_id)
    assert (task.state, task.attempt, task.error_code) == ("failed", 1, "approval_void")
    assert own_life.state(announcement_id) == "in_review"


def test_a_transcription_that_keeps_failing_is_given_up_and_says_so(
    own_life: Life, queue_settings: Settings, work_off: Callable[[], None]
) -> None:
    """A file stands where the folder of working copies should be: nobody foresaw that."""
    receipt = own_life.receive()
    (own_life.media.root / "derived").touch()
    while own_life.task(receipt.task_id).state == "queued":
        assert own_life.state(receipt.announcement_id) in ("queued", "transcribing")
        hand_over(own_life, queue_settings, receipt.task_id)
        work_off()
    task = own_life.task(receipt.task_id)
    assert (task.state, task.attempt, task.error_code) == ("failed", 3, "unexpected")
    assert "derived" in (task.error_detail or "")
    work = own_life.view(receipt.announcement_id).work
    assert (work.state, work.failure_code) == ("failed", "unexpected")


@on_sqlite
def test_what_waits_for_its_hour_is_run_then_and_not_before(
    own_life: Life, queue_settings: Settings, work_off: Callable[[], None]
) -> None:
    announcement_id = own_life.reviewable()
    publish_at = utc_now() + timedelta(hours=1)
    task_id = own_life.approve(announcement_id, own_life.person("approver"), publish_at=publish_at)
    queue = TaskQueue(queue_settings.effective_redis_url)
    assert not queue.hand_over(own_life.db, task_id)
    open_queue(queue_settings.effective_redis_url).enqueue_call(RUN_TASK, args=[task_id])  # a stray
    work_off()
    assert (own_life.task(task_id).state, own_life.task(task_id).attempt) == ("queued", 0)
    soon = utc_now() + timedelta(seconds=1)  # the hour is brought near
    with own_life.db.writing() as session:
        session.execute(update(Task).where(Task.id == task_id).values(not_before=soon))
    settings = replace(queue_settings, reap_s=0.1)
    with Attendant(TaskContext(settings, own_life.db, own_life.media), NAME):
        waiting = open_queue(settings.effective_redis_url)
        wait_until(lambda: waiting.get_job_ids() == [task_id])
    work_off()
    task = own_life.task(task_id)
    assert task.started_at >= soon
    # This life has no sound to publish; that a run found so is what is asked here.
    assert (task.attempt, task.error_code) == (1, "media_missing")


@on_sqlite
def test_the_worker_begins_urgent_ones_first_whatever_the_queue_brings(
    own_life: Life, queue_settings: Settings, work_off: Callable[[], None]
) -> None:
    receipts = [own_life.receive(bytes([n])) for n in range(3)]
    # Each run ends at once, and is not tried again: a later try would have a later start.
    shutil.rmtree(own_life.media.root / "store")
    for receipt in receipts:
        hand_over(own_life, queue_settings, receipt.task_id)
    with own_life.db.writing() as session:
        set_priority(
            session,
            announcement_id=receipts[2].announcement_id,
            priority="urgent",
            actor_id=own_life.person("editor"),
        )
    work_off()
    tasks = [own_life.task(receipt.task_id) for receipt in receipts]
    assert tasks[2].started_at < tasks[0].started_at < tasks[1].started_at
    assert [(task.attempt, task.error_code) for task in tasks] == [(1, "media_missing")] * 3


@on_sqlite
def test_the_worker_ends_when_nothing_waits_whatever_became_of_the_ids(
    own_life: Life, queue_settings: Settings, valkey: Redis, work_off: Callable[[], None]
) -> None:
    ids = [add(own_life, "unknown") for _ in range(3)]
    for task_id in ids:
        hand_over(own_life, queue_settings, task_id)
    for task_id in ids[1:]:  # as if Redis had forgotten: the queue still names them
        assert valkey.delete(f"rq:job:{task_id}")
    work_off()
    assert [own_life.task(task_id).state for task_id in ids] == ["failed"] * 3


@on_sqlite
def test_a_kind_of_task_that_nobody_knows_fails_at_once(
    own_life: Life, queue_settings: Settings, work_off: Callable[[], None]
) -> None:
    task_id = add(own_life, "os.system")
    hand_over(own_life, queue_settings, task_id)
    work_off()
    task = own_life.task(task_id)
    assert (task.state, task.error_code) == ("failed", "task_unknown")


@on_sqlite
def test_an_id_that_came_twice_is_run_once(
    own_life: Life, queue_settings: Settings, valkey: Redis, work_off: Callable[[], None]
) -> None:
    task_id = add(own_life, "unknown")
    for _ in range(2):
        hand_over(own_life, queue_settings, task_id)
    work_off()
    assert own_life.task(task_id).attempt == 1
    assert keys(valkey) == set()


@on_sqlite
def test_an_id_of_no_task_is_dropped(
    own_life: Life, queue_settings: Settings, valkey: Redis, work_off: Callable[[], None]
) -> None:
    queue = open_queue(queue_settings.effective_redis_url)
    queue.enqueue_call(RUN_TASK, args=["0123456789ab"])
    work_off()
    assert keys(valkey) == set()


@pytest.fixture
def foreign_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that leaves a mark when it is imported; the mark's path."""
    mark = tmp_path / "imported"
    source = f"open({str(mark)!r}, 'w').close()\ndef run(*arguments): pass\n"
    (tmp_path / "foreign_module.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    yield mark
    sys.modules.pop("foreign_module", None)


@on_sqlite
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("foreign_module.run", ["0123456789ab"]),
        (RUN_TASK, []),
        (RUN_TASK, [["0123456789ab"]]),
        (RUN_TASK, ["one", "two"]),
    ],
    ids=["a foreign function", "no id", "a list", "two ids"],
)
def test_a_job_that_is_no_task_is_refused(
    own_life: Life,
    queue_settings: Settings,
    valkey: Redis,
    foreign_module: Path,
    work_off: Callable[[], None],
    function: str,
    arguments: list[object],
) -> None:
    good = add(own_life, "unknown")
    open_queue(queue_settings.effective_redis_url).enqueue_call(function, args=arguments)
    hand_over(own_life, queue_settings, good)
    work_off()
    assert not foreign_module.exists()
    assert "foreign_module" not in sys.modules
    assert own_life.task(good).attempt == 1  # the worker went on
    assert keys(valkey) == set()


@on_sqlite
def test_a_pickled_job_is_refused_unread(
    own_life: Life,
    queue_settings: Settings,
    valkey: Redis,
    foreign_module: Path,
    work_off: Callable[[], None],
) -> None:
    good = add(own_life, "unknown")
    Queue(QUEUE_NAME, connection=valkey).enqueue_call("foreign_module.run", args=[good])
    hand_over(own_life, queue_settings, good)
    work_off()
    assert not foreign_module.exists()
    assert own_life.task(good).attempt == 1
    assert keys(valkey) == set()


def test_a_living_worker_is_seen_and_fills_an_empty_queue(
    own_life: Life, context: TaskContext, valkey: Redis
) -> None:
    waiting = add(own_life, "unknown")
    before = utc_now()
    with Attendant(context, NAME):
        queue = open_queue(context.settings.effective_redis_url)
        wait_until(lambda: queue.get_job_ids() == [waiting])
    with own_life.db.reading() as session:
        beat = session.scalars(select(WorkerBeat)).one()
    assert beat.name == NAME
    assert beat.seen_at >= before


@on_sqlite
def test_a_run_longer_than_its_lease_keeps_its_task_while_it_is_minded(
    own_life: Life, context: TaskContext, valkey: Redis
) -> None:
    settings = replace(context.settings, renew_s=0.05, reap_s=0.05)
    run = own_life.claim(add(own_life, "unknown"), worker=NAME)
    first = own_life.task(run.id).lease_until
    with Attendant(replace(context, settings=settings), NAME) as attendant:
        with attendant.minding(run):
            for _ in range(2):
                wait_for_renewal(own_life, run.id)
            with own_life.db.writing() as session:
                # As seen from the moment at which the first lease is over.
                return_expired(session, first + timedelta(microseconds=1))
                hold(session, run)
        # Minded no longer, the lease stays as it is once the round at hand has ended. When it runs
        # out, the attendant itself takes the task back.
        wait_for_beat(own_life)
        last = own_life.task(run.id).lease_until
        for _ in range(2):
            wait_for_beat(own_life)
        assert own_life.task(run.id).lease_until == last
        with own_life.db.writing() as session:
            session.get_one(Task, run.id).lease_until = utc_now()
        wait_until(lambda: own_life.task(run.id).state == "queued")
    assert own_life.task(run.id).error_code == "worker_lost"


@on_sqlite
def test_a_run_keeps_its_lease_while_taking_back_what_is_lost_takes_long(
    own_life: Life, context: TaskContext
) -> None:
    run = own_life.claim(add(own_life, "unknown"), worker=NAME)
    add(own_life, "unknown")  # for which the queue is asked
    mute = socket.create_server(("127.0.0.1", 0))  # takes a connection and never answers
    mute.settimeout(60)
    # Asked for longer than the test waits: no renewal may hide behind the end of the question.
    url = f"redis://127.0.0.1:{mute.getsockname()[1]}?socket_timeout=600"
    settings = replace(context.settings, redis_url=url, renew_s=0.1, reap_s=0.1)
    with (
        Attendant(replace(context, settings=settings), NAME) as attendant,
        attendant.minding(run),
        mute,
    ):
        asking, _address = mute.accept()
        with asking:
            for _ in range(2):
                wait_for_renewal(own_life, run.id)
            with own_life.db.writing() as session:
                hold(session, run)


@on_sqlite
def test_the_attendant_outlives_a_lost_lease_and_a_broken_round(
    own_life: Life, context: TaskContext, valkey: Redis
) -> None:
    settings = replace(context.settings, renew_s=0.05, reap_s=0.05)
    run = replace(own_life.claim(add(own_life, "unknown")), token="not the one")
    with Attendant(replace(context, settings=settings), NAME) as attendant, attendant.minding(run):
        for _ in range(2):
            wait_for_beat(own_life)


def test_a_task_that_another_run_holds_is_left_alone(own_life: Life, context: TaskContext) -> None:
    run = own_life.claim(add(own_life, "unknown"))
    run_next(context, Attendant(context, NAME), run.id)
    with own_life.db.writing() as session:
        hold(session, run)


@pytest.fixture
def held_up(
    own_life: Life, queue_settings: Settings
) -> Iterator[tuple[subprocess.Popen[bytes], Session, str]]:
    """A worker process in the middle of a task: its run waits for a row that the test has locked.

    The process, the locking transaction, the task's id.
    """
    task_id = withdrawn(own_life)
    hand_over(own_life, queue_settings, task_id)
    script = (
        "from bridge.settings import load_settings; from bridge.worker import run_worker; "
        f"run_worker(load_settings(), {NAME!r})"
    )
    environment = {
        **os.environ,
        "LOA_DATA": str(queue_settings.data_dir),
        "LOA_DATABASE_URL": queue_settings.database_url,
        "LOA_REDIS_URL": queue_settings.redis_url,
    }
    with Session(own_life.db.write_engine) as locking:
        locking.get_one(Unit, own_life.unit.id, with_for_update=True)
        worker = subprocess.Popen([sys.executable, "-c", script], env=environment)
        try:
            wait_until(lambda: holds_somebody_up(own_life, locking))
            yield worker, locking, task_id
        finally:
            worker.kill()
            worker.wait()


def holds_somebody_up(life: Life, locking: Session) -> bool:
    """Whether another transaction waits for a row that this one has locked, and for no other."""
    mine = locking.scalar(text("SELECT pg_backend_pid()"))
    query = text("SELECT count(*) FROM pg_stat_activity WHERE :mine = ANY(pg_blocking_pids(pid))")
    # Asked from outside: one transaction is told the same again and again.
    with life.db.reading() as session:
        return bool(session.scalar(query, {"mine": mine}))


@on_postgresql
def test_a_worker_told_to_stop_first_ends_the_task_at_hand(
    own_life: Life, held_up: tuple[subprocess.Popen[bytes], Session, str]
) -> None:
    worker, locking, task_id = held_up
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert own_life.task(task_id).state == "running"
    locking.rollback()
    assert worker.wait(60) == 0
    task = own_life.task(task_id)
    assert (task.state, task.attempt) == ("done", 1)


@on_postgresql
def test_redis_emptied_during_a_task_costs_the_worker_nothing(
    own_life: Life,
    queue_settings: Settings,
    held_up: tuple[subprocess.Popen[bytes], Session, str],
) -> None:
    worker, locking, task_id = held_up
    Redis.from_url(queue_settings.redis_url).flushall()
    locking.rollback()
    wait_until(lambda: own_life.task(task_id).state == "done")
    with own_life.db.writing() as session:
        announcement_id = own_life.task(task_id).announcement_id
        second = add_task(session, kind="unpublish", announcement_id=announcement_id)
    hand_over(own_life, queue_settings, second)
    wait_until(lambda: own_life.task(second).state == "done")
    assert worker.poll() is None, "the same process did both"


@on_postgresql
def test_a_worker_told_twice_to_stop_gives_its_task_back_uncounted(
    own_life: Life, held_up: tuple[subprocess.Popen[bytes], Session, str], valkey: Redis
) -> None:
    worker, _, task_id = held_up
    worker.send_signal(signal.SIGTERM)
    of_worker = f"rq:worker:{NAME.replace(':', '-')}"
    wait_until(lambda: valkey.hexists(of_worker, "shutdown_requested_date"))
    time.sleep(1.2)  # RQ takes a second signal within a second for the same one
    worker.send_signal(signal.SIGTERM)
    worker.wait(60)
    task = own_life.task(task_id)
    assert (task.state, task.attempt, task.token) == ("queued", 0, None)


def test_a_workers_name_says_where_it_runs() -> None:
    assert worker_name(2, 77) == f"{worker_group(2)}2:77"
    assert worker_name(2, 77).startswith(worker_group())
    assert worker_name(0, 77) == f"{worker_group(0)}0:77"
    assert not worker_name(0).startswith(worker_group())
    assert worker_name(1).endswith(f":{os.getpid()}")


@pytest.mark.parametrize("kind", sorted(TASK_FUNCTIONS))
def test_every_kind_of_task_names_a_function_outside_the_bridge(kind: str) -> None:
    assert TASK_FUNCTIONS[kind].split(".")[0] in ("transcribe", "publish")
