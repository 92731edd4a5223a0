"""Taking back that a segment was hidden, cut, covered or kept."""

import pytest

from bridge.editing import save_segment_text
from bridge.errors import Conflict
from bridge.flags import NewFlag, cover_segment, decide_all, hide_segment, save_flags, show_segment
from bridge.rearranging import split_segment, undo_rearrangement
from bridge.steps import Step, latest_step
from bridge.undo_decisions import undo_decisions
from tests.bridge.lifecycle import Life

LOOP = {"text": "bà con", "times": 5}


def decide(life: Life, announcement: str, place: int, decision: str, actor_id: str) -> None:
    segment = life.view(announcement).segments[place].id
    with life.db.writing() as session:
        if decision == "keep":
            show_segment(session, segment_id=segment, actor_id=actor_id)
        elif decision == "hide":
            hide_segment(session, segment_id=segment, actor_id=actor_id)
        else:
            cover_segment(session, segment_id=segment, cover=decision, actor_id=actor_id)


def write(life: Life, announcement: str, place: int, text: str, actor_id: str) -> None:
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=actor_id,
        )


def step_of(life: Life, announcement: str, actor_id: str) -> Step | None:
    with life.db.reading() as session:
        return latest_step(session, announcement, actor_id)


def take_back(life: Life, announcement: str, step: Step | None, actor_id: str) -> int:
    assert step is not None
    assert step.decided is not None
    with life.db.writing() as session:
        restored = undo_decisions(
            session, announcement_id=announcement, span=step.decided, actor_id=actor_id
        )
    return len(restored)


def state_of(life: Life, announcement: str, place: int = 0) -> tuple[bool, str | None]:
    segment = life.view(announcement).segments[place]
    return segment.hidden, segment.cover


def test_each_decision_is_taken_back_the_latest_first_down_to_the_beginning(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    read = life.view(announcement).digest
    for decision in ("hide", "beep", "keep", "cut"):
        decide(life, announcement, 0, decision, editor)
    # What is done to the segment meanwhile and taken back again stands in nobody's way.
    segment = life.view(announcement).segments[0]
    with life.db.writing() as session:
        made = split_segment(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            at_word=2,
            actor_id=editor,
        )
    with life.db.writing() as session:
        undo_rearrangement(
            session, change_id=made.change_id, announcement_id=announcement, actor_id=editor
        )
    write(life, announcement, 0, "Chữ khác.", editor)
    write(life, announcement, 0, segment.text, editor)
    seen = []
    while (step := step_of(life, announcement, editor)) is not None:
        seen.append((step.kind, state_of(life, announcement)))
        assert take_back(life, announcement, step, editor) == 1
        with pytest.raises(Conflict, match="undo_too_late"):
            take_back(life, announcement, step, editor)
    assert seen == [
        ("cut", (True, "cut")),
        ("show", (False, None)),
        ("beep", (True, "beep")),
        ("hide", (True, None)),
    ]
    assert state_of(life, announcement) == (False, None)
    assert life.view(announcement).digest == read
    assert [entry.action for entry in life.view(announcement).history[-4:]] == [
        *("undo_cut", "undo_keep", "undo_beep", "undo_hide")
    ]


def test_what_one_click_decided_is_one_step_and_its_questions_are_open_again(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    flags = [NewFlag(one.id, "loop", 0, 2, LOOP) for one in life.view(announcement).segments]
    with life.db.writing() as session:
        save_flags(session, announcement, flags)
    with life.db.writing() as session:
        decide_all(
            session, announcement_id=announcement, kind="loop", decision="keep", actor_id=editor
        )
    life.approve(announcement, life.person("approver"))
    step = step_of(life, announcement, editor)
    assert step is not None
    assert (step.kind, step.count) == ("keep", 2)
    assert take_back(life, announcement, step, editor) == 2
    view = life.view(announcement)
    # Nobody publishes a passage about which a question is open.
    assert (view.work.state, view.undecided) == ("in_review", 2)
    asked = [flag for segment in view.segments for flag in segment.flags]
    assert {(flag.decision, flag.decided_by, flag.decided_at) for flag in asked} == {
        (None, None, None)
    }


def test_what_somebody_changed_since_stays_as_it_is(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    other = life.person("editor")
    for place in (0, 1):
        decide(life, announcement, place, "cut", editor)
    assert step_of(life, announcement, other) is None
    step = step_of(life, announcement, editor)
    # The same again, by somebody else: theirs by now.
    decide(life, announcement, 1, "keep", other)
    decide(life, announcement, 1, "cut", other)
    with pytest.raises(Conflict, match="undo_too_late"):
        take_back(life, announcement, step, editor)
    earlier = step_of(life, announcement, editor)
    write(life, announcement, 0, "Người khác viết.", other)
    assert step_of(life, announcement, editor) is None
    with pytest.raises(Conflict, match="undo_too_late"):
        take_back(life, announcement, earlier, editor)
    assert [state_of(life, announcement, place) for place in (0, 1)] == [(True, "cut")] * 2
