"""A copy of the database while it is in use, and a database made from such a copy.

SQLite: its online backup, within one read transaction, so that writers neither wait nor make it
begin again. PostgreSQL: pg_dump and pg_restore, which must be at least as new as the server.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from urllib.parse import quote

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, NullPool, create_engine, inspect, select

from bridge.backup_folder import (
    Step,
    copy_blocks,
    naming_full_disk,
    no_space,
    open_private,
    read_blocks,
    told,
)
from bridge.db import Database
from bridge.errors import BridgeError
from bridge.models import AuditEntry, Capture, CaptureChunk, Publication, Recording, Unit
from bridge.postgresql_programs import address, find_program, read_pipe, running, write_pipe

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NAMES = {SQLITE: "database.db", POSTGRESQL: "database.dump"}

_STEP_PAGES = 1024  # 4 MiB at SQLite's usual page size, between two signs of progress


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that the database says is there: `path` relative to the data folder."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy of the database says about the files, the schema and the audit chain.

    `references`: what must not be missing. `places`: the portal's folders, "site/<unit>/<id>", that
    a publication stands for. `units`: the slugs.
    """

    revision: str
    audit_sequence: int
    audit_hash: str
    references: tuple[Reference, ...]
    places: frozenset[str]
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """A copy on the disk. `program`: the major version of the pg_dump that made it, else 0."""

    sha256: str
    size_bytes: int
    contents: Contents
    program: int = 0


def database_kind(db: Database) -> str:
    """SQLITE or POSTGRESQL."""
    return SQLITE if db.is_sqlite else POSTGRESQL


def sqlite_path(db: Database) -> Path:
    """Where an SQLite database lies."""
    return Path(db.url.removeprefix("sqlite:///"))


def copy_database(db: Database, target: Path, programs: str, step: Step) -> DatabaseCopy:
    """Copy a database in use to the file `target`, as it is at one moment, flushed to the disk.

    `programs`: the folder of pg_dump, empty: found on PATH.
    Raises BridgeError `backup_database_failed`, `pg_program_missing`, `pg_program_old`,
    `pg_program_failed`; NoSpace `backup_no_space`; OperationalError, OSError.
    """
    if db.is_sqlite:
        return _copy_sqlite(sqlite_path(db), target, step)
    with db.read_engine.connect() as connection:
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        contents = read_contents(connection)
        program = find_program("pg_dump", _server_major(connection), programs)
        command = [
            *(program.path, "--format=custom", "--no-owner", "--no-privileges", "--no-password"),
            *(f"--snapshot={snapshot}", f"--dbname={address(db)}"),
        ]
        with (
            naming_full_disk(target.parent),
            open_private(target) as file,
            running("pg_dump", command, db) as process,
        ):
            sha256, size = copy_blocks(told(read_pipe(process.stdout), 0, 0, step), file)
    return DatabaseCopy(sha256, size, contents, program.major)


def load_sqlite(source: Path, db: Database, step: Step) -> str:
    """Put a copy in the place of an SQLite database that does not exist yet; its SHA-256.

    The file appears whole or not at all. Raises NoSpace `backup_no_space`, OSError.
    """
    path = sqlite_path(db)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.restoring")
    draft.unlink(missing_ok=True)
    try:
        with naming_full_disk(path.parent), open_private(draft) as file:
            blocks = told(read_blocks(source), 0, source.stat().st_size, step)
            sha256, _ = copy_blocks(blocks, file)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return sha256


def load_postgresql(source: Path, db: Database, made_by: int, programs: str, step: Step) -> None:
    """Fill an empty PostgreSQL database from a copy, in one transaction: all of it or nothing.

    `made_by`: the major version of the pg_dump that wrote the copy. Raises BridgeError
    `pg_program_missing`, `pg_program_old`, `pg_program_failed`.
    """
    program = find_program("pg_restore", made_by, programs)
    command = [
        *(program.path, "--single-transaction", "--exit-on-error", "--no-owner"),
        *("--no-privileges", "--no-password", f"--dbname={address(db)}"),
    ]
    with running("pg_restore", command, db) as process:
        blocks = told(read_blocks(source), 0, source.stat().st_size, step)
        write_pipe(blocks, process.stdin)


def is_empty(db: Database) -> bool:
    """Whether there is no table at all. An SQLite file is not made by asking."""
    if db.is_sqlite and not sqlite_path(db).exists():
        return True
    with db.read_engine.connect() as connection:
        return not inspect(connection).get_table_names()


def read_contents(connection: Connection) -> Contents:
    """What the database names, in the connection's transaction. Works on older schemas too."""
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    tables = set(inspect(connection).get_table_names())
    if AuditEntry.__tablename__ not in tables:
        return Contents(revision, 0, "", (), frozenset(), frozenset())
    last = connection.execute(
        select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    ).one_or_none()
    units = frozenset(connection.scalars(select(Unit.slug)))
    references = [*_originals(connection), *_published_sounds(connection)]
    if CaptureChunk.__tablename__ in tables:
        references += _waiting_chunks(connection)
    places = connection.execute(
        select(Unit.slug, Publication.announcement_id)
        .join(Unit, Unit.id == Publication.unit_id)
        .where(Publication.is_current)
    )
    return Contents(
        revision=revision,
        audit_sequence=last.sequence if last else 0,
        audit_hash=last.hash if last else "",
        references=tuple(references),
        places=frozenset(f"site/{slug}/{announcement_id}" for slug, announcement_id in places),
        units=units,
    )


def holds_entry(connection: Connection, sequence: int, entry_hash: str) -> bool:
    """Whether the audit chain has this row: then this history is the same up to there."""
    if AuditEntry.__tablename__ not in inspect(connection).get_table_names():
        return False
    found = connection.scalar(select(AuditEntry.hash).where(AuditEntry.sequence == sequence))
    return (found or "") == entry_hash


def _copy_sqlite(path: Path, target: Path, step: Step) -> DatabaseCopy:
    open_private(target).close()
    try:
        _back_up(path, target, step)
    except sqlite3.DatabaseError as error:
        # SQLite tells a full disk in its own way, not as an OSError, and where it cannot lengthen
        # a file beside the copy only as an error of the disk.
        is_full = disk_usage(target.parent).free < path.stat().st_size
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL or is_full:
            raise no_space(target.parent) from error
        raise BridgeError("backup_database_failed", path=str(path), detail=str(error)) from error
    with target.open("rb") as file:
        os.fsync(file.fileno())
    with _sqlite_connection(target) as connection:
        contents = read_contents(connection)
    sha256, size = hash_file(target)
    return DatabaseCopy(sha256, size, contents)


def _back_up(path: Path, target: Path, step: Step) -> None:
    source_address = f"file:{quote(str(path))}?mode=rw"  # never made by being asked for
    with (
        closing(sqlite3.connect(source_address, uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the view begins here

        def tell(_status: int, remaining: int, total: int) -> None:
            step((total - remaining) * page_bytes, total * page_bytes)

        source.backup(copy, pages=_STEP_PAGES, progress=tell, sleep=0)
        source.execute("ROLLBACK")
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise BridgeError("backup_database_failed", path=str(path), detail=verdict)


@contextmanager
def _sqlite_connection(path: Path) -> Iterator[Connection]:
    # Not a Database: that would turn the write-ahead log on again.
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def hash_file(path: Path) -> tuple[str, int]:
    """SHA-256 and size in bytes."""
    digest, size = hashlib.sha256(), 0
    for block in read_blocks(path):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def _originals(connection: Connection) -> Iterator[Reference]:
    query = select(Recording.sha256).distinct()
    columns = {column["name"] for column in inspect(connection).get_columns("recording")}
    if "sound_removed_at" in columns:  # not so before the rules of retention
        query = query.where(Recording.sound_removed_at.is_(None))
    for sha256 in connection.scalars(query):
        yield Reference(f"media/store/{sha256[:2]}/{sha256}", sha256)


def _waiting_chunks(connection: Connection) -> Iterator[Reference]:
    """Of captures that no announcement has the sound of yet."""
    query = (
        select(CaptureChunk.capture_id, CaptureChunk.number, CaptureChunk.sha256)
        .join(Capture, Capture.id == CaptureChunk.capture_id)
        .where(Capture.state.in_(("open", "failed")))
    )
    for capture_id, number, sha256 in connection.execute(query):
        yield Reference(f"media/captures/{capture_id}/{number:08}", sha256)


def _published_sounds(connection: Connection) -> Iterator[Reference]:
    query = (
        select(Unit.slug, Publication.announcement_id, Publication.audio)
        .join(Unit, Unit.id == Publication.unit_id)
        .where(Publication.is_current, Publication.withdrawn_at.is_(None))
    )
    for slug, announcement_id, audio in connection.execute(query):
        for sound in audio.values():
            yield Reference(f"site/{slug}/{announcement_id}/{sound['name']}", sound["sha256"])


def _server_major(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
