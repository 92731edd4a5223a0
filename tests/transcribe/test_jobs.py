"""The transcription task on real databases, with the real decoder and the real model."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from bridge.errors import LeaseLost, ModelUnavailable, TaskFailed
from bridge.intake import cancel_transcription, retry_announcement
from bridge.models import Announcement, EngineRun, Segment, Task
from bridge.tasks import cancel_tasks, end_attempt
from bridge.transcript import SILENCE_TEXT, Word
from bridge.transcript import Segment as Line
from bridge.transcription import begin_transcription, finish_piece, open_engine_run, save_segments
from tests.children import children_running
from tests.samples import write_wav
from tests.transcribe.desk import Desk
from transcribe.jobs import close_engine, transcribe_announcement
from transcribe.samples import Sample, join_samples
from transcribe.speech_model import find_model


@pytest.fixture(scope="module", autouse=True)
def _warm_engine() -> Iterator[None]:
    """The engine stays warm from test to test, as from task to task."""
    yield
    close_engine()


@pytest.fixture(scope="module")
def speech(clips: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips in a row, about 8 seconds."""
    path = tmp_path_factory.mktemp("speech") / "announcement.wav"
    join_samples(clips[:2], path)
    return path


def texts(segments: list[Segment]) -> list[tuple[int, int, str]]:
    return [(segment.start_ms, segment.end_ms, segment.text) for segment in segments]


@pytest.mark.model
def test_recording_becomes_text_that_waits_for_an_editor(desk: Desk, speech: Path) -> None:
    announcement_id = desk.accept(speech)
    run = desk.claim(announcement_id)
    transcribe_announcement(desk.context, run)
    assert desk.state(announcement_id) == "in_review"
    segments = desk.segments(announcement_id)
    assert sum(segment.kind == "speech" for segment in segments) >= 2
    assert_tiles(segments, 0, desk.length_ms(announcement_id))
    with desk.context.db.reading() as session:
        announcement = session.get_one(Announcement, announcement_id)
        task = session.get_one(Task, run.id)
        engine_run = session.scalars(select(EngineRun)).one()
        sha256 = announcement.recording.sha256
        assert announcement.title
        assert task.state == "done"
        assert task.progress_done == task.progress_total == announcement.duration_ms
        assert engine_run.done_ms == announcement.end_ms
        assert engine_run.engine_seconds > 0
        assert engine_run.finished_at is not None
        assert announcement.recording.loudness_lufs is not None
        assert -40 < announcement.recording.loudness_lufs < 0
        assert announcement.recording.pauses
    for name in ("working.flac", "listen.mp3"):
        assert desk.context.media.derived(sha256, name).stat().st_size > 0
    assert not list(desk.context.settings.run_dir.glob("piece-*"))


@pytest.mark.model
def test_silence_is_said_in_one_segment(desk: Desk, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros(24_000 * 3, np.int16))
    announcement_id = desk.accept(path)
    transcribe_announcement(desk.context, desk.claim(announcement_id))
    (segment,) = desk.segments(announcement_id)
    assert (segment.kind, segment.text, segment.words) == ("silence", SILENCE_TEXT, [])
    assert (segment.start_ms, segment.end_ms) == (0, 3000)
    assert desk.state(announcement_id) == "in_review"


# One database is enough here: what both do at a checkpoint is another test's subject.
@pytest.mark.model
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_engine_costs_neither_an_attempt_nor_text(
    desk: Desk, clips: list[Sample], tmp_path: Path
) -> None:
    # Longer than the model's window of 30 s: the first text comes while the rest is unheard.
    join_samples([*clips, *clips[:2]], tmp_path / "long.wav")
    announcement_id = desk.accept(tmp_path / "long.wav")
    run = desk.claim(announcement_id)
    killer = threading.Thread(target=kill_engine_once, args=(has_text(desk, announcement_id),))
    killer.start()
    transcribe_announcement(desk.context, run)
    killer.join()
    assert desk.state(announcement_id) == "in_review"
    whole = desk.segments(announcement_id)
    assert_tiles(whole, 0, desk.length_ms(announcement_id))
    again_id = desk.transcribe_again(announcement_id)
    assert texts(desk.segments(again_id)) == texts(whole)


@pytest.mark.model
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_cancelled_run_ends_within_seconds_and_can_go_on(
    desk: Desk, clips: list[Sample], tmp_path: Path
) -> None:
    join_samples([*clips, *clips[:2]], tmp_path / "long.wav")
    announcement_id = desk.accept(tmp_path / "long.wav")
    run = desk.claim(announcement_id)
    cancelled_at: list[float] = []

    def cancel() -> None:
        wait_for(has_text(desk, announcement_id))
        with desk.context.db.writing() as session:
            cancel_transcription(session, announcement_id=announcement_id, actor_id=None)
        cancelled_at.append(time.monotonic())

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(LeaseLost):
        transcribe_announcement(desk.context, run)
    canceller.join()
    assert time.monotonic() - cancelled_at[0] < 30
    assert desk.state(announcement_id) == "failed"
    assert desk.segments(announcement_id)
    with desk.context.db.writing() as session:
        retry_announcement(session, announcement_id=announcement_id, actor_id=None)
    transcribe_announcement(desk.context, desk.claim(announcement_id))
    assert desk.state(announcement_id) == "in_review"
    assert_tiles(desk.segments(announcement_id), 0, desk.length_ms(announcement_id))


@pytest.mark.model
def test_work_goes_on_after_the_last_checkpoint(desk: Desk, speech: Path) -> None:
    announcement_id = desk.accept(speech)
    run = desk.claim(announcement_id)
    model = find_model(desk.context.settings)
    with desk.context.db.writing() as session:
        assignment = begin_transcription(session, run)
        engine_run_id, _ = open_engine_run(
            session,
            run,
            assignment,
            model_name=model.name,
            model_sha256=model.sha256,
            device="cpu",
            compute_type="int8",
            options={},
        )
        kept = Line(0, 2000, "đã xong", (Word("đã", 0, 900), Word("xong", 900, 2000)))
        save_segments(session, run, engine_run_id, [kept])
        finish_piece(session, run, engine_run_id, 3000, 1.5)
        unfinished = Line(3200, 4000, "dở dang", ())
        save_segments(session, run, engine_run_id, [unfinished])
    with desk.context.db.writing() as session:
        end_attempt(session, run, code="worker_lost", detail="")
    transcribe_announcement(desk.context, desk.claim(announcement_id))
    segments = desk.segments(announcement_id)
    assert segments[0].text == "đã xong"
    assert len(segments) > 1
    assert all(segment.start_ms >= 3000 for segment in segments[1:])
    assert "dở dang" not in [segment.text for segment in segments]


@pytest.mark.model
def test_run_that_lost_its_lease_writes_nothing_more(desk: Desk, speech: Path) -> None:
    announcement_id = desk.accept(speech)
    run = desk.claim(announcement_id)
    with desk.context.db.writing() as session:
        cancel_tasks(session, announcement_id, "transcribe")
    with pytest.raises(LeaseLost):
        transcribe_announcement(desk.context, run)
    assert desk.segments(announcement_id) == []
    assert desk.state(announcement_id) == "queued"


def test_recording_whose_file_is_gone_fails_for_good(desk: Desk, speech: Path) -> None:
    announcement_id = desk.accept(speech)
    for path in (desk.context.media.root / "store").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(TaskFailed) as caught:
        transcribe_announcement(desk.context, desk.claim(announcement_id))
    assert caught.value.code == "media_missing"


def test_recording_that_turned_unreadable_fails_for_good(desk: Desk, speech: Path) -> None:
    announcement_id = desk.accept(speech)
    for path in (desk.context.media.root / "store").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"rotten")
    with pytest.raises(TaskFailed) as caught:
        transcribe_announcement(desk.context, desk.claim(announcement_id))
    assert caught.value.code == "media_unreadable"


def test_missing_model_fails_for_good(desk: Desk, speech: Path, tmp_path: Path) -> None:
    announcement_id = desk.accept(speech)
    settings = replace(desk.context.settings, model=str(tmp_path / "nowhere"))
    with pytest.raises(ModelUnavailable) as caught:
        transcribe_announcement(
            replace(desk.context, settings=settings), desk.claim(announcement_id)
        )
    assert caught.value.code == "model_folder_missing"


def assert_tiles(segments: list[Segment], start_ms: int, end_ms: int) -> None:
    """Every millisecond belongs to one segment."""
    assert segments[0].start_ms == start_ms
    for before, after in itertools.pairwise(segments):
        assert before.end_ms == after.start_ms
    assert segments[-1].end_ms == end_ms


def has_text(desk: Desk, announcement_id: str) -> Callable[[], bool]:
    return lambda: bool(desk.segments(announcement_id))


def wait_for(ready: Callable[[], bool]) -> None:
    pause = threading.Event()
    while not ready():
        pause.wait(0.02)


def kill_engine_once(ready: Callable[[], bool]) -> None:
    """Kill this process's engine as soon as `ready` says so."""
    wait_for(ready)
    for engine in children_running("transcribe.engine"):
        engine.kill()
