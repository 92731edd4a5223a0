"""The list of work: filters that count together, pages without a cut, and what waits since when."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bridge.db import utc_now
from bridge.editing import save_segment_text
from bridge.intake import cancel_transcription
from bridge.models import Announcement, AuditEntry
from bridge.returns import return_announcement
from bridge.review import withdraw_announcement
from bridge.tasks import end_attempt
from bridge.work_list import (
    WorkFilter,
    arrivals,
    categories_of,
    failed_work,
    find_work,
    in_review,
    moving_work,
    title_has,
)
from tests.bridge.lifecycle import BROADCAST_AT, Life, new_life


def change(life: Life, announcement_id: str, **values: object) -> None:
    with life.db.writing() as session:
        session.execute(
            update(Announcement).where(Announcement.id == announcement_id).values(**values)
        )


def everything(life: Life) -> WorkFilter:
    return WorkFilter(frozenset({life.unit.id}))


def ids(life: Life, wanted: WorkFilter, skip: int = 0, limit: int = 50) -> list[str]:
    with life.db.reading() as session:
        found = find_work(session, wanted, skip=skip, limit=limit)
    return [item.id for item in found.items]


def test_filters_count_together(life: Life) -> None:
    editor = life.person("editor", "operator")
    one = life.receive(b"one", title="Lịch tiêm chủng", actor_id=editor).announcement_id
    two = life.reviewable(b"two", title="Cắt điện ở Thôn Mẫu")
    three = life.reviewable(b"three", title="Tiêm phòng dại")
    new_life(life.db, life.media).reviewable(b"four")
    change(life, one, category="Y tế", broadcast_at=BROADCAST_AT - timedelta(days=2))
    change(life, two, priority="urgent")
    change(life, three, category="Y tế", priority="priority")
    all_of_it = everything(life)
    assert ids(life, all_of_it) == [two, three, one]  # by urgency, then the newest
    for wanted, found in (
        ({"states": frozenset({"in_review"})}, [two, three]),
        ({"category": "Y tế"}, [three, one]),
        ({"urgent": True}, [two]),
        ({"person_id": editor}, [one]),
        ({"since": BROADCAST_AT}, [two, three]),
        ({"until": BROADCAST_AT}, [one]),
        ({"words": "tiem"}, [three, one]),
        ({"words": "tiêm chủng"}, [one]),
        ({"words": "tiem", "category": "Y tế", "states": frozenset({"in_review"})}, [three]),
        ({"ids": frozenset({one, two})}, [two, one]),
        ({"without": frozenset({two})}, [three, one]),
        ({"ids": frozenset()}, []),
        ({"category": "Y tế", "urgent": True}, []),
    ):
        assert ids(life, replace(all_of_it, **wanted)) == found, wanted
    with life.db.reading() as session:
        assert categories_of(session, {life.unit.id}) == ["Y tế"]


def test_pages_hold_everything_once(life: Life) -> None:
    made = [life.receive(bytes([n]), title=f"Tin {n}").announcement_id for n in range(5)]
    for wanted in (everything(life), replace(everything(life), words="tin")):
        pages = [ids(life, wanted, skip, 2) for skip in (0, 2, 4, 6)]
        assert [len(page) for page in pages] == [2, 2, 1, 0]
        assert [one for page in pages for one in page] == made[::-1]
        with life.db.reading() as session:
            assert find_work(session, wanted, skip=4, limit=2).total == 5


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tiem chung", True),
        ("TIEM", True),
        ("chủng tiêm", True),  # in any order
        ("tiê", True),  # half typed
        ("tiềm", False),  # another word
        ("đang", False),
        ("dan", True),
        ("dân", False),
        ("hòa", True),  # wherever the tone stands
        ("hoà binh", True),
        ("iem", False),  # words are found from their beginning
        ("“tiêm”", True),
        ("", True),
    ],
)
def test_words_are_found_with_their_marks_or_without_any(words: str, found: bool) -> None:
    assert title_has("Tiêm chủng ở Hoà Bình, phường Đan", words) is found


def test_what_failed_is_found_in_every_state_that_it_leaves(life: Life) -> None:
    approver = life.person("approver")
    stopped = life.receive(b"one").announcement_id
    with life.db.writing() as session:
        cancel_transcription(session, announcement_id=stopped, actor_id=None)
    unpublished = life.reviewable(b"two")
    run = life.claim(life.approve(unpublished, approver))
    with life.db.writing() as session:
        end_attempt(session, run, code="unexpected", detail="", final=True)
    life.published(approver, b"three")
    life.reviewable(b"four")
    taken_down = life.published(approver, b"five")
    with life.db.writing() as session:
        withdraw_announcement(session, announcement_id=taken_down, reason="thử", actor_id=approver)
    with life.db.reading() as session:
        found = failed_work(session, {life.unit.id})
        moving = moving_work(session, {life.unit.id}, {stopped})
    assert [(item.id, item.state, item.task_state) for item in found] == [
        (unpublished, "approved", "failed"),
        (stopped, "failed", "cancelled"),
    ]
    assert {item.id for item in moving} == {unpublished, stopped}


def test_what_is_in_review_says_for_whom_it_waits(life: Life) -> None:
    editor, approver = life.person("editor"), life.person("approver")
    untouched, edited = life.reviewable(b"one"), life.reviewable(b"two")
    segment = life.view(edited).segments[0]
    with life.db.writing() as session:
        save_segment_text(
            session, segment_id=segment.id, expected_version=1, text="Khác.", actor_id=editor
        )
        return_announcement(
            session, announcement_id=edited, comment="Nghe lại giờ.", actor_id=approver
        )
    with life.db.reading() as session:
        found = {one.id: one for one in in_review(session, {life.unit.id})}
    assert set(found) == {untouched, edited}
    assert (found[untouched].last_editor_id, found[untouched].returned) == (None, False)
    assert (found[edited].last_editor_id, found[edited].returned) == (editor, True)
    assert found[edited].confirmed == frozenset()


def test_waiting_begins_when_the_present_step_does(life: Life) -> None:
    editor, approver = life.person("editor"), life.person("approver")
    heard, published = life.reviewable(b"one"), life.published(approver, b"two")
    with life.db.reading() as session:
        entry = select(AuditEntry.at).where(
            AuditEntry.subject_id == heard, AuditEntry.action == "transcribe"
        )
        assert arrivals(session, [heard]) == {heard: session.scalars(entry).one()}
        assert arrivals(session, []) == {}
    before = utc_now()
    segment = life.view(published).segments[0]
    with life.db.writing() as session:  # a correction brings it back to review
        save_segment_text(
            session, segment_id=segment.id, expected_version=1, text="Khác.", actor_id=editor
        )
    with life.db.reading() as session:
        assert arrivals(session, [published])[published] >= before
