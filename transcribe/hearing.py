"""Pieces of sound through the engine, several at once: segments that tile the recording, in order.

The task and the command line both hear through here.
"""

import contextlib
import logging
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import EngineFailed
from bridge.transcript import SILENCE_TEXT, Segment
from transcribe.engine_client import EngineClient
from transcribe.open_piece import OpenPiece
from transcribe.sound import Pause, Piece

logger = logging.getLogger(__name__)

_PREFIX, _SUFFIX = "piece-", ".pcm"
# The engine has read a piece into memory seconds after it was asked.
_LEFT_BEHIND_S = 3600.0
# Pieces that may wait for an earlier one, for each that is heard: pieces of very different effort
# must not leave a core idle, and what waits is lost with the process.
_WAITING_FOR_EACH = 1
# Failures of the engine in a row, without a piece finished in between, before it is given up.
_MOST_FAILURES = 5
# From the second on one piece alone is heard, in case it is too much for the memory.
_FAILURES_BEFORE_ALONE = 2


@dataclass(frozen=True, slots=True)
class HeardLines:
    """Segments that are final, the next ones of the recording."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class HeardPiece:
    """All segments of this piece have been handed out; `engine_seconds` is what it took.

    `pauses`: its quiet stretches, in ms of the recording; `sung`: its lines that were heard in
    music, as (start_ms, end_ms).
    """

    piece: Piece
    engine_seconds: float
    pauses: tuple[Pause, ...]
    sung: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """The engine failed: what was handed out from `start_ms` on comes again."""

    start_ms: int


@dataclass(frozen=True, slots=True)
class HearingProgress:
    """`heard_ms` of sound have been heard in all pieces together. Comes every second or oftener."""

    heard_ms: int


HearingEvent = HeardLines | HeardPiece | HeardAgain | HearingProgress


def hear_pieces(
    engine: EngineClient,
    pieces: Iterator[Piece],
    folder: Path,
    *,
    hotwords: str = "",
    tick_s: float = 1.0,
) -> Generator[HearingEvent]:
    """What is said in pieces that follow one another, heard as many at once as the engine can.

    Segments come in the order of the recording, each piece's before its `HeardPiece`, and tile it
    without hole or overlap. Sound that got no text is heard once more by itself. When the engine
    fails it is started again and what was unfinished is heard again: `HeardAgain` says from where.
    A piece that is finished is never heard twice. After five failures in a row, or for what another
    try cannot cure, it raises as the engine client. `folder` takes the pieces' PCM while they are
    heard. Main thread only. Close the iterator (`contextlib.closing`) when not reading it to its
    end: the engine is ended, unless idle.
    """
    hearing = _Hearing(engine, pieces, folder, hotwords)
    try:
        while True:
            again = hearing.listen(tick_s)
            if again is not None:
                yield again
            yield from hearing.hand_out()
            yield HearingProgress(hearing.heard_ms)
            if hearing.is_over:
                return
    finally:
        hearing.stop()


def silence(start_ms: int, end_ms: int) -> Segment:
    """The one segment of a recording in which nobody spoke."""
    return Segment(start_ms, end_ms, SILENCE_TEXT, (), kind="silence")


def sweep_pieces(folder: Path) -> None:
    """Remove what processes that were killed left in `folder`."""
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                path.unlink()


class _Hearing:
    """The pieces under way, in their order."""

    def __init__(
        self, engine: EngineClient, pieces: Iterator[Piece], folder: Path, hotwords: str
    ) -> None:
        self._engine = engine
        self._pieces = pieces
        self._folder = folder
        self._hotwords = hotwords
        self._open: deque[OpenPiece] = deque()
        self._exhausted = False
        self._failures = 0
        self._finished_ms = 0

    @property
    def heard_ms(self) -> int:
        return self._finished_ms + sum(piece.heard_ms for piece in self._open)

    @property
    def is_over(self) -> bool:
        return self._exhausted and not self._open

    def _refill(self) -> None:
        """Keep the engine busy."""
        self._engine.start()
        at_once = 1 if self._failures >= _FAILURES_BEFORE_ALONE else self._engine.parallel
        for piece in self._open:
            if self._busy >= at_once:
                break
            if piece.asked is not None and piece.number is None:
                self._submit(piece)
        while (
            not self._exhausted
            and self._busy < at_once
            and len(self._open) < at_once * (1 + _WAITING_FOR_EACH)
        ):
            following = next(self._pieces, None)
            if following is None:
                self._exhausted = True
            else:
                opened = OpenPiece(following)
                self._open.append(opened)
                self._submit(opened)

    def listen(self, wait_s: float) -> HeardAgain | None:
        """Take in what the engine says next. After a failure: from where it is said again."""
        try:
            self._refill()
            answer = self._engine.next_event(wait_s) if self._open else None
        except EngineFailed as error:
            return self._after_failure(error)
        if answer is not None:
            number, event = answer
            piece = next(piece for piece in self._open if piece.number == number)
            piece.take(event)
            if piece.is_finished:
                self._failures = 0
                self._remove_pcm(piece)
        return None

    def hand_out(self) -> Generator[HearingEvent]:
        """What is final and next in order."""
        while self._open:
            first = self._open[0]
            if first.segments:
                segments = tuple(first.segments)
                first.segments.clear()
                first.handed_out = True
                yield HeardLines(segments)
            if not first.is_finished:
                return
            self._open.popleft()
            self._finished_ms += first.heard_ms
            yield HeardPiece(first.piece, first.engine_seconds, first.pauses, first.sung)

    def stop(self) -> None:
        """Leave nothing behind; an engine that still works for us is ended."""
        if self._busy:
            self._engine.close()
        for piece in self._open:
            self._remove_pcm(piece)

    @property
    def _busy(self) -> int:
        return sum(piece.number is not None for piece in self._open)

    def _submit(self, opened: OpenPiece) -> None:
        """Ask for what the piece wants to be heard next: the whole of it, or a part again."""
        assert opened.asked is not None  # noqa: S101  the callers look
        if opened.pcm is None:
            with tempfile.NamedTemporaryFile(
                prefix=_PREFIX, suffix=_SUFFIX, dir=self._folder, delete=False
            ) as file:
                opened.pcm = Path(file.name)
        opened.asked.write_pcm(opened.pcm)
        opened.number = self._engine.submit(opened.pcm, opened.asked.start_ms, self._hotwords)

    def _after_failure(self, error: EngineFailed) -> HeardAgain | None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            raise error
        lost_ms = sum(piece.heard_ms for piece in self._open if not piece.is_finished)
        logger.warning(
            "the engine failed (%s); %d ms of sound are heard again", error.code, lost_ms
        )
        again = None
        for piece in self._open:
            if not piece.is_finished:
                if piece.handed_out:
                    again = HeardAgain(piece.piece.start_ms)
                piece.start_over()
        return again

    def _remove_pcm(self, piece: OpenPiece) -> None:
        if piece.pcm is not None:
            piece.pcm.unlink(missing_ok=True)
            piece.pcm = None
