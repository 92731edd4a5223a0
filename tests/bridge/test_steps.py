"""What a person did last and may still take back, on whatever page."""

from bridge.editing import save_segment_text
from bridge.finding import Place
from bridge.rearranging import Rearranged, merge_segments, split_segment, undo_rearrangement
from bridge.refusals import refuse_all, take_back_refusals
from bridge.replacing import Hit, replace_in_announcement
from bridge.steps import Step, latest_step
from bridge.undo import undo_change
from tests.bridge.lifecycle import FIRST, SECOND, Life


def step_of(life: Life, announcement: str, actor_id: str) -> Step | None:
    with life.db.reading() as session:
        return latest_step(session, announcement, actor_id)


def type_into(life: Life, announcement: str, place: int, text: str, actor_id: str) -> None:
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=actor_id,
        )


def cut(life: Life, announcement: str, place: int, actor_id: str) -> Rearranged:
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        return split_segment(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            at_word=2,
            actor_id=actor_id,
        )


def replace(life: Life, announcement: str, query: str, new: str, actor_id: str) -> None:
    """Replace the query wherever it is the first or second word."""
    hits = [
        Hit(segment.id, segment.version, Place(place, place + 1))
        for segment in life.view(announcement).segments
        for place in (0, 1)
    ]
    with life.db.writing() as session:
        replace_in_announcement(
            session,
            announcement_id=announcement,
            query=query,
            mode="tone",
            replacement=new,
            hits=hits,
            actor_id=actor_id,
        )


def take_back(life: Life, announcement: str, step: Step, actor_id: str) -> None:
    with life.db.writing() as session:
        if step.change_id:
            undo_rearrangement(
                session,
                change_id=step.change_id,
                announcement_id=announcement,
                actor_id=actor_id,
            )
        elif step.refusal_id:
            take_back_refusals(
                session,
                announcement_id=announcement,
                refusal_id=step.refusal_id,
                actor_id=actor_id,
            )
        elif step.span:
            undo_change(session, announcement_id=announcement, span=step.span, actor_id=actor_id)


def test_steps_are_taken_back_one_after_another_the_latest_first(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    assert step_of(life, announcement, editor) is None
    replace(life, announcement, "bảy", "tám", editor)
    made = cut(life, announcement, 1, editor)
    with life.db.writing() as session:
        refuse_all(session, announcement_id=announcement, kind="number", actor_id=editor)
    with life.db.writing() as session:
        merge_segments(
            session,
            segment_id=made.changed[0],
            expected_version=1,
            next_version=1,
            actor_id=editor,
        )
    kinds = []
    while (step := step_of(life, announcement, editor)) is not None:
        kinds.append(step.kind)
        take_back(life, announcement, step, editor)
    # The replacing too, though its segment was cut, came back, and has another version now.
    assert kinds == ["merge", "refuse", "split", "replace"]
    assert [one.text for one in life.view(announcement).segments] == [FIRST.text, SECOND.text]


def test_what_one_click_replaced_is_one_step_and_says_how_many_are_left_of_it(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    type_into(life, announcement, 0, "Bảy bà con.", editor)
    replace(life, announcement, "bảy", "tám", editor)
    step = step_of(life, announcement, editor)
    assert step is not None
    assert (step.kind, step.count) == ("replace", 2)
    type_into(life, announcement, 0, "Người khác viết.", life.person("editor"))
    step = step_of(life, announcement, editor)
    assert step is not None
    assert step.count == 1
    take_back(life, announcement, step, editor)
    assert [one.text for one in life.view(announcement).segments] == [
        "Người khác viết.",
        SECOND.text,
    ]
    assert step_of(life, announcement, editor) is None


def test_a_step_that_was_overtaken_is_passed_over(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    cut(life, announcement, 0, editor)
    cut(life, announcement, 2, editor)
    type_into(life, announcement, 3, "Sửa tiếp.", editor)
    step = step_of(life, announcement, editor)
    assert step is not None
    take_back(life, announcement, step, editor)
    assert life.view(announcement).segments[0].text == FIRST.text
    assert step_of(life, announcement, editor) is None


def test_steps_of_others_and_what_is_typed_are_no_steps(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    cut(life, announcement, 0, life.person("editor"))
    type_into(life, announcement, 0, "Tự gõ.", editor)
    assert step_of(life, announcement, editor) is None
