"""One piece of sound through the engine: lines that fit together, in the recording's time.

The task and the command line both hear through here.
"""

import contextlib
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from bridge.transcript import Segment
from transcribe.engine_client import EngineClient, EngineEvent, HeardSegment
from transcribe.lines import fit_segment, split_lines
from transcribe.sound import Piece

SILENCE_TEXT = "[Không có tiếng nói]"

_PREFIX, _SUFFIX = "piece-", ".pcm"
# The engine has read a piece into memory seconds after it was asked.
_LEFT_BEHIND_S = 3600.0


def hear_piece(engine: EngineClient, piece: Piece, folder: Path) -> Generator[EngineEvent]:
    """What the engine says of a piece, its segments cut into lines.

    Lines come in order, do not overlap and lie inside the piece. `folder` takes the piece's PCM
    for as long as the engine works. Raises as `EngineClient.transcribe`; close the iterator
    (`contextlib.closing`) when not reading it to its end.
    """
    with tempfile.NamedTemporaryFile(prefix=_PREFIX, suffix=_SUFFIX, dir=folder) as file:
        pcm = Path(file.name)
        piece.write_pcm(pcm)
        free_from_ms = piece.start_ms
        for event in engine.transcribe(pcm, piece.start_ms):
            if not isinstance(event, HeardSegment):
                yield event
                continue
            fitting = fit_segment(event.segment, free_from_ms, piece.end_ms)
            for line in [] if fitting is None else split_lines(fitting):
                free_from_ms = line.end_ms
                yield HeardSegment(line)


def silence(start_ms: int, end_ms: int) -> Segment:
    """The one segment of a span in which nobody spoke."""
    return Segment(start_ms, end_ms, SILENCE_TEXT, (), kind="silence")


def sweep_pieces(folder: Path) -> None:
    """Remove what processes that were killed left in `folder`."""
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                path.unlink()
