"""Accepting a recording, stopping its transcription, and trying again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from bridge.db import Database, new_id, utc_now
from bridge.errors import Forbidden, IllegalTransition, LeaseLost, NotFound
from bridge.intake import (
    Receipt,
    accept_recording,
    cancel_transcription,
    find_duplicate,
    retry_announcement,
)
from bridge.models import Announcement, AuditEntry, Recording, Task
from bridge.review import withdraw_announcement
from bridge.tasks import end_attempt, report_progress
from bridge.transcription import fail_transcription, finish_piece, save_segments
from tests.bridge.lifecycle import (
    BROADCAST_AT,
    DURATION_MS,
    FACTS,
    FIRST,
    SECOND,
    Life,
    new_life,
    sha256,
)


def count(life: Life, table: type[Announcement] | type[Recording]) -> int:
    with life.db.reading() as session:
        query = select(func.count()).select_from(table).where(table.unit_id == life.unit.id)
        return session.scalars(query).one()


def failed(life: Life) -> str:
    """A new announcement whose transcription has failed for good."""
    receipt = life.receive()
    run = life.claim(receipt.task_id)
    life.begin(run)
    with life.db.writing() as session:
        end_attempt(session, run, code="engine_failed", detail="", final=True)
        fail_transcription(session, receipt.announcement_id, "engine_failed")
    return receipt.announcement_id


def retry(life: Life, announcement_id: str, actor_id: str | None = None) -> str:
    with life.db.writing() as session:
        return retry_announcement(session, announcement_id=announcement_id, actor_id=actor_id)


def cancel(life: Life, announcement_id: str, actor_id: str | None = None) -> None:
    with life.db.writing() as session:
        cancel_transcription(session, announcement_id=announcement_id, actor_id=actor_id)


def test_a_recording_is_kept_and_its_transcription_waits(life: Life) -> None:
    operator = life.person("operator")
    receipt = life.receive(b"sound", actor_id=operator, title="  Tiêm\n phòng ")
    assert receipt == Receipt(receipt.announcement_id, "queued", None, receipt.task_id)
    task = life.task(receipt.task_id)
    assert (task.kind, task.state) == ("transcribe", "queued")
    assert task.announcement_id == receipt.announcement_id
    assert life.media.original(sha256(b"sound")).read_bytes() == b"sound"
    view = life.view(receipt.announcement_id)
    assert (view.work.state, view.work.title) == ("queued", "Tiêm phòng")
    assert view.work.broadcast_at == BROADCAST_AT
    assert (view.start_ms, view.end_ms) == (0, FACTS.duration_ms)
    assert (view.sha256, view.file_name) == (sha256(b"sound"), "bản tin.wav")
    assert view.peaks == FACTS.peaks
    (entry,) = view.history
    assert (entry.action, entry.actor_name) == ("receive", "Người operator")
    assert entry.data["duration_ms"] == FACTS.duration_ms


def test_what_was_found_out_about_the_sound_is_remembered(life: Life) -> None:
    receipt = life.receive(b"sound")
    with life.db.reading() as session:
        announcement = session.get_one(Announcement, receipt.announcement_id)
        recording = session.get_one(Recording, announcement.recording_id)
    assert (recording.container, recording.codec) == ("wav", "pcm_s16le")
    assert (recording.sample_rate, recording.channels) == (16_000, 1)
    assert (recording.size_bytes, recording.created_by) == (5, None)


def test_without_a_time_of_broadcast_it_is_now(life: Life) -> None:
    before = utc_now()
    receipt = accept_recording(
        life.db,
        life.media,
        unit_id=life.unit.id,
        actor_id=None,
        incoming=life.incoming(),
        facts=FACTS,
        file_name="a.wav",
    )
    assert before <= life.view(receipt.announcement_id).work.broadcast_at <= utc_now()


def test_the_same_file_twice_is_one_announcement(life: Life) -> None:
    first = life.receive(b"sound")
    life.transcribe(first.task_id)
    second = life.receive(b"sound")
    assert second == Receipt(
        first.announcement_id, "in_review", duplicate_of=first.announcement_id, task_id=None
    )
    assert (count(life, Announcement), count(life, Recording)) == (1, 1)
    assert list((life.media.root / "incoming").iterdir()) == []


def test_the_same_file_in_another_unit_is_an_announcement_there(life: Life) -> None:
    other = new_life(life.db, life.media)
    first, second = life.receive(b"sound"), other.receive(b"sound")
    assert second.duplicate_of is None
    assert first.announcement_id != second.announcement_id
    with life.db.reading() as session:
        found = find_duplicate(session, other.unit.id, sha256(b"sound"))
        assert found == second.announcement_id
        assert find_duplicate(session, other.unit.id, sha256(b"other")) is None


def test_uploads_of_one_file_at_the_same_moment_are_one_announcement(life: Life) -> None:
    """On PostgreSQL several get as far as writing; one row wins, the others name it."""
    start = threading.Barrier(4)

    def upload(number: int) -> Receipt:
        own = Life(Database(life.db.url), life.media, life.unit)
        incoming = own.incoming(b"sound")
        start.wait(timeout=60)
        try:
            return accept_recording(
                own.db,
                own.media,
                unit_id=own.unit.id,
                actor_id=None,
                incoming=incoming,
                facts=FACTS,
                file_name=f"{number}.wav",
            )
        finally:
            own.db.dispose()

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(upload, range(4)))
    (made,) = [receipt for receipt in receipts if receipt.duplicate_of is None]
    assert {receipt.announcement_id for receipt in receipts} == {made.announcement_id}
    assert (count(life, Announcement), count(life, Recording)) == (1, 1)
    assert life.media.original(sha256(b"sound")).read_bytes() == b"sound"


@pytest.mark.parametrize("roles", [[], ["approver"]])
def test_only_operators_and_editors_bring_recordings(life: Life, roles: list[str]) -> None:
    with pytest.raises(Forbidden):
        life.receive(actor_id=life.person(*roles))
    assert count(life, Recording) == 0
    assert not life.media.original(sha256(b"sound")).exists()


def test_the_roles_of_one_unit_do_not_count_in_another(life: Life) -> None:
    stranger = new_life(life.db, life.media).person("operator", "editor", "admin")
    with pytest.raises(Forbidden):
        life.receive(actor_id=stranger)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a" * 300 + ".wav", "a" * 255),
        ("bản\0tin\x07 \n 1.wav", "bảntin 1.wav"),
        ("\ud800.wav", ".wav"),
    ],
    ids=["long", "control characters", "lone surrogate"],
)
def test_any_file_name_of_a_client_can_be_stored(life: Life, given: str, kept: str) -> None:
    receipt = accept_recording(
        life.db,
        life.media,
        unit_id=life.unit.id,
        actor_id=None,
        incoming=life.incoming(),
        facts=FACTS,
        file_name=given,
        title="\0" + "t" * 400,
    )
    view = life.view(receipt.announcement_id)
    assert view.file_name == kept
    assert view.work.title == "t" * 300


def test_a_failed_transcription_is_tried_again_by_a_new_task(life: Life) -> None:
    announcement_id = failed(life)
    operator = life.person("operator")
    task_id = retry(life, announcement_id, operator)
    view = life.view(announcement_id)
    assert (view.work.state, view.work.failure_code) == ("queued", None)
    assert (life.task(task_id).kind, life.task(task_id).attempt) == ("transcribe", 0)
    assert view.history[-1].action == "retry"
    assert view.history[-1].data == {"task": "transcribe"}
    life.transcribe(task_id)
    assert life.state(announcement_id) == "in_review"


def test_publishing_that_failed_is_tried_again(life: Life) -> None:
    announcement_id = life.reviewable()
    first = life.approve(announcement_id, life.person("approver"))
    assert retry(life, announcement_id) == first  # it is being tried already
    run = life.claim(first)
    with life.db.writing() as session:
        end_attempt(session, run, code="unexpected", detail="", final=True)
    second = retry(life, announcement_id)
    assert second != first
    assert life.state(announcement_id) == "approved"
    life.publish(second)
    assert life.state(announcement_id) == "published"


def test_taking_down_that_failed_is_tried_again(life: Life) -> None:
    approver = life.person("approver")
    announcement_id = life.published(approver)
    with life.db.writing() as session:
        first = withdraw_announcement(
            session, announcement_id=announcement_id, reason="Sai ngày", actor_id=approver
        )
    run = life.claim(first)
    with life.db.writing() as session:
        end_attempt(session, run, code="unexpected", detail="a\0b", final=True)
    assert life.task(first).error_detail == "ab"
    second = retry(life, announcement_id, approver)
    assert (life.task(second).kind, life.task(second).state) == ("unpublish", "queued")
    assert life.state(announcement_id) == "withdrawn"


def in_review(life: Life) -> str:
    return life.reviewable()


def queued(life: Life) -> str:
    return life.receive().announcement_id


@pytest.mark.parametrize("make", [in_review, queued])
def test_what_has_not_failed_is_not_tried_again(life: Life, make: Callable[[Life], str]) -> None:
    announcement_id = make(life)
    state = life.state(announcement_id)
    with pytest.raises(IllegalTransition):
        retry(life, announcement_id)
    assert life.state(announcement_id) == state


def test_trying_again_needs_a_role_and_an_announcement(life: Life) -> None:
    announcement_id = failed(life)
    with pytest.raises(Forbidden):
        retry(life, announcement_id, life.person())
    with pytest.raises(NotFound) as caught:
        retry(life, new_id())
    assert caught.value.code == "announcement_unknown"
    assert life.state(announcement_id) == "failed"


def test_a_transcription_that_waits_is_stopped(life: Life) -> None:
    receipt = life.receive()
    cancel(life, receipt.announcement_id, life.person("operator"))
    view = life.view(receipt.announcement_id)
    assert (view.work.state, view.work.failure_code) == ("failed", "cancelled")
    assert life.task(receipt.task_id).state == "cancelled"
    assert (view.history[-1].action, view.history[-1].actor_name) == ("cancel", "Người operator")
    cancel(life, receipt.announcement_id)  # a second time changes nothing
    assert life.view(receipt.announcement_id) == view


def test_a_stopped_run_writes_nothing_more_and_the_next_goes_on_where_it_was(life: Life) -> None:
    receipt = life.receive()
    run = life.claim(receipt.task_id)
    _, engine_run_id = life.begin(run)
    with life.db.writing() as session:
        save_segments(session, run, engine_run_id, [FIRST])
        finish_piece(session, run, engine_run_id, FIRST.end_ms, 1.0)
    cancel(life, receipt.announcement_id, life.person("editor"))
    with pytest.raises(LeaseLost), life.db.writing() as session:
        save_segments(session, run, engine_run_id, [SECOND])
    with pytest.raises(LeaseLost):
        report_progress(life.db, run, SECOND.end_ms, DURATION_MS)
    view = life.view(receipt.announcement_id)
    assert [segment.text for segment in view.segments] == [FIRST.text]
    assert view.work.state == "failed"

    again = life.claim(retry(life, receipt.announcement_id))
    assignment, same_run = life.begin(again)
    assert (assignment.resume_from_ms, same_run) == (FIRST.end_ms, engine_run_id)


def test_what_is_heard_already_is_not_stopped(life: Life) -> None:
    announcement_id = life.reviewable()
    with pytest.raises(IllegalTransition) as caught:
        cancel(life, announcement_id)
    assert caught.value.data == {"state": "in_review", "action": "cancel"}
    with pytest.raises(IllegalTransition):
        cancel(life, failed(new_life(life.db, life.media)))


def test_stopping_needs_a_role_and_an_announcement(life: Life) -> None:
    receipt = life.receive()
    for stranger in (life.person(), new_life(life.db, life.media).person("operator", "admin")):
        with pytest.raises(Forbidden):
            cancel(life, receipt.announcement_id, stranger)
    assert life.task(receipt.task_id).state == "queued"
    with pytest.raises(NotFound):
        cancel(life, new_id())


def test_a_receipt_that_cannot_be_written_leaves_no_row(life: Life) -> None:
    """The file may stay behind unused; a row without its audio may not."""
    incoming = life.incoming()
    incoming.path.unlink()
    with pytest.raises(FileNotFoundError):
        accept_recording(
            life.db,
            life.media,
            unit_id=life.unit.id,
            actor_id=None,
            incoming=incoming,
            facts=FACTS,
            file_name="a.wav",
        )
    assert count(life, Recording) == 0
    with life.db.reading() as session:
        query = select(AuditEntry).where(AuditEntry.unit_id == life.unit.id)
        assert [entry.action for entry in session.scalars(query)] == ["create_unit"]
        assert not session.scalars(
            select(Task).join(Announcement).where(Announcement.unit_id == life.unit.id)
        ).all()
