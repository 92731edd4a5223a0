"""Decodes a stream while it comes: the decoder's strict child, fed by a pipe and without an end.

    python -m transcribe.line_decoder --parent PID --max-ms N < PIPE

Writes mono 24 kHz signed 16-bit little-endian PCM as soon as it has some. Like `decoder`, it gets
no name, no address and no folder, may write no file, and knows few formats; the parent fetches. A
refusal is exit status 3. Its processor time is bound by the longest sound it may decode.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, cast

import av

from transcribe.child import die_with_parent
from transcribe.decoder import REFUSED, Refusal, Resampling, choose_stream, limit_self
from transcribe.decoder import open_container as open_strictly

# What is sent live. MP4 and AIFF need their end or a place to jump to.
STREAM_FORMATS = "mp3,aac,ogg,flac,wav,matroska,webm"
# How much is looked at before the first sound: live, each second of it is a second's delay. One
# second at 256 kbit/s, five at 48.
_PROBE_BYTES = "32768"
_PROBE_US = "1000000"
_MOST_ERRORS = 200  # damaged packets in a row: five seconds of MP3, and then it is none


class Pipe:
    """Standard input under a name of ours, without a way to jump."""

    name = "stream"

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read


def decode_stream(file: BinaryIO) -> Iterator[bytes]:
    """PCM of a stream, a packet's worth at a time. Raises Refusal for what is no sound."""
    container = open_strictly(
        Pipe(file), STREAM_FORMATS, probesize=_PROBE_BYTES, analyzeduration=_PROBE_US
    )
    stream = choose_stream(container)
    resample = Resampling()
    errors = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = stream.decode(packet)
                errors = 0
            except av.FFmpegError:
                errors += 1
                if errors > _MOST_ERRORS:
                    raise Refusal() from None
                continue
            for frame in frames:
                yield from resample(frame)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Refusal() from error
    yield from resample(None)


def main(arguments: list[str] | None = None) -> int:
    """Decode standard input within the limits; the module says what is printed."""
    parser = argparse.ArgumentParser(prog="transcribe.line_decoder")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--max-ms", type=int, required=True)
    options = parser.parse_args(arguments)
    die_with_parent(options.parent)
    limit_self(options.max_ms)
    # Unbuffered: reading must give what is there and not wait for a full buffer.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
        try:
            for block in decode_stream(cast(BinaryIO, file)):
                _write(block)
        except Refusal as refusal:
            sys.stderr.write(f"{refusal.code}\n")
            return REFUSED
        except BrokenPipeError:
            return 0
    return 0


def _write(block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(sys.stdout.fileno(), rest) :]


if __name__ == "__main__":
    sys.exit(main())
