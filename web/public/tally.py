"""Counts in the memory of this process, written down every few seconds in one batch.

Who counts is bounded by a mark that is made of the address with a salt which lives in this memory
alone and is made anew each day: what a process knows of senders is gone with the day or with it.
A batch that may or may not have been written keeps its number, and the database knows it then.
"""

import hashlib
import hmac
import logging
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.exc import SQLAlchemyError

from bridge.counting import add_counts
from bridge.db import Database, utc_now
from bridge.senders import network_of

logger = logging.getLogger(__name__)

EVERY_S = 10.0
# Of one address on one day: a large family that hears everything, or a village behind one network.
MOST_OF_ONE = 2000
MOST_OF_ONE_ITEM = 40  # of one kind
_MOST_MARKS = 200_000
_MOST_BATCHES = 360  # an hour without a database; then the oldest are given up
_MOST_KEYS = 20_000  # in one batch: more is no audience


@dataclass
class _Batch:
    counts: dict[tuple[str, str], int]
    counted_at: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(16))


class Tally:
    """Counts for one web process. Safe to share between threads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._unsure: list[_Batch] = []
        self._stop = threading.Event()
        self._begin_day(utc_now().date())

    def count(self, announcement_id: str, kind: str, address: str) -> bool:
        """Count one view, play or download; False where one address counts too much."""
        with self._lock:
            today = utc_now().date()
            if today != self._day:
                self._begin_day(today)
            if not self._may_count(announcement_id, kind, address):
                return False
            key = (announcement_id, kind)
            if key not in self._counts and len(self._counts) >= _MOST_KEYS:
                return False
            self._counts[key] += 1
            return True

    def flush(self) -> None:
        """Write down what was counted since the last time. What cannot be is kept for the next."""
        with self._writing:
            with self._lock:
                if self._counts:
                    self._unsure.append(_Batch(dict(self._counts), utc_now()))
                    self._counts.clear()
                    del self._unsure[:-_MOST_BATCHES]
                waiting = list(self._unsure)
            for batch in waiting:
                try:
                    add_counts(
                        self._db,
                        batch_id=batch.id,
                        counts=batch.counts,
                        counted_at=batch.counted_at,
                    )
                except SQLAlchemyError as error:
                    logger.warning("counts wait for the database: %s", error)
                    return
                with self._lock:
                    self._unsure = [one for one in self._unsure if one is not batch]

    def run(self) -> None:
        """Flush every few seconds until `close`; to be called in a thread of its own."""
        while not self._stop.wait(EVERY_S):
            self.flush()

    def close(self) -> None:
        """Write down the rest and end `run`."""
        self._stop.set()
        self.flush()

    def _begin_day(self, today: date) -> None:
        self._day = today
        self._salt = secrets.token_bytes(32)
        self._marks: Counter[bytes] = Counter()

    def _may_count(self, announcement_id: str, kind: str, address: str) -> bool:
        if len(self._marks) >= _MOST_MARKS:  # no memory without end, whoever asks for it
            self._begin_day(self._day)
        one = network_of(address)
        whole, item = self._mark(one), self._mark(f"{one} {announcement_id} {kind}")
        if self._marks[whole] >= MOST_OF_ONE or self._marks[item] >= MOST_OF_ONE_ITEM:
            return False
        self._marks[whole] += 1
        self._marks[item] += 1
        return True

    def _mark(self, text: str) -> bytes:
        return hmac.new(self._salt, text.encode(), hashlib.sha256).digest()[:12]
