import pytest

from bridge.editing import SavedSegment, save_segment_text
from bridge.errors import Forbidden
from bridge.flags import NewFlag, save_flags
from bridge.models import User
from bridge.undo import ChangeSpan, count_undoable, latest_change, lock_segments, undo_change
from tests.bridge.lifecycle import FIRST, SECOND, Life


def save(life: Life, announcement: str, texts: dict[int, str], actor_id: str) -> ChangeSpan:
    """Save several segments in one transaction, as one click does; what names the change."""
    segments = life.view(announcement).segments
    with life.db.writing() as session:
        lock_segments(session, announcement)
        for place, text in texts.items():
            save_segment_text(
                session,
                segment_id=segments[place].id,
                expected_version=segments[place].version,
                text=text,
                actor_id=actor_id,
            )
        span = latest_change(session, announcement, len(texts))
    assert span is not None
    return span


def undo(
    life: Life, announcement: str, span: ChangeSpan, actor_id: str
) -> tuple[SavedSegment, ...]:
    with life.db.writing() as session:
        return undo_change(session, announcement_id=announcement, span=span, actor_id=actor_id)


def texts_of(life: Life, announcement: str) -> list[str]:
    return [segment.text for segment in life.view(announcement).segments]


def test_a_change_of_several_segments_is_taken_back_at_once(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    heard = [segment.words for segment in life.view(announcement).segments]
    save(life, announcement, {0: "Câu đầu."}, editor)
    span = save(life, announcement, {0: "Một.", 1: "Hai."}, editor)
    with life.db.reading() as session:
        assert count_undoable(session, announcement, span, editor) == 2
    assert len(undo(life, announcement, span, editor)) == 2
    # Only this change, and not the one before it; the words have their times again.
    assert texts_of(life, announcement) == ["Câu đầu.", SECOND.text]
    assert life.view(announcement).segments[1].words == heard[1]
    assert undo(life, announcement, span, editor) == ()


def test_what_a_change_had_answered_is_asked_again_when_it_is_taken_back(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    save(life, announcement, {0: "Lời của kịch bản.", 1: "Câu hai."}, editor)
    segments = life.view(announcement).segments
    spoken = {"spoken": "tám giờ", "script": "bảy giờ"}
    asked = [NewFlag(one.id, "script_changed", 0, 2, spoken) for one in segments]
    with life.db.writing() as session:
        save_flags(session, announcement, asked)
    save(life, announcement, {1: "Hai."}, editor)
    span = save(life, announcement, {0: "Một."}, editor)
    undo(life, announcement, span, editor)
    decisions = [one.flags[0].decision for one in life.view(announcement).segments]
    assert decisions == [None, "edited"]


def test_a_segment_that_was_changed_again_keeps_its_text(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    span = save(life, announcement, {0: "Một.", 1: "Hai."}, editor)
    save(life, announcement, {0: "Của người khác."}, life.person("editor"))
    with life.db.reading() as session:
        assert count_undoable(session, announcement, span, editor) == 1
    undo(life, announcement, span, editor)
    assert texts_of(life, announcement) == ["Của người khác.", SECOND.text]


def test_nobody_takes_back_the_change_of_another_or_of_another_announcement(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    span = save(life, announcement, {0: "Một."}, editor)
    assert undo(life, announcement, span, life.person("editor")) == ()
    assert undo(life, life.reviewable(b"another"), span, editor) == ()
    everything = ChangeSpan(0, span.last + 1000)
    assert undo(life, announcement, everything, life.person("admin")) == ()
    assert texts_of(life, announcement) == ["Một.", SECOND.text]


def test_taking_back_needs_the_right_to_edit(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    span = save(life, announcement, {0: "Một."}, editor)
    with life.db.writing() as session:
        session.get_one(User, editor).active = False
    with pytest.raises(Forbidden):
        undo(life, announcement, span, editor)
    assert texts_of(life, announcement)[0] == "Một."


def test_nothing_saved_names_no_change(life: Life) -> None:
    announcement = life.reviewable()
    with life.db.writing() as session:
        assert latest_change(session, announcement, 0) is None
        assert latest_change(session, announcement, 3) is None
    assert texts_of(life, announcement)[0] == FIRST.text
