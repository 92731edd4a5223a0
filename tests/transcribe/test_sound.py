import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from tests.samples import tone
from transcribe.copies import WorkingCopy, write_copies
from transcribe.sound import (
    MODEL_RATE,
    Piece,
    cut_pieces,
    find_pauses,
    join_wavs,
    read_span,
)

RATE = 24_000


def speech_like(*parts: tuple[float, float], sample_rate: int = RATE) -> np.ndarray:
    """Noise of the given (seconds, loudness) after one another."""
    noise = np.random.default_rng(3)
    return np.concatenate(
        [
            noise.normal(0, volume * 32767, int(seconds * sample_rate)).clip(-32767, 32767)
            for seconds, volume in parts
        ]
    ).astype(np.int16)


@pytest.fixture
def numbered(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """A working copy of noise, and its samples."""
    samples = speech_like((20.0, 0.1))
    write_copies([samples.tobytes()], tmp_path / "working.flac")
    return tmp_path / "working.flac", samples


def test_working_copy_holds_the_very_samples(tmp_path: Path) -> None:
    samples = speech_like((3.21, 0.2))
    data = samples.tobytes()
    blocks = [data[start : start + 9_999] for start in range(0, len(data), 9_999)]  # odd sizes
    assert write_copies(blocks, tmp_path / "w.flac") == 3210
    with av.open(str(tmp_path / "w.flac")) as container:
        stream = container.streams.audio[0]
        assert (stream.codec.name, stream.sample_rate, stream.channels) == ("flac", RATE, 1)
        found = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(stream)])
    assert np.array_equal(found, samples)


def test_listening_copy_has_a_constant_bit_rate_and_the_same_length(tmp_path: Path) -> None:
    write_copies([tone(8.0).tobytes()], tmp_path / "w.flac", tmp_path / "l.mp3")
    with av.open(str(tmp_path / "l.mp3")) as container:
        stream = container.streams.audio[0]
        assert (stream.codec.canonical_name, stream.sample_rate) == ("mp3", RATE)
        sizes = {packet.size for packet in container.demux(stream) if packet.size}
        container.seek(0)
        length = sum(frame.samples for frame in container.decode(stream))
    assert sizes == {144}  # 48 kbps: 72 × 48000 / 24000 bytes a frame
    assert length / RATE == pytest.approx(8.0, abs=0.05)


def test_sound_that_ends_in_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield tone(2.0).tobytes()
        raise RuntimeError("the decoder gave up")

    with pytest.raises(RuntimeError):
        write_copies(broken(), tmp_path / "w.flac", tmp_path / "l.mp3")
    assert list(tmp_path.iterdir()) == []


def test_copies_replace_older_ones_whole(tmp_path: Path) -> None:
    for seconds in (1.0, 2.0):
        write_copies([tone(seconds).tobytes()], tmp_path / "w.flac", tmp_path / "l.mp3")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l.mp3", "w.flac"]
    assert read_span(tmp_path / "w.flac", 0, 5000).size == 2 * MODEL_RATE


def test_memory_stays_flat_while_copies_are_written(tmp_path: Path) -> None:
    second = tone(1.0).tobytes()
    peaks = []
    for length in (10, 60):
        tracemalloc.start()
        write_copies(itertools.repeat(second, length), tmp_path / "w.flac")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + len(second)


@pytest.mark.parametrize("start_ms", [0, 1, 333, 7_777, 15_000])
def test_a_span_is_exact_wherever_it_begins(
    start_ms: int, numbered: tuple[Path, np.ndarray], tmp_path: Path
) -> None:
    working, samples = numbered
    span = read_span(working, start_ms, start_ms + 1000)
    assert (span.dtype, span.size) == (np.dtype(np.float32), MODEL_RATE)
    # The same second by itself, resampled by the same path, must come out the same.
    alone = samples[start_ms * 24 : start_ms * 24 + RATE]
    write_copies([alone.tobytes()], tmp_path / "alone.flac")
    assert np.array_equal(span, read_span(tmp_path / "alone.flac", 0, 1000))


def test_a_span_past_the_end_is_what_there_is(numbered: tuple[Path, np.ndarray]) -> None:
    assert read_span(numbered[0], 19_500, 60_000).size == MODEL_RATE // 2
    assert read_span(numbered[0], 30_000, 31_000).size == 0


def test_resampling_keeps_a_tone_at_its_pitch_and_loudness(tmp_path: Path) -> None:
    write_copies([tone(2.0).tobytes()], tmp_path / "w.flac")
    span = read_span(tmp_path / "w.flac", 500, 1500)
    spectrum = np.abs(np.fft.rfft(span))
    assert int(spectrum.argmax()) == 440
    assert float(np.abs(span).max()) == pytest.approx(0.3, rel=0.02)


def as_float(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float32) / 32768


@pytest.mark.parametrize("hum", [0.0, 0.001, 0.02])
def test_pauses_are_found_over_silence_and_over_hum(hum: float) -> None:
    sound = speech_like((2, 0.2), (0.6, hum), (2, 0.2), (0.1, hum), (1, 0.2), (1, hum))
    pauses = find_pauses(as_float(sound), RATE)
    assert [(round(p.start_ms, -2), round(p.end_ms, -2)) for p in pauses] == [
        (2000, 2600),
        (5700, 6700),
    ]


@pytest.mark.parametrize(
    "sound", [speech_like((5, 0.2)), np.zeros(RATE * 5, np.int16), np.zeros(0, np.int16)]
)
def test_steady_sound_has_no_pauses(sound: np.ndarray) -> None:
    assert find_pauses(as_float(sound), RATE) == []


def test_pieces_end_in_the_longest_pause_of_their_second_half(tmp_path: Path) -> None:
    sound = speech_like((7, 0.2), (0.4, 0), (2, 0.2), (0.8, 0), (9, 0.2), (0.5, 0), (4, 0.2))
    working = tmp_path / "w.flac"
    end_ms = write_copies([sound.tobytes()], working)
    pieces = list(cut_pieces(WorkingCopy(working), 0, end_ms, max_piece_ms=12_000))
    assert [piece.start_ms for piece in pieces[1:]] == [piece.end_ms for piece in pieces[:-1]]
    assert (pieces[0].start_ms, pieces[-1].end_ms) == (0, end_ms)
    assert [piece.end_ms for piece in pieces[:2]] == pytest.approx([9_800, 19_450], abs=30)
    for piece in pieces:
        length_ms = piece.end_ms - piece.start_ms
        assert length_ms <= 12_000
        assert piece.samples.size == pytest.approx(length_ms * 16, abs=16)


def test_cutting_goes_on_from_a_checkpoint_as_if_never_stopped(tmp_path: Path) -> None:
    sound = speech_like(*[(2.5, 0.2), (0.4, 0.001), (1.7, 0.2), (0.6, 0.001)] * 6)
    working = tmp_path / "w.flac"
    end_ms = write_copies([sound.tobytes()], working)
    whole = [(p.start_ms, p.end_ms) for p in cut_pieces(WorkingCopy(working), 0, end_ms, 8_000)]
    assert len(whole) > 3
    for index, (start_ms, _) in enumerate(whole):
        rest = [
            (p.start_ms, p.end_ms)
            for p in cut_pieces(WorkingCopy(working), start_ms, end_ms, 8_000)
        ]
        assert rest == whole[index:]


def test_sound_without_any_pause_is_still_cut(tmp_path: Path) -> None:
    end_ms = write_copies([tone(25.0).tobytes()], tmp_path / "w.flac")
    pieces = list(cut_pieces(WorkingCopy(tmp_path / "w.flac"), 0, end_ms, 10_000))
    assert all(0 < piece.end_ms - piece.start_ms <= 10_000 for piece in pieces)
    assert pieces[-1].end_ms == end_ms


def test_an_empty_span_has_no_pieces(tmp_path: Path) -> None:
    write_copies([tone(1.0).tobytes()], tmp_path / "w.flac")
    assert list(cut_pieces(WorkingCopy(tmp_path / "w.flac"), 1000, 1000)) == []


def test_pcm_for_the_engine_is_clipped_not_wrapped(tmp_path: Path) -> None:
    samples = np.array([0.0, 0.5, 1.2, -1.2], np.float32)
    Piece(0, 1, samples).write_pcm(tmp_path / "p.pcm")
    assert np.fromfile(tmp_path / "p.pcm", "<i2").tolist() == [0, 16384, 32767, -32768]


def test_joined_wavs_have_their_pauses_and_repeats(tmp_path: Path) -> None:
    from tests.samples import write_wav

    paths = [
        write_wav(tmp_path / "a.wav", tone(1.0)),
        write_wav(tmp_path / "b.wav", tone(0.5, 48_000), 48_000),
    ]
    join_wavs(paths, tmp_path / "joined.wav", pause_ms=700, repeat=2)
    with av.open(str(tmp_path / "joined.wav")) as container:
        stream = container.streams.audio[0]
        assert (stream.codec.name, stream.sample_rate, stream.channels) == ("pcm_s16le", RATE, 1)
        found = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(stream)])
    assert found.size / RATE == pytest.approx(2 * (1.0 + 0.7 + 0.5 + 0.7), abs=0.01)
    assert not found[int(1.05 * RATE) : int(1.65 * RATE)].any()
