"""A disk that is full at each write: the data folder lies on a small tmpfs of the test's own."""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import MakeHouse
from tests.faults.house import House, sha256
from tests.faults.ledger import Entry
from tests.faults.people import Refused
from tests.functional.running import APPROVER, wait_for

DISK_BYTES = 48 * 1024 * 1024
KIB = 1024
# Free bytes when a sender comes: from nothing at all to enough for the chunk and not for the rest.
LEVELS = (0, 8 * KIB, 64 * KIB, 192 * KIB, 512 * KIB, 4096 * KIB)
FULL_S = 4.0  # how long the work has no room: some attempts
SECONDS = 6.0  # of sound: about 190 kB


@pytest.fixture
def disk(short_folder: Path) -> Iterator[Path]:
    """A folder in which `data` is a file system of its own, and small."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a tmpfs")
    root = Path(tempfile.mkdtemp(dir=short_folder))
    data = root / "data"
    data.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "loa-test", data], check=True
    )
    yield root
    subprocess.run(["umount", "--lazy", data], check=True)


def fill(folder: Path, leave_bytes: int) -> Path:
    """Take up the disk but for so many bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        taken = 0
        while (more := shutil.disk_usage(folder).free - leave_bytes) > 0:
            try:
                os.posix_fallocate(file.fileno(), taken, more)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                continue  # somebody else was quicker
            taken += more
    return ballast


def try_to_send(house: House, path: Path) -> str:
    """One try; what came of it."""
    try:
        house.acknowledged[sha256(path)] = house.person.record(path)
    except Refused as refused:
        return f"{refused.status} {refused.code}"
    except OSError as error:
        return type(error).__name__
    return "accepted"


@pytest.mark.fault(
    "disk full at each write of taking a file in",
    expected="507 and a sentence, never an acknowledgement that is not kept; then all goes on",
)
def test_no_room_for_what_is_sent(
    make_own: MakeHouse, disk: Path, ledger: Entry, sounds: Callable[..., list[Path]]
) -> None:
    house = make_own(folder=disk)
    house.start()
    assert house.person.token
    answers = []
    for leave, path in zip(LEVELS, sounds(len(LEVELS), SECONDS), strict=True):
        ballast = fill(house.data, leave)
        answers.append(try_to_send(house, path))
        ballast.unlink()
        house.send(path)
    house.judge(ledger, 120)
    assert {house.state(one) for one in house.acknowledged.values()} == {"in_review"}
    ledger.saw(", ".join(answers))
    assert set(answers) <= {"507 no_space", "accepted"}


@pytest.mark.fault(
    "disk full while the machine transcribes and publishes",
    expected="the operator is told; with room again a retry ends it, once",
)
def test_no_room_for_the_work(
    make_own: MakeHouse, disk: Path, ledger: Entry, sounds: Callable[..., list[Path]]
) -> None:
    house = make_own(folder=disk)
    house.start()
    first, second = (house.ingest(path) for path in sounds(2, SECONDS))
    house.judge(ledger)
    publish_on_a_full_disk(house, ledger, first)
    workers = house.signal_part("worker", signal.SIGSTOP)
    (path,) = sounds(1, SECONDS)
    spoken = house.ingest(path)
    ballast = fill(house.data, 0)
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    time.sleep(FULL_S)
    ballast.unlink()
    settle_with_retries(house, spoken, "in_review")
    house.judge(ledger)
    assert house.state(second) == "in_review"
    house.succeed("doctor")
    ledger.saw("transcribed")


def publish_on_a_full_disk(house: House, ledger: Entry, announcement: str) -> None:
    house.succeed("announcement", "approve", announcement, "--by", APPROVER)
    ballast = fill(house.data, 0)
    time.sleep(FULL_S)
    ballast.unlink()
    settle_with_retries(house, announcement, "published")
    ledger.saw("published")


def settle_with_retries(house: House, announcement: str, state: str) -> None:
    """Wait for the end; where it was given up, the operator was told and presses the button."""
    house.settle([announcement], 90)
    if house.state(announcement) != state:
        told = house.told(announcement)
        assert told
        house.succeed("announcement", "retry", announcement)
    wait_for(lambda: house.state(announcement) == state, 60, state)
