"""A real `loa up` in a process of its own, and the people who use it."""

import atexit
import contextlib
import functools
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest.mock
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from bridge.accounts import create_unit, create_user, grant_role
from bridge.db import Database
from bridge.queries import announcement_view
from bridge.schema import upgrade_database
from bridge.settings import load_settings
from web.cli import run
from web.security import hash_password

# For what does not hang on the kind of database; each start of everything costs seconds.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EDITOR, APPROVER = "bien-tap@xa-mau.example", "truong-ban@xa-mau.example"
PASSWORD = "mot mat khau rat dai"
START_SECONDS = 120.0  # of patience with a busy machine; a few are needed


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first truthy value of `condition`; fails the test when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        # Looked at before the condition: whoever slept over the end of the time looks once more.
        is_over = time.monotonic() >= deadline
        if value := condition():
            return value
        assert not is_over, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port for a server that reuses addresses, as all of ours do.

    It stays bound here until this process ends: the kernel then gives it to nobody who asks for
    any port, and refuses who connects before the server listens.
    """
    held = socket.socket()
    atexit.register(held.close)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return int(held.getsockname()[1])


def process_tree(pid: int) -> set[int]:
    """The process and all its descendants, from /proc; empty when it is gone."""
    parents = living()
    tree = {pid}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return tree & set(parents)


def living() -> dict[int, int]:
    """The processes of this machine, from /proc: id → its parent's."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    return parents


@functools.cache
def password_hash() -> str:
    """Of PASSWORD. Slow on purpose, so once for all."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class RunningLoa:
    """One data folder and, between `start` and `stop`, everything running on it."""

    data: Path
    database_url: str
    cache: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _database: Database | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
        return {
            **clean,
            "LOA_DATA": str(self.data),
            "LOA_DATABASE_URL": self.database_url,
            "LOA_CACHE_DIR": str(self.cache),
            "LOA_PORT": str(self.port),
            "LOA_MIN_FREE_BYTES": "0",
            # Its own tests do without: tests/web/test_second_factor.py has it.
            "LOA_SECOND_FACTOR": "nobody",
            **self.settings,
        }

    def cli(self, *arguments: object, stdin: str = "") -> Done:
        """Run `loa ARGUMENTS` on this data folder, in this process: starting one takes a second."""
        out, err = io.StringIO(), io.StringIO()
        with (
            unittest.mock.patch.dict(os.environ, self.environment, clear=True),
            unittest.mock.patch.object(sys, "stdin", io.StringIO(stdin)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = run([str(argument) for argument in arguments])
        return Done(status, out.getvalue(), err.getvalue())

    def apart(self, *arguments: object) -> Done:
        """The same in a process of its own, for commands that start others or load the model."""
        done = subprocess.run(
            [sys.executable, "-m", "web.cli", *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: object) -> Any:
        """Run a command that succeeds and prints one JSON value."""
        done = self.cli(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def prepare(self) -> None:
        """A migrated database, the example commune, an editor who may send, an approver.

        Done in this process: each command takes a second to start, and has tests of its own.
        """
        upgrade_database(self.database)
        with self.database.writing() as session:
            unit = create_unit(session, slug="xa-mau", name="Xã Mẫu")
            for email, name, role in (
                (EDITOR, "Lê Thử", "editor"),
                (APPROVER, "Trần Thử", "approver"),
            ):
                user = create_user(session, email=email, name=name, password_hash=password_hash())
                grant_role(session, user_id=user.id, unit_id=unit.id, role=role)

    def lend_model(self, model: Path) -> None:
        """Let the bundled model stand ready in the data folder, where putting it together costs
        seconds and 150 MB."""
        folder = self.data / "models" / model.name
        folder.mkdir(parents=True)
        for path in model.iterdir():
            os.link(path, folder / path.name)

    def succeed(self, *arguments: object, stdin: str = "") -> str:
        done = self.cli(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def approve(self, announcement: str) -> None:
        """An approver hears what must be right, and approves."""
        for act in ("confirm", "approve"):
            self.succeed("announcement", act, announcement, "--by", APPROVER)

    def start(self) -> None:
        path = self.data.parent / "loa-up.log"
        log = path.open("ab")
        before = log.tell()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "up"],
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        try:
            wait_for(self.answers, START_SECONDS, "the pages of loa up")
            # Until it says so, `loa up` takes a part that dies for one that cannot start.
            ready = "Nhấn Ctrl-C".encode()
            wait_for(lambda: ready in path.read_bytes()[before:], START_SECONDS, "its readiness")
        except AssertionError:
            raise AssertionError(self.log()) from None

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            with urlopen(f"{self.url}/health/live", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (URLError, OSError, HTTPException):
            return False

    @property
    def database(self) -> Database:
        """The same database, opened by the test: quicker to ask than the command line."""
        if self._database is None:
            settings = load_settings({}, data_dir=self.data, database_url=self.database_url)
            self._database = Database(settings.effective_database_url)
        return self._database

    def state(self, announcement: str) -> str:
        with self.database.reading() as session:
            return announcement_view(session, announcement).work.state

    def close(self) -> None:
        """End whatever still runs, without the seconds that an orderly stop may take."""
        if self.process is not None:
            self.crash()
        if self._database is not None:
            self._database.dispose()

    def crash(self) -> None:
        """SIGKILL to the supervisor; back when the kernel has ended all its children."""
        assert self.process is not None
        family = process_tree(self.process.pid)
        self.process.kill()
        self.process.wait(60)
        self.process = None
        wait_for(lambda: not family & living().keys(), 60, "the end of every child")

    def start_web(self) -> None:
        """Start the pages alone, in a process that may be killed and started again."""
        with (self.data.parent / "loa-up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", "web"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        wait_for(self.answers, START_SECONDS, "the pages of loa web")

    def log(self) -> str:
        return (self.data.parent / "loa-up.log").read_text(errors="replace")[-6000:]

    def stop(self, number: int = signal.SIGTERM, seconds: float = 120) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(seconds)
        self.process = None
        return status


def id_in(address: str) -> str:
    """The announcement's id in a staff address."""
    found = re.search(r"/ban-tin/([0-9a-z]{12})", address)
    assert found, address
    return found.group(1)
