"""Workers that live and say nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridge.db import Database, utc_now
from bridge.liveness import LifeSigns
from bridge.models import WorkerBeat
from bridge.tasks import beat


class Clock:
    """A steady clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_worker_that_says_nothing_new_is_silent(database: Database) -> None:
    clock = Clock()
    signs = LifeSigns(database, clock)
    beat(database, "host:up:1:7")
    assert signs.silent(["host:up:1:7"], 10) == []
    clock.now += 11
    assert signs.silent(["host:up:1:7"], 10) == ["host:up:1:7"]
    beat(database, "host:up:1:7")
    assert signs.silent(["host:up:1:7"], 10) == []


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
