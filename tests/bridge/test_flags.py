"""What a transcript asks, what people answer, and what follows from the answer."""

import pytest
from sqlalchemy import select

from bridge.db import new_id
from bridge.editing import save_segment_text
from bridge.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound
from bridge.flags import (
    NewFlag,
    count_undecided,
    decide_all,
    decide_flag,
    hide_segment,
    save_flags,
    show_segment,
)
from bridge.models import HALLUCINATION_KINDS, Flag, Publication, Segment
from bridge.publications import published_item
from bridge.review import withdraw_announcement
from tests.bridge.lifecycle import FIRST, SECOND, Life, new_life

LOOP = {"text": "bà con", "times": 5}


def flag(life: Life, announcement_id: str, number: int = 1, kind: str = "loop") -> str:
    """Flag the segment of this number; the flag's id."""
    segment = life.view(announcement_id).segments[number]
    with life.db.writing() as session:
        asked = count_undecided(session, announcement_id)
        save_flags(session, announcement_id, [NewFlag(segment.id, kind, 0, 2, LOOP)], kinds=())
        assert count_undecided(session, announcement_id) >= asked
        query = select(Flag.id).where(Flag.segment_id == segment.id, Flag.kind == kind)
        return session.scalars(query).one()


def decide(life: Life, flag_id: str, decision: str, actor_id: str | None = None) -> None:
    with life.db.writing() as session:
        decide_flag(
            session,
            flag_id=flag_id,
            decision=decision,
            actor_id=actor_id or life.person("editor"),
        )


def save(life: Life, announcement_id: str, *flags: NewFlag, **options: frozenset[str]) -> None:
    with life.db.writing() as session:
        save_flags(session, announcement_id, flags, **options)


def found(life: Life, announcement_id: str) -> set[tuple[int, str, str | None]]:
    """Every flag: the segment's number, its kind, what was decided."""
    return {
        (number, one.kind, one.decision)
        for number, segment in enumerate(life.view(announcement_id).segments)
        for one in segment.flags
    }


@pytest.fixture
def reviewable(life: Life) -> str:
    return life.reviewable()


def test_flags_are_saved_once_however_often_they_are_found(life: Life, reviewable: str) -> None:
    first, second = (segment.id for segment in life.view(reviewable).segments)
    flags = (
        NewFlag(first, "loop", 0, 2, LOOP),
        NewFlag(first, "loop", 0, 2, LOOP),
        NewFlag(second, "too_fast", 0, 6, {"syllables": 40, "duration_ms": 3000}),
    )
    for _ in range(2):
        save(life, reviewable, *flags)
        assert found(life, reviewable) == {(0, "loop", None), (1, "too_fast", None)}
    view = life.view(reviewable)
    (shown,) = view.segments[0].flags
    assert (shown.first_word, shown.end_word, shown.reason) == (0, 2, LOOP)
    assert (shown.decided_by, shown.decided_at) == (None, None)
    assert view.segments[0].undecided


def test_finding_anew_replaces_what_nobody_decided_and_keeps_what_somebody_did(
    life: Life, reviewable: str
) -> None:
    first, second = (segment.id for segment in life.view(reviewable).segments)
    kept = NewFlag(first, "loop", 0, 2, LOOP)
    save(life, reviewable, kept, NewFlag(second, "loop", 0, 3, LOOP))
    decide(life, life.view(reviewable).segments[0].flags[0].id, "keep")
    save(life, reviewable, kept, NewFlag(second, "too_slow", 0, 6, {}))
    assert found(life, reviewable) == {(0, "loop", "keep"), (1, "too_slow", None)}


def test_the_script_and_the_machine_do_not_take_each_others_flags(
    life: Life, reviewable: str
) -> None:
    first, second = (segment.id for segment in life.view(reviewable).segments)
    spoken = {"spoken": "tám giờ", "script": "bảy giờ"}
    save(life, reviewable, NewFlag(second, "script_changed", 0, 2, spoken))
    save(life, reviewable, NewFlag(first, "loop", 0, 2, LOOP))
    assert found(life, reviewable) == {(0, "loop", None), (1, "script_changed", None)}
    save(life, reviewable, kinds=HALLUCINATION_KINDS)
    assert found(life, reviewable) == {(1, "script_changed", None)}


def test_nothing_is_approved_while_a_flag_is_undecided(life: Life, reviewable: str) -> None:
    approver = life.person("approver")
    first, second = flag(life, reviewable, 0), flag(life, reviewable, 1, "too_fast")
    flag(life, reviewable, 1, "known_phrase")  # two flags of one segment are one question
    with pytest.raises(Conflict) as caught:
        life.approve(reviewable, approver)
    assert (caught.value.code, caught.value.data) == ("flags_undecided", {"count": 2})
    decide(life, first, "keep")
    with pytest.raises(Conflict) as caught:
        life.approve(reviewable, approver)
    assert caught.value.data == {"count": 1}
    decide(life, second, "keep")
    life.approve(reviewable, approver)
    assert life.state(reviewable) == "approved"


def test_a_hidden_segment_is_not_published_and_stays_in_the_data(
    life: Life, reviewable: str
) -> None:
    before = life.view(reviewable)
    decide(life, flag(life, reviewable), "hide")
    view = life.view(reviewable)
    assert view.digest != before.digest
    assert [segment.hidden for segment in view.segments] == [False, True]
    assert [segment.text for segment in view.segments] == [FIRST.text, SECOND.text]
    life.publish(life.approve(reviewable, life.person("approver")))
    with life.db.reading() as session:
        item = published_item(session, reviewable)
        stored = session.scalars(
            select(Publication).where(Publication.announcement_id == reviewable)
        ).one()
        words = session.get_one(Segment, view.segments[1].id).engine_words
    assert item is not None
    assert [segment.text for segment in item.segments] == [FIRST.text]
    assert SECOND.text not in str(stored.content)
    assert [word["text"] for word in words] == SECOND.text.split()


def test_a_decision_is_about_the_segment_and_can_be_undone(life: Life, reviewable: str) -> None:
    read = life.view(reviewable).digest
    loop, fast = flag(life, reviewable), flag(life, reviewable, kind="too_fast")
    editor = life.person("editor")
    decide(life, loop, "hide", editor)
    assert found(life, reviewable) == {(1, "loop", "hide"), (1, "too_fast", "hide")}
    decide(life, fast, "keep", editor)
    assert found(life, reviewable) == {(1, "loop", "keep"), (1, "too_fast", "keep")}
    view = life.view(reviewable)
    assert view.digest == read
    assert {one.decided_by for one in view.segments[1].flags} == {"Người editor"}
    told = [(one.action, one.data["segment"], one.data["start_ms"]) for one in view.history[-2:]]
    assert told == [
        ("hide_segment", view.segments[1].id, 3_000),
        ("keep_segment", view.segments[1].id, 3_000),
    ]


def test_deciding_the_same_again_changes_nothing(life: Life, reviewable: str) -> None:
    asked = flag(life, reviewable)
    decide(life, asked, "hide")
    view = life.view(reviewable)
    decide(life, asked, "hide")
    assert life.view(reviewable) == view


def test_hiding_is_an_edit_and_keeping_what_is_shown_is_none(life: Life, reviewable: str) -> None:
    """Who only says that the text may stand has not written it, and may approve it."""
    both = life.person("editor", "approver")
    first, second = flag(life, reviewable, 0), flag(life, reviewable, 1)
    decide(life, first, "keep", both)
    view = life.view(reviewable)
    assert (view.version, view.last_editor_id) == (1, None)
    decide(life, second, "hide", both)
    view = life.view(reviewable)
    assert (view.version, view.last_editor_id) == (2, both)
    with pytest.raises(Forbidden) as caught:
        life.approve(reviewable, both)
    assert caught.value.code == "own_text"


@pytest.mark.parametrize("published", [False, True])
def test_changing_ones_mind_after_the_approval_brings_it_back_to_review(
    life: Life, reviewable: str, published: bool
) -> None:
    asked = flag(life, reviewable)
    decide(life, asked, "keep")
    task_id = life.approve(reviewable, life.person("approver"))
    if published:
        life.publish(task_id)
    decide(life, asked, "keep")  # the same again: no reason to review anything
    assert life.state(reviewable) == ("published" if published else "approved")
    decide(life, asked, "hide")
    assert life.state(reviewable) == "in_review"
    assert life.task(task_id).state == ("done" if published else "cancelled")


def test_keeping_what_was_edited_does_not_void_the_approval(life: Life, reviewable: str) -> None:
    asked = flag(life, reviewable)
    edit(life, reviewable, "khác")
    life.approve(reviewable, life.person("approver"))
    decide(life, asked, "keep")
    assert life.state(reviewable) == "approved"
    assert found(life, reviewable) == {(1, "loop", "keep")}


def edit(life: Life, announcement_id: str, text: str) -> None:
    segment = life.view(announcement_id).segments[1]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=life.person("editor"),
        )


def test_a_changed_text_answers_what_was_still_asked(life: Life, reviewable: str) -> None:
    flag(life, reviewable, 0)
    flag(life, reviewable, 1)
    edit(life, reviewable, SECOND.text)  # the same text answers nothing
    assert found(life, reviewable) == {(0, "loop", None), (1, "loop", None)}
    edit(life, reviewable, "Bảy giờ sáng mai.")
    assert found(life, reviewable) == {(0, "loop", None), (1, "loop", "edited")}
    (answered,) = life.view(reviewable).segments[1].flags
    assert answered.decided_by == "Người editor"


def test_the_machines_own_text_put_back_is_asked_about_again(life: Life, reviewable: str) -> None:
    flag(life, reviewable)
    edit(life, reviewable, "Bảy giờ sáng mai.")
    edit(life, reviewable, SECOND.text)
    assert found(life, reviewable) == {(1, "loop", None)}
    decide(life, flag(life, reviewable), "keep")
    edit(life, reviewable, "Tám giờ.")
    edit(life, reviewable, SECOND.text)  # somebody has heard that it was said
    assert found(life, reviewable) == {(1, "loop", "keep")}


def test_editing_a_hidden_segment_leaves_it_hidden(life: Life, reviewable: str) -> None:
    decide(life, flag(life, reviewable), "hide")
    edit(life, reviewable, "khác")
    assert life.view(reviewable).segments[1].hidden
    assert found(life, reviewable) == {(1, "loop", "hide")}


def test_all_of_a_kind_are_decided_at_once(life: Life, reviewable: str) -> None:
    editor = life.person("editor")
    flag(life, reviewable, 0, "too_fast")
    flag(life, reviewable, 1, "loop")

    def decide_each(kind: str | None, decision: str) -> int:
        with life.db.writing() as session:
            return decide_all(
                session,
                announcement_id=reviewable,
                kind=kind,
                decision=decision,
                actor_id=editor,
            )

    assert decide_each("too_slow", "hide") == 0
    assert decide_each("loop", "hide") == 1
    assert decide_each(None, "keep") == 1  # what is decided already is not decided anew
    assert found(life, reviewable) == {(0, "too_fast", "keep"), (1, "loop", "hide")}


def test_any_segment_can_be_hidden_and_shown(life: Life, reviewable: str) -> None:
    editor = life.person("editor")
    read = life.view(reviewable)
    with life.db.writing() as session:
        hide_segment(session, segment_id=read.segments[0].id, actor_id=editor)
    assert [segment.hidden for segment in life.view(reviewable).segments] == [True, False]
    with life.db.writing() as session:
        show_segment(session, segment_id=read.segments[0].id, actor_id=editor)
    assert life.view(reviewable).digest == read.digest


def test_an_announcement_of_which_nothing_is_left_to_read_is_not_approved(
    life: Life, reviewable: str
) -> None:
    for number in (0, 1):
        decide(life, flag(life, reviewable, number), "hide")
    approver = life.person("approver")
    with pytest.raises(InvalidInput) as caught:
        life.approve(reviewable, approver)
    assert caught.value.code == "all_hidden"
    assert life.state(reviewable) == "in_review"


@pytest.mark.parametrize("roles", [(), ("operator",)])
def test_only_editors_and_approvers_decide(
    life: Life, reviewable: str, roles: tuple[str, ...]
) -> None:
    asked = flag(life, reviewable)
    with pytest.raises(Forbidden):
        decide(life, asked, "hide", life.person(*roles))
    with pytest.raises(Forbidden):
        decide(life, asked, "keep", new_life(life.db, life.media).person("editor", "admin"))
    assert found(life, reviewable) == {(1, "loop", None)}


def test_unknown_flags_segments_and_decisions_are_refused(life: Life, reviewable: str) -> None:
    with pytest.raises(NotFound) as caught:
        decide(life, new_id(), "keep")
    assert caught.value.code == "flag_unknown"
    with pytest.raises(NotFound) as missing, life.db.writing() as session:
        hide_segment(session, segment_id=new_id(), actor_id=life.person("editor"))
    assert missing.value.code == "segment_unknown"
    with pytest.raises(InvalidInput) as wrong:
        decide(life, flag(life, reviewable), "edited")
    assert wrong.value.code == "decision_unknown"


def test_nothing_is_decided_about_a_withdrawn_announcement(life: Life, reviewable: str) -> None:
    asked = flag(life, reviewable)
    with life.db.writing() as session:
        withdraw_announcement(
            session,
            announcement_id=reviewable,
            reason="Sai ngày",
            actor_id=life.person("approver"),
        )
    for decision in ("keep", "hide"):
        with pytest.raises(IllegalTransition):
            decide(life, asked, decision)
