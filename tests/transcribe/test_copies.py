"""The copies of a recording, and reading one that is still being written."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import MediaRejected
from bridge.settings import Settings
from tests.samples import tone, write_wav
from transcribe.copies import GrowingCopy, WorkingCopy, write_copies
from transcribe.decoder_client import DecodingClosed, start_decoding
from transcribe.sound import MODEL_RATE, cut_pieces


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Forty seconds of noise: no two moments of it are alike."""
    samples = np.random.default_rng(3).normal(0, 3000, 24_000 * 40)
    return write_wav(tmp_path / "noise.wav", samples.astype(np.int16))


@pytest.fixture
def growing(noise: Path, limits: Settings, tmp_path: Path) -> Iterator[GrowingCopy]:
    decoding = start_decoding(noise, limits)
    copy = GrowingCopy(decoding, tmp_path / "w.flac", tmp_path / "l.mp3")
    with closing(copy):
        yield copy


def test_what_is_read_while_it_is_written_is_what_stands_there_in_the_end(
    growing: GrowingCopy, tmp_path: Path
) -> None:
    early = growing.read_span(2_000, 5_000)
    middle = growing.read_span(20_000, 23_000)
    growing.wait()
    finished = WorkingCopy(tmp_path / "w.flac")
    assert np.array_equal(early, finished.read_span(2_000, 5_000))
    assert np.array_equal(middle, finished.read_span(20_000, 23_000))
    assert np.array_equal(growing.read_span(2_000, 5_000), early)
    assert growing.read_span(39_000, 50_000).size == MODEL_RATE
    assert growing.duration_ms == 40_000
    assert (tmp_path / "l.mp3").stat().st_size > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l.mp3", "noise.wav", "w.flac"]


def test_the_levels_of_the_original_are_known_at_the_end(growing: GrowingCopy) -> None:
    growing.wait()
    assert growing.levels is not None
    assert growing.levels.loudness_lufs is not None
    assert -30 < growing.levels.loudness_lufs < -10


def test_pieces_do_not_depend_on_how_much_was_written(growing: GrowingCopy, tmp_path: Path) -> None:
    live = [(p.start_ms, p.end_ms) for p in cut_pieces(growing, 0, 40_000, 12_000)]
    growing.wait()
    finished = WorkingCopy(tmp_path / "w.flac")
    assert live == [(p.start_ms, p.end_ms) for p in cut_pieces(finished, 0, 40_000, 12_000)]


class Trickle:
    """A decoding that gives a second of sound, then waits until it is let go or closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go_on = threading.Event()
        self.closed = threading.Event()
        self._error = error

    def blocks(self) -> Iterator[bytes]:
        yield tone(3.0).tobytes()
        while not self.go_on.wait(0.01):
            if self.closed.is_set():
                raise DecodingClosed()
        if self._error is not None:
            raise self._error
        yield tone(3.0).tobytes()

    def close(self) -> None:
        self.closed.set()


def test_reader_waits_for_what_is_not_there_yet(tmp_path: Path) -> None:
    decoding = Trickle()
    with closing(GrowingCopy(decoding, tmp_path / "w.flac", None)) as copy:  # type: ignore[arg-type]
        assert copy.read_span(0, 1_000).size == MODEL_RATE
        asked_at = time.monotonic()
        threading.Timer(0.2, decoding.go_on.set).start()
        assert copy.read_span(3_000, 5_000).size == 2 * MODEL_RATE
        assert time.monotonic() - asked_at > 0.1


def test_what_ends_the_writing_reaches_the_reader_and_nothing_stays(tmp_path: Path) -> None:
    decoding = Trickle(MediaRejected("media_truncated"))
    decoding.go_on.set()
    with closing(GrowingCopy(decoding, tmp_path / "w.flac", tmp_path / "l.mp3")) as copy:  # type: ignore[arg-type]
        with pytest.raises(MediaRejected):
            copy.read_span(3_000, 6_000)
        with pytest.raises(MediaRejected):
            copy.wait()
    assert list(tmp_path.iterdir()) == []


def test_closing_early_ends_the_writing_and_leaves_nothing(tmp_path: Path) -> None:
    copy = GrowingCopy(Trickle(), tmp_path / "w.flac", tmp_path / "l.mp3")  # type: ignore[arg-type]
    copy.read_span(0, 1_000)
    copy.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DecodingClosed):
        copy.read_span(0, 1_000)


def test_two_copies_of_one_recording_may_be_made_at_once(tmp_path: Path) -> None:
    # Two workers may each hold that the other is dead.
    def write() -> None:
        write_copies([tone(2.0).tobytes()], tmp_path / "w.flac", tmp_path / "l.mp3")

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert WorkingCopy(tmp_path / "w.flac").read_span(0, 2_000).size == 2 * MODEL_RATE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l.mp3", "w.flac"]
