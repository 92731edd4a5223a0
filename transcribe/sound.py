"""Sound that the decoder made: spans of it for the model, its pauses, pieces cut at them.

PyAV and pydub enter here, on PCM or on files of our own making, never on an upload. pydub's file
codecs need an ffmpeg program, which this product does without: only its in-memory parts serve.
"""

import warnings
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from transcribe.decoder import SAMPLE_RATE

with warnings.catch_warnings():
    # pydub warns that there is no ffmpeg program, and on 3.11 and 3.12 that audioop will go.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

MODEL_RATE = 16_000  # Hz: what Whisper models hear
# Measured on ten minutes of joined clips, see docs/decisions/007-pieces.md.
MAX_PIECE_MS = 60_000

WINDOW_MS = 20
MIN_PAUSE_MS = 300  # between two sentences; the closure of a stop consonant lasts under 150 ms
_MIN_RANGE_DB = 6.0  # less between quiet and loud: music, or noise over everything
_QUIET_PERCENTILE, _LOUD_PERCENTILE = 2, 95
_PAUSE_SHARE = 1 / 3  # of the way from the quiet to the loud level
_SILENCE_DB = -60.0  # no room is quieter: digital silence must not make breaths look loud


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a recording for the engine. `samples`: float32, mono, 16 kHz, -1..1."""

    start_ms: int
    end_ms: int
    samples: NDArray[np.float32]

    def write_pcm(self, path: Path) -> None:
        """Write the samples as raw signed 16-bit little-endian PCM."""
        scaled = np.clip(np.rint(self.samples * 32768.0), -32768, 32767)
        path.write_bytes(scaled.astype("<i2").tobytes())


@dataclass(frozen=True, slots=True)
class Pause:
    """A quiet stretch, in milliseconds from the beginning of the samples looked at."""

    start_ms: int
    end_ms: int

    @property
    def middle_ms(self) -> int:
        return (self.start_ms + self.end_ms) // 2


def read_span(working: Path, start_ms: int, end_ms: int) -> NDArray[np.float32]:
    """The sound between two times of a working copy: float32, mono, 16 kHz, -1..1.

    Exact to the sample; shorter where the copy ends earlier. Holds 160 kB for each second.
    """
    first = start_ms * SAMPLE_RATE // 1000
    count = (end_ms - start_ms) * SAMPLE_RATE // 1000
    parts: list[NDArray[np.int16]] = []
    with av.open(str(working), options={"format_whitelist": "flac"}) as container:
        stream = container.streams.audio[0]
        container.seek(start_ms * 1000)  # lands at or before
        for frame in container.decode(stream):
            begin = _frame_start(frame)
            if begin >= first + count:
                break
            samples = frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)
            parts.append(samples[max(0, first - begin) : max(0, first + count - begin)])
    return _to_model_rate(np.concatenate(parts) if parts else np.zeros(0, np.int16))


def find_pauses(
    samples: NDArray[np.float32], sample_rate: int = MODEL_RATE, min_pause_ms: int = MIN_PAUSE_MS
) -> list[Pause]:
    """Quiet stretches of at least `min_pause_ms`, in order.

    Quiet is measured against the sound itself, for loudspeakers hum: less than a third of the
    way, in decibels, from the quiet level (2nd percentile of 20 ms windows: a fast reader pauses
    for no more of the time) to the loud one (95th). Nothing is a pause where the two are
    less than 6 dB apart.
    """
    levels = window_levels(samples, sample_rate)
    if levels.size == 0:
        return []
    quiet, loud = np.percentile(levels, [_QUIET_PERCENTILE, _LOUD_PERCENTILE])
    if loud - quiet < _MIN_RANGE_DB:
        return []
    below = np.concatenate(([False], levels < quiet + (loud - quiet) * _PAUSE_SHARE, [False]))
    edges = np.flatnonzero(np.diff(below.astype(np.int8))) * WINDOW_MS
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [Pause(start, end) for start, end in pairs if end - start >= min_pause_ms]


class SpanReader(Protocol):
    """A working copy, finished or still being written."""

    def read_span(self, start_ms: int, end_ms: int) -> NDArray[np.float32]:
        """The sound between two times, as `read_span` of this module gives it."""


def cut_pieces(
    working: SpanReader, start_ms: int, end_ms: int, max_piece_ms: int = MAX_PIECE_MS
) -> Iterator[Piece]:
    """Cut a span of a working copy into pieces that end in pauses, read one at a time.

    A piece ends in the middle of the longest pause of its second half, or at its quietest moment
    there where nobody pauses. A cut depends only on where its piece began: going on from a
    finished piece's end gives the same later pieces as never having stopped.
    """
    while start_ms < end_ms:
        stop_ms = min(end_ms, start_ms + max_piece_ms)
        samples = working.read_span(start_ms, stop_ms)
        if stop_ms < end_ms:
            stop_ms = start_ms + _cut_point(samples, max_piece_ms)
            samples = samples[: (stop_ms - start_ms) * MODEL_RATE // 1000]
        yield Piece(start_ms, stop_ms, samples)
        start_ms = stop_ms


def join_wavs(paths: Sequence[Path], target: Path, pause_ms: int, repeat: int) -> None:
    """Write WAV files one after the other, with a pause after each, `repeat` times over.

    The result is mono, 24 kHz, 16 bit.
    """
    pause = AudioSegment.silent(pause_ms, frame_rate=SAMPLE_RATE)
    one_round = AudioSegment.empty()
    for path in paths:
        with path.open("rb") as file:  # given a name, pydub leaves its file open
            clip = AudioSegment.from_wav(file)
        one_round += clip.set_channels(1).set_frame_rate(SAMPLE_RATE).set_sample_width(2) + pause
    with wave.open(str(target), "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(SAMPLE_RATE)
        for _ in range(repeat):
            output.writeframes(one_round.raw_data)


def to_frame(samples: NDArray[np.int16]) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    return frame


def _to_model_rate(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    if samples.size == 0:
        return np.zeros(0, np.float32)
    resampler = AudioResampler(format="flt", layout="mono", rate=MODEL_RATE)
    frames = [*resampler.resample(to_frame(samples)), *resampler.resample(None)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.float32)


def _frame_start(frame: av.AudioFrame) -> int:
    """The position of a frame's first sample in the file."""
    if frame.pts is None or frame.time_base is None:
        raise ValueError("a frame of a working copy has no time")
    return round(frame.pts * frame.time_base * SAMPLE_RATE)


def window_levels(samples: NDArray[np.float32], sample_rate: int) -> NDArray[Any]:
    """Loudness of each 20 ms in dB of full scale; the part after the last whole one is left out."""
    size = sample_rate * WINDOW_MS // 1000
    rows = samples[: samples.size - samples.size % size].reshape(-1, size)
    power = np.square(rows).mean(axis=1)
    levels: NDArray[Any] = 10 * np.log10(np.maximum(power, 10 ** (_SILENCE_DB / 10)))
    return levels


def _cut_point(samples: NDArray[np.float32], max_piece_ms: int) -> int:
    """Milliseconds from the beginning of the samples at which to end the piece."""
    half_ms = max_piece_ms // 2
    half = half_ms * MODEL_RATE // 1000
    pauses = find_pauses(samples[half:])
    if pauses:
        longest = max(pauses, key=lambda pause: pause.end_ms - pause.start_ms)
        return half_ms + longest.middle_ms
    quietest = int(np.argmin(window_levels(samples[half:], MODEL_RATE)))
    return half_ms + quietest * WINDOW_MS + WINDOW_MS // 2
