"""How long a WAV or MP3 file says it is, read from its own header.

FFmpeg silently takes the file's size where the two differ, which hides that a part is missing.
All functions take an open, seekable binary file and leave its position anywhere.
"""

import os
import struct
from typing import BinaryIO

# A size that was never filled in: the writer could not seek back, so the sound simply goes on to
# the end of the file. 0 and 2**32-1 are usual; some writers leave the largest signed value, less
# a header's length.
_UNKNOWN_FROM = 0x7FFF_F000

_MP3_SEARCH_BYTES = 4096
_MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_MPEG_1 = 3


def wav_declared_ms(file: BinaryIO) -> int | None:
    """Milliseconds that the `data` chunk of a RIFF file declares, None where it does not say."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(4) != b"RIFF":  # RF64 and W64 hold sizes that a cut file cannot hide
        return None
    position, byte_rate = 12, 0
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"fmt " and length >= 16:
            byte_rate = struct.unpack("<HHIIHH", file.read(16))[3]
        if name == b"data":
            known = 0 < length < _UNKNOWN_FROM and byte_rate > 0
            return length * 1000 // byte_rate if known else None
        position += 8 + length + length % 2
    return None


def mp3_declared_ms(file: BinaryIO) -> int | None:
    """Milliseconds that the Xing or Info header of an MP3 declares, None where there is none.

    Layout: the first frame's header of four bytes gives version and rate; somewhere in that frame
    stand `Xing` or `Info`, flags, and, when bit 0 of the flags is set, the number of frames.
    """
    file.seek(id3_length(file))
    start = file.read(_MP3_SEARCH_BYTES)
    sync = start.find(b"\xff")
    while sync >= 0 and not (start[sync + 1 : sync + 2] and start[sync + 1] & 0xE0 == 0xE0):
        sync = start.find(b"\xff", sync + 1)
    tag = max(start.find(b"Xing"), start.find(b"Info"))
    if sync < 0 or tag < sync or len(start) < max(tag + 12, sync + 4):
        return None
    flags, frames = struct.unpack(">II", start[tag + 4 : tag + 12])
    version, rate_index = start[sync + 1] >> 3 & 3, start[sync + 2] >> 2 & 3
    if not flags & 1 or version not in _MP3_RATES or rate_index == 3:
        return None
    samples = frames * (1152 if version == _MPEG_1 else 576)
    return int(samples * 1000 // _MP3_RATES[version][rate_index])


def id3_length(file: BinaryIO) -> int:
    """Bytes of the ID3v2 tag at the beginning; its size is stored seven bits to a byte."""
    file.seek(0)
    header = file.read(10)
    if len(header) < 10 or header[:3] != b"ID3":
        return 0
    size = 0
    for byte in header[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size
