"""A running `loa up` to be ill-treated, the people who send to it, and what must be true after."""

import hashlib
import http.client
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from bridge.audit import find_break
from bridge.db import Database
from bridge.media import MediaStore
from bridge.models import (
    Announcement,
    AuditEntry,
    Publication,
    Recording,
    Segment,
    Task,
    WorkerBeat,
)
from bridge.queueing import TaskQueue
from bridge.settings import load_settings
from bridge.supervisor import valkey_command
from tests.faults.ledger import Entry
from tests.faults.people import Person, Refused
from tests.functional.running import (
    EDITOR,
    START_SECONDS,
    RunningLoa,
    process_tree,
    wait_for,
)
from tests.samples import write_wav

# Seconds; short, so that a run of the suite takes minutes. One test runs with the defaults.
QUICK = {"LOA_LEASE_S": "3", "LOA_RENEW_S": "0.75", "LOA_REAP_S": "0.5"}
RESTING = ("in_review", "approved", "published", "withdrawn")
# How `ps` shows the parts of `loa up`.
PARTS = {
    "engine": "transcribe.engine",
    "worker": "web.cli worker",
    "web": "web.cli web",
    "valkey": "valkey-server",
}
_SAMPLE_RATE = 16_000
_STOP_TRIES = 20
_STOP_S = 10.0
_numbers = iter(range(1, 1_000_000))


def stop_between_writes(database: Database, pids: Sequence[int]) -> None:
    """SIGSTOP to processes while none of them holds SQLite's lock.

    One that is stopped in the very moment of a write keeps everybody else from writing. Under `loa
    up` the supervisor kills it then, which `test_hangs` is about; the tests that use this want a
    process that does nothing, and nothing more.
    """
    for _ in range(_STOP_TRIES):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            wait_for(lambda pid=pid: _stands_still(pid), _STOP_S, "a stopped process")
        if not database.is_sqlite or _can_be_written(database):
            return
        wake(pids)
        time.sleep(0.02)
    raise AssertionError("no moment without a write")


def _stands_still(pid: int) -> bool:
    """Whether every thread is stopped: on a busy machine some run on for a while after SIGSTOP."""
    try:
        stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):  # a thread, or all of them, ended meanwhile
        return False
    # The state follows the name, which stands in brackets and may hold any character.
    return all(stat.rpartition(")")[2].split()[0] in "TtZX" for stat in stats)


def wake(pids: Sequence[int]) -> None:
    """SIGCONT. The supervisor may have ended one that was stopped for too long."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _can_be_written(database: Database) -> bool:
    path = database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


def new_sound(folder: Path, seconds: float = 0.6) -> Path:
    """A short tone that no other call has made: nobody speaks, so hearing it is quick."""
    number = next(_numbers)
    times = np.arange(int(seconds * _SAMPLE_RATE)) / _SAMPLE_RATE
    wave = 0.2 * np.sin(2 * np.pi * (300 + number % 400) * times)
    wave[0] = number / 100_000  # the bytes differ even where the tone does not
    path = folder / f"am-{number}-{os.getpid()}.wav"
    return write_wav(path, (wave * 32767).astype(np.int16), _SAMPLE_RATE)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@dataclass
class House(RunningLoa):
    """`loa up` over one data folder, and everything sent to it that was acknowledged."""

    acknowledged: dict[str, str] = field(default_factory=dict)  # SHA-256 → announcement
    _person: Person | None = None

    def part(self, name: str) -> list[int]:
        """The process ids of one of PARTS, oldest first."""
        if self.process is None:
            return []
        tree = process_tree(self.process.pid)
        return sorted(pid for pid in tree if PARTS[name] in command_line(pid))

    def signal_part(self, name: str, number: signal.Signals) -> list[int]:
        """Send a signal to every process of a part; their ids."""
        found = self.part(name)
        for pid in found:
            os.kill(pid, number)
        return found

    def stop_part(self, name: str) -> list[int]:
        """SIGSTOP to every process of a part, see `stop_between_writes`; their ids."""
        found = self.part(name)
        stop_between_writes(self.database, found)
        return found

    def wait_for_part(self, name: str, seconds: float = 30) -> int:
        """The id of a part's process, once there is one."""
        return int(wait_for(lambda: self.part(name), seconds, f"a running {name}")[0])

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def person(self) -> Person:
        """An operator who is signed in."""
        if self._person is None:
            self._person = Person(self.port, EDITOR)
        return self._person

    def send(self, path: Path, seconds: float = 60) -> str:
        """Send in chunks, again and again until it is acknowledged; the announcement's id."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                announcement = self.person.record(path)
            except (Refused, OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                self.acknowledged[sha256(path)] = announcement
                return announcement

    def ingest(self, path: Path) -> str:
        """The same by the command line, in this process."""
        announcement = str(self.json("ingest", path, "--title", "Thử")["announcement"])
        self.acknowledged[sha256(path)] = announcement
        return announcement

    def tasks(self, announcement: str) -> list[Task]:
        with self.database.reading() as session:
            found = select(Task).where(Task.announcement_id == announcement)
            return list(session.scalars(found.order_by(Task.created_at)))

    def task(self, announcement: str) -> Task:
        (task,) = self.tasks(announcement)
        return task

    def settle(self, announcements: Iterable[str], seconds: float = 60) -> None:
        """Wait until nothing more happens to these without a person."""
        wanted = set(announcements)

        def at_rest() -> bool:
            with self.database.reading() as session:
                states = session.scalars(
                    select(Announcement.state).where(Announcement.id.in_(wanted))
                ).all()
                open_tasks = session.scalar(
                    select(func.count())
                    .select_from(Task)
                    .where(Task.announcement_id.in_(wanted), Task.state.in_(("queued", "running")))
                )
            return all(state in (*RESTING, "failed") for state in states) and not open_tasks

        try:
            wait_for(at_rest, seconds, "rest")
        except AssertionError:
            raise AssertionError(self.log()) from None

    def told(self, announcement: str) -> str:
        """What the announcement's page says to the operator of what went wrong."""
        state = self.person.state(announcement)
        return str(state.get("failure") or "")

    def judge(self, entry: Entry, seconds: float = 60) -> None:
        """All that was acknowledged has come to rest, whole and once; count what has not."""
        self.settle(self.acknowledged.values(), seconds)
        media = MediaStore(self.data / "media")
        with self.database.reading() as session:
            lost, doubled = [], []
            for digest, announcement_id in self.acknowledged.items():
                announcement = session.get(Announcement, announcement_id)
                recording = announcement and session.get(Recording, announcement.recording_id)
                original = media.original(digest)
                if not (
                    announcement
                    and recording
                    and recording.sha256 == digest
                    and original.is_file()
                    and sha256(original) == digest
                    and announcement.state in (*RESTING, "failed")
                ):
                    lost.append(announcement_id)
            doubled += _twice(session.scalars(select(Recording.sha256)))
            doubled += _twice(session.scalars(select(Announcement.recording_id)))
            entries = select(AuditEntry.subject_id, AuditEntry.action)
            done_once = ("receive", "transcribe", "publish", "unpublish")
            doubled += _twice(tuple(row) for row in session.execute(entries) if row[1] in done_once)
            doubled += _twice(
                tuple(row)
                for row in session.execute(select(Segment.announcement_id, Segment.start_ms))
            )
            doubled += _twice(
                session.scalars(select(Publication.announcement_id).where(Publication.is_current))
            )
            broken = find_break(session)
        entry.lost += len(lost)
        entry.doubled += len(doubled)
        assert not lost
        assert not doubled
        assert broken is None, "the audit log is not whole"


def _twice(values: Iterable[object]) -> list[object]:
    return [value for value, times in Counter(values).items() if times > 1]


@dataclass
class Workshop(House):
    """The same without a supervisor: a Valkey, and workers that are started one by one."""

    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def open(self) -> None:
        """Start the Valkey."""
        settings = load_settings(self.environment)
        settings.run_dir.mkdir(parents=True, exist_ok=True)
        self._start(valkey_command(settings), "valkey", {})
        queue = TaskQueue(settings.effective_redis_url)
        wait_for(queue.is_reachable, 20, "Valkey")

    def worker(self, name: str, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a worker that logs to `name`.log; it lives when this returns."""
        command = [sys.executable, "-m", "web.cli", "worker", *options]
        worker = self._start(command, name, settings)
        with self.database.reading() as session:
            before = set(session.scalars(select(WorkerBeat.name)))

        def beats() -> bool:
            assert worker.poll() is None, self.log_of(name)
            with self.database.reading() as session:
                names = set(session.scalars(select(WorkerBeat.name)))
            return any(one.endswith(f":{worker.pid}") for one in names - before)

        wait_for(beats, START_SECONDS, "the worker's sign of life")
        return worker

    def log(self) -> str:
        """The ends of what all its processes have said."""
        logs = sorted(self.data.parent.glob("*.log"))
        return "\n".join(f"{path.name}:\n{self.log_of(path.stem)[-3000:]}" for path in logs)

    def log_of(self, name: str) -> str:
        return (self.data.parent / f"{name}.log").read_text(errors="replace")

    def end(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker, wherever it is."""
        worker.kill()
        worker.wait(10)

    def close(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.kill()
            process.wait(10)
        super().close()

    def _start(
        self, command: Sequence[str], name: str, settings: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with (self.data.parent / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env={**self.environment, **settings},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.started.append(process)
        return process


class Senders:
    """People who upload at once and try again until it is acknowledged."""

    def __init__(self, house: House, paths: Sequence[Path], people: int = 2) -> None:
        self._house = house
        self._paths = list(paths)
        self._threads = [
            threading.Thread(target=self._send, name=f"sender {number}") for number in range(people)
        ]
        self.problems: list[BaseException] = []

    def __enter__(self) -> "Senders":
        assert self._house.person.token
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        for thread in self._threads:
            thread.join(90)
        assert not any(thread.is_alive() for thread in self._threads)
        assert not self.problems, self.problems

    @property
    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _send(self) -> None:
        try:
            while self._paths:
                self._house.send(self._paths.pop())
        except BaseException as error:
            self.problems.append(error)


def seconds_until(condition: Callable[[], object], most: float, what: str) -> float:
    """How long it took; fails the test when it takes longer than `most`."""
    begun_at = time.monotonic()
    wait_for(condition, most, what)
    return time.monotonic() - begun_at


def row_count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
