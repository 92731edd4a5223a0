"""Ordering the sound as it would be published, before anybody approves it."""

import os
from datetime import timedelta

import pytest

from bridge.db import utc_now
from bridge.errors import Forbidden, IllegalTransition, InvalidInput
from bridge.flags import cover_segment
from bridge.housekeeping import do_routine
from bridge.inspection import inspect_work
from bridge.previews import KEPT, order_preview, planned_sound, preview_work
from bridge.recovery import settle_failed
from bridge.settings import Settings
from bridge.status import work_status
from bridge.tasks import end_attempt, queued_ids
from bridge.transcription import finish_piece, finish_transcription, save_segments
from bridge.turns import PREPARE
from tests.bridge.lifecycle import DURATION_MS, FIRST, SECOND, Life


def order(life: Life, announcement: str, actor_id: str) -> str:
    with life.db.writing() as session:
        return order_preview(session, announcement_id=announcement, actor_id=actor_id)


def cover(life: Life, announcement: str, place: int, kind: str) -> None:
    segment = life.view(announcement).segments[place].id
    with life.db.writing() as session:
        cover_segment(session, segment_id=segment, cover=kind, actor_id=life.person("editor"))


def test_it_is_made_once_before_what_nobody_waits_for_and_never_for_long(own_life: Life) -> None:
    life = own_life
    announcement, approver = life.reviewable(), life.person("approver")
    waiting = life.receive(b"later").task_id
    assert waiting is not None
    before = life.view(announcement)
    task_id = order(life, announcement, approver)
    assert order(life, announcement, approver) == task_id
    told = [entry.action for entry in life.view(announcement).history]
    assert told.count("order_preview") == 1
    with life.db.reading() as session:
        assert queued_ids(session)[0] == task_id
    # One that fails holds nobody up, and is no failure of the announcement.
    run = life.claim(task_id)
    with life.db.writing() as session:
        end_attempt(session, run, code="no_space", detail="", final=False)
    with life.db.reading() as session:
        assert queued_ids(session) == [waiting, task_id]
    run = life.claim(task_id)
    with life.db.writing() as session:
        end_attempt(session, run, code="no_space", detail="", final=True)
        settle_failed(session, run, "no_space")
    with life.db.reading() as session:
        work = preview_work(session, announcement)
    assert (work.is_open, work.error_code) == (False, "no_space")
    after = life.view(announcement)
    assert (after.work, after.digest, after.version) == (before.work, before.digest, before.version)


def test_what_nobody_has_asked_for_is_made_last_of_all(own_life: Life) -> None:
    life = own_life
    receipt = life.receive(b"first")
    run = life.claim(receipt.task_id)
    _, engine_run_id = life.begin(run)
    with life.db.writing() as session:
        save_segments(session, run, engine_run_id, (FIRST, SECOND))
        finish_piece(session, run, engine_run_id, DURATION_MS, 1.5)
        finish_transcription(session, run, engine_run_id)
    with life.db.reading() as session:
        (prepare_id,) = queued_ids(session)
        assert life.task(prepare_id).kind == PREPARE
        # Nobody waits for it, and the list goes on speaking of the transcription.
        late = utc_now() + timedelta(days=3)
        status = work_status(session, late)
        assert (status.waiting, status.oldest_waiting_at) == (0, None)
        assert [one.code for one in inspect_work(session, late)] == []
        assert life.view(receipt.announcement_id).work.task_kind == "transcribe"
        assert not preview_work(session, receipt.announcement_id).is_open
    later = life.receive(b"later").task_id
    ordered = order(life, receipt.announcement_id, life.person("editor"))
    with life.db.reading() as session:
        assert queued_ids(session) == [ordered, later, prepare_id]


def test_what_is_cut_makes_it_another_file_and_nothing_left_makes_none(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")

    def name() -> str:
        with life.db.reading() as session:
            return planned_sound(session, announcement).file_name

    names = {name()}
    cover(life, announcement, 0, "beep")
    names.add(name())
    cover(life, announcement, 0, "cut")
    names.add(name())
    assert len(names) == 3
    cover(life, announcement, 1, "cut")
    with pytest.raises(InvalidInput, match="all_cut"):
        order(life, announcement, editor)
    with pytest.raises(Forbidden):
        order(life, announcement, life.person("operator"))
    with pytest.raises(IllegalTransition):
        order(life, life.receive(b"not heard yet").announcement_id, editor)


def test_old_ones_are_tidied_away(own_life: Life, settings: Settings) -> None:
    media = own_life.media
    names = ("preview-0.mp3", ".sound-1.mp3.tmp", "preview-1.mp3", "listen.mp3")
    paths = [media.derived("a" * 64, names[0]).with_name(name) for name in names]
    for path in paths:
        path.write_bytes(b"sound")
    long_ago = (utc_now() - KEPT - timedelta(hours=1)).timestamp()
    for path in (*paths[:2], paths[3]):
        os.utime(path, (long_ago, long_ago))
    do_routine(own_life.db, media, settings)
    assert [path.exists() for path in paths] == [False, False, True, True]
