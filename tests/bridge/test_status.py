"""The installation in figures: work, captures, engines, the disk, the last backup."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bridge.accounts import create_unit
from bridge.db import new_id, utc_now
from bridge.models import Capture, Task
from bridge.settings import Settings, load_settings
from bridge.status import (
    backup_note,
    count_announcements,
    count_captures,
    disk_status,
    engine_totals,
    last_backup,
    unsettled_captures,
    work_status,
)
from bridge.tasks import add_task, claim_task, end_attempt, finish_task
from tests.bridge.lifecycle import DURATION_MS, Life

NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
NOTE = {
    "finished_at": "2026-11-20T19:00:00+00:00",
    "folder": "/mnt/sao-luu",
    "bytes": 5_000,
    "files": 12,
}


def test_an_empty_installation_has_nothing_waiting_and_nothing_done(own_life: Life) -> None:
    with own_life.db.reading() as session:
        work = work_status(session)
        assert (count_announcements(session), count_captures(session)) == ({}, {})
        totals = engine_totals(session)
    assert (work.waiting, work.running, work.oldest_waiting_at) == (0, 0, None)
    assert (work.counts, work.last_done_at) == ({}, {})
    assert (totals.sound_ms, totals.work_s) == (0, 0.0)


def test_tasks_are_counted_by_kind_and_state_with_the_oldest_that_waits(own_life: Life) -> None:
    db = own_life.db
    with db.writing() as session:
        ids = [add_task(session, kind=kind, announcement_id=None) for kind in "aaaabb"]
        for place, task_id in enumerate(ids):
            moment = NOW + timedelta(minutes=place)
            session.execute(update(Task).where(Task.id == task_id).values(created_at=moment))
    runs = [claim_task(db, task_id, worker="w", lease_s=60) for task_id in ids[:3]]
    before = utc_now()
    with db.writing() as session:
        assert runs[0] is not None
        finish_task(session, runs[0])
        assert runs[1] is not None
        end_attempt(session, runs[1], code="engine_died", detail="", final=True)
    with db.reading() as session:
        work = work_status(session)
    assert work.counts == {
        ("a", "done"): 1,
        ("a", "failed"): 1,
        ("a", "running"): 1,
        ("a", "queued"): 1,
        ("b", "queued"): 2,
    }
    assert (work.waiting, work.running) == (3, 1)
    assert work.oldest_waiting_at == NOW + timedelta(minutes=3)
    # A failure is no success, and a kind that never succeeded has no moment.
    assert set(work.last_done_at) == {"a"}
    assert before <= work.last_done_at["a"] <= utc_now()


def test_announcements_are_counted_and_what_engines_heard_adds_up(own_life: Life) -> None:
    own_life.reviewable(b"first")
    own_life.reviewable(b"second")
    own_life.receive(b"third")
    with own_life.db.reading() as session:
        assert count_announcements(session) == {"in_review": 2, "queued": 1}
        totals = engine_totals(session)
    assert (totals.sound_ms, totals.work_s) == (2 * DURATION_MS, 3.0)


def capture(life: Life, *, minutes_silent: int, **values: object) -> str:
    fields = {
        "unit_id": life.unit.id,
        "kind": "recorder",
        "client_key": new_id(),
        "file_name": "thu-am.webm",
        "chunk_bytes": 1,
        "touched_at": NOW - timedelta(minutes=minutes_silent),
    }
    with life.db.writing() as session:
        made = Capture(**{**fields, **values})
        session.add(made)
        session.flush()
        return made.id


def test_captures_that_want_a_look_are_those_on_their_way_or_unreadable(own_life: Life) -> None:
    other = "xa-khac"
    with own_life.db.writing() as session:
        other_unit = create_unit(session, slug=other, name="Xã Khác").id
    quiet = capture(own_life, minutes_silent=9, title="Lịch tiêm chủng")
    lively = capture(own_life, minutes_silent=1, kind="upload", size_bytes=10)
    failed = capture(own_life, minutes_silent=5, state="failed", failure_code="media_unreadable")
    capture(own_life, minutes_silent=2, state="discarded")
    foreign = capture(own_life, minutes_silent=3, unit_id=other_unit)
    with own_life.db.reading() as session:
        found = unsettled_captures(session, {own_life.unit.id})
        limited = unsettled_captures(session, {own_life.unit.id, other_unit}, limit=2)
        counts = count_captures(session)
        assert unsettled_captures(session, set()) == []
    assert [item.id for item in found] == [lively, failed, quiet]
    assert [item.title for item in found] == ["thu-am.webm", "thu-am.webm", "Lịch tiêm chủng"]
    assert [item.sender_name for item in found] == [None, None, None]
    assert found[1].failure_code == "media_unreadable"
    assert [item.id for item in limited] == [lively, foreign]
    assert counts == {("recorder", "open"): 2, ("recorder", "failed"): 1, ("upload", "open"): 1}


@pytest.fixture
def bare(tmp_path: Path) -> Settings:
    """Settings over a folder without a database."""
    return load_settings({}, data_dir=tmp_path / "data")


def test_the_disk_is_measured_where_the_data_folder_will_be(bare: Settings) -> None:
    folder = bare.data_dir / "not" / "yet"
    disk = disk_status(dataclasses.replace(bare, data_dir=folder, min_free_bytes=1))
    assert 0 < disk.free_bytes <= disk.total_bytes
    assert disk.accepts_files
    assert not dataclasses.replace(disk, min_free_bytes=disk.free_bytes).accepts_files
    assert not folder.exists()


def test_the_last_backup_is_what_its_note_says(bare: Settings) -> None:
    assert last_backup(bare) is None
    bare.run_dir.mkdir(parents=True)
    backup_note(bare).write_text(json.dumps(NOTE))
    backup = last_backup(bare)
    assert backup is not None
    assert backup.finished_at == datetime(2026, 11, 20, 19, tzinfo=UTC)
    assert (backup.folder, backup.size_bytes, backup.files) == ("/mnt/sao-luu", 5_000, 12)
    assert backup.problems == 0  # an older note says nothing of them
    backup_note(bare).write_text(json.dumps({**NOTE, "problems": 3}))
    backup = last_backup(bare)
    assert backup is not None
    assert backup.problems == 3


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps(NOTE | {"finished_at": "hôm qua"}),
        json.dumps(NOTE | {"finished_at": "2026-11-20T19:00:00"}),
        json.dumps(NOTE | {"bytes": None}),
    ],
)
def test_a_note_that_cannot_be_read_counts_as_no_backup(bare: Settings, content: str) -> None:
    bare.run_dir.mkdir(parents=True)
    backup_note(bare).write_text(content)
    assert last_backup(bare) is None
