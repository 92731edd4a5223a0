"""PostgreSQL's own programs: finding one that is new enough, running it on pipes."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import URL, make_url

from bridge.db import Database
from bridge.errors import BridgeError

# Where Debian and others keep the programs of each version of PostgreSQL.
_PROGRAM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
_DETAIL_LETTERS = 300
_PIPE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """One of PostgreSQL's programs on this machine."""

    path: str
    major: int


def find_program(name: str, at_least: int, folder: str = "") -> Program:
    """The oldest version of one of PostgreSQL's programs that is new enough.

    Looked for in `folder` alone, where it is given, else on PATH and where systems keep several
    versions. Raises BridgeError `pg_program_missing`, `pg_program_old`.
    """
    found = sorted(_programs(name, folder), key=lambda program: program.major)
    if not found:
        raise BridgeError("pg_program_missing", name=name)
    for program in found:
        if program.major >= at_least:
            return program
    newest = found[-1]
    raise BridgeError(
        "pg_program_old", name=name, path=newest.path, found=newest.major, needed=at_least
    )


def address(db: Database) -> str:
    """The database's address for PostgreSQL's own programs, without the password."""
    url = make_url(db.url)
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)


@contextmanager
def running(name: str, command: list[str], db: Database) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one of PostgreSQL's programs on pipes; if we die, it ends for lack of a reader or writer.

    Raises BridgeError `pg_program_failed` with its own words.
    """
    # Other users of the machine can read a command line, but not this.
    password = make_url(db.url).password
    environment = {**os.environ, "LC_ALL": "C"}
    if password:
        environment["PGPASSWORD"] = str(password)
    with tempfile.TemporaryFile() as told:
        with subprocess.Popen(  # noqa: S603 - found by find_program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if name == "pg_dump" else subprocess.DEVNULL,
            stderr=told,
            env=environment,
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            told.seek(0)
            lines = told.read().decode(errors="replace").strip().splitlines() or ["?"]
            line = next((line for line in lines if "error:" in line), lines[0])
            raise BridgeError("pg_program_failed", name=name, detail=line[:_DETAIL_LETTERS])


def read_pipe(pipe: IO[bytes] | None) -> Iterator[bytes]:
    """What a program writes, until it ends."""
    while pipe is not None and (block := pipe.read(_PIPE_BYTES)):
        yield block


def write_pipe(blocks: Iterable[bytes], pipe: IO[bytes] | None) -> None:
    """Give a program all it is to read, as long as it reads: where it stops, it says why."""
    with suppress(BrokenPipeError):
        for block in blocks:
            if pipe is not None:
                pipe.write(block)
    with suppress(BrokenPipeError):
        if pipe is not None:
            pipe.close()


def _programs(name: str, folder: str) -> Iterator[Program]:
    if folder:
        paths = {shutil.which(name, path=folder)}
    else:
        paths = {shutil.which(name)}
        for pattern in _PROGRAM_FOLDERS:
            paths |= {str(path) for path in Path("/").glob(f"{pattern[1:]}/{name}")}
    for path in filter(None, paths):
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [path, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
        if version := re.search(r"\) (\d+)", done.stdout):
            yield Program(path, int(version[1]))
