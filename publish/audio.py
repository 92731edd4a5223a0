"""The published sound: cut, levelled and encoded from our own clean copy of the recording.

What strangers sent is never opened here. The source is `working.flac`, 24 kHz mono FLAC that the
transcription task made; a decoder process with tight limits is not needed for it.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from bridge.cut_list import CutList, SoundSpan
from bridge.errors import TaskFailed
from bridge.failpoints import reach
from bridge.media import flush_folder
from publish.levels import FADE_MS, SILENCE_LUFS, TARGET_LUFS, TONE_HZ, tone_level
from publish.loudness import (
    MAX_GAIN_DB,
    Chain,
    Loudness,
    Samples,
    choose_gain_db,
    filter_sound,
    levelling_chain,
    measure_loudness,
    needs_limiting,
)

SAMPLE_RATE = 24_000  # Hz, mono: of the working copy and of everything published
_FADE_SAMPLES = SAMPLE_RATE * FADE_MS // 1000
# Limiting takes loudness; more gain gives it back, within reason and in few passes.
_MAX_MAKEUP_DB = 4.0
_MAKEUP_PASSES = 2
_CLOSE_ENOUGH_DB = 0.2
_FRAMES_AT_ONCE = 64  # some seconds of sound: enough that threads seldom wait, little to hold

Progress = Callable[[int, int], None]  # ms done, ms in all


@dataclass(frozen=True, slots=True)
class _Encoding:
    key: str  # in the publication's `audio`
    suffix: str
    container: str
    codec: str
    bit_rate: int
    container_options: dict[str, str]
    codec_options: dict[str, str]


# `bitexact` leaves out the encoder's name and version, and makes Matroska's ids repeatable.
_ENCODINGS = (
    _Encoding(
        key="webm",
        suffix="webm",
        container="webm",
        codec="libopus",
        bit_rate=24_000,
        # The index in front lets a player seek without fetching the file's end first.
        container_options={"fflags": "+bitexact", "cues_to_front": "1"},
        codec_options={"application": "audio", "flags": "+bitexact"},
    ),
    _Encoding(
        key="mp3",
        suffix="mp3",
        container="mp3",
        codec="libmp3lame",
        bit_rate=48_000,  # constant: players seek in VBR files with an error that grows
        container_options={"fflags": "+bitexact", "id3v2_version": "3"},
        codec_options={"flags": "+bitexact"},
    ),
)


def audio_names(digest: str) -> dict[str, str]:
    """The names of the published files of the content with this digest, by encoding."""
    return {item.key: f"audio-{digest[:12]}.{item.suffix}" for item in _ENCODINGS}


def make_published_audio(
    source: Path,
    folder: Path,
    *,
    cut_list: CutList,
    digest: str,
    title: str,
    on_progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Encode what `cut_list` leaves of `source` as MP3 and Opus into `folder`; the publication's
    `audio`.

    Each stretch is faded in and out over 5 ms; a covered one is a tone of 1 kHz, 6 dB under the
    speech. The loudness becomes -16 LUFS (ITU-R BS.1770-4) with true peaks under -1.5 dBTP before
    coding; silence stays silence. Files appear whole or not at all. Made twice from the same sound
    they are the same bytes, so a second run simply replaces them.
    Raises TaskFailed `media_missing` when there is no working copy, `media_unreadable` when it
    holds no sound in the span.
    """
    paths = {key: folder / name for key, name in audio_names(digest).items()}
    return _make(source, paths, cut_list, title, on_progress)


def make_preview_audio(
    source: Path, path: Path, *, cut_list: CutList, on_progress: Progress | None = None
) -> None:
    """Make the MP3 of `make_published_audio`, sample for sample, as `path`. Raises as it does."""
    _make(source, {"mp3": path}, cut_list, "", on_progress)


def _make(
    source: Path,
    paths: Mapping[str, Path],
    cut_list: CutList,
    title: str,
    on_progress: Progress | None,
) -> dict[str, dict[str, Any]]:
    """Encode the sound in each encoding that has a path, all in one folder; facts by encoding."""
    if not source.is_file():
        raise TaskFailed("media_missing", name=source.name)
    sound = _Sound(source, cut_list)
    drafts = {
        key: path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        for key, path in paths.items()
    }
    try:
        with ExitStack() as stack:
            outputs = [
                stack.enter_context(_Output(drafts[item.key], item, title))
                for item in _ENCODINGS
                if item.key in paths
            ]
            pieces = _tell(sound.pieces(), cut_list.duration_ms, on_progress)
            _encode(filter_sound(pieces, SAMPLE_RATE, sound.chain), outputs)
        made = {key: _put_in_place(drafts[key], path) for key, path in paths.items()}
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    for folder in {path.parent for path in paths.values()}:
        flush_folder(folder)
    return made


def read_span(source: Path, start_ms: int, end_ms: int) -> Iterator[Samples]:
    """The sound of a span of a 24 kHz mono FLAC, exact to the sample, in small float32 pieces."""
    first = start_ms * SAMPLE_RATE // 1000
    last = end_ms * SAMPLE_RATE // 1000
    with av.open(str(source), format="flac") as container:
        stream = container.streams.audio[0]
        if stream.rate != SAMPLE_RATE or stream.channels != 1:
            raise TaskFailed("media_unreadable", rate=stream.rate, channels=stream.channels)
        # A second of margin: the seek may land on any frame before the wanted one.
        if first > SAMPLE_RATE and stream.time_base is not None:
            wanted = (first - SAMPLE_RATE) / SAMPLE_RATE
            container.seek(int(wanted / stream.time_base), stream=stream, backward=True)
        for frame in container.decode(stream):
            if frame.pts is None or frame.time_base is None:
                raise TaskFailed("media_unreadable", detail="no time stamps")
            position = round(frame.pts * frame.time_base * SAMPLE_RATE)
            if position >= last:
                return
            piece = frame.to_ndarray().reshape(-1)[max(0, first - position) : last - position]
            if len(piece):
                yield _to_float(piece)


def _to_float(piece: np.ndarray[Any, np.dtype[Any]]) -> Samples:
    scale = 32768.0 if piece.dtype == np.int16 else 2147483648.0
    return (piece / scale).astype(np.float32)


class _Sound:
    """The published sound before coding: its stretches, and how they are levelled."""

    def __init__(self, source: Path, cut_list: CutList) -> None:
        self._source = source
        self._spans = cut_list.spans
        loudness = measure_loudness(self._spoken(), SAMPLE_RATE)
        self._tone_level = tone_level(loudness.integrated_lufs)
        self.chain = self._levelling(loudness)

    def pieces(self) -> Iterator[Samples]:
        """All of it, in small pieces."""
        for span in self._spans:
            sound = self._beep(span) if span.beep else self._read(span)
            yield from _faded(sound)

    def _levelling(self, loudness: Loudness) -> Chain:
        """The gain for what is spoken; where the limiter will act, make up what it takes."""
        gain_db = choose_gain_db(loudness)
        chain = levelling_chain(gain_db, SAMPLE_RATE)
        if loudness.integrated_lufs < SILENCE_LUFS or not needs_limiting(loudness, gain_db):
            return chain
        makeup_db = 0.0
        for _ in range(_MAKEUP_PASSES):
            limited = measure_loudness(self._spoken(), SAMPLE_RATE, chain)
            missing_db = TARGET_LUFS - limited.integrated_lufs
            if missing_db < _CLOSE_ENOUGH_DB or gain_db + makeup_db >= MAX_GAIN_DB:
                break
            makeup_db = min(makeup_db + missing_db, _MAX_MAKEUP_DB)
            chain = levelling_chain(gain_db + makeup_db, SAMPLE_RATE)
        return chain

    def _spoken(self) -> Iterator[Samples]:
        for span in self._spans:
            if not span.beep:
                yield from self._read(span)

    def _read(self, span: SoundSpan) -> Iterator[Samples]:
        return read_span(self._source, span.start_ms, span.end_ms)

    def _beep(self, span: SoundSpan) -> Iterator[Samples]:
        first, last = (ms * SAMPLE_RATE // 1000 for ms in (span.start_ms, span.end_ms))
        for begin in range(0, last - first, SAMPLE_RATE):
            times = np.arange(begin, min(begin + SAMPLE_RATE, last - first)) / SAMPLE_RATE
            tone = self._tone_level * np.sin(2 * np.pi * TONE_HZ * times)
            yield tone.astype(np.float32)


def _tell(
    pieces: Iterator[Samples], total_ms: int, on_progress: Progress | None
) -> Iterator[Samples]:
    """Pass pieces on, telling about every ten seconds of sound how far it is."""
    done = told = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        if on_progress is not None and done - told >= 10 * SAMPLE_RATE:
            told = done
            on_progress(min(total_ms, done * 1000 // SAMPLE_RATE), total_ms)
    if done == 0:
        raise TaskFailed("media_unreadable", detail="no sound in the span")


def _faded(pieces: Iterator[Samples]) -> Iterator[Samples]:
    """Fade the first and the last 5 ms. One piece is held back until the next one is there."""
    held: Samples | None = None
    for piece in pieces:
        if held is None:
            length = min(_FADE_SAMPLES, len(piece))
            piece[:length] *= np.linspace(0, 1, length, dtype=np.float32)
        elif len(held) >= _FADE_SAMPLES:
            yield held
        else:
            piece = np.concatenate([held, piece])
        held = piece
    if held is not None:
        length = min(_FADE_SAMPLES, len(held))
        held[-length:] *= np.linspace(1, 0, length, dtype=np.float32)
        yield held


class _Output:
    """One file being encoded."""

    def __init__(self, path: Path, encoding: _Encoding, title: str) -> None:
        self._container: OutputContainer = av.open(
            str(path), "w", format=encoding.container, options=encoding.container_options
        )
        self._container.metadata["title"] = title
        stream = self._container.add_stream(
            encoding.codec, rate=SAMPLE_RATE, options=encoding.codec_options
        )
        self._stream = cast(AudioStream, stream)
        self._stream.layout = "mono"
        self._stream.bit_rate = encoding.bit_rate

    def __enter__(self) -> "_Output":
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def write(self, frames: Sequence[av.AudioFrame]) -> None:
        for frame in frames:
            self._container.mux(self._stream.encode(frame))


def _encode(frames: Iterator[av.AudioFrame], outputs: Sequence[_Output]) -> None:
    """Give all frames to all outputs, in order; they encode side by side.

    Encoding takes most of the time of a publication, and the library lets other threads work
    meanwhile. While some frames are being encoded the next are filtered, and no more than that.
    """
    with ThreadPoolExecutor(len(outputs)) as pool:
        under_way: list[Future[None]] = []
        while some := list(islice(frames, _FRAMES_AT_ONCE)):
            for one in under_way:
                one.result()
            under_way = [pool.submit(output.write, some) for output in outputs]
        for one in under_way:
            one.result()


def _put_in_place(draft: Path, path: Path) -> dict[str, Any]:
    """Make the finished file durable, give it its name, and describe it."""
    with draft.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    size = draft.stat().st_size
    draft.replace(path)
    reach("publish.sound")
    return {"name": path.name, "bytes": size, "sha256": sha256}
