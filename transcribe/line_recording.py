"""Listens to one source for as long as wanted, whatever the line does.

Sound goes from the line through the splitter to the writer. A line that is lost is tried again
with growing pauses; what is being said then goes on in the same announcement if it comes back
before the silence that ends one.
"""

import contextlib
import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.db import utc_now
from bridge.errors import Conflict, LineLost
from bridge.settings import Settings
from bridge.sources import LineProblem, SourceInfo, note_line
from transcribe.line_input import BYTES_PER_MS, Line, open_line
from transcribe.line_programme import Programme, programme_at
from transcribe.line_splitter import Event, Splitter
from transcribe.line_writer import Keeper, LineWriter, OpenCapture, Report, find_unfinished

logger = logging.getLogger(__name__)

# These will not pass by themselves: a person has to do something.
LASTING = frozenset({"line_no_program", "line_private", "line_redirect", "line_playlist"})
# The values that a lost line's sentence names. Others may quote what a server sent: they stay in
# the log.
SHOWN: Mapping[str, str] = {
    "line_refused": "status",
    "line_redirect": "host",
    "line_private": "host",
    "line_no_program": "program",
    "line_device": "detail",
}
_SHOWN_LENGTH = 200

_WAIT_S = 0.5
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0  # of sound, after which a line counts as sound again
# What goes on over its time is recorded to its end, but not for ever.
_OVERRUN = timedelta(minutes=5)
# An announcement that goes on after a crash; a line's own silence if that is longer.
_GO_ON_S = 30.0
# What never pauses is cut after an hour: nobody edits more at once, and the decoder needs 30 kB of
# memory for each chunk of a second (measured: 480 MB for 175 minutes, of 768).
_LONGEST_MS = 60 * 60_000
# Room below the longest sound that is taken, for the pause to cut at.
_CUT_ROOM_MS = 120_000
_NOTE_S = 30.0
_CLOSE_S = 20.0


class LineRecording:
    """One source being recorded. `run` it in a thread that lives.

    `programmes`, at least one and in their order, may be put into the place of others meanwhile.
    Where one begins when another is over, what is being said is ended at the next pause between
    sentences, and what follows has the new title.
    """

    def __init__(
        self,
        keeper: Keeper,
        source: SourceInfo,
        *,
        programmes: Sequence[Programme],
        zone: ZoneInfo,
        report: Report,
    ) -> None:
        self.programmes = tuple(programmes)
        self._keeper = keeper
        self._source = source
        self._programme = programme_at(self.programmes, utc_now())
        self._zone = zone
        self._report = report
        self._splitter = self._new_splitter(None)
        self._writer: LineWriter | None = None
        self._heard_at: datetime | None = None
        self._gap_from: float | None = None  # while the line is lost: since when nothing came
        self._came_at = time.monotonic()
        self._noted: tuple[str, LineProblem | None] = ("", None)  # the line's state and problem
        self._noted_at = 0.0

    @property
    def until(self) -> datetime | None:
        """When the last programme is over."""
        return self.programmes[-1].until

    def stop_at(self, moment: datetime) -> None:
        """Record nothing any more that begins after this."""
        self.programmes = (replace(programme_at(self.programmes, moment), until=moment),)

    def run(self, stop: threading.Event, *, give_up: bool = False, end: bool = True) -> None:
        """Record until the time is over or `stop` is set.

        `give_up`: raise LineLost where the line can never work (LASTING) before any sound came.
        `end`: stopped in the middle of an announcement, finish it; else the next recorder of this
        source may go on with it. Raises Conflict `source_busy` when another one has the source.
        """
        with locked_source(self._keeper.settings, self._source):
            writer = self._start_writer()
            try:
                self._listen(writer, stop, give_up)
                if end or not stop.is_set():
                    self._pass_on(writer, self._splitter.finish())
            finally:
                if not writer.close(_CLOSE_S):
                    self._report("unkept", {})
                self._note("idle", self._last_problem())

    def _listen(self, writer: LineWriter, stop: threading.Event, give_up: bool) -> None:
        pause = _FIRST_PAUSE_S
        ever_heard = False
        while not self._is_over(stop):
            began, heard_bytes = time.monotonic(), 0
            try:
                with closing(open_line(self._source)) as line:
                    for pcm in self._sound_of(line, stop):
                        if heard_bytes == 0:
                            self._report("listening", {})
                        heard_bytes += len(pcm)
                        ever_heard = True
                        self._take(writer, pcm)
            except LineLost as lost:
                if give_up and not ever_heard and lost.code in LASTING:
                    raise
                if heard_bytes > _STEADY_S * 1000 * BYTES_PER_MS:
                    pause = _FIRST_PAUSE_S
                self._lose(writer, lost, pause, time.monotonic() - began)
                self._rest(writer, stop, pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _sound_of(self, line: Line, stop: threading.Event) -> Iterator[bytes]:
        while not self._is_over(stop):
            if pcm := line.read(_WAIT_S):
                yield pcm

    def _take(self, writer: LineWriter, pcm: bytes) -> None:
        if self._gap_from is not None:
            self._count_gap(writer)
            self._gap_from = None
        now, self._came_at = utc_now(), time.monotonic()
        programmes, before = self.programmes, self._programme
        # Its end may have been moved since.
        before = next((one for one in programmes if one.since == before.since), before)
        programme = self._programme = programme_at(programmes, now, before)
        self._splitter.ending = programme.until is not None and now >= programme.until
        self._splitter.armed = programme.has_begun(now) and not self._splitter.ending
        if self._splitter.is_open and programme.comes_after(before):
            self._splitter.end_soon()
        self._pass_on(writer, self._splitter.add(pcm))
        if self._splitter.is_open and self._splitter.quiet_ms == 0:
            self._heard_at = now
        self._note("listening", writer.problem)

    def _pass_on(self, writer: LineWriter, events: Iterator[Event]) -> None:
        at = utc_now()
        for event in events:
            writer.take(event, at, self._programme.title)

    def _last_problem(self) -> LineProblem | None:
        """What a person should know of a recording that is over: why nothing came of it."""
        if self._noted[0] == "lost":
            return self._noted[1]
        since = self._programme.since
        heard = self._heard_at is not None and (since is None or self._heard_at >= since)
        return LineProblem("line_silent") if since is not None and not heard else None

    def _lose(self, writer: LineWriter, lost: LineLost, pause: float, lasted_s: float) -> None:
        logger.warning("line %s is lost after %.0f s: %s", self._source.id, lasted_s, lost)
        self._report("lost", {"code": lost.code, "data": lost.data, "pause_s": pause})
        self._count_gap(writer)
        self._note("lost", problem_of(lost))

    def _rest(self, writer: LineWriter, stop: threading.Event, seconds: float) -> None:
        """Wait before the next try."""
        began = time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0 and not self._is_over(stop):
            stop.wait(min(left, _WAIT_S))
        self._count_gap(writer)

    def _count_gap(self, writer: LineWriter) -> None:
        """What passed since the last sound is silence; what only came late is none."""
        now = time.monotonic()
        since = self._came_at if self._gap_from is None else self._gap_from
        self._pass_on(writer, self._splitter.add_gap(int((now - since) * 1000)))
        self._gap_from = now

    def _is_over(self, stop: threading.Event) -> bool:
        if stop.is_set():
            return True
        until = self.until  # another thread may move it
        if until is None or (now := utc_now()) < until:
            return False
        return not self._splitter.is_open or now >= until + _OVERRUN

    def _start_writer(self) -> LineWriter:
        within_s = max(_GO_ON_S, float(self._source.split_silence_s))
        with self._keeper.db.reading() as session:
            unfinished = find_unfinished(session, self._source, within_s)
        self._splitter = self._new_splitter(unfinished)
        writer = LineWriter(
            self._keeper,
            self._source,
            title=self._programme.title,
            zone=self._zone,
            report=self._report,
            unfinished=unfinished,
        )
        if unfinished is not None:
            logger.info("capture %s goes on", unfinished.id)
            self._report("goes_on", {})
        writer.start()
        return writer

    def _new_splitter(self, unfinished: OpenCapture | None) -> Splitter:
        source, most_ms = self._source, self._keeper.settings.max_duration_ms
        return Splitter(
            pre_roll_ms=source.pre_roll_s * 1000,
            split_silence_ms=source.split_silence_s * 1000,
            longest_ms=min(_LONGEST_MS, max(most_ms - _CUT_ROOM_MS, most_ms // 2)),
            is_open=unfinished is not None,
            length_ms=unfinished.sound_ms if unfinished else 0,
        )

    def _note(self, line_state: str, problem: LineProblem | None) -> None:
        """Tell the table of sources, at a change or now and then; never at the sound's cost."""
        now = time.monotonic()
        if self._noted == (line_state, problem) and now - self._noted_at < _NOTE_S:
            return
        self._noted, self._noted_at = (line_state, problem), now
        try:
            with self._keeper.db.writing() as session:
                note_line(
                    session,
                    self._source.id,
                    line_state,
                    problem=problem,
                    heard_at=self._heard_at,
                )
        except Exception:
            # The edge of the loop: what people read about the line matters less than the line.
            logger.exception("the state of line %s could not be noted", self._source.id)


def problem_of(lost: LineLost) -> LineProblem:
    """What people are shown of a lost line; nothing that an address or a server may hide in it."""
    name = SHOWN.get(lost.code)
    if name is None:
        return LineProblem(lost.code)
    value = lost.data.get(name, "")
    return LineProblem(
        lost.code, {name: value if isinstance(value, int) else str(value)[:_SHOWN_LENGTH]}
    )


@contextmanager
def locked_source(settings: Settings, source: SourceInfo) -> Iterator[None]:
    """Have a source for one recorder of this machine; the kernel frees it when that one dies.

    Raises Conflict `source_busy`.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    path = settings.run_dir / f"line-{source.id}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.closing(os.fdopen(descriptor, "rb")):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("source_busy", name=source.name) from None
        yield
