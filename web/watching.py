"""A folder from which finished sound files are taken, as an IP loudspeaker system leaves them.

A file is taken when it is a plain file directly in the folder, its name is no half-finished one,
it has stood still for `quiet_s` seconds and nobody has it open for writing. What was taken moves to
`da-nhan/`, what cannot become an announcement to `khong-nhan/` with `<name>.ly-do.txt` beside it.
Nothing is ever deleted. Links are never followed, folders inside are not entered.

It may be killed at any moment: a file that was recorded and not yet moved is met again, its bytes
are known, and it only moves. The folder is asked again and again; no kernel notices are needed, so
network drives work.
"""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy.exc import SQLAlchemyError

from bridge.db import utc_now
from bridge.errors import BridgeError, InvalidInput
from bridge.logs import log_ids
from web.receiving import receive_recording
from web.services import Services
from web.watched_files import (
    FileMoved,
    Fingerprint,
    SourceUnreadable,
    SteadyFile,
    fingerprint_of,
    free_name,
    is_open_for_writing,
    is_plain_name,
    open_folder,
    readable_name,
    write_reason,
)

logger = logging.getLogger(__name__)

TAKEN_FOLDER = "da-nhan"
REFUSED_FOLDER = "khong-nhan"

# An empty file is mostly one whose writer has not begun; it gets this many times the quiet time.
_EMPTY_PATIENCE = 10
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 60.0
# A decoder may have been killed from outside, or by a bad file: ask twice.
_REFUSALS_NEEDED = {"media_interrupted": 2}
# Files carry the moment they were written, which is close to the broadcast; a clock that was
# wrong by years must not put a broadcast there.
_OLDEST = datetime(2020, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(minutes=5)


@dataclass(slots=True)
class _Seen:
    """A file as it was last met, and since when it has looked like this (the watch's clock)."""

    fingerprint: Fingerprint
    since: float
    not_before: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. Exactly one of `announcement_id` and `error` is given."""

    name: str
    announcement_id: str | None = None
    is_duplicate: bool = False  # the bytes were known; no new announcement was made
    error: BridgeError | None = None


class FolderWatch:
    """One folder, watched for one unit. Not for several threads."""

    def __init__(
        self,
        services: Services,
        *,
        unit_id: str,
        folder: Path,
        quiet_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Makes both folders for what was dealt with. Raises OSError, InvalidInput
        `watch_folder_unfit` for a folder that holds the data folder or lies in it.
        """
        self.folder = folder.absolute()
        _require_apart(self.folder, services.settings.data_dir)
        self._services = services
        self._unit_id = unit_id
        self._quiet_s = quiet_s
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        # Recorded, but could not be moved: name -> how it looked.
        self._taken: dict[str, Fingerprint] = {}
        self._not_before = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._problem = ""  # why the last look failed
        with open_folder(self.folder) as place:
            for name in (TAKEN_FOLDER, REFUSED_FOLDER):
                with _inside(place, name):
                    pass

    def look(self) -> Iterator[Outcome]:
        """Look once at every file and deal with those that are finished, the oldest first.

        Whatever is wrong with the folder, the disk or the database is logged and tried again
        later with growing pauses; the files stay where they are.
        """
        if self._clock() < self._not_before:
            return
        try:
            with open_folder(self.folder) as place:
                for name in self._finished(place):
                    outcome = self._deal_with(place, name)
                    if outcome is not None:
                        yield outcome
        except (BridgeError, SQLAlchemyError, OSError) as error:
            self._rest(error)
        else:
            self._pause_s, self._problem = _FIRST_PAUSE_S, ""

    def _rest(self, error: Exception) -> None:
        problem = error.code if isinstance(error, BridgeError) else type(error).__name__
        if problem != self._problem:  # one line, not one every minute of a night
            logger.warning("the folder %s has to wait: %s", self.folder, error)
        self._problem = problem
        self._not_before = self._clock() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _finished(self, place: int) -> list[str]:
        """Names of the files that have stood still long enough, the oldest first."""
        now, met, ready = self._clock(), set[str](), []
        with os.scandir(place) as entries:
            for entry in entries:
                if not is_plain_name(entry.name):
                    continue
                try:
                    facts = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone meanwhile
                if not stat.S_ISREG(facts.st_mode):
                    continue
                met.add(entry.name)
                if self._has_stood_still(entry.name, fingerprint_of(facts), now):
                    ready.append((facts.st_mtime_ns, entry.name))
        for name in self._seen.keys() - met:
            del self._seen[name]
        for name in self._taken.keys() - met:
            del self._taken[name]
        return [name for _moment, name in sorted(ready)]

    def _has_stood_still(self, name: str, found: Fingerprint, now: float) -> bool:
        seen = self._seen.get(name)
        if seen is None or seen.fingerprint != found:
            self._seen[name] = _Seen(found, since=now)
            return False
        patience = self._quiet_s * (1 if found.size else _EMPTY_PATIENCE)
        return now - seen.since >= patience and now >= seen.not_before

    def _deal_with(self, place: int, name: str) -> Outcome | None:
        seen = self._seen[name]
        if self._taken.get(name) == seen.fingerprint:
            self._move(place, name, TAKEN_FOLDER)
            return None
        try:
            return self._take(place, name, seen)
        except FileMoved:
            self._seen.pop(name, None)  # gone, replaced or written to again: begin anew
        except SourceUnreadable as error:
            self._put_off(name, seen, "cannot be read", error.__cause__)
        return None

    def _put_off(self, name: str, seen: _Seen, what: str, error: BaseException | None) -> None:
        """Leave one file for later, so that the others are not kept waiting."""
        if seen.pause_s == _FIRST_PAUSE_S:
            logger.warning("%s %s: %s", readable_name(name), what, error)
        seen.not_before = self._clock() + seen.pause_s
        seen.pause_s = min(2 * seen.pause_s, _LONGEST_PAUSE_S)

    def _take(self, place: int, name: str, seen: _Seen) -> Outcome | None:
        with SteadyFile(place, name, seen.fingerprint) as source:
            if is_open_for_writing(source.fileno()):
                seen.since = self._clock()
                return None
            try:
                receipt = receive_recording(
                    self._services,
                    stream=cast(BinaryIO, source),
                    file_name=readable_name(name),
                    unit_id=self._unit_id,
                    actor_id=None,
                    broadcast_at=_broadcast_at(seen.fingerprint),
                )
            except InvalidInput as error:
                return self._refuse(place, name, seen, error)
        with log_ids(announcement=receipt.announcement_id):
            known = receipt.duplicate_of is not None
            logger.info("took %s%s", readable_name(name), ", which was known" if known else "")
            self._taken[name] = seen.fingerprint
            self._move(place, name, TAKEN_FOLDER)
        return Outcome(readable_name(name), receipt.announcement_id, known)

    def _refuse(self, place: int, name: str, seen: _Seen, error: InvalidInput) -> Outcome | None:
        seen.refusals += 1
        if seen.refusals < _REFUSALS_NEEDED.get(error.code, 1):
            seen.not_before = self._clock() + seen.pause_s
            return None
        logger.info("refused %s: %s", readable_name(name), error)
        self._move(place, name, REFUSED_FOLDER, why=error)
        return Outcome(readable_name(name), error=error)

    def _move(self, place: int, name: str, folder: str, why: BridgeError | None = None) -> None:
        """Move a file aside, if it is still the one that was dealt with."""
        seen = self._seen[name]
        try:
            found = fingerprint_of(os.stat(name, dir_fd=place, follow_symlinks=False))
            if found == seen.fingerprint:
                with _inside(place, folder) as target:
                    new_name = free_name(target, name)
                    if why is not None:
                        # Before the move: no file may ever lie there without its reason.
                        write_reason(target, new_name, why)
                    os.rename(name, new_name, src_dir_fd=place, dst_dir_fd=target)
        except FileNotFoundError:
            pass  # somebody has taken it away
        except OSError as error:
            self._put_off(name, seen, "cannot be moved aside", error)
            return
        del self._seen[name]
        self._taken.pop(name, None)


def _broadcast_at(found: Fingerprint) -> datetime | None:
    written = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
    return written if _OLDEST < written < utc_now() + _AHEAD else None


@contextmanager
def _inside(place: int, name: str) -> Iterator[int]:
    """The descriptor of a folder inside, which is made where it is missing; never a link's."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=place)
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _require_apart(folder: Path, data_dir: Path) -> None:
    folder, data_dir = folder.resolve(), data_dir.resolve()
    if folder.is_relative_to(data_dir) or data_dir.is_relative_to(folder):
        raise InvalidInput("watch_folder_unfit", path=str(folder))
