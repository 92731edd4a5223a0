"""Chunks of a line: each a recording, together one, lossless."""

import io

import pytest

from tests.transcribe.line_servers import noise
from transcribe.decoder import SAMPLE_RATE, Recording, probe
from transcribe.line_chunks import encode_chunk

SECONDS = [
    noise(30)[start : start + SAMPLE_RATE * 2]
    for start in range(0, SAMPLE_RATE * 16, SAMPLE_RATE * 2)
]


def decoded(content: bytes) -> bytes:
    return b"".join(Recording(io.BytesIO(content), 60_000).pcm())


def test_chunks_joined_are_the_sound_bit_for_bit() -> None:
    content = b"".join(encode_chunk(second) for second in SECONDS)
    assert decoded(content) == b"".join(SECONDS)
    found = probe(io.BytesIO(content), 0, 60_000)
    assert (found.container, found.codec, found.duration_ms) == ("ogg", "flac", 8_000)


def test_a_missing_chunk_costs_itself_alone() -> None:
    chunks = [encode_chunk(second) for second in SECONDS]
    assert decoded(b"".join(chunks[:2] + chunks[3:])) == b"".join(SECONDS[:2] + SECONDS[3:])
    assert decoded(b"".join(chunks[1:])) == b"".join(SECONDS[1:])


def test_a_chunk_cut_off_costs_itself_alone() -> None:
    chunks = [encode_chunk(second) for second in SECONDS]
    heard = decoded(b"".join(chunks[:3]) + chunks[3][: len(chunks[3]) // 2])
    assert heard[: 3 * SAMPLE_RATE * 2] == b"".join(SECONDS[:3])


@pytest.mark.parametrize("samples", [1, 15, 16, 17, 100, 4608, 24_001])
def test_the_last_piece_may_have_any_length(samples: int) -> None:
    pcm = noise(2)[: samples * 2]
    assert decoded(encode_chunk(SECONDS[0]) + encode_chunk(pcm)) == SECONDS[0] + pcm
