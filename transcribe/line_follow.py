"""Records by schedule: one process for all sources, a thread for each that is due.

    python -m transcribe.line_follow

Run twice by mistake, the second finds every source taken. Killed and started again it goes on with
what it was recording. Little is loaded while nothing is due.
"""

import logging
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING

from bridge.db import Database, utc_now
from bridge.errors import BridgeError
from bridge.logs import configure_logs
from bridge.media import MediaStore
from bridge.queueing import TaskQueue
from bridge.schedules import next_window
from bridge.settings import Settings, load_settings
from bridge.sources import ScheduleInfo, list_schedules
from transcribe.line_programme import Programme

if TYPE_CHECKING:
    from transcribe.line_recording import LineRecording

logger = logging.getLogger(__name__)

_LOOK_S = 2.0
# Connecting takes some seconds; what is heard before the hour is only kept as pre-roll.
_EARLY_S = 10
_AGAIN_S = 10.0  # after a recording that ended before its time
_STOP_S = 90.0


@dataclass(frozen=True, slots=True)
class Due:
    """A time of a source that is to be recorded now; overlapping times of one source are one."""

    schedule: ScheduleInfo
    since: datetime
    until: datetime


def due_now(schedules: Sequence[ScheduleInfo], now: datetime) -> dict[str, list[Due]]:
    """What is to be recorded at `now`, by source id: from shortly before its time to its end.

    Of one source several, the earliest first, where one begins when another is over.
    """
    found: list[Due] = []
    for schedule in schedules:
        window = next_window(schedule.weekly, now, schedule.zone)
        early = timedelta(seconds=schedule.source.pre_roll_s + _EARLY_S)
        if window.start - early <= now:
            found.append(Due(schedule, window.start, window.end))
    due: dict[str, list[Due]] = {}
    for one in sorted(found, key=lambda one: one.since):
        before = due.setdefault(one.schedule.source.id, [])
        if before and one.since < before[-1].until:
            before[-1] = replace(before[-1], until=max(before[-1].until, one.until))
        else:
            before.append(one)
    return due


def _programmes(due: Sequence[Due]) -> tuple[Programme, ...]:
    return tuple(
        Programme(one.schedule.title or one.schedule.source.name, one.since, one.until)
        for one in due
    )


class ScheduleFollower:
    """Starts and ends recordings as the table of schedules says. `run` it in the main thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._db = Database(settings.effective_database_url)
        self._stop = threading.Event()
        self._running: dict[str, tuple[threading.Thread, LineRecording]] = {}
        self._again_at: dict[str, datetime] = {}

    def run(self) -> None:
        """Follow the schedules until SIGTERM or SIGINT; what is being said then can go on later."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        while not self._stop.is_set():
            try:
                self.look(utc_now())
            except Exception:
                # The edge of the loop: the database may be away for a while.
                logger.exception("the schedules could not be followed")
            self._stop.wait(_LOOK_S)
        self.close()

    def close(self) -> None:
        """Let what runs keep what it has, and wait for it."""
        self._stop.set()
        for thread, _ in self._running.values():
            thread.join(_STOP_S)
        self._db.dispose()

    def look(self, now: datetime) -> None:
        """Read the table, start what is due, move the ends of what runs."""
        with self._db.reading() as session:
            due = due_now(list_schedules(session), now)
        for source_id, (thread, recording) in list(self._running.items()):
            if not thread.is_alive():
                del self._running[source_id]
                self._again_at[source_id] = now + timedelta(seconds=_AGAIN_S)
            elif source_id in due:
                recording.programmes = _programmes(due[source_id])
            elif recording.until is None or recording.until > now:
                recording.stop_at(now)  # taken out of the table meanwhile
        for source_id, wanted in due.items():
            waits = self._again_at.get(source_id, now) > now
            if source_id not in self._running and not waits:
                self._running[source_id] = self._begin(wanted)

    def _begin(self, wanted: Sequence[Due]) -> "tuple[threading.Thread, LineRecording]":
        # Only now: decoders and arrays are a hundred megabytes that most hours do without.
        from transcribe.line_recording import LineRecording
        from transcribe.line_writer import Keeper

        settings, schedule = self._settings, wanted[0].schedule
        source = schedule.source
        recording = LineRecording(
            Keeper(
                settings,
                self._db,
                MediaStore(settings.media_dir),
                TaskQueue(settings.effective_redis_url),
            ),
            source,
            programmes=_programmes(wanted),
            zone=schedule.zone,
            report=lambda name, data: logger.info("line %s: %s %s", source.id, name, data),
        )
        thread = threading.Thread(
            target=self._record, args=(recording, source.id), name=f"line {source.id}"
        )
        thread.start()
        return thread, recording

    def _record(self, recording: "LineRecording", source_id: str) -> None:
        try:
            recording.run(self._stop, end=False)
        except BridgeError as error:
            logger.warning("line %s is not recorded: %s", source_id, error)
        except Exception:
            # The edge of the thread: the follower starts it again.
            logger.exception("the recording of line %s failed", source_id)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()


def main() -> int:
    """Follow the schedules with the settings of the environment."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    ScheduleFollower(settings).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
