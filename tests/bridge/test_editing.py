"""Correcting text and details: nothing lost, nothing approved by accident."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bridge.db import Database, new_id
from bridge.editing import SEGMENT_TEXT_LENGTH, SavedSegment, save_details, save_segment_text
from bridge.errors import (
    BridgeError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from bridge.models import Approval, Edit
from bridge.models import Segment as StoredSegment
from bridge.queries import SegmentView
from bridge.transcript import Segment
from tests.bridge.lifecycle import DURATION_MS, FIRST, Life, new_life

NEW_TEXT = "Kính thưa toàn thể bà con nhân dân."
DETAILS: dict[str, Any] = {
    "title": "Tiêm phòng",
    "category": "Y tế",
    "area": "Thôn Một",
    "priority": "urgent",
    "broadcast_at": datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
}


def first_segment(life: Life, announcement_id: str) -> SegmentView:
    return life.view(announcement_id).segments[0]


def save_text(
    life: Life, segment_id: str, text: str, *, version: int = 1, actor_id: str | None = None
) -> SavedSegment:
    actor_id = actor_id or life.person("editor")
    with life.db.writing() as session:
        return save_segment_text(
            session, segment_id=segment_id, expected_version=version, text=text, actor_id=actor_id
        )


def details(life: Life, announcement_id: str, *, version: int = 1, **changes: object) -> int:
    actor_id = changes.pop("actor_id", None) or life.person("editor")
    with life.db.writing() as session:
        return save_details(
            session,
            announcement_id=announcement_id,
            expected_version=version,
            actor_id=str(actor_id),
            **{**DETAILS, **changes},
        )


def test_a_saved_text_keeps_the_times_of_the_words_that_stayed(life: Life) -> None:
    announcement_id = life.reviewable()
    saved = save_text(life, first_segment(life, announcement_id).id, f"  {NEW_TEXT}\n")
    segment = first_segment(life, announcement_id)
    assert (saved.version, saved.text, saved.announcement_id) == (2, NEW_TEXT, announcement_id)
    assert (segment.version, segment.text, segment.words) == (2, NEW_TEXT, saved.words)
    assert segment.engine_text == FIRST.text
    kept = [word for word in saved.words if word.probability is not None]
    assert tuple(kept) == FIRST.words
    assert [word.text for word in saved.words if word.probability is None] == ["toàn", "thể"]


def test_editing_back_to_what_was_heard_brings_everything_back(life: Life) -> None:
    announcement_id = life.reviewable()
    segment_id = first_segment(life, announcement_id).id
    save_text(life, segment_id, "khác hẳn")
    save_text(life, segment_id, FIRST.text, version=2)
    assert first_segment(life, announcement_id).words == FIRST.words


def test_words_typed_where_nothing_was_recognised_make_it_speech_and_can_be_taken_back(
    life: Life,
) -> None:
    receipt = life.receive()
    life.transcribe(
        receipt.task_id,
        Segment(0, 3_000, "[chưa nhận dạng]", (), "unrecognised"),
        Segment(3_000, DURATION_MS, "", (), "silence"),
    )
    unknown, quiet = life.view(receipt.announcement_id).segments
    before = life.view(receipt.announcement_id).digest
    saved = save_text(life, unknown.id, "Kính thưa bà con.")
    assert (saved.kind, saved.words[0].start_ms, saved.words[-1].end_ms) == ("speech", 0, 3_000)
    assert save_text(life, quiet.id, "Xin hết.").kind == "speech"
    assert save_text(life, unknown.id, "[chưa nhận dạng]", version=2).kind == "unrecognised"
    assert save_text(life, quiet.id, "", version=2).kind == "silence"
    view = life.view(receipt.announcement_id)
    assert [segment.kind for segment in view.segments] == ["unrecognised", "silence"]
    assert view.digest == before


def test_every_change_leaves_what_stood_before(life: Life) -> None:
    announcement_id = life.reviewable()
    segment_id = first_segment(life, announcement_id).id
    editor = life.person("editor")
    save_text(life, segment_id, "một", actor_id=editor)
    save_text(life, segment_id, "", version=2, actor_id=editor)
    with life.db.reading() as session:
        query = select(Edit).where(Edit.segment_id == segment_id).order_by(Edit.version)
        edits = [(item.version, item.before, item.after) for item in session.scalars(query)]
    assert edits == [(2, FIRST.text, "một"), (3, "một", "")]
    view = life.view(announcement_id)
    assert view.last_editor_id == editor
    assert view.version == 3
    assert [entry.action for entry in view.history[-2:]] == ["edit_segment", "edit_segment"]
    assert view.history[-1].actor_name == "Người editor"
    assert view.history[-1].data == {"segment": segment_id, "version": 3, "start_ms": 0}


def test_an_older_version_is_refused_with_the_text_that_stands(life: Life) -> None:
    announcement_id = life.reviewable()
    segment_id = first_segment(life, announcement_id).id
    save_text(life, segment_id, "của người khác")
    with pytest.raises(VersionConflict) as caught:
        save_text(life, segment_id, "của tôi")
    assert caught.value.data == {"current_version": 2, "current_text": "của người khác"}
    assert first_segment(life, announcement_id).text == "của người khác"


def test_the_same_text_again_changes_nothing_whatever_the_version(life: Life) -> None:
    announcement_id = life.reviewable()
    segment_id = first_segment(life, announcement_id).id
    first = save_text(life, segment_id, NEW_TEXT)
    before = life.view(announcement_id)
    again = replace(first, changed=False)
    assert first.changed
    assert save_text(life, segment_id, NEW_TEXT, version=1) == again
    assert save_text(life, segment_id, f" {NEW_TEXT} ", version=7) == again
    assert life.view(announcement_id) == before


def test_of_two_editors_who_save_at_once_one_is_told(life: Life) -> None:
    announcement_id = life.reviewable()
    segment_id = first_segment(life, announcement_id).id
    editors = [life.person("editor"), life.person("editor")]
    start = threading.Barrier(2)

    def save(number: int) -> str:
        own = Life(Database(life.db.url), life.media, life.unit)
        start.wait(timeout=60)
        try:
            save_text(own, segment_id, f"bản {number}", actor_id=editors[number])
        except VersionConflict as conflict:
            return str(conflict.data["current_text"])
        finally:
            own.db.dispose()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(save, range(2)))
    standing = first_segment(life, announcement_id)
    assert standing.version == 2
    assert sorted(results) == sorted(["saved", standing.text])


def test_a_text_of_absurd_length_is_refused(life: Life) -> None:
    segment = first_segment(life, life.reviewable())
    save_text(life, segment.id, "a" * SEGMENT_TEXT_LENGTH)
    with pytest.raises(InvalidInput) as caught:
        save_text(life, segment.id, "a" * (SEGMENT_TEXT_LENGTH + 1), version=2)
    assert caught.value.code == "text_too_long"
    assert caught.value.data == {"limit": SEGMENT_TEXT_LENGTH}


@pytest.mark.parametrize("roles", [(), ("operator",)])
def test_only_editors_and_approvers_change_texts(life: Life, roles: tuple[str, ...]) -> None:
    announcement_id = life.reviewable()
    actor_id = life.person(*roles)
    with pytest.raises(Forbidden):
        save_text(life, first_segment(life, announcement_id).id, "khác", actor_id=actor_id)
    with pytest.raises(Forbidden):
        details(life, announcement_id, actor_id=actor_id)
    assert life.view(announcement_id).version == 1


def test_an_editor_of_another_unit_changes_nothing_here(life: Life) -> None:
    stranger = new_life(life.db, life.media).person("editor")
    with pytest.raises(Forbidden):
        save_text(life, first_segment(life, life.reviewable()).id, "khác", actor_id=stranger)


def test_what_is_not_there_cannot_be_changed(life: Life) -> None:
    with pytest.raises(NotFound) as caught:
        save_text(life, new_id(), "khác")
    assert caught.value.code == "segment_unknown"
    with pytest.raises(NotFound) as caught:
        details(life, new_id())
    assert caught.value.code == "announcement_unknown"


def test_a_text_still_being_heard_cannot_be_changed(life: Life) -> None:
    receipt = life.receive()
    life.transcribe(receipt.task_id)
    segment_id = first_segment(life, receipt.announcement_id).id
    queued = life.receive(b"other").announcement_id
    with pytest.raises(IllegalTransition):
        details(life, queued)
    save_text(life, segment_id, "khác")  # the other one is in review


def test_details_are_saved_in_one_form_and_counted(life: Life) -> None:
    announcement_id = life.reviewable()
    area = "thôn Một; Thôn Hai,thôn một"
    assert details(life, announcement_id, title=" Tiêm\n phòng ", area=area) == 2
    view = life.view(announcement_id)
    assert (view.work.title, view.category, view.work.priority) == ("Tiêm phòng", "Y tế", "urgent")
    assert view.area == "thôn Một, Thôn Hai"
    assert view.work.broadcast_at == DETAILS["broadcast_at"]
    assert view.version == 2
    assert view.history[-1].action == "edit_details"
    assert view.history[-1].data == {"title": "Tiêm phòng", "priority": "urgent"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " \n "}, "title_missing"),
        ({"title": "t" * 301}, "title_too_long"),
        ({"priority": "high"}, "priority_unknown"),
        ({"version": 2}, "version_conflict"),
    ],
)
def test_details_that_cannot_stand_are_refused(
    life: Life, changes: dict[str, Any], code: str
) -> None:
    announcement_id = life.reviewable(title="Cũ")
    with pytest.raises(BridgeError) as caught:
        details(life, announcement_id, **changes)
    assert caught.value.code == code
    view = life.view(announcement_id)
    assert (view.work.title, view.version) == ("Cũ", 1)


def standing_approvals(life: Life, announcement_id: str) -> int:
    with life.db.reading() as session:
        query = select(Approval).where(
            Approval.announcement_id == announcement_id, Approval.voided_at.is_(None)
        )
        return len(session.scalars(query).all())


@pytest.mark.parametrize("what", ["text", "details"])
def test_a_change_after_the_approval_voids_it_and_stops_the_publishing(
    life: Life, what: str
) -> None:
    announcement_id = life.reviewable()
    task_id = life.approve(announcement_id, life.person("approver"))
    assert standing_approvals(life, announcement_id) == 1
    if what == "text":
        save_text(life, first_segment(life, announcement_id).id, NEW_TEXT)
    else:
        details(life, announcement_id)
    assert life.state(announcement_id) == "in_review"
    assert standing_approvals(life, announcement_id) == 0
    assert life.task(task_id).state == "cancelled"


def test_saving_the_same_text_leaves_an_approval_standing(life: Life) -> None:
    announcement_id = life.reviewable()
    task_id = life.approve(announcement_id, life.person("approver"))
    save_text(life, first_segment(life, announcement_id).id, FIRST.text)
    assert life.state(announcement_id) == "approved"
    assert standing_approvals(life, announcement_id) == 1
    assert life.task(task_id).state == "queued"


def test_a_published_text_under_correction_stays_on_the_portal(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    save_text(life, first_segment(life, announcement_id).id, NEW_TEXT)
    view = life.view(announcement_id)
    assert view.work.state == "in_review"
    assert view.page_path == f"/{life.unit.slug}/{announcement_id}/"


# On SQLite one writer waits for the other, so there is nothing in between.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_change_made_between_looking_and_saving_is_seen(own_life: Life) -> None:
    announcement_id = own_life.reviewable(b"x")
    editor_id = own_life.person("editor")
    segment_id = own_life.view(announcement_id).segments[0].id
    with own_life.db.writing() as session:
        assert session.get_one(StoredSegment, segment_id).version == 1
        with own_life.db.writing() as other:
            save_segment_text(
                other, segment_id=segment_id, expected_version=1, text="Một.", actor_id=editor_id
            )
        with pytest.raises(VersionConflict):
            save_segment_text(
                session, segment_id=segment_id, expected_version=1, text="Hai.", actor_id=editor_id
            )
