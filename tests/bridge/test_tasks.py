"""The task table: one run at a time, no late writes, no attempt too many."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bridge.db import Database, new_id, utc_now
from bridge.errors import LeaseLost
from bridge.models import Task, WorkerBeat
from bridge.tasks import (
    TaskRun,
    add_task,
    beat,
    cancel_tasks,
    claim_task,
    end_attempt,
    finish_task,
    give_back,
    hold,
    note_handover,
    queued_ids,
    renew_lease,
    report_progress,
    return_expired,
    return_of_worker,
)
from tests.bridge.lifecycle import Life

WORKER = "localhost:up:1:4711"


@pytest.fixture
def db(shared_database: Database) -> Database:
    return shared_database


def add(db: Database, kind: str = "trial", max_attempts: int = 3) -> str:
    with db.writing() as session:
        return add_task(session, kind=kind, announcement_id=None, max_attempts=max_attempts)


def claim(db: Database, task_id: str, worker: str = WORKER, lease_s: float = 60) -> TaskRun:
    run = claim_task(db, task_id, worker=worker, lease_s=lease_s)
    assert run is not None
    return run


def find(db: Database, task_id: str) -> Task:
    with db.reading() as session:
        return session.get_one(Task, task_id)


def expire(db: Database, *task_ids: str) -> None:
    """The lease of these tasks ran out a second ago."""
    with db.writing() as session:
        session.execute(
            update(Task)
            .where(Task.id.in_(task_ids))
            .values(lease_until=utc_now() - timedelta(seconds=1))
        )


def take_back_expired(db: Database) -> set[str]:
    """Take back what expired; the ids of those that failed for good."""
    with db.writing() as session:
        return {task.id for task in return_expired(session)}


def test_a_claimed_task_is_held_by_a_token_for_the_time_of_the_lease(db: Database) -> None:
    task_id = add(db)
    before = utc_now()
    run = claim(db, task_id, lease_s=60)
    task = find(db, task_id)
    assert run == TaskRun(task_id, "trial", None, 1, 3, run.token, WORKER)
    assert (task.state, task.attempt, task.token, task.worker) == ("running", 1, run.token, WORKER)
    assert task.lease_until is not None
    assert task.started_at is not None
    assert task.lease_until - task.started_at == timedelta(seconds=60)
    assert before <= task.started_at <= utc_now()


@pytest.mark.parametrize("state", ["running", "done", "failed", "cancelled"])
def test_only_a_waiting_task_can_be_claimed(db: Database, state: str) -> None:
    task_id = add(db)
    with db.writing() as session:
        token = "t" if state == "running" else None
        session.execute(update(Task).where(Task.id == task_id).values(state=state, token=token))
    assert claim_task(db, task_id, worker=WORKER, lease_s=60) is None
    assert find(db, task_id).attempt == 0


def test_a_task_that_is_not_there_cannot_be_claimed(db: Database) -> None:
    assert claim_task(db, new_id(), worker=WORKER, lease_s=60) is None


def test_of_many_that_claim_at_once_exactly_one_gets_the_task(db: Database) -> None:
    task_ids = [add(db) for _ in range(5)]
    start = threading.Barrier(4)

    def race(number: int) -> list[str]:
        start.wait(timeout=60)
        runs = [claim_task(db, item, worker=f"w:{number}", lease_s=60) for item in task_ids]
        return [run.id for run in runs if run is not None]

    with ThreadPoolExecutor(4) as pool:
        won = [item for part in pool.map(race, range(4)) for item in part]
    assert sorted(won) == sorted(task_ids)
    assert {find(db, item).attempt for item in task_ids} == {1}


def write_progress(db: Database, run: TaskRun) -> None:
    report_progress(db, run, 1, 2)


def write_renewal(db: Database, run: TaskRun) -> None:
    renew_lease(db, run, 60)


def write_hold(db: Database, run: TaskRun) -> None:
    with db.writing() as session:
        hold(session, run)


def write_end(db: Database, run: TaskRun) -> None:
    with db.writing() as session:
        finish_task(session, run)


def write_failure(db: Database, run: TaskRun) -> None:
    with db.writing() as session:
        end_attempt(session, run, code="engine_failed", detail="late")


def write_return(db: Database, run: TaskRun) -> None:
    with db.writing() as session:
        give_back(session, run)


WRITES = [write_progress, write_renewal, write_hold, write_end, write_failure, write_return]


@pytest.mark.parametrize("write", WRITES)
def test_late_write_of_an_expired_lease_is_refused(
    db: Database, write: Callable[[Database, TaskRun], None]
) -> None:
    task_id = add(db)
    late = claim(db, task_id)
    expire(db, task_id)
    take_back_expired(db)
    second = claim(db, task_id, worker="other:2")
    with pytest.raises(LeaseLost) as caught:
        write(db, late)
    assert caught.value.data == {"task_id": task_id, "attempt": 1}
    task = find(db, task_id)
    assert (task.state, task.token, task.attempt) == ("running", second.token, 2)
    assert (task.progress_done, task.error_code) == (0, None)


@pytest.mark.parametrize("write", WRITES)
def test_a_run_that_has_ended_writes_nothing_more(
    db: Database, write: Callable[[Database, TaskRun], None]
) -> None:
    run = claim(db, add(db))
    write_end(db, run)
    with pytest.raises(LeaseLost):
        write(db, run)
    assert find(db, run.id).state == "done"


def test_a_refused_write_undoes_what_its_transaction_wrote_before(db: Database) -> None:
    run = replace(claim(db, add(db)), token="someone else's")
    name = new_id()

    def write_a_result() -> None:
        with db.writing() as session:
            session.merge(WorkerBeat(name=name, seen_at=utc_now()))
            finish_task(session, run)

    with pytest.raises(LeaseLost):
        write_a_result()
    with db.reading() as session:
        assert session.get(WorkerBeat, name) is None


def test_a_renewed_lease_lasts_longer(db: Database) -> None:
    run = claim(db, add(db), lease_s=1)
    renew_lease(db, run, 3_600)
    lease_until = find(db, run.id).lease_until
    assert lease_until is not None
    assert lease_until > utc_now() + timedelta(seconds=3_000)
    with db.writing() as session:
        return_expired(session, now=utc_now() + timedelta(seconds=1_800))
    write_hold(db, run)


def test_progress_can_be_read_while_the_run_goes_on(db: Database) -> None:
    run = claim(db, add(db))
    report_progress(db, run, 30_000, 120_000)
    task = find(db, run.id)
    assert (task.state, task.progress_done, task.progress_total) == ("running", 30_000, 120_000)


def test_a_finished_task_is_done_and_held_by_nobody(db: Database) -> None:
    run = claim(db, add(db))
    write_end(db, run)
    task = find(db, run.id)
    assert (task.state, task.token, task.lease_until, task.error_code) == ("done", None, None, None)
    assert task.finished_at is not None


def test_a_task_is_tried_as_often_as_it_may_and_then_has_failed(db: Database) -> None:
    task_id = add(db, max_attempts=3)
    for attempt in (1, 2):
        run = claim(db, task_id)
        assert run.attempt == attempt
        with db.writing() as session:
            assert not end_attempt(session, run, code="engine_failed", detail="it hung")
        task = find(db, task_id)
        assert (task.state, task.error_code, task.error_detail) == (
            "queued",
            "engine_failed",
            "it hung",
        )
        assert task.finished_at is None
    run = claim(db, task_id)
    assert find(db, task_id).error_code is None  # the new attempt has not failed yet
    with db.writing() as session:
        assert end_attempt(session, run, code="engine_failed", detail="it hung")
    task = find(db, task_id)
    assert (task.state, task.attempt, task.error_code) == ("failed", 3, "engine_failed")
    assert task.finished_at is not None


def test_what_cannot_succeed_is_not_tried_again(db: Database) -> None:
    run = claim(db, add(db))
    with db.writing() as session:
        assert end_attempt(session, run, code="model_missing", detail="", final=True)
    assert find(db, run.id).state == "failed"


def test_a_run_that_was_told_to_stop_costs_no_attempt(db: Database) -> None:
    task_id = add(db, max_attempts=1)
    for _ in range(3):
        run = claim(db, task_id)
        assert run.attempt == 1
        write_return(db, run)
        task = find(db, task_id)
        assert (task.state, task.attempt, task.token, task.error_code) == ("queued", 0, None, None)


def test_only_expired_leases_are_taken_back(db: Database) -> None:
    expired, living, waiting = add(db), add(db), add(db)
    claim(db, expired)
    claim(db, living)
    expire(db, expired)
    note_handover(db, [expired])
    assert take_back_expired(db) == set()
    task = find(db, expired)
    assert (task.state, task.token, task.lease_until) == ("queued", None, None)
    assert (task.error_code, task.handed_over_at) == ("worker_lost", None)
    assert find(db, living).state == "running"
    assert find(db, waiting).state == "queued"


def test_a_task_lost_as_often_as_it_may_be_tried_has_failed(db: Database) -> None:
    task_id = add(db, max_attempts=2)
    for expected in (set(), {task_id}):
        claim(db, task_id)
        expire(db, task_id)
        assert take_back_expired(db) == expected
    task = find(db, task_id)
    assert (task.state, task.error_code) == ("failed", "worker_lost")
    assert task.finished_at is not None


def test_what_a_dead_worker_held_is_taken_back_at_once(db: Database) -> None:
    names = ["box:up:1:10", "box:up:1:100", "box:up:2:11", "box:alone:0:12", "b_x:up:1:10"]
    tasks = {name: add(db) for name in names}
    for name, task_id in tasks.items():
        claim(db, task_id, worker=name)

    def running() -> set[str]:
        return {name for name, task_id in tasks.items() if find(db, task_id).state == "running"}

    with db.writing() as session:
        assert return_of_worker(session, "box:up:1:10") == []
    assert running() == set(names[1:])  # one name alone, not those that begin like it
    with db.writing() as session:
        return_of_worker(session, "b_x:up:")
    assert running() == set(names[1:4])  # "_" is no wildcard
    with db.writing() as session:
        return_of_worker(session, "box:up:")
    assert running() == {"box:alone:0:12"}


def test_a_dead_worker_ends_the_last_attempt(db: Database) -> None:
    task_id, worker = add(db, max_attempts=1), f"box:up:1:{new_id()}"
    claim(db, task_id, worker=worker)
    with db.writing() as session:
        assert [task.id for task in return_of_worker(session, worker)] == [task_id]
    assert find(db, task_id).state == "failed"


def test_cancelling_makes_a_run_lose_its_hold(life: Life) -> None:
    running, waiting = life.receive(b"one"), life.receive(b"two")
    run = life.claim(running.task_id)
    with life.db.writing() as session:
        for receipt in (running, waiting):
            cancel_tasks(session, receipt.announcement_id, "transcribe")
    with pytest.raises(LeaseLost):
        write_hold(life.db, run)
    for receipt in (running, waiting):
        task = life.task(receipt.task_id)
        assert (task.state, task.token) == ("cancelled", None)
        assert task.finished_at is not None


def test_cancelling_leaves_other_kinds_other_announcements_and_the_past_alone(life: Life) -> None:
    done, other = life.receive(b"one"), life.receive(b"two")
    life.transcribe(done.task_id)
    with life.db.writing() as session:
        cancel_tasks(session, done.announcement_id, "transcribe")
        cancel_tasks(session, other.announcement_id, "publish")
    assert life.task(done.task_id).state == "done"
    assert life.task(other.task_id).state == "queued"


def test_adding_an_open_task_again_names_the_one_that_is_open(life: Life) -> None:
    first = life.receive().announcement_id

    def publish_task() -> str:
        with life.db.writing() as session:
            return add_task(session, kind="publish", announcement_id=first)

    task_id = publish_task()
    assert publish_task() == task_id
    run = life.claim(task_id)
    assert publish_task() == task_id
    write_end(life.db, run)
    assert publish_task() != task_id


def test_tasks_of_no_announcement_do_not_stand_for_each_other(db: Database) -> None:
    assert add(db, "sweep") != add(db, "sweep")


def test_waiting_tasks_are_listed_oldest_first(db: Database) -> None:
    task_ids = [add(db) for _ in range(4)]
    claim(db, task_ids[1])
    with db.writing() as session:
        moment = utc_now() - timedelta(days=1)
        session.execute(update(Task).where(Task.id == task_ids[3]).values(created_at=moment))
    with db.reading() as session:
        listed = [item for item in queued_ids(session) if item in task_ids]
    assert listed == [task_ids[3], task_ids[0], task_ids[2]]


def test_a_worker_is_seen_when_it_last_gave_a_sign(db: Database) -> None:
    name = new_id()
    beat(db, name)
    with db.reading() as session:
        first = session.get_one(WorkerBeat, name).seen_at
    beat(db, name)
    with db.reading() as session:
        seen = session.scalars(select(WorkerBeat.seen_at).where(WorkerBeat.name == name)).one()
    assert first < seen <= utc_now()


def test_a_handover_is_remembered(db: Database) -> None:
    task_id = add(db)
    assert find(db, task_id).handed_over_at is None
    note_handover(db, [task_id])
    assert find(db, task_id).handed_over_at is not None
