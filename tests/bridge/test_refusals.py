"""Suggestions that an editor put away."""

import pytest

from bridge.errors import Forbidden, IllegalTransition, InvalidInput, NotFound
from bridge.rearranging import merge_segments, split_segment, undo_rearrangement
from bridge.refusals import (
    NO_REFUSALS,
    Refusals,
    refusals_of,
    refuse_all,
    refuse_suggestion,
    take_back_refusals,
)
from tests.bridge.lifecycle import Life

HEARD, WRITTEN = "Bảy giờ", "7 giờ"


def refuse(life: Life, segment_id: str, actor_id: str, heard: str = HEARD) -> str:
    with life.db.writing() as session:
        return refuse_suggestion(
            session,
            segment_id=segment_id,
            kind="number",
            heard=heard,
            written=WRITTEN,
            actor_id=actor_id,
        )


def refused(life: Life, announcement: str) -> Refusals:
    with life.db.reading() as session:
        return refusals_of(session, announcement)


def test_what_was_refused_is_covered_in_its_segment_alone(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    first, second = (segment.id for segment in life.view(announcement).segments)
    assert refused(life, announcement) is NO_REFUSALS
    refusal = refuse(life, second, editor)
    assert refuse(life, second, editor) == refusal  # a second time changes nothing
    found = refused(life, announcement)
    assert found.cover(second, "number", HEARD, WRITTEN)
    assert not found.cover(first, "number", HEARD, WRITTEN)
    assert not found.cover(second, "number", "Tám giờ", "8 giờ")
    assert found.count == 1


def test_all_numbers_or_one_name_are_refused_everywhere(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    segment = life.view(announcement).segments[0].id
    with life.db.writing() as session:
        for kind, name in (("number", ""), ("term", "Thôn Mẫu")):
            refuse_all(session, announcement_id=announcement, kind=kind, name=name, actor_id=editor)
    found = refused(life, announcement)
    assert found.cover(segment, "number", HEARD, WRITTEN)
    assert found.cover(segment, "term", "thôn mậu", "thôn Mẫu", "Thôn Mẫu")
    assert not found.cover(segment, "term", "xã mậu", "xã Mẫu", "Xã Mẫu")


def test_a_refusal_is_no_edit_and_can_be_taken_back(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    segment = life.view(announcement).segments[1].id
    life.approve(announcement, life.person("approver"))
    before = life.view(announcement)
    one = refuse(life, segment, editor)
    two = refuse(life, segment, editor, "sáng mai")
    after = life.view(announcement)
    assert (after.work.state, after.version) == (before.work.state, before.version)
    with life.db.writing() as session:
        taken = take_back_refusals(
            session, announcement_id=announcement, refusal_id=one, actor_id=editor
        )
        assert taken == 1
    assert not refused(life, announcement).cover(segment, "number", HEARD, WRITTEN)
    assert refused(life, announcement).cover(segment, "number", "sáng mai", WRITTEN)
    with life.db.writing() as session:
        assert take_back_refusals(session, announcement_id=announcement, actor_id=editor) == 1
        assert take_back_refusals(session, announcement_id=announcement, actor_id=editor) == 0
    assert refused(life, announcement) is NO_REFUSALS
    assert two != one


def test_a_refusal_goes_with_its_words_when_segments_are_cut_and_joined(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    second = life.view(announcement).segments[1]
    refuse(life, second.id, editor)
    with life.db.writing() as session:
        cut = split_segment(
            session,
            segment_id=second.id,
            expected_version=second.version,
            at_word=3,
            actor_id=editor,
        )
    found = refused(life, announcement)
    assert found.cover(cut.changed[0], "number", HEARD, WRITTEN)
    assert not found.cover(cut.changed[1], "number", HEARD, WRITTEN)
    with life.db.writing() as session:
        joined = merge_segments(
            session,
            segment_id=cut.changed[0],
            expected_version=1,
            next_version=1,
            actor_id=editor,
        )
    assert refused(life, announcement).cover(joined.changed[0], "number", HEARD, WRITTEN)
    for change in (joined, cut):
        with life.db.writing() as session:
            undo_rearrangement(
                session,
                change_id=change.change_id,
                announcement_id=announcement,
                actor_id=editor,
            )
    assert refused(life, announcement).cover(second.id, "number", HEARD, WRITTEN)


def test_who_may_not_edit_refuses_nothing(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    segment = life.view(announcement).segments[1].id
    with pytest.raises(Forbidden):
        refuse(life, segment, life.person("operator"))
    with pytest.raises(NotFound):
        refuse(life, "nothing", editor)
    with pytest.raises(InvalidInput):
        refuse(life, segment, editor, "")
    with life.db.writing() as session, pytest.raises(InvalidInput):
        refuse_all(session, announcement_id=announcement, kind="spelling", actor_id=editor)
    waiting = life.receive(b"another").announcement_id
    with life.db.writing() as session, pytest.raises(IllegalTransition):
        refuse_all(session, announcement_id=waiting, kind="number", actor_id=editor)
