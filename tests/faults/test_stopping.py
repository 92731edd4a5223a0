"""Workers that are stopped or told to end, at the moments where it hurts most."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bridge.models import Segment
from tests.faults.house import Workshop, stop_between_writes
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

ENDS_WITHIN_S = 30


def heard(shop: Workshop, announcement: str) -> int:
    """How many segments are committed."""
    with shop.database.reading() as session:
        found = select(func.count()).where(Segment.announcement_id == announcement)
        return session.scalar(found) or 0


def holder(shop: Workshop, announcement: str) -> int:
    """The process id of the worker that holds or held the task."""
    return int((shop.task(announcement).worker or ":0").rpartition(":")[2])


@pytest.mark.fault(
    "SIGSTOP of a worker beyond its lease, then SIGCONT",
    expected="another finishes the task, the late write is refused, both go on working",
)
def test_a_worker_that_comes_back_late(
    shop: Workshop,
    ledger: Entry,
    speech: Callable[[], Path],
    sounds: Callable[[int], list[Path]],
) -> None:
    workers = {name: shop.worker(f"late-{name}") for name in ("a", "b")}
    spoken = shop.ingest(speech())
    wait_for(lambda: shop.state(spoken) == "transcribing", 60, "the beginning")
    late = next(n for n, worker in workers.items() if worker.pid == holder(shop, spoken))
    stop_between_writes(shop.database, [workers[late].pid])
    wait_for(lambda: shop.task(spoken).attempt == 2, 30, "the other worker")
    shop.judge(ledger)
    words = shop.json("announcement", "show", spoken)["text"]
    os.kill(workers[late].pid, signal.SIGCONT)
    log = wait_for(lambda: "taken over" in shop.log_of(f"late-{late}"), 30, "the refusal")
    assert log
    shop.judge(ledger)
    assert shop.json("announcement", "show", spoken)["text"] == words
    (other,) = set(workers) - {late}
    shop.end(workers[other])
    (tone,) = sounds(1)
    last = shop.ingest(tone)
    shop.judge(ledger)
    assert holder(shop, last) == workers[late].pid
    ledger.saw("refused, finished by the other in attempt 2; the late one did the next task")


@pytest.mark.fault("SIGTERM of an idle worker", expected="it ends with 0")
def test_an_idle_worker_is_told_to_end(shop: Workshop, ledger: Entry) -> None:
    worker = shop.worker("idle")
    assert end(worker) == 0
    ledger.saw("0")


@pytest.mark.fault(
    "SIGTERM of a worker that has taken an id off the queue and claimed nothing",
    expected="it ends with 0; the task is done once, by it or by the next",
)
def test_a_worker_is_told_to_end_while_it_takes_a_task(
    shop: Workshop, ledger: Entry, sounds: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    marker = tmp_path / "reached"
    worker = shop.worker("dequeue", LOA_FAILPOINT=f"worker.dequeued:hold@{marker}")
    (tone,) = sounds(1)
    announcement = shop.ingest(tone)
    wait_for(marker.exists, 30, "the id's leaving the queue")
    worker.send_signal(signal.SIGTERM)
    marker.unlink()
    assert worker.wait(ENDS_WITHIN_S) == 0
    ledger.saw(f"0, then {shop.task(announcement).state}")
    shop.worker("next")
    shop.judge(ledger)
    assert shop.state(announcement) == "in_review"


@pytest.mark.fault(
    "SIGKILL of a worker that has taken an id off the queue and claimed nothing",
    expected="the reaper hands it over again; done once",
)
def test_a_worker_dies_while_it_takes_a_task(
    shop: Workshop, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    worker = shop.worker("dies", LOA_FAILPOINT="worker.dequeued:kill")
    (tone,) = sounds(1)
    announcement = shop.ingest(tone)
    assert worker.wait(30) == -signal.SIGKILL
    assert (shop.task(announcement).state, shop.task(announcement).attempt) == ("queued", 0)
    shop.worker("heir")
    shop.judge(ledger)
    task = shop.task(announcement)
    assert (task.state, task.attempt) == ("done", 1)
    ledger.saw("done in attempt 1")


@pytest.mark.fault(
    "SIGTERM of a worker at work",
    expected="it finishes the task at hand and ends with 0",
)
def test_a_worker_is_told_to_end_while_it_works(
    shop: Workshop, ledger: Entry, speech: Callable[[], Path]
) -> None:
    worker = shop.worker("busy")
    spoken = shop.ingest(speech())
    wait_for(lambda: shop.state(spoken) == "transcribing", 60, "the beginning")
    assert end(worker) == 0
    task = shop.task(spoken)
    assert (task.state, task.attempt, shop.state(spoken)) == ("done", 1, "in_review")
    shop.judge(ledger)
    ledger.saw("done in attempt 1, then 0")


def end(worker: subprocess.Popen[bytes]) -> int:
    worker.send_signal(signal.SIGTERM)
    return worker.wait(ENDS_WITHIN_S)
