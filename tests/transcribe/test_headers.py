import io
import struct

import pytest

from transcribe.headers import id3_length, mp3_declared_ms, wav_declared_ms

FORMAT = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 24_000, 48_000, 2, 16)


def wav(*chunks: bytes, name: bytes = b"RIFF") -> io.BytesIO:
    body = b"WAVE" + b"".join(chunks)
    return io.BytesIO(name + struct.pack("<I", len(body)) + body)


def data_chunk(size: int, present: bytes = b"") -> bytes:
    return struct.pack("<4sI", b"data", size) + present


def test_wav_length_is_what_its_header_says_not_what_follows() -> None:
    assert wav_declared_ms(wav(FORMAT, data_chunk(96_000, bytes(10)))) == 2000


def test_chunks_before_the_sound_are_stepped_over_with_their_padding() -> None:
    odd = struct.pack("<4sI", b"LIST", 3) + b"abc\0"
    assert wav_declared_ms(wav(odd, FORMAT, odd, data_chunk(48_000))) == 1000


@pytest.mark.parametrize(
    "file",
    [
        wav(FORMAT, data_chunk(0)),
        wav(FORMAT, data_chunk(0xFFFF_FFFF)),
        wav(FORMAT, data_chunk(0x7FFF_FFFF - 36)),
        wav(data_chunk(48_000)),
        wav(FORMAT),
        wav(FORMAT, data_chunk(48_000), name=b"RF64"),
        io.BytesIO(b""),
        io.BytesIO(b"RIFF"),
    ],
)
def test_wav_that_does_not_know_its_length_says_nothing(file: io.BytesIO) -> None:
    assert wav_declared_ms(file) is None


def mp3(header: bytes, tag: bytes = b"Info", flags: int = 1, frames: int = 100) -> io.BytesIO:
    return io.BytesIO(header + bytes(17) + tag + struct.pack(">II", flags, frames) + bytes(200))


@pytest.mark.parametrize(
    ("header", "expected_ms"),
    [
        (b"\xff\xfb\x90\x00", 100 * 1152 * 1000 // 44_100),  # MPEG 1, 44.1 kHz
        (b"\xff\xf3\x64\x00", 100 * 576 * 1000 // 24_000),  # MPEG 2, 24 kHz
        (b"\xff\xe3\x64\x00", 100 * 576 * 1000 // 12_000),  # MPEG 2.5, 12 kHz
    ],
)
def test_mp3_length_follows_from_frames_version_and_rate(header: bytes, expected_ms: int) -> None:
    assert mp3_declared_ms(mp3(header)) == expected_ms
    assert mp3_declared_ms(mp3(header, tag=b"Xing")) == expected_ms


@pytest.mark.parametrize(
    "file",
    [
        mp3(b"\xff\xfb\x90\x00", tag=b"LAME"),
        mp3(b"\xff\xfb\x90\x00", flags=2),
        mp3(b"\xff\xeb\x90\x00"),  # a version that is reserved
        mp3(b"\xff\xfb\x9c\x00"),  # a rate that is reserved
        mp3(b"\x00\x00\x00\x00"),
        io.BytesIO(b"\xff\xfb\x90\x00Info"),
        io.BytesIO(b""),
    ],
)
def test_mp3_without_a_usable_header_says_nothing(file: io.BytesIO) -> None:
    assert mp3_declared_ms(file) is None


def test_a_word_in_the_tag_is_not_the_header() -> None:
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 1, 0]) + b"Info\x00\x00\x00\x01".ljust(128, b"\xff")
    sound = mp3(b"\xff\xf3\x64\x00", frames=50).getvalue()
    file = io.BytesIO(tag + sound)
    assert id3_length(file) == 138
    assert mp3_declared_ms(file) == 50 * 576 * 1000 // 24_000
