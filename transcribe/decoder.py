"""The only process that opens what strangers sent: a short-lived child with tight limits.

    python -m transcribe.decoder --parent PID probe|decode --min-ms N --max-ms N < FILE

The file is standard input, opened by the parent: no name and no folder reaches this process.
`probe` decodes all of it and prints one JSON object (see `Probe`); `decode` streams it as mono
24 kHz signed 16-bit little-endian PCM and ends with one JSON line on standard error, the levels
of the original (see `Levels`). A refusal is exit status 3 with one JSON line on standard error:
`{"code": "media_...", ...}`. Any other end says nothing of the file for good.

Why so strict, as measured with PyAV 18.1: playlists fetch addresses and open
sibling files unless formats and protocols are listed, the codec list is not enforced by FFmpeg,
and hours of silence fit into a few megabytes, so samples are counted while they are decoded.
"""

import argparse
import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, BinaryIO, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from transcribe.child import die_with_parent, limit_resource
from transcribe.headers import id3_length, mp3_declared_ms, wav_declared_ms
from transcribe.levels import LevelMeter, Levels

SAMPLE_RATE = 24_000  # Hz of the PCM: keeps all of a voice, and is the rate of the copies we keep
PEAK_MS = 100
REFUSED = 3  # exit status

FORMATS = "wav,w64,mp3,flac,ogg,matroska,webm,mov,mp4,m4a,3gp,aac,amr,aiff,asf"
# By the names of FFmpeg's decoders; plain and ADPCM samples are added in `_is_allowed`.
CODECS = frozenset(
    {"aac", "alac", "flac", "mp3", "mp3float", "opus", "libopus", "vorbis"}
    | {"amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb"}
    | {"wmav1", "wmav2", "wmapro", "wmavoice"}
)

_ADDRESS_SPACE = 768 * 1024 * 1024  # measured: 202 MB with the libraries loaded
_OPEN_FILES = 16
# One second of processor time for each 20 seconds of sound allowed, and half a minute to begin;
# measured: one second decodes over 200 seconds of MP3.
_CPU_BASE_S = 30
_SOUND_PER_CPU_SECOND = 20

_SAMPLES_PER_PEAK = SAMPLE_RATE * PEAK_MS // 1000
_MAX_CHANNELS = 8
# Missing sound up to this is how encoders round; more means that a part of the file is missing.
_MISSING_MS = 500
# Matroska and ASF state the length of the whole programme loosely.
_LOOSE_LENGTH = {"matroska,webm": 0.02, "asf": 0.02}
# These state no length at all: FFmpeg guesses it from the size or reads it from the last page.
_NO_STATED_LENGTH = frozenset({"ogg", "aac", "amr", "mp3", "wav"})
# Formats found by trial: of a real file nearly every byte belongs to a packet, of junk few do.
_FOUND_BY_TRIAL = frozenset({"mp3", "aac"})
_LEAST_COVERAGE = 0.5


class Refusal(Exception):
    """The file is not taken. `code` and `data` travel to the parent."""

    def __init__(self, code: str = "media_unreadable", **data: int) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found out. `peaks`: hexadecimal, one byte for each 100 ms, 0..255 of full scale."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_ms: int
    peaks: str


class NamedFile:
    """Standard input under a name that we chose. Its name has no ending that could mislead."""

    name = "recording"

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


class Recording:
    """One opened file, its first audio stream, and a count of what came out of it."""

    def __init__(self, file: BinaryIO, max_ms: int) -> None:
        self._file = file
        self._max_ms = max_ms
        self._resampling = Resampling()
        self._samples = 0
        self._frames = 0
        self._errors = 0
        self._packet_bytes = 0
        self._reached_ms = 0.0  # the furthest end of any packet, by its own time stamp
        self.size = file.seek(0, os.SEEK_END)
        if self.size == 0:
            raise Refusal("media_empty")
        file.seek(0)
        self.container = open_container(NamedFile(file), FORMATS)
        self.stream = choose_stream(self.container)

    @property
    def decoded_ms(self) -> int:
        return self._samples * 1000 // SAMPLE_RATE

    def pcm(self, levels: LevelMeter | None = None) -> Iterator[bytes]:
        """The sound as mono 24 kHz s16le PCM, a packet's worth at a time.

        `levels` is shown every frame as it was decoded. Raises Refusal `media_too_long` as soon as
        the limit is passed, and `media_unreadable` at the end when there was no sound or hardly
        any of the file was sound.
        """
        for packet in self._packets():
            for frame in self._decode(packet):
                if levels is not None:
                    levels.add(frame)
                yield from self._counted(self._resample(frame))
        yield from self._counted(self._resample(None))
        if self._samples == 0 or self._errors > self._frames or self._is_mostly_junk():
            raise Refusal()

    def declared_ms(self) -> int | None:
        """How long the file says it is, where its format has a trustworthy place to say so."""
        kind = self.container.format.name
        if kind == "wav":
            return wav_declared_ms(self._file)
        if kind == "mp3":
            return mp3_declared_ms(self._file)
        if kind in _NO_STATED_LENGTH:
            return None
        if self.stream.duration is not None and self.stream.time_base is not None:
            return int(self.stream.duration * self.stream.time_base * 1000)
        duration = self.container.duration
        return None if duration is None or duration <= 0 else duration // 1000

    def check_length(self, min_ms: int) -> None:
        """Refuse what is shorter than it says (`media_truncated`) or than `min_ms`.

        Packets' own time stamps count as well as decoded sound: silence may be left out of a
        stream, and the picture of a video may go on after its sound.
        """
        declared = self.declared_ms()
        if declared is not None:
            reached = max(self.decoded_ms, int(self._reached_ms))
            slack = _LOOSE_LENGTH.get(self.container.format.name, 0.0) * declared
            if declared - reached > max(_MISSING_MS, slack):
                raise Refusal("media_truncated", declared_ms=declared, decoded_ms=self.decoded_ms)
        if self.decoded_ms < min_ms:
            raise Refusal("media_too_short", duration_ms=self.decoded_ms, limit_ms=min_ms)

    def _is_mostly_junk(self) -> bool:
        if self.container.format.name not in _FOUND_BY_TRIAL:
            return False
        sound_bytes = self.size - id3_length(self._file)  # a tag may hold a large picture
        return self._packet_bytes < sound_bytes * _LEAST_COVERAGE

    def _packets(self) -> "Iterator[av.Packet[AudioStream]]":
        start_ms = (self.container.start_time or 0) / 1000
        tick_ms: dict[int, float] = {}  # of each stream: asking each packet for it is slow
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):  # the file ends in the middle of something
                self._errors += 1
                return
            self._packet_bytes += packet.size
            stream = packet.stream.index
            if packet.pts is not None:
                if stream not in tick_ms:
                    tick_ms[stream] = float((packet.time_base or 0) * 1000)
                end_ms = (packet.pts + (packet.duration or 0)) * tick_ms[stream]
                self._reached_ms = max(self._reached_ms, end_ms - start_ms)
            if stream == self.stream.index:
                yield cast("av.Packet[AudioStream]", packet)

    def _decode(self, packet: "av.Packet[AudioStream]") -> list[AudioFrame]:
        try:
            frames = self.stream.decode(packet)
        except av.FFmpegError:  # one damaged packet is a gap, many are no recording
            self._errors += 1
            return []
        self._frames += len(frames)
        return frames

    def _resample(self, frame: AudioFrame | None) -> list[bytes]:
        try:
            return self._resampling(frame)
        except (av.FFmpegError, ValueError) as error:  # such as a rate that needs gigabytes
            raise Refusal() from error

    def _counted(self, chunks: list[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._samples += len(chunk) // 2
            if self.decoded_ms > self._max_ms:
                raise Refusal("media_too_long", limit_ms=self._max_ms)
            yield chunk


class Resampling:
    """Frames of any rate and layout in, PCM out. A stream may change its layout midway.

    PCM is mono, 24 kHz, signed 16 bit, little-endian; None ends it and gives what is left.
    """

    def __init__(self) -> None:
        self._shape: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def __call__(self, frame: AudioFrame | None) -> list[bytes]:
        chunks: list[bytes] = []
        shape = None
        if frame is not None:
            shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is not None and shape != self._shape:
            chunks += [_to_bytes(part) for part in self._resampler.resample(None)]
            self._resampler = None
        if frame is None:
            return chunks
        if self._resampler is None:
            self._resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            self._shape = shape
        frame.pts = None  # gaps are not filled: time is what was decoded
        return chunks + [_to_bytes(part) for part in self._resampler.resample(frame)]


class PeakMeter:
    """The loudest absolute sample of each 100 ms, one byte each, 0..255 of full scale."""

    def __init__(self) -> None:
        self._rest = b""
        self._peaks = bytearray()

    def add(self, pcm: bytes) -> None:
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (_SAMPLES_PER_PEAK * 2)
        self._rest = pcm[whole:]
        if whole:
            self._measure(np.frombuffer(pcm[:whole], "<i2").reshape(-1, _SAMPLES_PER_PEAK))

    def finish(self) -> bytes:
        if self._rest:
            self._measure(np.frombuffer(self._rest, "<i2").reshape(1, -1))
            self._rest = b""
        return bytes(self._peaks)

    def _measure(self, rows: "np.ndarray[Any, np.dtype[np.int16]]") -> None:
        loudest = np.abs(rows.astype(np.int32)).max(axis=1)
        self._peaks += np.minimum(loudest * 255 // 32767, 255).astype(np.uint8).tobytes()


def probe(file: BinaryIO, min_ms: int, max_ms: int) -> Probe:
    """Decode a whole file and say what it is. Raises Refusal."""
    recording = Recording(file, max_ms)
    meter = PeakMeter()
    for chunk in recording.pcm():
        meter.add(chunk)
    recording.check_length(min_ms)
    return Probe(
        container=recording.container.format.name,
        codec=recording.stream.codec.canonical_name,
        sample_rate=recording.stream.codec_context.sample_rate,
        channels=recording.stream.codec_context.channels,
        duration_ms=recording.decoded_ms,
        peaks=meter.finish().hex(),
    )


def decode(file: BinaryIO, output: IO[bytes], min_ms: int, max_ms: int) -> Levels:
    """Write a whole file's sound to `output` and say how loud the original is.

    Raises Refusal, maybe after most of the sound. Measuring takes 0.3 s (one channel, 16 kHz) to
    0.9 s (two, 44.1 kHz) of processor time for 10 minutes (measured). It never takes the sound:
    where it fails there are no levels.
    """
    recording = Recording(file, max_ms)
    meter = LevelMeter()
    for chunk in recording.pcm(meter):
        output.write(chunk)
    recording.check_length(min_ms)
    output.flush()
    return meter.finish()


def main(arguments: list[str] | None = None) -> int:
    """Probe or decode standard input within the limits; the module says what is printed."""
    parser = argparse.ArgumentParser(prog="transcribe.decoder")
    parser.add_argument("action", choices=["probe", "decode"])
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--min-ms", type=int, required=True)
    parser.add_argument("--max-ms", type=int, required=True)
    options = parser.parse_args(arguments)
    die_with_parent(options.parent)
    limit_self(options.max_ms)
    try:
        if options.action == "probe":
            found = probe(sys.stdin.buffer, options.min_ms, options.max_ms)
            sys.stdout.write(json.dumps(asdict(found)) + "\n")
        else:
            levels = decode(sys.stdin.buffer, sys.stdout.buffer, options.min_ms, options.max_ms)
            sys.stderr.write(json.dumps(asdict(levels)) + "\n")
    except Refusal as refusal:
        sys.stderr.write(json.dumps({"code": refusal.code, **refusal.data}) + "\n")
        return REFUSED
    return 0


def limit_self(max_ms: int) -> None:
    """Take away what a decoder needs none of: memory, time, files to write, files to open."""
    limit_resource(resource.RLIMIT_AS, _ADDRESS_SPACE)
    limit_resource(resource.RLIMIT_CPU, _CPU_BASE_S + max_ms // 1000 // _SOUND_PER_CPU_SECOND)
    limit_resource(resource.RLIMIT_FSIZE, 0)
    limit_resource(resource.RLIMIT_NOFILE, _OPEN_FILES)
    limit_resource(resource.RLIMIT_CORE, 0)


def open_container(file: object, formats: str, **options: str) -> InputContainer:
    """Open a file-like object (`read`, a `name` of ours) as one of `formats`; raises Refusal.

    `options` are FFmpeg's, as how much to look at before deciding.
    """
    try:
        container = av.open(
            file,
            mode="r",
            options={"format_whitelist": formats, "protocol_whitelist": "none", **options},
            metadata_errors="replace",
        )
    # OSError: a header made FFmpeg seek to where no file begins.
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Refusal() from error
    return container


def choose_stream(container: InputContainer) -> AudioStream:
    """The first audio stream, if it is of a kind that we decode; raises Refusal."""
    if not container.streams.audio:
        raise Refusal("media_no_sound" if container.streams.video else "media_unreadable")
    stream = container.streams.audio[0]
    codec = stream.codec_context
    if codec is None or not _is_allowed(codec.name):  # None: FFmpeg knows no decoder for it
        raise Refusal()
    if not 1 <= codec.channels <= _MAX_CHANNELS:
        raise Refusal()
    # Frame threads hold many frames at once and reserve a stack each.
    codec.thread_count = 1
    return stream


def _is_allowed(codec: str) -> bool:
    return codec in CODECS or codec.startswith("pcm_") or codec in {"adpcm_ms", "adpcm_ima_wav"}


def _to_bytes(frame: AudioFrame) -> bytes:
    samples = np.frombuffer(memoryview(frame.planes[0]), np.int16, frame.samples)
    return samples.astype("<i2", copy=False).tobytes()


if __name__ == "__main__":
    sys.exit(main())
