"""Hearing several pieces at once: order, tiling, and an engine that fails in the middle."""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from bridge.errors import EngineFailed, TaskFailed
from bridge.settings import Settings
from bridge.transcript import Segment
from transcribe.copies import WorkingCopy, write_copies
from transcribe.engine_client import EngineClient
from transcribe.hearing import (
    HeardAgain,
    HeardLines,
    HeardPiece,
    HearingEvent,
    HearingProgress,
    hear_pieces,
    sweep_pieces,
)
from transcribe.samples import Sample, join_samples
from transcribe.sound import Piece, cut_pieces
from transcribe.speech_model import SpeechModel

FAKE = Path(__file__).with_name("piecewise_engine.py")
NO_MODEL = SpeechModel("none", Path("/nonexistent"), "0" * 64, bundled=False)


def loud_pieces(count: int, length_ms: int = 2_000) -> Iterator[Piece]:
    """Pieces of noise, one after the other."""
    noise = np.random.default_rng(1).normal(0, 0.1, length_ms * 16).astype(np.float32)
    for number in range(count):
        yield Piece(number * length_ms, (number + 1) * length_ms, noise)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def scripted(limits: Settings, tmp_path: Path) -> Iterator[Callable[..., EngineClient]]:
    """Makes an engine that says a line a piece, and fails as it is told."""
    clients = []

    def make(*failures: str) -> EngineClient:
        command = [sys.executable, str(FAKE), str(tmp_path / "log"), *failures]
        hangs = any(failure.startswith("hangs") for failure in failures)
        silent = replace(limits, engine_silence_s=6.0 if hangs else 60.0)
        clients.append(EngineClient(NO_MODEL, silent, command))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def listen(engine: EngineClient, pieces: Iterator[Piece], folder: Path) -> list[HearingEvent]:
    with closing(hear_pieces(engine, pieces, folder, tick_s=0.05)) as events:
        return list(events)


def kept(events: list[HearingEvent]) -> list[Segment]:
    """The segments that a reader who heeds HeardAgain ends up with."""
    segments: list[Segment] = []
    for event in events:
        if isinstance(event, HeardLines):
            segments += event.segments
        elif isinstance(event, HeardAgain):
            segments = [segment for segment in segments if segment.start_ms < event.start_ms]
    return segments


def asked(tmp_path: Path) -> list[int]:
    """The pieces that engines finished, by number, in their order."""
    return [int(line) for line in (tmp_path / "log").read_text().split()]


def test_segments_come_in_order_though_later_pieces_are_finished_first(
    scripted: Callable[..., EngineClient], folder: Path, tmp_path: Path
) -> None:
    events = listen(scripted("outrun:0"), loud_pieces(5), folder)
    assert asked(tmp_path)[0] == 1  # the second piece was ready before the first
    texts = [segment.text for segment in kept(events)]
    assert texts == [f"đoạn {number}" for number in range(5)]
    finished = [event.piece.start_ms for event in events if isinstance(event, HeardPiece)]
    assert finished == [0, 2_000, 4_000, 6_000, 8_000]
    assert list(folder.iterdir()) == []


def test_segments_tile_the_pieces(scripted: Callable[..., EngineClient], folder: Path) -> None:
    segments = kept(listen(scripted(), loud_pieces(4), folder))
    assert segments[0].start_ms == 0
    for before, after in itertools.pairwise(segments):
        assert before.end_ms == after.start_ms
    assert segments[-1].end_ms == 8_000


def test_progress_never_goes_back_but_for_a_failure_and_ends_at_the_whole(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    events = listen(scripted(), loud_pieces(4), folder)
    heard = [event.heard_ms for event in events if isinstance(event, HearingProgress)]
    assert heard == sorted(heard)
    assert heard[-1] == 8_000


def test_ticks_come_while_the_engine_says_nothing(
    scripted: Callable[..., EngineClient], folder: Path, tmp_path: Path
) -> None:
    begun_at = time.monotonic()
    engine = scripted("waits:0")
    engine.start()
    with closing(hear_pieces(engine, loud_pieces(1), folder, tick_s=0.05)) as events:
        for _ in range(4):
            assert isinstance(next(events), HearingProgress)
        assert time.monotonic() - begun_at < 30  # half of what is called silence
        (tmp_path / "go").touch()
        assert any(isinstance(event, HeardPiece) for event in events)


@pytest.mark.parametrize("way", ["dies", "garbles", "hangs", "fails"])
def test_engine_that_fails_midway_is_started_again_and_nothing_is_doubled(
    way: str, scripted: Callable[..., EngineClient], folder: Path, tmp_path: Path
) -> None:
    events = listen(scripted(f"{way}:2"), loud_pieces(6), folder)
    assert [segment.text for segment in kept(events)] == [f"đoạn {n}" for n in range(6)]
    # What was not under way when it failed is never done again. Besides the piece at which it fails
    # that is one, whichever: it may be done just before anybody hears of it.
    assert set(asked(tmp_path)) == set(range(6))
    assert len(asked(tmp_path)) <= 7
    assert asked(tmp_path).count(2) == 1
    assert list(folder.iterdir()) == []


def test_engine_that_is_killed_between_two_answers_is_missed_at_once(
    scripted: Callable[..., EngineClient],
    folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = scripted("waits:1")
    events = []
    with closing(hear_pieces(engine, loud_pieces(3), folder, tick_s=0.05)) as hearing:
        for event in hearing:
            events.append(event)
            if isinstance(event, HeardPiece) and event.piece.start_ms == 0:
                process = psutil.Process(engine.process_id)
                process.kill()
                process.wait()
                (tmp_path / "go").touch()
    assert [segment.text for segment in kept(events)] == [f"đoạn {n}" for n in range(3)]
    assert "engine_died" in caplog.text
    assert "engine_silent" not in caplog.text


def test_what_was_handed_out_of_an_unfinished_piece_is_taken_back(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    events = listen(scripted("dies late:1"), loud_pieces(3, 12_000), folder)
    again = [event for event in events if isinstance(event, HeardAgain)]
    assert again == [HeardAgain(12_000)]
    assert sum(segment.text.startswith("đoạn 1") for segment in kept(events)) == 1


def test_sound_that_got_no_text_is_heard_once_more(
    scripted: Callable[..., EngineClient], folder: Path, tmp_path: Path
) -> None:
    events = listen(scripted("overhears:1", "overhears:3"), loud_pieces(5), folder)
    assert [segment.text for segment in kept(events)] == [f"đoạn {n}" for n in range(5)]
    assert [asked(tmp_path).count(piece) for piece in range(5)] == [1, 2, 1, 2, 1]
    finished = [event for event in events if isinstance(event, HeardPiece)]
    assert [event.engine_seconds for event in finished] == [0.1, 0.2, 0.1, 0.2, 0.1]
    assert list(folder.iterdir()) == []


def test_engine_that_dies_in_a_second_hearing_begins_the_piece_anew(
    scripted: Callable[..., EngineClient], folder: Path, tmp_path: Path
) -> None:
    events = listen(scripted("overhears:1", "dies again:1"), loud_pieces(3), folder)
    assert [segment.text for segment in kept(events)] == [f"đoạn {n}" for n in range(3)]
    assert asked(tmp_path).count(1) == 2


def test_engine_that_fails_again_and_again_is_given_up(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    with pytest.raises(EngineFailed) as caught:
        listen(scripted("always dies:3"), loud_pieces(6), folder)
    assert caught.value.code == "engine_died"
    assert list(folder.iterdir()) == []


def test_engine_that_never_starts_is_given_up(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    with pytest.raises(EngineFailed):
        listen(scripted("never starts"), loud_pieces(2), folder)


def test_what_another_try_cannot_cure_is_told_at_once(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    with pytest.raises(TaskFailed) as caught:
        listen(scripted("refuses: engine_device_missing"), loud_pieces(2), folder)
    assert caught.value.code == "engine_device_missing"


def test_reader_that_stops_early_ends_the_engine_and_leaves_no_pcm(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    engine = scripted("waits:0")
    with closing(hear_pieces(engine, loud_pieces(3), folder, tick_s=0.05)) as events:
        next(events)
        process = psutil.Process(engine.process_id)
    assert not process.is_running()
    assert list(folder.iterdir()) == []


def test_engine_stays_warm_after_the_last_piece(
    scripted: Callable[..., EngineClient], folder: Path
) -> None:
    engine = scripted()
    listen(engine, loud_pieces(2), folder)
    first = engine.process_id
    listen(engine, loud_pieces(2), folder)
    assert first is not None
    assert engine.process_id == first


def test_no_pieces_are_no_work(scripted: Callable[..., EngineClient], folder: Path) -> None:
    assert kept(listen(scripted(), iter([]), folder)) == []


@pytest.mark.model
def test_pieces_heard_at_once_give_what_each_gives_alone(
    engine: EngineClient, clips: list[Sample], folder: Path, tmp_path: Path
) -> None:
    join_samples(clips[:3], tmp_path / "a.wav")
    length_ms = write_copies([(tmp_path / "a.wav").read_bytes()[44:]], tmp_path / "w.flac")
    pieces = list(cut_pieces(WorkingCopy(tmp_path / "w.flac"), 0, length_ms, 5_000))
    assert len(pieces) >= 3
    together = kept(listen(engine, iter(pieces), folder))
    alone = [segment for piece in pieces for segment in kept(listen(engine, iter([piece]), folder))]
    assert together == alone
    assert together[0].start_ms == 0
    assert together[-1].end_ms == length_ms
    assert sum(len(segment.words) for segment in together) > 20


def test_only_old_pieces_are_swept(tmp_path: Path) -> None:
    for name, age_s in (("piece-old.pcm", 7200), ("piece-new.pcm", 60), ("valkey.sock", 7200)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    sweep_pieces(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["piece-new.pcm", "valkey.sock"]
