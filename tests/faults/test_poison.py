"""One recording that brings down whatever touches it, among good ones."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.media import MediaStore
from tests.faults.house import House, sha256, wake
from tests.faults.ledger import Entry
from tests.functional.running import wait_for


@pytest.mark.fault(
    "a recording at which the worker dies each time, among good ones",
    expected="given up after three attempts and said so; the others are finished",
)
def test_a_recording_that_kills_its_worker(
    house: House, ledger: Entry, sounds: Callable[[int], list[Path]], speech: Callable[[], Path]
) -> None:
    poison = house.ingest(speech())
    good = [house.ingest(path) for path in sounds(3)]
    deaths = 0
    deadline = time.monotonic() + 90
    while house.state(poison) != "failed" and time.monotonic() < deadline:
        task = house.task(poison)
        pid = int((task.worker or ":0").rpartition(":")[2])
        if task.state == "running" and task.attempt > deaths and pid in house.part("worker"):
            os.kill(pid, signal.SIGKILL)
            deaths += 1
        time.sleep(0.05)
    house.judge(ledger, 90)
    assert (house.state(poison), deaths) == ("failed", 3)
    assert {house.state(one) for one in good} == {"in_review"}
    assert "Thử lại" in house.told(poison)
    # A person presses the button, and this time nothing is in its way.
    house.succeed("announcement", "retry", poison)
    wait_for(lambda: house.state(poison) == "in_review", 60, "the fourth attempt")
    ledger.saw(f"{deaths} workers died, the operator was told, a retry went well")


@pytest.mark.fault(
    "an original that was damaged on the disk, among good ones",
    expected="it fails at once and says so; the others are finished",
)
def test_a_recording_that_is_damaged(
    house: House, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    paths = sounds(3)
    workers = house.stop_part("worker")
    ids = [house.ingest(path) for path in paths]
    original = MediaStore(house.data / "media").original(sha256(paths[1]))
    content = original.read_bytes()
    original.chmod(0o640)
    original.write_bytes(b"RIFF" + os.urandom(len(content) - 4))
    wake(workers)
    house.settle(ids)
    assert [house.state(one) for one in ids] == ["in_review", "failed", "in_review"]
    assert house.task(ids[1]).attempt == 1
    told = house.told(ids[1])
    original.write_bytes(content)
    house.succeed("announcement", "retry", ids[1])
    house.settle(ids)
    house.judge(ledger)
    assert house.state(ids[1]) == "in_review"
    ledger.saw(f"“{told}”; put back and tried again, it was finished")
