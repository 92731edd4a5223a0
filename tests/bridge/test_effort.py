"""What the work took: counted once, never more than can be, and told by the announcement."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bridge.db import utc_now
from bridge.editing import save_segment_text
from bridge.effort import (
    LONGEST_MS,
    Judged,
    approved_work,
    count_hearing,
    count_save,
    save_result,
)
from bridge.models import Announcement, WorkTime
from bridge.parting import Beginning, part_announcement
from tests.bridge.lifecycle import DURATION_MS, Life

LATER = timedelta(minutes=10)  # enough for whatever a test says that it worked


def counted(life: Life, segment_id: str) -> int:
    with life.db.reading() as session:
        found = session.get(WorkTime, segment_id)
        return found.active_ms if found else 0


def say_saved(life: Life, segment_id: str, version: int, active_ms: object) -> int:
    with life.db.writing() as session:
        now = utc_now() + LATER * version
        return count_save(
            session, segment_id=segment_id, version=version, active_ms=active_ms, now=now
        )


def test_the_time_of_a_save_that_comes_twice_is_counted_once(life: Life) -> None:
    segment = life.view(life.reviewable()).segments[0].id
    assert say_saved(life, segment, 2, 4_000) == 4_000
    assert say_saved(life, segment, 2, 5_000) == 0  # the answer was lost, and it is sent again
    assert say_saved(life, segment, 3, 1_500) == 1_500
    assert say_saved(life, segment, 2, 9_000) == 0  # and once more, long after
    assert counted(life, segment) == 5_500


@pytest.mark.parametrize("nonsense", [None, "9000", 1.5, True, -1, 0, [1]], ids=str)
def test_nonsense_is_no_time(life: Life, nonsense: object) -> None:
    segment = life.view(life.reviewable()).segments[0].id
    assert say_saved(life, segment, 2, nonsense) == 0
    assert counted(life, segment) == 0


def test_nobody_works_for_longer_than_has_passed(life: Life) -> None:
    announcement = life.reviewable()
    segment = life.view(announcement).segments[0].id
    with life.db.writing() as session:
        made_at = session.get_one(Announcement, announcement).created_at
        for passed_s, said_ms, believed_ms in (
            (3, 60_000, 3_000),
            (4, 60_000, 1_000),
            (9, 2_000, 2_000),
            (7_200, 10**9, LONGEST_MS),
            (0, 5_000, 0),  # a clock that was set back
        ):
            now = made_at + timedelta(seconds=passed_s)
            found = count_hearing(session, segment_id=segment, active_ms=said_ms, now=now)
            assert found == believed_ms, passed_s
    assert counted(life, segment) == 6_000 + LONGEST_MS


def test_hearing_adds_to_what_the_saves_took_and_a_later_save_still_counts(life: Life) -> None:
    segment = life.view(life.reviewable()).segments[0].id
    say_saved(life, segment, 2, 1_000)
    with life.db.writing() as session:
        now = utc_now() + LATER * 2.5
        count_hearing(session, segment_id=segment, active_ms=500, now=now)
    assert say_saved(life, segment, 2, 700) == 0
    assert say_saved(life, segment, 3, 700) == 700
    assert counted(life, segment) == 2_200


def test_a_row_tells_no_person(life: Life) -> None:
    """Neither by itself nor by a version that `edit` has a person for: one sum stands for all."""
    segment = life.view(life.reviewable()).segments[0].id
    for version in (2, 3, 4):
        say_saved(life, segment, version, 1_000)
    with life.db.reading() as session:
        (row,) = session.scalars(select(WorkTime).where(WorkTime.segment_id == segment))
    names = {column.key for column in WorkTime.__table__.columns}
    assert names == {"segment_id", "announcement_id", "active_ms", "saved_version", "counted_at"}
    assert row.active_ms == 3_000


def test_a_unit_is_told_what_it_approved_with_time_and_result(life: Life) -> None:
    approver, before = life.person("approver"), utc_now()
    plain, worked = life.published(approver, b"one"), life.reviewable(b"two")
    life.reviewable(b"three")  # approved by nobody
    for place, segment in enumerate(life.view(worked).segments):
        say_saved(life, segment.id, 2, 1_000 + place)
    result = Judged(words=11, edits=2, doubts=3, doubts_wrong=1, checks=4, checks_right=4)
    life.publish(life.approve(worked, approver))
    with life.db.writing() as session:
        save_result(session, worked, Judged(words=11))
        save_result(session, worked, result)  # approved again, judged again
    with life.db.reading() as session:
        found = approved_work(session, life.unit.id, before)
        assert approved_work(session, life.unit.id, utc_now()) == []
    assert [(one.sound_ms, one.active_ms, one.result) for one in found] == [
        (DURATION_MS, 0, None),
        (DURATION_MS, 2_001, result),
    ]
    assert plain != worked


def test_an_announcement_counts_at_its_first_approval_alone(life: Life) -> None:
    approver, editor = life.person("approver"), life.person("editor")
    announcement = life.published(approver)
    between = utc_now()
    segment = life.view(announcement).segments[0]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=1,
            text="Kính thưa bà con.",
            actor_id=editor,
        )
    life.approve(announcement, approver)
    with life.db.reading() as session:
        assert approved_work(session, life.unit.id, between) == []
        assert len(approved_work(session, life.unit.id, between - timedelta(hours=1))) == 1


def test_time_goes_with_its_segment_into_another_announcement(life: Life) -> None:
    editor, approver = life.person("editor"), life.person("approver")
    announcement = life.reviewable()
    first, second = life.view(announcement).segments
    say_saved(life, first.id, 2, 1_000)
    say_saved(life, second.id, 2, 5_000)
    with life.db.writing() as session:
        _same, part = part_announcement(
            session,
            announcement_id=announcement,
            expected_version=life.view(announcement).version,
            beginnings=[Beginning(second.id, "Tiêm phòng")],
            actor_id=editor,
        )
    for one in (announcement, part):
        life.approve(one, approver)
    with life.db.reading() as session:
        found = approved_work(session, life.unit.id, utc_now() - timedelta(hours=1))
    assert [one.active_ms for one in found] == [1_000, 5_000]
