"""A file to text without a server or a database: what `loa transcribe FILE` does."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bridge.settings import Settings
from bridge.transcript import Segment
from transcribe.decoder_client import decode_sound
from transcribe.engine_client import EngineClient, EngineProgress, HeardSegment
from transcribe.hearing import hear_piece, silence
from transcribe.sound import cut_pieces, write_copies
from transcribe.speech_model import find_model


def transcribe_file(
    path: Path, settings: Settings, on_progress: Callable[[int, int], None]
) -> list[Segment]:
    """Transcribe a whole file; times in ms from its beginning.

    `on_progress(done_ms, total_ms)` is called as sound is heard. A file without speech gives one
    segment of kind `silence`. Raises OSError when the file cannot be opened, MediaRejected and
    TooLarge as the decoder, ModelUnavailable, EngineFailed.
    """
    with tempfile.TemporaryDirectory(prefix="loa-transcribe-") as scratch:
        working = Path(scratch) / "working.flac"
        with closing(decode_sound(path, settings)) as pcm:
            total_ms = write_copies(pcm, working)
        on_progress(0, total_ms)
        segments: list[Segment] = []
        with closing(EngineClient(find_model(settings), settings)) as engine:
            for piece in cut_pieces(working, 0, total_ms):
                with closing(hear_piece(engine, piece, Path(scratch))) as events:
                    for event in events:
                        if isinstance(event, HeardSegment):
                            segments.append(event.segment)
                        elif isinstance(event, EngineProgress):
                            on_progress(event.done_ms, total_ms)
                on_progress(piece.end_ms, total_ms)
    return segments or [silence(0, total_ms)]
