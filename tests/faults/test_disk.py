"""A disk that is full at each write: the data folder lies on a small tmpfs of the test's own."""

import errno
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.conftest import MakeHouse
from tests.faults.house import House, sha256, wake
from tests.faults.ledger import Entry
from tests.faults.people import Refused
from tests.functional.running import wait_for

DISK_BYTES = 48 * 1024 * 1024
KIB = 1024
# Free bytes when a sender comes: from nothing at all to enough for the chunk and not for the rest.
LEVELS = (0, 8 * KIB, 64 * KIB, 192 * KIB, 512 * KIB, 4096 * KIB)
HIT_S = 20.0  # until the work has met it
FULL_S = 4.0  # how long it goes on without room: some attempts
ROOM_BYTES = 3_000_000  # below the 1000 pages at which SQLite makes its log of writes shorter
SQLITE_FULL = b"database or disk is full"
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
    give_room_to_the_database(house)
    work_on_a_full_disk(house, lambda: approve(house, first))
    settle_with_retries(house, first, "published")
    ledger.saw("published")
    third, fourth = sounds(2, SECONDS)
    give_room_to_the_database(house)
    spoken = work_on_a_full_disk(house, lambda: house.ingest(third))
    settle_with_retries(house, spoken, "in_review")
    ledger.saw("transcribed")
    if house.database.is_sqlite:
        take_room_from_the_database(house)
        spoken = work_on_a_full_disk(house, lambda: house.ingest(fourth), said=SQLITE_FULL)
        settle_with_retries(house, spoken, "in_review")
        ledger.saw("no room for the database either")
    house.judge(ledger)
    assert house.state(second) == "in_review"
    house.succeed("doctor")


def approve(house: House, announcement: str) -> str:
    house.approve(announcement)
    return announcement


def work_on_a_full_disk(house: House, give: Callable[[], str], said: bytes = b"") -> str:
    """Let the workers meet a full disk in the work that `give` names, for some attempts.

    That they meet it the task's row says, or `said` in the log: a database without room cannot.
    """
    workers = house.stop_part("worker")
    announcement = give()
    ballast = fill(house.data, 0)
    log = (house.data.parent / "loa-up.log").open("rb")
    log.seek(0, os.SEEK_END)

    def is_met() -> bool:
        if said:
            return said in log.read()
        return house.tasks(announcement)[-1].error_code == "no_space"

    wake(workers)
    try:
        wait_for(is_met, HIT_S, "a full disk")
        time.sleep(FULL_S)
    finally:
        log.close()
        ballast.unlink()
    return announcement


def give_room_to_the_database(house: House) -> None:
    """Let SQLite's files be longer than what they hold: else the work never begins."""
    if house.database.is_sqlite:
        with sqlite(house) as connection:
            connection.execute("CREATE TABLE ballast AS SELECT zeroblob(?) AS bytes", [ROOM_BYTES])
            connection.execute("DROP TABLE ballast")
            begin_log_anew(connection, "RESTART")


def take_room_from_the_database(house: House) -> None:
    with sqlite(house) as connection:
        begin_log_anew(connection, "TRUNCATE")


def sqlite(house: House) -> closing[sqlite3.Connection]:
    path = house.database.url.removeprefix("sqlite:///")
    return closing(sqlite3.connect(path, isolation_level=None))


def begin_log_anew(connection: sqlite3.Connection, mode: str) -> None:
    """RESTART: in the length that it has; TRUNCATE: in none."""
    wait_for(
        lambda: connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0] == 0,
        10,
        "a moment without readers",
    )


def settle_with_retries(house: House, announcement: str, state: str) -> None:
    """Wait for the end; where it was given up, the operator was told and presses the button."""
    house.settle([announcement], 90)
    if house.state(announcement) != state:
        told = house.told(announcement)
        assert told
        house.succeed("announcement", "retry", announcement)
    wait_for(lambda: house.state(announcement) == state, 60, state)
