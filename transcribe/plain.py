"""A file to text without a server or a database: what `loa transcribe FILE` does."""

import contextlib
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bridge.settings import Settings
from bridge.transcript import Segment
from transcribe.copies import GrowingCopy
from transcribe.decoder_client import probe_sound, start_decoding
from transcribe.engine_client import EngineClient
from transcribe.hearing import HeardAgain, HeardLines, HearingProgress, hear_pieces, silence
from transcribe.sound import cut_pieces
from transcribe.speech_model import find_model


def transcribe_file(
    path: Path,
    settings: Settings,
    on_progress: Callable[[int, int], None],
    *,
    engine: EngineClient | None = None,
) -> list[Segment]:
    """Transcribe a whole file; times in ms from its beginning.

    `engine` is used and left running, for many files in a row; without it one is started and ended.

    `on_progress(done_ms, total_ms)` is called as sound is heard. A file without speech gives one
    segment of kind `silence`. Raises OSError when the file cannot be opened, MediaRejected and
    TooLarge as the decoder, ModelUnavailable, EngineFailed.
    """
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loa-transcribe-")))
        total_ms = probe_sound(path, settings).duration_ms
        on_progress(0, total_ms)
        decoding = start_decoding(path, settings)
        copy = stack.enter_context(closing(GrowingCopy(decoding, scratch / "working.flac", None)))
        if engine is None:
            engine = EngineClient(find_model(settings), settings)
            stack.enter_context(closing(engine))
        segments: list[Segment] = []
        pieces = cut_pieces(copy, 0, total_ms)
        with closing(hear_pieces(engine, pieces, scratch)) as events:
            for event in events:
                if isinstance(event, HeardLines):
                    segments += event.segments
                elif isinstance(event, HeardAgain):
                    segments = [line for line in segments if line.start_ms < event.start_ms]
                elif isinstance(event, HearingProgress):
                    on_progress(event.heard_ms, total_ms)
    if all(segment.kind == "silence" for segment in segments):
        return [silence(0, total_ms)]
    return segments
