"""Work that hangs: the engine, a task in native code, with and without Python's lock."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import MakeHouse
from tests.faults.house import House
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

# A window of sound may take the engine some seconds on a busy machine, and nothing comes meanwhile.
ENGINE_SILENCE_S = 12
# And so may its start: a worker that is only slow must not be taken for one that hangs.
TASK_SILENCE_S = 10


def hang_while_publishing(
    make_own: MakeHouse,
    ledger: Entry,
    tone: Path,
    marker: Path,
    action: str,
    *,
    point: str = "publish.encoded",
    **settings: str,
) -> House:
    """Publish with a task that hangs once, between the sound and the pages; back when done."""
    house = make_own(LOA_FAILPOINT=f"{point}:{action}@{marker}", **settings)
    house.start()
    announcement = house.ingest(tone)
    house.judge(ledger)
    house.approve(announcement)
    wait_for(marker.exists, 60, "the task's hanging")
    hung = house.part("worker")
    wait_for(lambda: house.state(announcement) == "published", 60, "the page")
    assert house.part("worker") != hung
    house.judge(ledger)
    publishing = next(task for task in house.tasks(announcement) if task.kind == "publish")
    assert (publishing.state, publishing.attempt) == ("done", 2)
    assert (house.data / "site" / "xa-mau" / announcement / "index.html").is_file()
    return house


@pytest.mark.fault(
    "a task hangs in native code and other threads run on",
    expected="its worker ends itself and is started again; done in attempt 2",
)
def test_a_task_hangs(
    make_own: MakeHouse, ledger: Entry, sounds: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    (tone,) = sounds(1)
    house = hang_while_publishing(
        make_own, ledger, tone, tmp_path / "hung", "hang", LOA_TASK_SILENCE_S=str(TASK_SILENCE_S)
    )
    assert "the worker ends itself" in house.log()
    ledger.saw("the worker ended itself, published in attempt 2")


@pytest.mark.fault(
    "a task hangs in native code with Python's lock, so that its worker is mute",
    expected="the supervisor kills the worker and starts it again; done in attempt 2",
)
def test_a_task_hangs_with_the_lock(
    make_own: MakeHouse, ledger: Entry, sounds: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    (tone,) = sounds(1)
    house = hang_while_publishing(make_own, ledger, tone, tmp_path / "hung", "freeze")
    assert "no sign of life" in house.log()
    ledger.saw("the supervisor killed it, published in attempt 2")


@pytest.mark.fault(
    "a task hangs in the middle of a transaction, so that on SQLite nobody can write",
    expected="the supervisor kills the worker and starts it again; done in attempt 2",
)
def test_a_task_hangs_in_a_transaction(
    make_own: MakeHouse, ledger: Entry, sounds: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    (tone,) = sounds(1)
    house = hang_while_publishing(
        make_own, ledger, tone, tmp_path / "hung", "freeze", point="publish.written"
    )
    assert house.log().count("no sign of life") == 1
    ledger.saw("the supervisor killed it, published in attempt 2")


@pytest.mark.fault(
    "the engine hangs (SIGSTOP) while it hears",
    expected="it is replaced within the task; the text is whole, attempt 1",
)
def test_the_engine_hangs(make_own: MakeHouse, ledger: Entry, speech: Callable[[], Path]) -> None:
    house = make_own(LOA_ENGINE_SILENCE_S=str(ENGINE_SILENCE_S))
    house.start()
    undisturbed = house.ingest(speech())
    house.judge(ledger)
    spoken = house.ingest(speech())
    wait_for(lambda: house.state(spoken) == "transcribing", 30, "its beginning")
    engine = house.wait_for_part("engine")
    os.kill(engine, signal.SIGSTOP)
    wait_for(lambda: engine not in house.part("engine"), 30, "its end")
    house.judge(ledger)
    assert house.task(spoken).attempt == 1
    texts = [house.json("announcement", "show", one)["text"] for one in (undisturbed, spoken)]
    assert texts[0] == texts[1]
    ledger.saw("replaced, the same text, attempt 1")
