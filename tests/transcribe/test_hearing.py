import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from transcribe.engine_client import EngineClient, EngineDone, HeardSegment
from transcribe.hearing import hear_piece, sweep_pieces
from transcribe.samples import Sample, join_samples
from transcribe.sound import Piece, read_span, write_copies


@pytest.fixture
def piece(clips: list[Sample], tmp_path: Path) -> Piece:
    """Two clips that are said to begin a minute into a recording."""
    join_samples(clips[:2], tmp_path / "a.wav")
    length_ms = write_copies([(tmp_path / "a.wav").read_bytes()[44:]], tmp_path / "w.flac")
    return Piece(60_000, 60_000 + length_ms, read_span(tmp_path / "w.flac", 0, length_ms))


@pytest.mark.model
def test_lines_lie_in_the_piece_in_order_and_the_pcm_is_gone_afterwards(
    engine: EngineClient, piece: Piece, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    free_from = piece.start_ms
    with closing(hear_piece(engine, piece, folder)) as events:
        for event in events:
            assert list(folder.iterdir())
            if isinstance(event, HeardSegment):
                line = event.segment
                assert free_from <= line.start_ms < line.end_ms <= piece.end_ms
                free_from = line.end_ms
    assert isinstance(event, EngineDone)
    assert free_from > piece.start_ms
    assert list(folder.iterdir()) == []


@pytest.mark.model
def test_reader_that_stops_early_leaves_no_pcm(
    engine: EngineClient, piece: Piece, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with closing(hear_piece(engine, piece, folder)) as events:
        next(events)
    assert list(folder.iterdir()) == []


def test_only_old_pieces_are_swept(tmp_path: Path) -> None:
    for name, age_s in (("piece-old.pcm", 7200), ("piece-new.pcm", 60), ("valkey.sock", 7200)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    sweep_pieces(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["piece-new.pcm", "valkey.sock"]
