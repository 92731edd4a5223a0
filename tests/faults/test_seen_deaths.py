"""A worker that dies where the supervisor sees it: promised in seconds, so nothing runs beside."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import MakeHouse
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

RECOVERY_S = 5.0  # the promise, where the supervisor sees a worker's exit

draw = random.SystemRandom()


@pytest.mark.fault(
    "SIGKILL of the worker under `loa up`, default settings",
    expected=f"its task is begun again within {RECOVERY_S:.0f} s",
)
def test_the_supervisor_sees_a_worker_die(
    make_own: MakeHouse, ledger: Entry, speech: Callable[[], Path]
) -> None:
    house = make_own()
    for name in ("LOA_LEASE_S", "LOA_RENEW_S", "LOA_REAP_S"):
        del house.settings[name]
    house.start()
    spoken = house.ingest(speech())
    wait_for(lambda: house.state(spoken) == "transcribing", 60, "its beginning")
    time.sleep(draw.uniform(0.1, 2.0))
    killed_at = time.monotonic()
    house.signal_part("worker", signal.SIGKILL)
    wait_for(lambda: house.task(spoken).error_code == "worker_lost", 60, "its coming back")
    back_s = time.monotonic() - killed_at
    wait_for(lambda: house.task(spoken).attempt == 2, 60, "the second attempt")
    begun_s = time.monotonic() - killed_at
    ledger.saw(f"back after {back_s:.1f} s, begun again after {begun_s:.1f} s")
    assert begun_s < RECOVERY_S
    house.judge(ledger, 90)
    assert house.state(spoken) == "in_review"
