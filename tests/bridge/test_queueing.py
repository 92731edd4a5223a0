"""Handing task ids to a real Valkey, and doing without it."""

import json
import logging
import zlib
from pathlib import Path

import pytest
from redis import Redis

from bridge.db import Database, new_id
from bridge.models import Task
from bridge.queueing import RUN_TASK, TaskQueue, open_queue
from bridge.tasks import add_task


def add(database: Database) -> str:
    with database.writing() as session:
        return add_task(session, kind="trial", announcement_id=None)


def find(database: Database, task_id: str) -> Task:
    with database.reading() as session:
        return session.get_one(Task, task_id)


def test_a_handed_over_id_waits_in_the_queue(
    shared_database: Database, valkey: Redis, valkey_url: str
) -> None:
    task_id = add(shared_database)
    assert TaskQueue(valkey_url).hand_over(shared_database, task_id)
    queue = open_queue(valkey_url)
    assert queue.get_job_ids() == [task_id]
    (job,) = queue.get_jobs()
    assert (job.func_name, job.args, job.kwargs) == (RUN_TASK, [task_id], {})
    assert find(shared_database, task_id).handed_over_at is not None


def test_nothing_in_the_queue_is_pickled(
    shared_database: Database, valkey: Redis, valkey_url: str
) -> None:
    task_id = add(shared_database)
    TaskQueue(valkey_url).hand_over(shared_database, task_id)
    data = valkey.hget(f"rq:job:{task_id}", "data")
    assert isinstance(data, bytes)
    assert task_id in json.dumps(json.loads(zlib.decompress(data)))


def test_the_queue_knows_which_ids_it_has_lost(
    shared_database: Database, valkey: Redis, valkey_url: str
) -> None:
    queue = TaskQueue(valkey_url)
    kept, lost = add(shared_database), new_id()
    queue.hand_over(shared_database, kept)
    assert queue.missing([kept, lost]) == [lost]
    valkey.flushall()
    assert queue.missing([kept, lost]) == [kept, lost]
    assert queue.missing([]) == []


@pytest.mark.usefixtures("valkey")
def test_a_queue_that_answers_is_reachable(valkey_url: str) -> None:
    assert TaskQueue(valkey_url).is_reachable()


@pytest.mark.parametrize("kind", ["socket", "tcp"])
def test_without_valkey_the_task_waits_and_nothing_is_raised(
    shared_database: Database,
    short_folder: Path,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    # Port 1 is reserved (tcpmux): nothing listens there.
    url = "redis://127.0.0.1:1" if kind == "tcp" else f"unix://{short_folder}/none.sock"
    queue = TaskQueue(url)
    task_id = add(shared_database)
    with caplog.at_level(logging.WARNING, logger="bridge.queueing"):
        assert not queue.hand_over(shared_database, task_id)
    assert f"task {task_id} waits" in caplog.text
    assert not queue.is_reachable()
    assert queue.missing([task_id]) is None
    task = find(shared_database, task_id)
    assert (task.state, task.handed_over_at) == ("queued", None)


def test_a_database_that_is_busy_then_does_not_refuse_what_is_in_the_queue(
    tmp_path: Path, valkey: Redis, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    busy = Database(f"sqlite:///{tmp_path / 'without-tables.db'}")  # nothing can be written there
    task_id = new_id()
    with caplog.at_level(logging.WARNING):
        assert TaskQueue(valkey_url).hand_over(busy, task_id)
    assert open_queue(valkey_url).get_job_ids() == [task_id]
    assert "not noted so" in caplog.text
    busy.dispose()
