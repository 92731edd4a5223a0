"""SIGKILL to each part of `loa up` at random moments while people send and the machine works."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.house import PARTS, House, Senders
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

SOUNDS = 4

draw = random.SystemRandom()


@pytest.mark.fault(
    "SIGKILL of engine, worker, web and Valkey, in random order at random moments",
    expected="each is started again, every upload is finished, once",
)
def test_parts_are_killed_at_random_moments(
    house: House,
    ledger: Entry,
    sounds: Callable[[int], list[Path]],
    speech: Callable[[], Path],
) -> None:
    spoken = house.ingest(speech())
    order = draw.sample(list(PARTS), len(PARTS))
    with Senders(house, sounds(SOUNDS)):
        for part in order:
            time.sleep(draw.uniform(0.1, 2.0))
            pid = draw.choice(wait_for(lambda part=part: house.part(part), 30, part))
            os.kill(pid, signal.SIGKILL)
    house.judge(ledger, 90)
    assert house.state(spoken) == "in_review", house.told(spoken)
    for part in ("worker", "web", "valkey"):
        house.wait_for_part(part)
    ledger.saw(f"{' '.join(order)}: all {len(house.acknowledged)} finished")


@pytest.mark.fault(
    "SIGKILL of the supervisor, as a power cut",
    expected="nothing of it lives on; after `loa up` the work goes on by itself",
)
def test_the_supervisor_is_killed(
    house: House,
    ledger: Entry,
    sounds: Callable[[int], list[Path]],
    speech: Callable[[], Path],
) -> None:
    spoken = house.ingest(speech())
    with Senders(house, sounds(SOUNDS)):
        time.sleep(draw.uniform(0.2, 4.0))
        house.crash()
        house.start()
    house.judge(ledger, 90)
    assert house.state(spoken) == "in_review", house.told(spoken)
    ledger.saw(f"all {len(house.acknowledged)} finished")
