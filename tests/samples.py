"""Sound for tests: real speech, fetched once, and files of every kind made on the spot."""

import os
import wave
from pathlib import Path

import av
import numpy as np

from transcribe.samples import Sample, fetch_samples

# What this build of PyAV can write: name → (container, encoder, sample rate, bit rate).
KINDS = {
    "wav": ("wav", "pcm_s16le", 24_000, 0),
    "aiff": ("aiff", "pcm_s16be", 24_000, 0),
    "flac": ("flac", "flac", 24_000, 0),
    "mp3": ("mp3", "libmp3lame", 24_000, 48_000),
    "m4a": ("ipod", "aac", 24_000, 48_000),
    "aac": ("adts", "aac", 24_000, 48_000),
    "ogg": ("ogg", "libopus", 48_000, 24_000),
    "webm": ("webm", "libopus", 48_000, 24_000),
    "amr": ("amr", "libopencore_amrnb", 8_000, 0),
    "wma": ("asf", "wmav2", 44_100, 64_000),
}


def shared_cache() -> Path:
    """Where downloads are kept between runs of the tests."""
    return Path(os.environ.get("LOA_CACHE_DIR", "~/.cache/loa")).expanduser()


def speech_samples() -> list[Sample]:
    """The six human clips; downloaded on the first call of all."""
    return fetch_samples(shared_cache())


def tone(seconds: float, sample_rate: int = 24_000, volume: float = 0.3) -> np.ndarray:
    """A steady tone, int16, mono."""
    moments = np.arange(int(seconds * sample_rate)) / sample_rate
    return (volume * 32767 * np.sin(2 * np.pi * 440 * moments)).astype(np.int16)


def write_wav(path: Path, samples: np.ndarray, sample_rate: int = 24_000) -> Path:
    """An ordinary WAV file: mono, 16 bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def write_sound(
    path: Path,
    kind: str,
    seconds: float = 3.0,
    options: dict[str, str] | None = None,
    volume: float = 0.3,
) -> Path:
    """A tone in one of KINDS. `options` go to the container's writer."""
    container_format, codec, sample_rate, bit_rate = KINDS[kind]
    with av.open(str(path), "w", format=container_format, options=options or {}) as container:
        stream = container.add_stream(codec, rate=sample_rate)
        stream.layout = "mono"
        if bit_rate:
            stream.bit_rate = bit_rate
        _write_tone(container, stream, tone(seconds, sample_rate, volume), sample_rate)
    return path


def write_video(path: Path, video_seconds: float = 2.0, sound_seconds: float = 0.0) -> Path:
    """A small video, MP4 or Matroska by the path's ending, with sound when asked for."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("aac", rate=24_000) if sound_seconds else None
        if sound is not None:
            sound.layout = "mono"
        for number in range(int(video_seconds * 10)):
            pixels = np.full((48, 64, 3), number * 5 % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        if sound is not None:
            _write_tone(container, sound, tone(sound_seconds), 24_000)
    return path


def _write_tone(
    container: av.container.OutputContainer,
    stream: av.AudioStream,
    samples: np.ndarray,
    sample_rate: int,
) -> None:
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = sample_rate
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
