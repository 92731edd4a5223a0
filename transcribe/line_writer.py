"""Keeps a line's sound: second by second into captures, and each capture into an announcement.

The reader of a line must never wait: a sound card forgets what is not fetched. So the keeping has a
thread of its own, with a store of minutes between the two for a slow disk or an absent database.
"""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.captures import NewCapture, open_capture, store_chunk, stored_chunks
from bridge.db import Database, utc_now
from bridge.errors import BridgeError, MediaRejected, NoSpace, TooLarge
from bridge.media import MediaStore
from bridge.models import Capture
from bridge.queueing import TaskQueue
from bridge.settings import Settings
from bridge.sources import LineProblem, SourceInfo
from transcribe.capture_finish import finish_capture
from transcribe.decoder import SAMPLE_RATE
from transcribe.line_chunks import FILE_ENDING, MEDIA_TYPE, encode_chunk
from transcribe.line_splitter import Begin, Event, Sound

logger = logging.getLogger(__name__)

BYTES_PER_S = SAMPLE_RATE * 2
CHUNK_S = 1
# What is kept in memory while it cannot be written: 43 MB. Then the newest sound is dropped.
WAITING_BYTES = 15 * 60 * BYTES_PER_S
_LONGEST_PAUSE_S = 30.0
_FINISH_TRIES = 5
_FINISH_S = 60.0  # to listen to three hours once more
_KEY_PREFIX = "line"


@dataclass(frozen=True, slots=True)
class Dropped:
    """Here sound is missing that found no room while it waited."""

    sound_ms: int


# What the recorder tells: an event's name and its values.
Report = Callable[[str, dict[str, object]], None]


@dataclass(frozen=True, slots=True)
class Keeper:
    """What sound is kept with."""

    settings: Settings
    db: Database
    media: MediaStore
    queue: TaskQueue


@dataclass(frozen=True, slots=True)
class OpenCapture:
    """A capture that is being filled: its id, the next chunk's number, what it holds."""

    id: str
    next_number: int
    sound_ms: int


def find_unfinished(
    session: Session, source: SourceInfo, within_s: float, now: datetime | None = None
) -> OpenCapture | None:
    """What an earlier recorder of this source left open less than `within_s` ago."""
    since = (now or utc_now()) - timedelta(seconds=within_s)
    capture = session.scalar(
        select(Capture)
        .where(
            Capture.unit_id == source.unit_id,
            Capture.user_id.is_(None),
            Capture.kind == "line",
            Capture.state == "open",
            Capture.client_key.startswith(f"{_KEY_PREFIX}:{source.id}:", autoescape=True),
            Capture.touched_at >= since,
        )
        .order_by(Capture.touched_at.desc())
        .limit(1)
    )
    if capture is None:
        return None
    chunks = stored_chunks(session, capture.id)
    next_number = chunks[-1].number + 1 if chunks else 0
    return OpenCapture(capture.id, next_number, capture.sound_ms)


class LineWriter:
    """Takes a splitter's events in one thread and keeps them in another. Start it, close it."""

    def __init__(
        self,
        keeper: Keeper,
        source: SourceInfo,
        *,
        title: str,
        zone: ZoneInfo,
        report: Report,
        unfinished: OpenCapture | None = None,
    ) -> None:
        self.problem: LineProblem | None = None  # why nothing can be written just now
        self.lost_ms = 0  # all the sound that found no room
        self._keeper = keeper
        self._source = source
        self._title = title
        self._zone = zone
        self._report = report
        self._waiting: deque[tuple[Event | Dropped, datetime, str | None]] = deque()
        self._waiting_bytes = 0
        self._untold_ms = 0  # lost since the last event that was taken
        self._dropped_ms = 0  # lost of the announcement that is being kept
        self._changed = threading.Condition()
        self._give_up_at: float | None = None  # once it is to be closed
        self._pcm = bytearray()  # taken from what waits, under a second of it once it is kept
        # Of the first that wait, as they were sent: what was kept and not answered is known again
        # by its bytes, and each encoding has others.
        self._encoded = b""
        self._open = unfinished
        self._began_at = utc_now()
        self._key = self._new_key()
        self._thread = threading.Thread(target=self._run, name=f"writer {source.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self, event: Event, at: datetime, title: str | None = None) -> None:
        """Keep an event that came at `at`; returns at once.

        What begins is called `title` from then on; None: as what was before it.
        """
        size = _size(event)
        with self._changed:
            if size and self._waiting_bytes + size > WAITING_BYTES:
                if self.lost_ms == 0:
                    logger.error("no room for the sound of %s: it is lost", self._source.id)
                self.lost_ms += size * 1000 // BYTES_PER_S
                self._untold_ms += size * 1000 // BYTES_PER_S
                return
            if self._untold_ms:
                self._waiting.append((Dropped(self._untold_ms), at, None))
                self._untold_ms = 0
            self._waiting.append((event, at, title))
            self._waiting_bytes += size
            self._changed.notify()

    def close(self, seconds: float) -> bool:
        """Keep what is waiting, trying for at most so long; False when something was left unkept.

        A capture that has not come to its end stays open: the next recorder goes on with it, or
        the rule for silent captures finishes it.
        """
        with self._changed:
            self._give_up_at = time.monotonic() + seconds
            self._changed.notify()
        self._thread.join(seconds + _FINISH_S)
        return not (self._waiting or self._pcm or self._thread.is_alive())

    def _run(self) -> None:
        while (item := self._next()) is not None:
            event, at, title = item
            if isinstance(event, Dropped):
                self._dropped_ms += event.sound_ms
                continue
            if isinstance(event, Sound):
                self._pcm += event.pcm
                kept = self._until_kept(self._store_seconds)
            elif isinstance(event, Begin):
                kept = self._until_kept(self._store_rest)
                self._open, self._key = None, self._new_key()
                self._title = title or self._title
                self._began_at = at - timedelta(milliseconds=event.before_ms)
                self._report("begins", {})
            else:
                kept = self._until_kept(self._store_rest)
                self._finish()
            if not kept:
                return
        self._until_kept(self._store_rest)

    def _next(self) -> tuple[Event | Dropped, datetime, str | None] | None:
        """The next event, taken out; None when closing and all are taken."""
        with self._changed:
            while not self._waiting:
                if self._give_up_at is not None:
                    return None
                self._changed.wait()
            item = self._waiting.popleft()
            self._waiting_bytes -= _size(item[0])
            return item

    def _until_kept(self, keep: Callable[[], None]) -> bool:
        """Try until it succeeds, with growing pauses; False when closing takes too long."""
        pause = 0.5
        while True:
            try:
                keep()
            except Exception as error:
                # The edge of the loop: whatever is wrong, the sound waits and is tried again.
                self.problem = _problem_of(error)
                logger.exception("the sound of %s waits", self._source.id)
            else:
                self.problem = None
                return True
            if not self._pause(pause):
                logger.error("the last sound of %s could not be kept", self._source.id)
                return False
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _pause(self, seconds: float) -> bool:
        """Wait; False when the time for closing is over."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                limit = end if self._give_up_at is None else min(end, self._give_up_at)
                if (left := limit - time.monotonic()) <= 0:
                    return limit == end
                self._changed.wait(left)

    def _store_seconds(self) -> None:
        while len(self._pcm) >= CHUNK_S * BYTES_PER_S:
            self._store(CHUNK_S * BYTES_PER_S)

    def _store_rest(self) -> None:
        if self._pcm:
            self._store(len(self._pcm))

    def _store(self, size: int) -> None:
        """Keep the first bytes that wait as one chunk. They stay where that fails.

        Tried again it is for the same `size`: nothing is added before they are kept.
        """
        if self._open is None:
            self._open = OpenCapture(self._begin(), 0, 0)
        content = self._encoded = self._encoded or encode_chunk(bytes(self._pcm[:size]))
        sound_ms = size * 1000 // BYTES_PER_S
        keeper = self._keeper
        try:
            store_chunk(
                keeper.db,
                keeper.media,
                keeper.settings,
                capture_id=self._open.id,
                actor_id=None,
                number=self._open.next_number,
                sha256=sha256(content).hexdigest(),
                content=content,
                sound_ms=sound_ms,
            )
        except NoSpace:
            raise
        except BridgeError as error:
            # Full, or somebody closed it: the sound goes into another one at the next try.
            logger.warning("capture %s takes no more: %s", self._open.id, error)
            if isinstance(error, TooLarge):
                self._finish()
            self._open, self._key, self._began_at = None, self._new_key(), utc_now()
            raise
        self._open = OpenCapture(
            self._open.id, self._open.next_number + 1, self._open.sound_ms + sound_ms
        )
        del self._pcm[:size]
        self._encoded = b""

    def _begin(self) -> str:
        keeper, source = self._keeper, self._source
        local = self._began_at.astimezone(self._zone)
        wanted = NewCapture(
            key=self._key,
            kind="line",
            file_name=f"{source.name} {local:%Y-%m-%d %H.%M.%S}{FILE_ENDING}",
            media_type=MEDIA_TYPE,
            title=self._title,
            broadcast_at=self._began_at,
        )
        capture_id, _ = open_capture(
            keeper.db,
            keeper.media,
            keeper.settings,
            unit_id=source.unit_id,
            actor_id=None,
            wanted=wanted,
        )
        return capture_id

    def _finish(self) -> None:
        """Make an announcement of the capture; what fails is left to the rule of silence."""
        capture, self._open = self._open, None
        dropped_ms, self._dropped_ms = self._dropped_ms, 0
        if dropped_ms:
            self._report("dropped", {"seconds": -(-dropped_ms // 1000)})
        if capture is None:
            return
        keeper = self._keeper
        for attempt in range(_FINISH_TRIES):
            try:
                receipt = finish_capture(
                    keeper.settings,
                    keeper.db,
                    keeper.media,
                    capture.id,
                    chunks=capture.next_number,
                    partial=True,
                    dropped_ms=dropped_ms,
                )
            except Exception as error:
                if isinstance(error, MediaRejected) and error.for_good:
                    self._report("refused", {"code": error.code, "data": error.data})
                    return
                # The edge of the loop, as in `_until_kept`.
                logger.exception("capture %s could not be finished", capture.id)
                if not self._pause(2.0**attempt):
                    break
                continue
            if receipt.task_id is not None:
                keeper.queue.hand_over(keeper.db, receipt.task_id)
            self._report("finished", {"announcement": receipt.announcement_id})
            return
        self._report("left", {"capture": capture.id})

    def _new_key(self) -> str:
        return f"{_KEY_PREFIX}:{self._source.id}:{secrets.token_hex(8)}"


def _problem_of(error: Exception) -> LineProblem:
    if not isinstance(error, BridgeError):
        return LineProblem("unexpected")
    limits = {name: value for name, value in error.data.items() if isinstance(value, int)}
    return LineProblem(error.code, limits)


def _size(event: Event | Dropped) -> int:
    return len(event.pcm) if isinstance(event, Sound) else 0
