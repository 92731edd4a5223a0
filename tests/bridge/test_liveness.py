"""Workers that live and say nothing."""

import contextlib
import subprocess
import sys

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bridge.db import Database, utc_now
from bridge.liveness import LifeSigns
from bridge.models import WorkerBeat
from bridge.tasks import beat

# Takes SQLite's write lock when told to, and keeps it.
HOLDING = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
input()
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
input()
"""


class Clock:
    """A steady clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def ask_for(seconds: int, signs: LifeSigns, clock: Clock, *names: str) -> list[str]:
    """Ask once a second for so long, as the supervisor does; the last answer."""
    answer = []
    for _ in range(seconds):
        clock.now += 1
        answer = signs.silent(names, 10)
    return answer


def test_a_worker_that_says_nothing_new_is_silent(database: Database) -> None:
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "host:up:1:7")
    assert ask_for(11, signs, clock, "host:up:1:7") == []
    assert ask_for(1, signs, clock, "host:up:1:7") == ["host:up:1:7"]
    beat(database, "host:up:1:7")
    assert ask_for(11, signs, clock, "host:up:1:7") == []


def test_only_the_one_that_says_nothing_is_named_and_asking_leaves_nothing(
    database: Database,
) -> None:
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "a")
    for _ in range(12):
        beat(database, "b")
        answer = ask_for(1, signs, clock, "a", "b")
    assert answer == ["a"]
    with database.reading() as session:
        assert set(session.scalars(select(WorkerBeat.name))) == {"a", "b"}


def test_while_the_database_takes_no_writes_nobody_is_silent(database: Database) -> None:
    """A full disk is met alike: pages are read, and nothing can be written."""
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "a")
    beat(database, "b")
    refuse_writing(database)
    failed = 0
    for _ in range(40):
        try:
            assert ask_for(1, signs, clock, "a", "b") == []
        except DBAPIError:
            failed += 1
    assert 0 < failed < 10  # seldom: asked only when somebody is suspected
    allow_writing(database)
    assert ask_for(10, signs, clock, "a", "b") == []  # they have the whole time again
    assert ask_for(3, signs, clock, "a", "b") == ["a", "b"]


def test_after_a_long_pause_writing_must_have_gone_well_for_a_while(database: Database) -> None:
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "a")
    assert signs.silent(["a"], 10) == []
    clock.now += 100  # as when writing was held up: the worker comes through in a moment
    assert signs.silent(["a"], 10) == []
    beat(database, "a")
    assert ask_for(5, signs, clock, "a") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_worker_that_holds_up_everybody_is_named_and_nobody_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs in the middle of a transaction: SQLite lets nobody else write."""
    clock = Clock()
    signs = LifeSigns(database, clock)
    monkeypatch.setattr("bridge.db._BUSY_SECONDS", 0.02)  # instead of waiting for it each time
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, database.url.removeprefix("sqlite:///")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        hanging, waiting = f"host:up:1:{writer.pid}", "host:up:2:1"
        beat(database, hanging)
        beat(database, waiting)
        writer.stdin.write("hold\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "held\n"
        answers = []
        for _ in range(30):
            with contextlib.suppress(DBAPIError):
                answers.append(ask_for(1, signs, clock, hanging, waiting))
        writer.kill()
    assert [] in answers
    assert [hanging] in answers
    assert [waiting] not in answers
    assert [hanging, waiting] not in answers


def test_the_time_is_counted_by_the_steady_clock_alone(database: Database) -> None:
    signs = LifeSigns(database, Clock())
    with database.writing() as session:
        session.add(WorkerBeat(name="a", seen_at=utc_now().replace(year=2000)))
    assert signs.silent(["a"], 10) == []
    assert signs.silent(["a"], 10) == []


def test_one_that_is_still_starting_and_others_workers_are_let_be(database: Database) -> None:
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "another machine's")
    for _ in range(3):
        assert signs.silent(["new"], 10) == []
        clock.now += 11


def test_after_the_database_was_away_everybody_has_the_whole_time_again(
    database: Database,
) -> None:
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "a")
    assert signs.silent(["a"], 10) == []
    rename(database, "worker_beat", "gone")
    clock.now += 11
    with pytest.raises(DBAPIError):
        signs.silent(["a"], 10)
    rename(database, "gone", "worker_beat")
    assert signs.silent(["a"], 10) == []


def rename(database: Database, table: str, name: str) -> None:
    """A table that is not there stands for a database that does not answer."""
    with database.writing() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def refuse_writing(database: Database) -> None:
    """As a full disk does: what is there can be read, and nothing is added."""
    if database.is_sqlite:
        refusal = "BEGIN SELECT RAISE(ABORT, 'full'); END"
    else:
        refusal = "FOR EACH ROW EXECUTE FUNCTION refuse()"
        with database.writing() as session:
            session.execute(
                text(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql "
                    "AS $$ BEGIN RAISE EXCEPTION 'full'; END $$"
                )
            )
    with database.writing() as session:
        session.execute(text(f"CREATE TRIGGER full_disk BEFORE INSERT ON worker_beat {refusal}"))


def allow_writing(database: Database) -> None:
    table = "" if database.is_sqlite else " ON worker_beat"
    with database.writing() as session:
        session.execute(text(f"DROP TRIGGER full_disk{table}"))
