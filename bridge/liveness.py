"""Which workers are alive as processes and give no sign of life: stopped, or hung with Python's
lock in their hands.

A worker says every few seconds in `worker_beat` that it lives. What it says is compared with what
it said before, by this process's own steady clock: a wall clock that jumps changes nothing.
"""

import time
from collections.abc import Callable, Iterable

from sqlalchemy import select

from bridge.db import Database
from bridge.models import WorkerBeat


class LifeSigns:
    """Remembers when each worker's sign of life last changed."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}  # name → what it said, since when

    def silent(self, names: Iterable[str], longer_than_s: float) -> list[str]:
        """Which of these workers have said nothing new for so long.

        One that has not yet said anything is still starting, and not silent. Ask often: time
        between two questions counts. Where the database does not answer, the error comes through
        and everybody has the whole time again: they could not write either.
        """
        wanted = set(names)
        try:
            with self._db.reading() as session:
                found = select(WorkerBeat.name, WorkerBeat.seen_at).where(
                    WorkerBeat.name.in_(wanted)
                )
                said = {row[0]: row[1] for row in session.execute(found)}
        except Exception:
            self._seen.clear()
            raise
        now = self._clock()
        for name, moment in said.items():
            if name not in self._seen or self._seen[name][0] != moment:
                self._seen[name] = (moment, now)
        self._seen = {name: self._seen[name] for name in said}
        return [name for name, (_, since) in self._seen.items() if now - since > longer_than_s]
