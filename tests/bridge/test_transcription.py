"""What a transcription run writes: pieces, checkpoints, its end, and after a lost run."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bridge.db import new_id, utc_now
from bridge.errors import IllegalTransition, LeaseLost, TaskFailed
from bridge.models import EngineRun, Segment, Task
from bridge.tasks import TaskRun, end_attempt, give_back, return_of_worker
from bridge.transcript import Segment as HeardSegment
from bridge.transcription import (
    begin_transcription,
    fail_transcription,
    finish_piece,
    finish_transcription,
    open_engine_run,
    propose_title,
    save_segments,
)
from tests.bridge.lifecycle import (
    DURATION_MS,
    FIRST,
    MODEL_A,
    MODEL_B,
    SECOND,
    Life,
    heard,
    sha256,
)


def save(life: Life, run: TaskRun, engine_run_id: str, *segments: HeardSegment) -> None:
    with life.db.writing() as session:
        save_segments(session, run, engine_run_id, segments)


def checkpoint(
    life: Life, run: TaskRun, engine_run_id: str, done_ms: int, seconds: float = 1
) -> None:
    with life.db.writing() as session:
        finish_piece(session, run, engine_run_id, done_ms, seconds)


def finish(life: Life, run: TaskRun, engine_run_id: str) -> None:
    with life.db.writing() as session:
        finish_transcription(session, run, engine_run_id)


def engine_runs(life: Life, announcement_id: str) -> list[EngineRun]:
    with life.db.reading() as session:
        query = select(EngineRun).where(EngineRun.announcement_id == announcement_id)
        return list(session.scalars(query.order_by(EngineRun.started_at)))


def texts(life: Life, announcement_id: str) -> list[str]:
    return [segment.text for segment in life.view(announcement_id).segments]


def lose(life: Life, run: TaskRun) -> None:
    """The worker of this run is killed; its tasks go back to the queue."""
    with life.db.writing() as session:
        return_of_worker(session, run.worker)


def half_done(life: Life) -> tuple[TaskRun, str]:
    """A run that has committed FIRST, saved SECOND without a checkpoint, and was then lost."""
    receipt = life.receive()
    run = life.claim(receipt.task_id, worker=f"box:up:1:{new_id()}")
    _, engine_run_id = life.begin(run)
    save(life, run, engine_run_id, FIRST)
    checkpoint(life, run, engine_run_id, FIRST.end_ms, 2.5)
    save(life, run, engine_run_id, SECOND)
    lose(life, run)
    return run, engine_run_id


def test_a_run_is_told_what_to_transcribe(life: Life) -> None:
    receipt = life.receive()
    assignment, _ = life.begin(life.claim(receipt.task_id))
    assert assignment.announcement_id == receipt.announcement_id
    assert assignment.sha256 == sha256(b"sound")
    assert (assignment.start_ms, assignment.end_ms) == (0, DURATION_MS)
    assert assignment.recording_duration_ms == DURATION_MS
    assert (assignment.engine_run_id, assignment.resume_from_ms) == (None, 0)
    assert life.state(receipt.announcement_id) == "transcribing"


def test_segments_appear_as_they_are_heard(life: Life) -> None:
    receipt = life.receive()
    run = life.claim(receipt.task_id)
    _, engine_run_id = life.begin(run)
    save(life, run, engine_run_id, FIRST)
    assert texts(life, receipt.announcement_id) == [FIRST.text]
    save(life, run, engine_run_id, SECOND)
    first, second = life.view(receipt.announcement_id).segments
    assert (first.text, first.engine_text, first.version) == (FIRST.text, FIRST.text, 1)
    assert (first.start_ms, first.end_ms, first.kind) == (0, 3_000, "speech")
    assert first.words == FIRST.words
    assert second.words == SECOND.words


def test_a_whole_transcription_ends_in_review(life: Life) -> None:
    receipt = life.receive()
    life.transcribe(receipt.task_id)
    view = life.view(receipt.announcement_id)
    assert view.work.state == "in_review"
    assert view.work.task_state == "done"
    assert [entry.action for entry in view.history] == ["receive", "transcribe"]
    (engine_run,) = engine_runs(life, receipt.announcement_id)
    assert view.history[-1].data == {"engine_run": engine_run.id}
    assert (engine_run.model_name, engine_run.device) == ("whisper-base", "cpu")
    assert (engine_run.compute_type, engine_run.options) == ("int8", {"beam_size": 5})
    assert (engine_run.done_ms, engine_run.engine_seconds) == (DURATION_MS, 1.5)
    assert engine_run.finished_at is not None


def test_sound_without_speech_says_so(life: Life) -> None:
    receipt = life.receive()
    life.transcribe(
        receipt.task_id, HeardSegment(0, DURATION_MS, "[Không có tiếng nói]", (), "silence")
    )
    (segment,) = life.view(receipt.announcement_id).segments
    assert (segment.kind, segment.text, segment.words) == ("silence", "[Không có tiếng nói]", ())
    assert life.view(receipt.announcement_id).work.title == ""  # for the editor to give


def test_after_a_lost_run_only_what_was_unfinished_is_heard_again(life: Life) -> None:
    lost, engine_run_id = half_done(life)
    run = life.claim(lost.id)
    assignment, same_run_id = life.begin(run)
    assert (assignment.engine_run_id, assignment.resume_from_ms) == (engine_run_id, FIRST.end_ms)
    assert same_run_id == engine_run_id
    assert texts(life, assignment.announcement_id) == [FIRST.text]
    save(life, run, engine_run_id, SECOND)
    checkpoint(life, run, engine_run_id, DURATION_MS, 0.5)
    finish(life, run, engine_run_id)
    assert texts(life, assignment.announcement_id) == [FIRST.text, SECOND.text]
    (engine_run,) = engine_runs(life, assignment.announcement_id)
    assert engine_run.engine_seconds == 3.0  # added up over both runs


def test_a_run_goes_on_from_where_it_opened_its_engine_run(life: Life) -> None:
    lost, engine_run_id = half_done(life)
    run = life.claim(lost.id)
    with life.db.writing() as session:
        assignment = begin_transcription(session, run)
    with life.db.writing() as session:
        opened = open_engine_run(session, run, assignment, **MODEL_A)
    assert opened == (engine_run_id, FIRST.end_ms)


def test_another_model_begins_anew(life: Life) -> None:
    """One transcript never mixes what two models heard."""
    lost, first_run_id = half_done(life)
    run = life.claim(lost.id)
    with life.db.writing() as session:
        assignment = begin_transcription(session, run)
    with life.db.writing() as session:
        second_run_id, resume_from_ms = open_engine_run(session, run, assignment, **MODEL_B)
    assert second_run_id != first_run_id
    assert resume_from_ms == 0
    assert texts(life, assignment.announcement_id) == []
    save(life, run, second_run_id, FIRST, SECOND)
    checkpoint(life, run, second_run_id, DURATION_MS)
    finish(life, run, second_run_id)
    names = [item.model_name for item in engine_runs(life, assignment.announcement_id)]
    assert names == ["whisper-base", "whisper-large"]
    with life.db.reading() as session:
        used = select(Segment.engine_run_id).where(
            Segment.announcement_id == assignment.announcement_id
        )
        assert set(session.scalars(used)) == {second_run_id}


def test_a_run_lost_after_the_other_model_began_goes_on_with_that_one(life: Life) -> None:
    lost, _ = half_done(life)
    run = life.claim(lost.id, worker=f"box:up:1:{new_id()}")
    _, second_run_id = life.begin(run, MODEL_B)
    save(life, run, second_run_id, FIRST)
    checkpoint(life, run, second_run_id, FIRST.end_ms)
    lose(life, run)
    assignment, third_run_id = life.begin(life.claim(lost.id), MODEL_B)
    assert (assignment.engine_run_id, third_run_id) == (second_run_id, second_run_id)
    assert assignment.resume_from_ms == FIRST.end_ms
    assert texts(life, assignment.announcement_id) == [FIRST.text]


def test_beginning_twice_in_a_row_changes_nothing(life: Life) -> None:
    lost, _ = half_done(life)
    run = life.claim(lost.id)
    first = life.begin(run)
    assert life.begin(run) == first


def late_begin(life: Life, run: TaskRun, engine_run_id: str) -> None:
    life.begin(run)


def late_open(life: Life, run: TaskRun, engine_run_id: str) -> None:
    with life.db.writing() as session:
        # The hold is lost before the assignment is even looked at.
        open_engine_run(session, run, None, **MODEL_B)  # type: ignore[arg-type]


def late_save(life: Life, run: TaskRun, engine_run_id: str) -> None:
    save(life, run, engine_run_id, SECOND)


def late_checkpoint(life: Life, run: TaskRun, engine_run_id: str) -> None:
    checkpoint(life, run, engine_run_id, DURATION_MS)


@pytest.mark.parametrize("write", [late_begin, late_open, late_save, late_checkpoint, finish])
def test_a_run_thought_dead_that_comes_back_writes_nothing(
    life: Life, write: Callable[[Life, TaskRun, str], None]
) -> None:
    lost, engine_run_id = half_done(life)
    life.begin(life.claim(lost.id))
    with pytest.raises(LeaseLost):
        write(life, lost, engine_run_id)
    announcement_id = lost.announcement_id or ""
    assert texts(life, announcement_id) == [FIRST.text]
    assert life.state(announcement_id) == "transcribing"
    (engine_run,) = engine_runs(life, announcement_id)
    assert (engine_run.done_ms, engine_run.finished_at) == (FIRST.end_ms, None)


def test_a_run_that_was_told_to_stop_is_taken_up_again(life: Life) -> None:
    receipt = life.receive()
    run = life.claim(receipt.task_id)
    life.begin(run)
    with life.db.writing() as session:
        give_back(session, run)
    life.transcribe(receipt.task_id)
    assert life.state(receipt.announcement_id) == "in_review"
    assert life.task(receipt.task_id).attempt == 1


def test_giving_up_keeps_the_text_so_far_and_says_why(life: Life) -> None:
    lost, _ = half_done(life)
    run = life.claim(lost.id)
    announcement_id = run.announcement_id or ""
    with life.db.writing() as session:
        assert end_attempt(session, run, code="engine_failed", detail="", final=True)
        fail_transcription(session, announcement_id, "engine_failed")
    view = life.view(announcement_id)
    assert (view.work.state, view.work.failure_code) == ("failed", "engine_failed")
    assert [segment.text for segment in view.segments] == [FIRST.text, SECOND.text]
    assert (view.history[-1].action, view.history[-1].data) == ("fail", {"code": "engine_failed"})


def test_giving_up_twice_is_harmless(life: Life) -> None:
    receipt = life.receive()
    for code in ("engine_failed", "worker_lost"):
        with life.db.writing() as session:
            fail_transcription(session, receipt.announcement_id, code)
    assert life.view(receipt.announcement_id).work.failure_code == "engine_failed"
    with life.db.writing() as session:
        fail_transcription(session, new_id(), "engine_failed")


def test_giving_up_on_what_is_already_heard_changes_nothing(life: Life) -> None:
    """A task that should not be there must not stop the reaper from its other work."""
    announcement_id = life.reviewable()
    with life.db.writing() as session:
        fail_transcription(session, announcement_id, "worker_lost")
    view = life.view(announcement_id)
    assert (view.work.state, view.work.failure_code) == ("in_review", None)
    assert view.history[-1].action == "transcribe"


def test_what_is_already_heard_is_not_begun_again(life: Life) -> None:
    receipt = life.receive()
    life.transcribe(receipt.task_id)
    with life.db.writing() as session:
        session.execute(update(Task).where(Task.id == receipt.task_id).values(state="queued"))
    with pytest.raises(IllegalTransition):
        life.begin(life.claim(receipt.task_id))
    assert texts(life, receipt.announcement_id) == [FIRST.text, SECOND.text]


def test_a_task_without_its_announcement_cannot_be_done(life: Life) -> None:
    with life.db.writing() as session:
        task = Task(kind="transcribe", announcement_id=None, created_at=utc_now())
        session.add(task)
    with pytest.raises(TaskFailed) as caught:
        life.begin(life.claim(task.id))
    assert caught.value.code == "announcement_unknown"


def test_text_is_stored_in_one_form(life: Life) -> None:
    receipt = life.receive()
    life.transcribe(receipt.task_id, heard(" Bà\u00a0 con a\u0300\0 ", 0, 1_000))
    assert texts(life, receipt.announcement_id) == ["Bà con à"]


def test_an_empty_title_is_proposed_from_the_first_words(life: Life) -> None:
    proposed = life.view(life.reviewable(b"one")).work.title
    assert proposed == "Kính thưa bà con nhân dân"
    given_title = life.view(life.reviewable(b"two", title="Tiêm phòng")).work.title
    assert given_title == "Tiêm phòng"


def test_a_word_without_end_becomes_a_title_that_fits(life: Life) -> None:
    """Engines do repeat one sound for a whole window; PostgreSQL refuses what is too long."""
    receipt = life.receive()
    life.transcribe(receipt.task_id, heard("a" * 400, 0, 1_000))
    assert len(life.view(receipt.announcement_id).work.title) <= 300


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        ("Mời họp.", "Mời họp."),
        ("Alô. Alô. Kính thưa bà con. Ngày mai họp.", "Alô. Alô. Kính thưa bà con"),
        ("Ủy ban nhân dân xã Mẫu thông báo: sáng mai", "Ủy ban nhân dân xã Mẫu thông báo"),
        ("Bà con đã tiêm chưa? Mời đến trạm.", "Bà con đã tiêm chưa?"),
        (" ".join("abcdefghijklmn"), " ".join("abcdefghijklmn")),
        (" ".join("abcdefghijklmno"), " ".join("abcdefghijklmn") + "…"),
    ],
)
def test_a_title_is_the_first_sentence(text: str, title: str) -> None:
    assert propose_title(text) == title


@given(st.text())
def test_a_proposed_title_always_fits(text: str) -> None:
    title = propose_title(text)
    assert len(title) <= 300
    assert len(title.split()) <= 14


def test_every_segment_has_its_place_in_the_order(life: Life) -> None:
    receipt = life.receive()
    run = life.claim(receipt.task_id)
    _, engine_run_id = life.begin(run)
    parts: list[Any] = [
        heard(f"câu {number}", number * 100, number * 100 + 90) for number in range(7)
    ]
    save(life, run, engine_run_id, *parts[:3])
    save(life, run, engine_run_id)
    save(life, run, engine_run_id, *parts[3:])
    assert texts(life, receipt.announcement_id) == [f"câu {number}" for number in range(7)]
    with life.db.reading() as session:
        last = select(func.max(Segment.position)).where(
            Segment.announcement_id == receipt.announcement_id
        )
        assert session.scalar(last) == 7
