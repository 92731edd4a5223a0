"""Whether this process can serve: found by one asker at a time, the same for all others.

Anybody may ask, and an answer takes seconds where a part hangs: without this, few askers would hold
every thread that answers pages.
"""

import threading
import time
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bridge.schema import database_revision, newest_revision
from bridge.status import disk_status
from web.services import Services

KEPT_S = 1.0
# Who asks while it is being found hears the last answer, for so long: a queue that hangs costs 2 s,
# SQLite waits 10 s for another writer. Beyond that something hangs that pages need as well.
TRUSTED_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of each part, and when it was found (`time.monotonic`)."""

    parts: dict[str, str]
    at: float

    @property
    def works(self) -> bool:
        return self.parts["database"] == "ok"

    @property
    def status(self) -> str:
        if not self.works:
            return "waiting"
        return "ok" if set(self.parts.values()) == {"ok"} else "limited"


class Readiness:
    """The answer of one application. Safe to share between threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._finding = threading.Lock()
        self._last: Answer | None = None

    def answer(self) -> Answer:
        """The state of database, queue and disk; at most one caller waits for it to be found."""
        last, now = self._last, time.monotonic()
        if last is not None and now - last.at < KEPT_S:
            return last
        if self._finding.acquire(blocking=False):
            try:
                self._last = Answer(self._find(), time.monotonic())
                return self._last
            finally:
                self._finding.release()
        if last is not None and now - last.at < TRUSTED_S:
            return last
        return Answer({"database": "unknown"}, now)

    def _find(self) -> dict[str, str]:
        database = self._database()
        if database != "ok":
            return {"database": database}
        queue = "ok" if self._services.queue.is_reachable() else "away"
        disk = "ok" if disk_status(self._services.settings).accepts_files else "full"
        return {"database": database, "queue": queue, "disk": disk}

    def _database(self) -> str:
        db = self._services.db
        try:
            with db.reading() as session:
                session.execute(text("SELECT 1 FROM task LIMIT 1"))
            if database_revision(db) != newest_revision():
                return "outdated"
        except SQLAlchemyError:
            return "unreachable"
        return "ok"
