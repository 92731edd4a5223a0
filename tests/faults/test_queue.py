"""What may happen to the queue: emptied, dead, hung, filled with the same id."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select

from bridge.db import new_id
from bridge.models import Announcement, AuditEntry, Recording, Task
from bridge.queueing import RUN_TASK, TaskQueue, open_queue
from bridge.tasks import add_task
from bridge.units import find_unit
from tests.faults.house import House, wake
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

MANY = 100
TIMES = 50
# What an upload may wait for a queue that hangs: its limit is 2 s, the rest is the upload itself.
ACCEPTED_WITHIN_S = 8.0


def withdrawn(house: House, count: int) -> list[str]:
    """Tasks that take pages of so many items away: quick work, of which the audit log tells."""
    ids = []
    with house.database.writing() as session:
        unit_id = find_unit(session, "xa-mau").id
        for _ in range(count):
            recording = Recording(
                unit_id=unit_id,
                sha256=(new_id() * 6)[:64],
                size_bytes=1,
                file_name="thu.wav",
                container="wav",
                codec="pcm_s16le",
                sample_rate=16_000,
                channels=1,
                duration_ms=600,
                peaks=b"",
            )
            session.add(recording)
            session.flush()
            announcement = Announcement(
                unit_id=unit_id,
                recording_id=recording.id,
                start_ms=0,
                end_ms=600,
                state="in_review",
                title="Thử",
                broadcast_at=datetime.now(UTC),
            )
            session.add(announcement)
            session.flush()
            ids.append(add_task(session, kind="unpublish", announcement_id=announcement.id))
    return ids


def hand_over(house: House, task_ids: list[str]) -> None:
    queue = TaskQueue(redis_url(house))
    for task_id in task_ids:
        assert queue.hand_over(house.database, task_id)


def redis_url(house: House) -> str:
    return f"unix://{house.data}/run/valkey.sock"


def done(house: House, task_ids: list[str]) -> int:
    with house.database.reading() as session:
        found = select(func.count()).where(Task.id.in_(task_ids), Task.state == "done")
        return session.scalar(found) or 0


def times_done(house: House, task_ids: list[str]) -> dict[str, int]:
    """How often each task's work stands in the audit log."""
    with house.database.reading() as session:
        rows = session.execute(
            select(Task.id, func.count())
            .join(AuditEntry, AuditEntry.subject_id == Task.announcement_id)
            .where(Task.id.in_(task_ids), AuditEntry.action == "unpublish")
            .group_by(Task.id)
        )
        return {row[0]: row[1] for row in rows}


@contextmanager
def at_rest(house: House, part: str) -> Iterator[None]:
    """Stop a part's processes for the time of the block."""
    pids = house.stop_part(part)
    try:
        yield
    finally:
        wake(pids)


def judge_tasks(house: House, ledger: Entry, task_ids: list[str]) -> None:
    times = times_done(house, task_ids)
    ledger.lost += sum(task_id not in times for task_id in task_ids)
    ledger.doubled += sum(count > 1 for count in times.values())
    assert times == dict.fromkeys(task_ids, 1)
    with house.database.reading() as session:
        again = session.scalars(select(Task).where(Task.id.in_(task_ids), Task.attempt != 1)).all()
        told = [(one.id, one.attempt, one.error_code) for one in again]
    assert told == [], house.log()


@pytest.mark.fault(
    f"FLUSHALL with {MANY} queued, and twice more while they are worked off",
    expected="the reaper fills the queue again, each is done once",
)
def test_the_queue_is_emptied(house: House, ledger: Entry) -> None:
    with Redis.from_url(redis_url(house)) as redis:
        with at_rest(house, "worker"):
            task_ids = withdrawn(house, MANY)
            hand_over(house, task_ids)
            waiting = open_queue(redis_url(house)).count
            redis.flushall()
        for share in (MANY // 3, MANY * 2 // 3):
            wait_for(lambda share=share: done(house, task_ids) >= share, 60, f"{share} done")
            redis.flushall()
    wait_for(lambda: done(house, task_ids) == MANY, 60, "all done")
    judge_tasks(house, ledger, task_ids)
    ledger.saw(f"{waiting} lay in the queue, {MANY} done once")


@pytest.mark.fault(
    f"the same task enqueued {TIMES} times, and again when it is done",
    expected="done once",
)
def test_a_task_is_enqueued_again_and_again(house: House, ledger: Entry) -> None:
    queue = open_queue(redis_url(house))

    def enqueue(task_id: str) -> None:
        for number in range(TIMES):
            queue.enqueue_call(RUN_TASK, args=[task_id], job_id=f"{task_id}-{number}", timeout=-1)

    with at_rest(house, "worker"):
        task_ids = withdrawn(house, 2)
        for task_id in task_ids:
            enqueue(task_id)
    wait_for(lambda: done(house, task_ids) == 2, 30, "both done")
    enqueue(task_ids[0])
    wait_for(lambda: queue.count == 0, 30, "an empty queue")
    last = withdrawn(house, 1)  # when this one is done, all before it have been looked at
    hand_over(house, last)
    wait_for(lambda: done(house, last) == 1, 30, "the last one")
    judge_tasks(house, ledger, task_ids + last)
    ledger.saw(f"{3 * TIMES} ids in the queue, each task done once")


@pytest.mark.fault(
    "Valkey dead when an upload comes",
    expected="the upload is accepted; done when Valkey is back",
)
def test_valkey_is_dead_when_an_upload_comes(
    house: House, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    assert house.process is not None
    assert house.person
    os.kill(house.process.pid, signal.SIGSTOP)  # else the supervisor would be too quick
    try:
        house.signal_part("valkey", signal.SIGKILL)
        announcement, seconds = upload(house, sounds)
        assert house.task(announcement).handed_over_at is None
    finally:
        os.kill(house.process.pid, signal.SIGCONT)
    house.judge(ledger)
    assert house.state(announcement) == "in_review"
    ledger.saw(f"accepted in {seconds:.1f} s")


@pytest.mark.fault(
    "Valkey hung (SIGSTOP) when an upload comes",
    expected=f"accepted within {ACCEPTED_WITHIN_S:.0f} s; done when Valkey is back",
)
def test_valkey_hangs_when_an_upload_comes(
    house: House, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    assert house.person
    with at_rest(house, "valkey"):
        announcement, seconds = upload(house, sounds)
        assert house.task(announcement).handed_over_at is None
    house.judge(ledger)
    assert house.state(announcement) == "in_review"
    ledger.saw(f"accepted in {seconds:.1f} s")
    assert seconds < ACCEPTED_WITHIN_S


def upload(house: House, sounds: Callable[[int], list[Path]]) -> tuple[str, float]:
    (path,) = sounds(1)
    begun_at = time.monotonic()
    announcement = house.send(path)
    return announcement, time.monotonic() - begun_at
