"""A worker that dies where no supervisor sees it. Mostly waiting, so it runs beside the others."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import MakeHouse
from tests.faults.house import QUICK, Workshop
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

RECOVERY_S = 90.0  # the promise: a lease of 60 s, and a round of the reaper every 15 s


@pytest.mark.fault(
    "SIGKILL of a worker that nobody watches, default settings",
    expected=f"another begins its task again within {RECOVERY_S:.0f} s",
)
def test_a_worker_dies_unseen(
    make_own: MakeHouse, ledger: Entry, speech: Callable[[], Path]
) -> None:
    shop = make_own(Workshop)
    assert isinstance(shop, Workshop)
    for name in QUICK:
        del shop.settings[name]
    shop.open()
    mortal = shop.worker("mortal")
    spoken = shop.ingest(speech())
    wait_for(lambda: shop.state(spoken) == "transcribing", 60, "its beginning")
    shop.end(mortal)
    killed_at = time.monotonic()
    shop.worker("heir")
    wait_for(lambda: shop.task(spoken).attempt == 2, 2 * RECOVERY_S, "the second attempt")
    seconds = time.monotonic() - killed_at
    ledger.saw(f"after {seconds:.0f} s")
    assert seconds < RECOVERY_S
    shop.judge(ledger, 90)
    assert shop.state(spoken) == "in_review"
