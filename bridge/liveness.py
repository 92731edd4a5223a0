"""Which workers are alive as processes and give no sign of life: stopped, or hung with Python's
lock in their hands.

A worker says every few seconds in `worker_beat` that it lives. What it says is compared with what
it said before, by this process's own steady clock: a wall clock that jumps changes nothing. Nobody
is called silent while the database takes no writes, from a full disk or from somebody who holds it
up: they could not say anything.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import select

from bridge.db import Database, new_id, utc_now
from bridge.models import WorkerBeat

# For so much of the time before a worker is called silent, writes have been tried and went well.
# A worker whose write waits for another's on SQLite comes through within a second.
_TRIED_PART = 1 / 3
# SQLite's write lock in the file beside its write-ahead log (sqlite.org/walformat.html, 2.3.1).
_WRITE_LOCK_BYTE = "120"


class LifeSigns:
    """Remembers when each worker's sign of life last changed."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}  # name → what it said, since when
        self._writable_since: float | None = None

    def silent(self, names: Iterable[str], longer_than_s: float) -> list[str]:
        """Which of these workers have said nothing new for so long, though they could have.

        One that has not yet said anything is still starting, and not silent. Ask often: time
        between two questions counts. Where the database does not answer, or takes no writes, the
        error comes through and everybody has the whole time again. The one exception is a worker
        that itself holds SQLite's write lock: it is named, and no other with it.
        """
        try:
            since = self._listen(set(names))
        except Exception:
            self._seen.clear()
            self._writable_since = None
            raise
        asked_at = self._clock()
        suspected_after_s = longer_than_s * (1 - _TRIED_PART)
        if all(asked_at - moment <= suspected_after_s for moment in since.values()):
            self._writable_since = None
            return []
        quiet = [name for name, moment in since.items() if asked_at - moment > longer_than_s]
        try:
            self._try_writing()
        except Exception as error:
            writers = _holders_of_write_lock(self._db) if _is_busy(error) else set()
            self._spare_all_but(writers)
            guilty = [name for name in quiet if name in self._seen]
            if guilty:
                return guilty
            raise
        if self._writable_since is None:
            self._writable_since = self._clock()
        if self._clock() - self._writable_since < longer_than_s * _TRIED_PART:
            return []
        return quiet

    def _listen(self, wanted: set[str]) -> dict[str, float]:
        """Since when each worker has said the same."""
        with self._db.reading() as session:
            found = select(WorkerBeat.name, WorkerBeat.seen_at).where(WorkerBeat.name.in_(wanted))
            said = {row[0]: row[1] for row in session.execute(found)}
        now = self._clock()
        for name, moment in said.items():
            if name not in self._seen or self._seen[name][0] != moment:
                self._seen[name] = (moment, now)
        self._seen = {name: self._seen[name] for name in said}
        return {name: since for name, (_, since) in self._seen.items()}

    def _try_writing(self) -> None:
        """Write as a worker does that says that it lives, and leave nothing."""
        with self._db.writing() as session:
            trial = WorkerBeat(name=f"test:{new_id()}", seen_at=utc_now())
            session.add(trial)
            session.flush()
            session.delete(trial)

    def _spare_all_but(self, writers: set[str]) -> None:
        """Give the whole time again to all but the workers with these process ids."""
        self._writable_since = None
        self._seen = {
            name: sign for name, sign in self._seen.items() if name.rpartition(":")[2] in writers
        }


def _is_busy(error: Exception) -> bool:
    """Whether SQLite has waited for another writer in vain."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF == sqlite3.SQLITE_BUSY  # the low byte of an extended code is the plain one


def _holders_of_write_lock(db: Database) -> set[str]:
    """Ids of the processes that hold an SQLite database's write lock; none on PostgreSQL.

    From the kernel's list (proc_locks(5)): opening the file would drop SQLite's own locks, which
    are this process's too.
    """
    if not db.is_sqlite:
        return set()
    try:
        inode = Path(f"{db.url.removeprefix('sqlite:///')}-shm").stat().st_ino
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return set()
    found = set()
    for line in lines:
        # 1: POSIX  ADVISORY  WRITE 4711 fd:01:2197833 120 120
        fields = line.split()
        if len(fields) == 8 and fields[6] == fields[7] == _WRITE_LOCK_BYTE:
            _, _, _, mode, pid, place, _, _ = fields
            if mode == "WRITE" and place.rpartition(":")[2] == str(inode):
                found.add(pid)
    return found
