"""Database engines and transactions: SQLite by default, PostgreSQL at scale, one code path."""

import errno
import random
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from bridge.errors import SettingsError

# Crockford's base 32: no i, l, o or u, so an id can be read out over a telephone.
_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 12  # 60 bits: no collision to fear below a thousand million rows
_BUSY_SECONDS = 10.0  # how long SQLite waits for another writer
# Its own waiting looks ten times a second at last, so whoever has waited long loses to whoever has
# just come, and two busy workers keep all others out. Everybody looks this often, in seconds.
_LOOK_S = (0.001, 0.009)
_WRITING = "BEGIN IMMEDIATE"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, UTC in the database, aware datetimes out, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of the tables. Named constraints let a migration drop them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_id() -> str:
    """A random id of twelve characters, fit for addresses, file names and RQ."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))


def is_id(text: str) -> bool:
    """Whether a text from outside has the form of an id; others need not be looked for."""
    return len(text) == _ID_LENGTH and text.isascii() and text.isalnum()


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class Database:
    """The two engines of one database and the transactions on them."""

    def __init__(self, url: str) -> None:
        """`url` is an SQLAlchemy URL with its driver written out. No connection is made yet."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.write_engine = _sqlite_engine(url, begin=_WRITING)
            self.read_engine = _sqlite_engine(url, begin="BEGIN")
        else:
            self.write_engine = _postgresql_engine(url)
            # Same pool; a whole reading block sees one snapshot, as it does on SQLite.
            self.read_engine = self.write_engine.execution_options(
                isolation_level="REPEATABLE READ"
            )

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One write transaction: committed at the end, rolled back on any error.

        On SQLite it takes the write lock at its beginning (deferred transactions lose updates).
        """
        with Session(self.write_engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view for reading; whatever was changed in it is thrown away."""
        with Session(self.read_engine, expire_on_commit=False) as session:
            # Closing rolls back; what was read stays usable after the block.
            yield session

    def make_file(self) -> None:
        """Make an SQLite file and the folder it lies in, readable by the owner alone."""
        if self.is_sqlite:
            path = Path(self.url.removeprefix("sqlite:///"))
            path.parent.mkdir(parents=True, exist_ok=True)
            # Drafts and password hashes are for the owner alone; the files that SQLite puts
            # beside this one get the same mode.
            path.touch(mode=0o600)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.write_engine.dispose()
        self.read_engine.dispose()


def is_disk_full(error: BaseException) -> bool:
    """Whether an error, or what caused it, says that there is no room left.

    Of the system ENOSPC and EDQUOT, of SQLite SQLITE_FULL, of PostgreSQL `disk_full` (53100).
    """
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if getattr(found, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if getattr(found, "sqlstate", None) == "53100":
            return True
        found = found.__cause__ or getattr(found, "orig", None)
    return False


def _postgresql_engine(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SettingsError("database_driver_missing", module=error.name) from error
    except ArgumentError as error:
        raise SettingsError(name="database_url", value=url.partition("@")[2] or "…") from error


def _wait_for_turn(connection: Connection) -> None:
    """Begin a write transaction; waiting for other writers, each has the same chance at any moment.

    Raises sqlalchemy's OperationalError after `_BUSY_SECONDS`.
    """
    cursor = connection.connection.cursor()
    deadline = time.monotonic() + _BUSY_SECONDS
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                cursor.execute(_WRITING)
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > deadline:
                    connection.exec_driver_sql(_WRITING)  # which tells it as SQLAlchemy does
                    return
                time.sleep(random.uniform(*_LOOK_S))  # noqa: S311  nothing secret  # nosec B311
            else:
                return
    finally:
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000:.0f}")
        cursor.close()


def _sqlite_engine(url: str, begin: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})

    def on_connect(connection: Any, record: object) -> None:
        # The driver must not open transactions by itself; "begin" below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        busy_timeout = f"busy_timeout={_BUSY_SECONDS * 1000:.0f}"
        for pragma in (busy_timeout, "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        _use_write_ahead_log(cursor)
        cursor.close()

    def on_begin(connection: Any) -> None:
        if begin == _WRITING:
            _wait_for_turn(connection)
        else:
            connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    # SQLite does not wait for this one: two processes that open a new file at the same moment
    # would refuse each other at once. Later it is no change and needs no lock.
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
