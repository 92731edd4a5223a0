"""The published sound: cut, levelled and encoded from our own clean copy of the recording.

What strangers sent is never opened here. The source is `working.flac`, 24 kHz mono FLAC that the
transcription task made; a decoder process with tight limits is not needed for it.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
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
_TOLD_EVERY_S = 10  # of sound
_FRAMES_AT_ONCE = 64  # some seconds of sound: enough that threads seldom wait, little to hold

Progress = Callable[[int, int], None]  # ms done, ms in all


@dataclass(frozen=True, slots=True)
class _Encoding:
    key: str  # in the publication's `audio`, and the ending of its files
    container: str
    codec: str
    bit_rate: int
    container_options: dict[str, str]
    codec_options: dict[str, str]


# `bitexact` leaves out the encoder's name and version, and makes Matroska's ids repeatable.
_ENCODINGS = (
    _Encoding(
        key="webm",
        container="webm",
        codec="libopus",
        bit_rate=24_000,
        # The index in front lets a player seek without fetching the file's end first.
        container_options={"fflags": "+bitexact", "cues_to_front": "1"},
        # Full effort, the default: under 7 libopus leaves out its analysis of the sound, takes a
        # third of the time, and PESQ (ITU-T P.862.2) of six speakers falls from 4.4 to 3.5.
        codec_options={"application": "audio", "flags": "+bitexact"},
    ),
    _Encoding(
        key="mp3",
        container="mp3",
        codec="libmp3lame",
        bit_rate=48_000,  # constant: players seek in VBR files with an error that grows
        # The title is put in front when it is published: the sound is made before that is known.
        container_options={"fflags": "+bitexact", "id3v2_version": "0"},
        codec_options={"flags": "+bitexact"},
    ),
)


def audio_names(digest: str) -> dict[str, str]:
    """The names of the published files of the content with this digest, by encoding."""
    return _names(f"audio-{digest[:12]}")


def make_published_audio(
    source: Path,
    folder: Path,
    *,
    cut_list: CutList,
    digest: str,
    title: str,
    prepared: Path | None = None,
    on_progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Put what `cut_list` leaves of `source` as MP3 and Opus into `folder`; the publication's
    `audio`.

    `prepared`: where `prepare_audio` has put the same sound, or may have: then nothing is encoded.
    The MP3, which people take home, carries the title. Files appear whole or not at all. Made twice
    from the same sound, prepared or not, they are the same bytes, so a second run simply replaces
    them. Raises as `prepare_audio` does.
    """
    names = audio_names(digest)
    sounds = _standing(prepared) if prepared is not None else {}
    drafts: dict[str, Path] = {}
    try:
        if not sounds:
            sounds = drafts = _make(source, folder, cut_list, on_progress)
        made = {
            key: _publish(path, folder / names[key], id3_title(title) if key == "mp3" else b"")
            for key, path in sounds.items()
        }
    finally:
        _remove(drafts.values())
    flush_folder(folder)
    return made


def prepare_audio(
    source: Path, stem: Path, *, cut_list: CutList, on_progress: Progress | None = None
) -> None:
    """Encode what `cut_list` leaves of `source` as `stem`.mp3 and `stem`.webm, where they are not.

    Each stretch is faded in and out over 5 ms; a covered one is a tone of 1 kHz, 6 dB under the
    speech. The loudness becomes -16 LUFS (ITU-R BS.1770-4) with true peaks under -1.5 dBTP before
    coding; silence stays silence. Raises TaskFailed `media_missing` when there is no working copy,
    `media_unreadable` when it holds no sound in the span.
    """
    if _standing(stem):
        return
    drafts = _make(source, stem.parent, cut_list, on_progress)
    try:
        for key, draft in drafts.items():
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(stem.with_name(_names(stem.name)[key]))
    finally:
        _remove(drafts.values())
    flush_folder(stem.parent)


def id3_title(title: str) -> bytes:
    """An ID3v2.3 tag with nothing but a title, to stand in front of an MP3.

    Source: the informal standard of ID3 2.3.0, sections 3.1 (header, sizes of seven bits a byte),
    3.3 and 4.2 (text frames: UTF-16 with its mark).
    """
    text = b"\x01" + title.encode("utf-16")
    frame = b"TIT2" + len(text).to_bytes(4, "big") + b"\x00\x00" + text
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame


def _names(stem: str) -> dict[str, str]:
    return {item.key: f"{stem}.{item.key}" for item in _ENCODINGS}


def _standing(stem: Path) -> dict[str, Path]:
    """The files under this name, by encoding; nothing unless all are there."""
    found = {key: stem.with_name(name) for key, name in _names(stem.name).items()}
    return found if all(path.is_file() for path in found.values()) else {}


def _make(
    source: Path, folder: Path, cut_list: CutList, on_progress: Progress | None
) -> dict[str, Path]:
    """Encode the sound in each encoding, as drafts in a folder; nothing is left where it fails."""
    if not source.is_file():
        raise TaskFailed("media_missing", name=source.name)
    sound = _Sound(source, cut_list)
    names = _names(f".sound-{secrets.token_hex(4)}")
    drafts = {key: folder / f"{name}.tmp" for key, name in names.items()}
    try:
        with ExitStack() as stack:
            outputs = [stack.enter_context(_Output(drafts[one.key], one)) for one in _ENCODINGS]
            pieces = _tell(sound.pieces(), cut_list.duration_ms, on_progress)
            _encode(filter_sound(pieces, SAMPLE_RATE, sound.chain), outputs)
    except BaseException:
        _remove(drafts.values())
        raise
    return drafts


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


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
    # A power of two: exact, without a detour over float64.
    scale = 2.0**-15 if piece.dtype == np.int16 else 2.0**-31
    return piece.astype(np.float32) * np.float32(scale)


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
    """Pass pieces on, telling now and then how far it is."""
    done = told = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        if on_progress is not None and done - told >= _TOLD_EVERY_S * SAMPLE_RATE:
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

    def __init__(self, path: Path, encoding: _Encoding) -> None:
        self._container: OutputContainer = av.open(
            str(path), "w", format=encoding.container, options=encoding.container_options
        )
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


def _publish(sound: Path, path: Path, front: bytes) -> dict[str, Any]:
    """Copy the sound to its place with something in front, durably, and describe it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with sound.open("rb") as source, draft.open("wb+") as file:
            file.write(front)
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = draft.stat().st_size
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    reach("publish.sound")
    return {"name": path.name, "bytes": size, "sha256": sha256}
