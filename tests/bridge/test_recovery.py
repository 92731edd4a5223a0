"""Bringing back what was lost, with a real Valkey."""

from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import update

from bridge.db import utc_now
from bridge.models import Task
from bridge.queueing import TaskQueue, open_queue
from bridge.recovery import reap, settle_failed, take_back_from
from bridge.tasks import hold, note_handover
from tests.bridge.lifecycle import WORKER, Life


@pytest.fixture
def queue(valkey: Redis, valkey_url: str) -> TaskQueue:
    return TaskQueue(valkey_url)


def expire(life: Life, task_id: str | None, attempt: int = 1) -> None:
    with life.db.writing() as session:
        session.execute(
            update(Task)
            .where(Task.id == task_id)
            .values(lease_until=utc_now() - timedelta(seconds=1), attempt=attempt)
        )


def test_an_emptied_valkey_is_filled_again(
    own_life: Life, queue: TaskQueue, valkey: Redis, valkey_url: str
) -> None:
    first, second = (own_life.receive(content).task_id or "" for content in (b"one", b"two"))
    for task_id in (first, second):
        queue.hand_over(own_life.db, task_id)
    valkey.flushall()
    reap(own_life.db, queue)
    assert open_queue(valkey_url).get_job_ids() == [first, second]
    reap(own_life.db, queue)  # what the queue knows is not handed over again
    assert open_queue(valkey_url).get_job_ids() == [first, second]


def test_an_id_that_never_reached_the_queue_is_handed_over(
    own_life: Life, queue: TaskQueue, valkey_url: str, short_folder: Path
) -> None:
    task_id = own_life.receive().task_id or ""
    away = TaskQueue(f"unix://{short_folder}/none.sock")
    assert not away.hand_over(own_life.db, task_id)
    reap(own_life.db, away)  # still away: nothing happens, nothing is raised
    reap(own_life.db, queue)
    assert open_queue(valkey_url).get_job_ids() == [task_id]


def test_an_expired_lease_goes_back_to_the_queue(
    own_life: Life, queue: TaskQueue, valkey_url: str
) -> None:
    receipt = own_life.receive()
    own_life.begin(own_life.claim(receipt.task_id))
    expire(own_life, receipt.task_id)
    reap(own_life.db, queue)
    assert own_life.task(receipt.task_id).state == "queued"
    assert own_life.state(receipt.announcement_id) == "transcribing"
    assert open_queue(valkey_url).get_job_ids() == [receipt.task_id]


def test_a_transcription_lost_for_the_last_time_is_said_on_the_announcement(
    own_life: Life, queue: TaskQueue, valkey_url: str
) -> None:
    receipt = own_life.receive()
    own_life.begin(own_life.claim(receipt.task_id))
    expire(own_life, receipt.task_id, attempt=3)
    reap(own_life.db, queue)
    work = own_life.view(receipt.announcement_id).work
    assert (work.state, work.failure_code) == ("failed", "worker_lost")
    assert (work.task_state, work.task_error) == ("failed", "worker_lost")
    assert open_queue(valkey_url).get_job_ids() == []


def test_publishing_lost_for_the_last_time_leaves_the_approval_standing(
    own_life: Life, queue: TaskQueue
) -> None:
    announcement_id = own_life.reviewable()
    task_id = own_life.approve(announcement_id, own_life.person("approver"))
    own_life.claim(task_id)
    expire(own_life, task_id, attempt=3)
    reap(own_life.db, queue)
    work = own_life.view(announcement_id).work
    assert (work.state, work.failure_code, work.task_error) == ("approved", None, "worker_lost")


def test_one_task_that_should_not_be_there_does_not_stop_the_others(
    own_life: Life, queue: TaskQueue
) -> None:
    heard, lost = own_life.receive(b"one"), own_life.receive(b"two")
    own_life.transcribe(heard.task_id)
    with own_life.db.writing() as session:
        stray = Task(kind="transcribe", announcement_id=heard.announcement_id)
        session.add(stray)
    for task_id in (stray.id, lost.task_id):
        own_life.claim(task_id)
        expire(own_life, task_id, attempt=3)
    reap(own_life.db, queue)
    assert own_life.state(heard.announcement_id) == "in_review"
    assert own_life.state(lost.announcement_id) == "failed"


def test_what_a_dead_worker_held_is_handed_over_at_once(
    own_life: Life, queue: TaskQueue, valkey_url: str
) -> None:
    lost, living = (own_life.receive(content).task_id or "" for content in (b"one", b"two"))
    own_life.claim(lost, worker=WORKER)
    living_run = own_life.claim(living, worker="other:up:1:1")
    note_handover(own_life.db, [lost])
    take_back_from(own_life.db, queue, "localhost:up:")
    assert own_life.task(lost).state == "queued"
    assert open_queue(valkey_url).get_job_ids() == [lost]
    with own_life.db.writing() as session:
        hold(session, living_run)


@pytest.mark.parametrize("kind", ["publish", "unpublish", "sweep"])
def test_only_a_failed_transcription_changes_the_announcement(own_life: Life, kind: str) -> None:
    receipt = own_life.receive()
    with own_life.db.writing() as session:
        task = Task(kind=kind, announcement_id=receipt.announcement_id)
        settle_failed(session, task, "unexpected")
        settle_failed(session, Task(kind="transcribe"), "unexpected")
    assert own_life.state(receipt.announcement_id) == "queued"
    with own_life.db.writing() as session:
        task = Task(kind="transcribe", announcement_id=receipt.announcement_id)
        settle_failed(session, task, "unexpected")
    assert own_life.view(receipt.announcement_id).work.failure_code == "unexpected"
