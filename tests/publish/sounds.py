"""Sounds made for the tests, and a decoder to look at what was published."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 24_000
Samples = NDArray[np.float32]


def speech_like(seconds: float, level: float = 0.1) -> Samples:
    """A hummed voice with syllables, pauses and breath; its loudest sample is `level`."""
    moments = np.arange(int(seconds * RATE)) / RATE
    pitch = 160 + 30 * np.sin(2 * np.pi * 0.7 * moments)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = sum(np.sin(k * phase) / k**1.2 for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 2.2 * moments), 0, None) ** 1.5
    pauses = np.sin(2 * np.pi * moments / 4.3) > -0.7
    breath = 0.01 * np.random.default_rng(1).standard_normal(len(moments))
    sound = voice * syllables * pauses + breath
    return (sound / np.abs(sound).max() * level).astype(np.float32)


def tone(seconds: float, level: float = 0.1, frequency: float = 440) -> Samples:
    moments = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * frequency * moments)).astype(np.float32)


def write_working_copy(path: Path, sound: Samples) -> Path:
    """The FLAC that the transcription task leaves: 24 kHz, mono, 16 bit."""
    pcm = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE)
        stream.layout, stream.format = "mono", "s16"
        for first in range(0, len(pcm), RATE):
            piece = pcm[np.newaxis, first : first + RATE]
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@dataclass(frozen=True)
class Decoded:
    """A published file as a player meets it; `sound` at 24 kHz."""

    container: str
    codec: str
    channels: int
    bit_rate: int  # of the whole file, bits a second
    metadata: dict[str, str]
    sound: Samples

    @property
    def peak_dbfs(self) -> float:
        return 20 * float(np.log10(np.abs(self.sound).max() + 1e-9))


def decode(path: Path) -> Decoded:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        pieces = [
            resampled.to_ndarray().reshape(-1)
            for frame in [*container.decode(stream), None]
            for resampled in resampler.resample(frame)
        ]
        sound = np.concatenate(pieces)
        return Decoded(
            container=container.format.name,
            codec=stream.codec_context.name,
            channels=stream.channels,
            bit_rate=round(path.stat().st_size * 8 * RATE / len(sound)),
            metadata={key.lower(): value for key, value in container.metadata.items()},
            sound=sound,
        )


def in_pieces(sound: Samples) -> Iterator[Samples]:
    for first in range(0, len(sound), RATE):
        yield sound[first : first + RATE]
