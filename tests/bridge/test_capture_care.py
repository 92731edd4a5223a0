import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bridge.capture_care import (
    FINISH,
    finish_silent,
    orphan_chunk_files,
    settle_unfinished,
    stale_captures,
    sweep_capture,
)
from bridge.capture_end import CaptureChanged, end_capture, read_material
from bridge.captures import change_capture
from bridge.chunk_store import ChunkStore
from bridge.db import new_id, utc_now
from bridge.errors import Conflict
from bridge.intake import Receipt
from bridge.models import Capture, Task
from bridge.recovery import settle_failed
from bridge.tasks import add_task
from tests.bridge.capturing import Sender, sender_of
from tests.bridge.lifecycle import Life


@pytest.fixture
def sender(own_life: Life, tmp_path: Path) -> Sender:
    return sender_of(own_life, tmp_path)


def age(sender: Sender, capture_id: str, **by: float) -> None:
    """Put a capture's last sign of life into the past."""
    with sender.life.db.writing() as session:
        session.execute(
            update(Capture)
            .where(Capture.id == capture_id)
            .values(touched_at=utc_now() - timedelta(**by))
        )


def tasks_of(sender: Sender, capture_id: str) -> list[Task]:
    with sender.life.db.reading() as session:
        return list(session.scalars(select(Task).where(Task.capture_id == capture_id)))


def stale(sender: Sender) -> list[str]:
    with sender.life.db.reading() as session:
        return [one.id for one in stale_captures(session, sender.settings)]


def finish_with(sender: Sender, capture_id: str, announcement_id: str, **how: object) -> None:
    """End a capture as an announcement that is there already."""
    with sender.life.db.reading() as session:
        material = read_material(session, capture_id)
    with sender.life.db.writing() as session:
        end_capture(
            session,
            material,
            lambda: Receipt(announcement_id, "queued"),
            **{"by_silence": True, **how},  # type: ignore[arg-type]
        )


def test_what_is_silent_and_can_be_finished_gets_one_task_however_often_it_is_looked_for(
    sender: Sender,
) -> None:
    wanted = {sender.begin(): "recorder", sender.begin_file(10, chunk_bytes=10): "upload"}
    machine = dataclasses.replace(sender, actor_id=None)
    line = machine.begin(kind="line")
    for capture_id in wanted:
        sender.put(capture_id, 0, b"x" * 10)
    machine.put(line, 0, b"x")
    half = sender.begin_file(20, chunk_bytes=10)
    sender.put(half, 0, b"x" * 10)
    nothing_in_it = sender.begin()
    fresh = sender.begin()
    sender.put(fresh, 0, b"x")
    for capture_id in (*wanted, line, half, nothing_in_it):
        age(sender, capture_id, seconds=601)
    age(sender, fresh, seconds=540)
    found = [finish_silent(sender.life.db, sender.settings) for _ in range(3)]
    assert [len(tasks) for tasks in found] == [3, 0, 0]
    for capture_id in (*wanted, line):
        assert [task.kind for task in tasks_of(sender, capture_id)] == [FINISH]
    for capture_id in (half, nothing_in_it, fresh):
        assert tasks_of(sender, capture_id) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_capture_whose_finishing_waits_is_left_alone(sender: Sender) -> None:
    """On SQLite whoever looks again must not wait for the one who writes."""
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"x")
    age(sender, capture_id, seconds=601)
    assert len(finish_silent(sender.life.db, sender.settings)) == 1
    with sender.life.db.writing():
        assert finish_silent(sender.life.db, sender.settings) == []


@pytest.mark.parametrize(("code", "state"), [("no_space", "open"), ("worker_lost", "failed")])
def test_what_cannot_be_finished_is_tried_after_each_silence_and_only_a_full_disk_for_ever(
    sender: Sender, code: str, state: str
) -> None:
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"x")
    for round_number in range(5):
        assert sender.row(capture_id).state == "open"
        age(sender, capture_id, seconds=601)
        (task_id,) = finish_silent(sender.life.db, sender.settings)
        with sender.life.db.writing() as session:
            task = session.get_one(Task, task_id)
            task.state, task.error_code, task.finished_at = "failed", code, utc_now()
            session.flush()
            settle_failed(session, task, code)
        assert finish_silent(sender.life.db, sender.settings) == []  # not at once again
        assert len(tasks_of(sender, capture_id)) == round_number + 1
    row = sender.row(capture_id)
    assert (row.state, row.failure_code) == (state, code)
    assert sender.stored(capture_id) == {0: b"x"}


def test_a_failed_task_changes_nothing_of_a_capture_that_is_over(sender: Sender) -> None:
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"x")
    finish_with(sender, capture_id, sender.life.receive().announcement_id)
    with sender.life.db.writing() as session:
        settle_unfinished(session, capture_id, "worker_lost")
    assert (sender.row(capture_id).state, sender.row(capture_id).failure_code) == ("finished", None)


def test_a_chunk_that_comes_while_the_others_are_joined_is_not_left_out(sender: Sender) -> None:
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"x")
    with sender.life.db.reading() as session:
        material = read_material(session, capture_id)
    sender.put(capture_id, 1, b"y")
    receipt = Receipt(sender.life.receive().announcement_id, "queued")
    with pytest.raises(CaptureChanged), sender.life.db.writing() as session:
        end_capture(session, material, lambda: receipt, by_silence=True)
    assert sender.row(capture_id).state == "open"
    assert sender.stored(capture_id) == {0: b"x", 1: b"y"}


def test_what_is_said_of_a_capture_while_it_is_joined_is_not_lost(sender: Sender) -> None:
    capture_id = sender.begin(title="Họp")
    sender.put(capture_id, 0, b"x")
    moment = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    with sender.life.db.reading() as session:
        material = read_material(session, capture_id)
    with sender.life.db.writing() as session:
        change_capture(
            session,
            capture_id=capture_id,
            actor_id=sender.actor_id,
            title="Họp thôn Đông",
            broadcast_at=moment,
        )
    announcement_id = sender.life.receive().announcement_id
    with sender.life.db.writing() as session:
        receipt = Receipt(announcement_id, "queued")
        end_capture(session, material, lambda: receipt, by_silence=True)
    work = sender.life.view(announcement_id).work
    assert (work.title, work.broadcast_at) == ("Họp thôn Đông", moment)


def test_only_what_nobody_can_miss_is_stale_after_a_week(sender: Sender) -> None:
    announcement_id = sender.life.receive().announcement_id
    half, young = sender.begin_file(20, chunk_bytes=10), sender.begin_file(20, chunk_bytes=10)
    never_begun, unreadable, silent, ended = (sender.begin() for _ in range(4))
    for capture_id in (unreadable, silent, ended):
        sender.put(capture_id, 0, b"x")
    sender.put(half, 0, b"x" * 10)
    with sender.life.db.writing() as session:
        session.execute(update(Capture).where(Capture.id == unreadable).values(state="failed"))
    finish_with(sender, silent, announcement_id)
    finish_with(sender, ended, announcement_id, by_silence=False)
    for number, capture_id in enumerate((half, never_begun, unreadable, silent, ended)):
        age(sender, capture_id, days=8 - number / 10)
    age(sender, young, days=6)
    assert stale(sender) == [half, never_begun, silent]

    life = sender.life
    for capture_id in (half, silent, unreadable, ended, young):
        swept = sweep_capture(life.db, life.media, sender.settings, capture_id)
        assert swept == (capture_id in (half, silent))
    assert stale(sender) == [never_begun]
    for capture_id in (half, silent):
        assert sender.stored(capture_id) == {}
        assert not ChunkStore(life.media.root).folder(capture_id).exists()
        with pytest.raises(Conflict, match="capture_closed"):
            sender.put(capture_id, 1, b"x" * 10)
    assert sender.row(silent).state == "finished"
    assert sender.row(half).state == "discarded"
    assert sender.stored(unreadable) == {0: b"x"}


def test_a_file_that_is_whole_is_finished_however_long_the_house_was_closed(
    sender: Sender,
) -> None:
    whole, failed = sender.begin_file(10, chunk_bytes=10), sender.begin_file(10, chunk_bytes=10)
    for capture_id in (whole, failed):
        sender.put(capture_id, 0, b"x" * 10)
        age(sender, capture_id, days=9)
    assert stale(sender) == []
    with sender.life.db.writing() as session:
        session.execute(update(Capture).where(Capture.id == failed).values(state="failed"))
    assert stale(sender) == [failed]
    with sender.life.db.writing() as session:  # an admin lets it be tried again
        add_task(session, kind=FINISH, capture_id=failed)
    assert stale(sender) == []
    life = sender.life
    for capture_id in (whole, failed):
        assert not sweep_capture(life.db, life.media, sender.settings, capture_id)
        assert sender.stored(capture_id) == {0: b"x" * 10}


def test_folders_and_drafts_that_belong_to_nothing_are_named(sender: Sender) -> None:
    chunks = ChunkStore(sender.life.media.root)
    living, over, unknown = sender.begin(), sender.begin(), new_id()
    for capture_id in (living, over):
        sender.put(capture_id, 0, b"x")
    finish_with(sender, over, sender.life.receive().announcement_id, by_silence=False)
    chunks.place(chunks.draft(unknown, b"x"), unknown, 0)
    just_begun = sender.begin()
    chunks.draft(just_begun, b"x")
    (chunks.root / "README").write_text("not ours")
    with sender.life.db.reading() as session:
        orphans = orphan_chunk_files(session, sender.life.media)
    assert orphans == sorted([chunks.folder(over), chunks.folder(unknown)])
