"""Transactions, times and ids, on both databases."""

import errno
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError, StatementError

from bridge.db import Database, UtcDateTime, is_disk_full, new_id, utc_now
from bridge.errors import SettingsError
from bridge.models import WorkerBeat
from tests.bridge.conftest import Together

HANOI = timezone(timedelta(hours=7))


def store(database: Database, seen_at: datetime, name: str = "0") -> None:
    with database.writing() as session:
        session.add(WorkerBeat(name=name, seen_at=seen_at))


def test_a_time_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    moment = datetime(2026, 11, 21, 0, 30, 15, 123456, tzinfo=HANOI)
    store(database, moment)
    with database.reading() as session:
        found = session.scalars(select(WorkerBeat.seen_at)).one()
    assert found == moment
    assert found.isoformat() == "2026-11-20T17:30:15.123456+00:00"


def test_times_in_different_zones_compare_as_instants(database: Database) -> None:
    store(database, datetime(2026, 11, 21, 7, 30, tzinfo=HANOI), "earlier")
    store(database, datetime(2026, 11, 21, 1, 0, tzinfo=UTC), "later")
    with database.reading() as session:
        names = session.scalars(select(WorkerBeat.name).order_by(WorkerBeat.seen_at)).all()
        noon = datetime(2026, 11, 21, 7, 45, tzinfo=HANOI)
        before = session.scalars(select(WorkerBeat.name).where(WorkerBeat.seen_at < noon)).all()
    assert names == ["earlier", "later"]
    assert before == ["earlier"]


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 21, 7, 30)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(StatementError, match="without a time zone"):
        store(database, naive)


def test_no_time_stays_no_time() -> None:
    dialect = sqlite.dialect()
    assert UtcDateTime().process_bind_param(None, dialect) is None
    assert UtcDateTime().process_result_value(None, dialect) is None


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1)))  # noqa: DTZ001
def test_any_aware_time_is_stored_in_utc(moment: datetime) -> None:
    column, dialect = UtcDateTime(), sqlite.dialect()
    stored = column.process_bind_param(moment, dialect)
    assert stored is not None
    assert stored.utcoffset() == timedelta(0)
    assert column.process_result_value(stored.replace(tzinfo=None), dialect) == stored


def test_now_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= utc_now() <= datetime.now(UTC)
    assert utc_now().tzinfo is UTC


def test_an_id_is_twelve_letters_and_digits_that_cannot_be_misread() -> None:
    ids = {new_id() for _ in range(2_000)}
    assert len(ids) == 2_000
    assert {len(item) for item in ids} == {12}
    used = set("".join(ids))
    assert used == set("0123456789abcdefghijklmnopqrstuvwxyz") - set("ilou")


def test_a_writing_block_is_committed_at_its_end(database: Database) -> None:
    store(database, utc_now())
    with database.reading() as session:
        assert session.scalars(select(WorkerBeat.name)).all() == ["0"]


def test_an_error_in_a_writing_block_leaves_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.writing() as session:
            session.add(WorkerBeat(name="0", seen_at=utc_now()))
            session.flush()
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        write_and_fail()
    with database.reading() as session:
        assert session.scalars(select(WorkerBeat)).all() == []


def test_a_reading_block_throws_changes_away(database: Database) -> None:
    store(database, utc_now())
    with database.reading() as session:
        session.execute(update(WorkerBeat).values(name="changed"))
        assert session.scalars(select(WorkerBeat.name)).all() == ["changed"]
    with database.reading() as session:
        assert session.scalars(select(WorkerBeat.name)).all() == ["0"]


def test_a_reading_block_sees_one_moment(database: Database) -> None:
    """What others commit meanwhile stays unseen: a digest is never made of two states."""
    store(database, utc_now())
    with database.reading() as session:
        assert session.scalars(select(WorkerBeat.name)).all() == ["0"]
        store(database, utc_now(), "1")
        assert session.scalars(select(WorkerBeat.name)).all() == ["0"]
    with database.reading() as session:
        assert len(session.scalars(select(WorkerBeat.name)).all()) == 2


def test_a_block_for_writing_is_not_stuck_in_the_moment_of_a_reader(database: Database) -> None:
    """On PostgreSQL both share connections: one given back by a reader must read afresh."""
    with database.reading() as session:
        session.scalars(select(WorkerBeat.name)).all()
    with database.writing() as session:
        assert session.scalars(select(WorkerBeat.name)).all() == []
        other = Database(database.url)
        if not database.is_sqlite:  # there, the writer's lock keeps every other writer out
            store(other, utc_now())
            assert session.scalars(select(WorkerBeat.name)).all() == ["0"]
        other.dispose()


def test_what_was_written_or_read_can_be_used_after_the_block(database: Database) -> None:
    with database.writing() as session:
        written = WorkerBeat(name="0", seen_at=utc_now())
        session.add(written)
    with database.reading() as session:
        read = session.get_one(WorkerBeat, "0")
    assert (written.name, written.seen_at) == (read.name, read.seen_at)


def test_four_processes_lose_no_update(database: Database, together: Together) -> None:
    store(database, utc_now())
    together("count_up", database.url, 100)
    with database.reading() as session:
        assert session.scalars(select(WorkerBeat.name)).all() == ["400"]


def test_who_waits_for_sqlite_has_turns_among_two_that_write_all_the_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/loa.db"
    database = Database(url)
    database.make_file()
    with database.writing() as session:
        session.execute(text("CREATE TABLE turn (taken INTEGER)"))
    stopped, taken = threading.Event(), []

    def write_all_the_time() -> None:
        own = Database(url)
        while not stopped.is_set():
            with own.writing() as session:
                session.execute(text("INSERT INTO turn VALUES (1)"))
                time.sleep(0.02)
            taken.append(1)
        own.dispose()

    busy = [threading.Thread(target=write_all_the_time) for _ in range(2)]
    for one in busy:
        one.start()
    turns = 20
    for _ in range(turns):
        with database.writing() as session:
            session.execute(text("INSERT INTO turn VALUES (2)"))
    waited_for = len(taken)
    stopped.set()
    for one in busy:
        one.join()
    database.dispose()
    # By SQLite's own waiting it is some seventy to one; with the same chance for all, two or three.
    assert waited_for < 20 * turns


def test_sqlite_held_for_too_long_is_said_as_the_database_s_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.db._BUSY_SECONDS", 0.1)
    database = Database(f"sqlite:///{tmp_path}/loa.db")
    database.make_file()
    other = sqlite3.connect(tmp_path / "loa.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), database.writing() as session:
        session.execute(text("SELECT 1"))
    other.close()
    with database.writing() as session:
        assert session.scalar(text("PRAGMA busy_timeout")) == 100
    database.dispose()


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/folder/loa.db")
    assert not (tmp_path / "new").exists()  # nothing is made by only naming a database
    database.make_file()
    assert (tmp_path / "new" / "folder" / "loa.db").stat().st_mode & 0o077 == 0
    for engine in (database.read_engine, database.write_engine):
        with engine.connect() as connection:
            values = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert values == {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "foreign_keys": 1,
            "busy_timeout": 10_000,
        }
    database.dispose()


def test_opening_a_new_file_waits_for_another_process_that_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "loa.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, other.close).start()
    database = Database(f"sqlite:///{path}")
    with database.read_engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.dispose()


def test_a_missing_driver_is_said_plainly() -> None:
    # SQLAlchemy knows this driver; nobody has installed it here.
    with pytest.raises(SettingsError) as caught:
        Database("postgresql+pg8000://nowhere/loa")
    assert caught.value.code == "database_driver_missing"


def test_an_address_that_is_none_is_refused_without_its_password() -> None:
    with pytest.raises(SettingsError) as caught:
        Database("nonsense")
    assert caught.value.data["name"] == "database_url"


def test_a_full_disk_is_known_whoever_says_so() -> None:
    class DiskFull(Exception):
        sqlstate = "53100"

    system = OSError(errno.ENOSPC, "No space left on device")
    wrapped = OperationalError("INSERT", {}, DiskFull())
    assert is_disk_full(system)
    assert is_disk_full(wrapped)
    outer = RuntimeError("a write failed")
    outer.__cause__ = system
    assert is_disk_full(outer)
    assert not is_disk_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_disk_full(OperationalError("INSERT", {}, Exception("locked")))


def test_a_database_that_may_not_grow_says_that_there_is_no_room(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'small.db'}")
    with database.writing() as session:
        session.execute(text("CREATE TABLE filling (content BLOB)"))
    with database.writing() as session:
        session.execute(text("PRAGMA max_page_count=3"))
        fill = text("INSERT INTO filling VALUES (zeroblob(100000))")
        with pytest.raises(OperationalError) as caught:
            session.execute(fill)
        session.rollback()
    assert is_disk_full(caught.value)
    database.dispose()
