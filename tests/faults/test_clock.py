"""The machine's clock is set by an hour while everything runs."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import MakeHouse
from tests.faults.house import PARTS, House, Workshop, command_line, sha256
from tests.faults.ledger import Entry
from tests.faults.people import Refused, split
from tests.functional.running import process_tree, wait_for

CLOCK = Path(__file__).parent / "clock"
CHUNKS = 6
JUMPS = {1: signal.SIGUSR1, 3: signal.SIGUSR2, 5: signal.SIGUSR2}  # by the chunk that follows


def set_clock(house: House, number: signal.Signals) -> int:
    """Let every Python process of the house jump, as if the machine's clock had been set."""
    assert house.process is not None
    pids = [
        pid
        for pid in process_tree(house.process.pid)
        if any(PARTS[part] in command_line(pid) for part in ("worker", "web"))
        or pid == house.process.pid
    ]
    for pid in pids:
        os.kill(pid, number)
    return len(pids)


@pytest.mark.fault(
    "the clock jumps an hour forward, and twice an hour back, during work and a recording",
    expected="the work is finished once, the recording is whole",
)
def test_the_clock_is_set(make_own: MakeHouse, ledger: Entry, speech: Callable[[], Path]) -> None:
    house = make_own(PYTHONPATH=str(CLOCK))
    house.start()
    recorded, spoken = speech(), house.ingest(speech())
    wait_for(lambda: house.state(spoken) == "transcribing", 60, "its beginning")
    capture = house.person.begin(recorded)["id"]
    jumped = 0
    for number, part in enumerate(split(recorded.read_bytes(), CHUNKS)):
        if number in JUMPS:
            jumped = set_clock(house, JUMPS[number])
            time.sleep(1.5)  # some rounds of the reaper
        put(house, capture, number, part)
    house.acknowledged[sha256(recorded)] = house.person.finish(capture, CHUNKS)
    house.judge(ledger)
    assert {house.state(one) for one in house.acknowledged.values()} == {"in_review"}
    attempts = house.tasks(spoken)[0].attempt
    ledger.saw(f"{jumped} processes jumped, {attempts} attempts, the recording whole")
    assert attempts <= 2


def put(house: House, capture: str, number: int, part: bytes) -> None:
    """Send a chunk; a session that began in the future has ended, so one signs in again."""
    try:
        house.person.put(capture, number, part)
    except Refused as refused:
        if refused.code != "login_needed":
            raise
        house.person.sign_in()
        house.person.put(capture, number, part)


@pytest.mark.fault(
    "the clock jumps an hour back, then the worker that holds a lease dies unseen",
    expected="another worker takes the task within two leases, not after an hour",
)
def test_a_lease_from_the_future(shop: Workshop, ledger: Entry, speech: Callable[[], Path]) -> None:
    workers = {
        worker.pid: worker
        for worker in (shop.worker(f"clock-{n}", PYTHONPATH=str(CLOCK)) for n in "ab")
    }
    spoken = shop.ingest(speech())
    wait_for(lambda: shop.state(spoken) == "transcribing", 60, "its beginning")
    holder = workers.pop(int((shop.task(spoken).worker or "").rpartition(":")[2]))
    shop.end(holder)
    (other,) = workers.values()
    other.send_signal(signal.SIGUSR2)
    killed_at = time.monotonic()
    wait_for(lambda: shop.task(spoken).attempt == 2, 30, "the other worker")
    ledger.saw(f"taken after {time.monotonic() - killed_at:.0f} s with leases of 3 s")
    shop.judge(ledger)
    assert shop.state(spoken) == "in_review"
