"""A script kept with an announcement, made its text, and taken back."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bridge.db import new_id
from bridge.editing import save_segment_text
from bridge.errors import BridgeError, Conflict, Forbidden, IllegalTransition, NotFound
from bridge.flags import NewFlag, save_flags
from bridge.models import Edit, Flag, Segment
from bridge.review import withdraw_announcement
from bridge.scripts import (
    SCRIPT_LENGTH,
    ScriptView,
    apply_script_texts,
    attach_script,
    detach_script,
    refuse_script,
    restore_texts,
    script_view,
    waiting_script,
)
from bridge.transcript import Segment as HeardSegment
from tests.bridge.lifecycle import DURATION_MS, FIRST, SECOND, Life, new_life

TEXT = "Kính thưa toàn thể bà con.\nBảy giờ sáng mai tiêm phòng dại."
LINES = TEXT.split("\n")


def attach(
    life: Life, announcement_id: str, text: str = TEXT, *, actor_id: str | None = None
) -> None:
    with life.db.writing() as session:
        attach_script(
            session,
            announcement_id=announcement_id,
            text=text,
            file_name="bài đọc.docx",
            actor_id=actor_id,
        )


def apply(
    life: Life,
    announcement_id: str,
    texts: Sequence[str | None] = LINES,
    flags: Sequence[NewFlag] = (),
    *,
    actor_id: str | None = None,
) -> None:
    ids = [segment.id for segment in life.view(announcement_id).segments]
    with life.db.writing() as session:
        apply_script_texts(
            session,
            announcement_id=announcement_id,
            texts={key: text for key, text in zip(ids, texts, strict=True) if text is not None},
            departures=flags,
            actor_id=actor_id,
        )


def restore(life: Life, announcement_id: str, actor_id: str) -> None:
    with life.db.writing() as session:
        restore_texts(session, announcement_id=announcement_id, actor_id=actor_id)


def shown(life: Life, announcement_id: str) -> ScriptView:
    with life.db.reading() as session:
        view = script_view(session, announcement_id)
    assert view is not None
    return view


def texts(life: Life, announcement_id: str) -> list[str]:
    return [segment.text for segment in life.view(announcement_id).segments]


def departure(life: Life, announcement_id: str, kind: str = "script_changed") -> NewFlag:
    segment = life.view(announcement_id).segments[1]
    return NewFlag(segment.id, kind, 0, 2, {"spoken": "bảy giờ", "script": "tám giờ"})


def test_a_script_waits_for_an_announcement_that_is_not_heard_yet(life: Life) -> None:
    operator = life.person("operator")
    announcement_id = life.receive().announcement_id
    attach(life, announcement_id, actor_id=operator)
    view = shown(life, announcement_id)
    assert (view.file_name, view.characters) == ("bài đọc.docx", len(TEXT))
    assert (view.applied_at, view.problem, view.segments) == (None, None, 0)
    assert view.created_by == "Người operator"
    with life.db.reading() as session:
        assert waiting_script(session, announcement_id) == TEXT
    entry = life.view(announcement_id).history[-1]
    assert (entry.action, entry.actor_name) == ("attach_script", "Người operator")
    assert entry.data["characters"] == len(TEXT)
    assert "text" not in entry.data


def test_a_later_script_takes_the_place_of_one_that_waits(life: Life) -> None:
    announcement_id = life.receive().announcement_id
    attach(life, announcement_id)
    attach(life, announcement_id, "Văn bản khác.")
    with life.db.reading() as session:
        assert waiting_script(session, announcement_id) == "Văn bản khác."


def test_at_the_end_of_transcription_it_becomes_the_text_without_an_edit(life: Life) -> None:
    announcement_id = life.reviewable()
    author = life.person("operator")
    attach(life, announcement_id, actor_id=author)
    before = life.view(announcement_id)
    apply(life, announcement_id, LINES, [departure(life, announcement_id)])
    view = life.view(announcement_id)
    assert [segment.text for segment in view.segments] == LINES
    assert [segment.engine_text for segment in view.segments] == [FIRST.text, SECOND.text]
    assert [segment.version for segment in view.segments] == [2, 2]
    assert (view.version, view.last_editor_id) == (before.version, author)
    # "Kính thưa" and "bà" were heard so; what the script adds has no probability.
    words = view.segments[0].words
    assert words[:2] == FIRST.words[:2]
    assert [word.text for word in words if word.probability is None] == ["toàn", "thể"]
    assert view.history[-1].action == "apply_script"
    assert view.history[-1].data == {"segments": 2, "departures": 1}
    with life.db.reading() as session:
        edits = session.scalars(select(Edit).where(Edit.announcement_id == announcement_id))
        assert edits.all() == []
    script = shown(life, announcement_id)
    assert script.applied_at is not None
    assert (script.segments, script.departures, script.open_departures) == (2, 1, 1)


def test_who_brought_the_script_does_not_approve_it(life: Life) -> None:
    announcement_id = life.reviewable()
    author = life.person("approver")
    attach(life, announcement_id, actor_id=author)
    apply(life, announcement_id, LINES)
    with pytest.raises(Forbidden, match="own_text"):
        life.approve(announcement_id, author)
    life.approve(announcement_id, life.person("approver"))


def test_an_editors_later_script_is_an_edit_that_voids_the_approval(life: Life) -> None:
    announcement_id = life.reviewable()
    life.approve(announcement_id, life.person("approver"))
    editor = life.person("editor")
    attach(life, announcement_id, actor_id=editor)
    assert life.state(announcement_id) == "approved"  # kept aside, nothing has changed
    apply(life, announcement_id, actor_id=editor)
    view = life.view(announcement_id)
    assert (view.work.state, view.last_editor_id, view.version) == ("in_review", editor, 2)
    with life.db.reading() as session:
        edits = session.scalars(select(Edit).where(Edit.announcement_id == announcement_id))
        assert {(edit.before, edit.after, edit.user_id) for edit in edits} == {
            (FIRST.text, LINES[0], editor),
            (SECOND.text, LINES[1], editor),
        }


def test_taking_it_back_restores_what_stood_before_also_corrections_by_hand(life: Life) -> None:
    announcement_id = life.reviewable()
    editor = life.person("editor")
    first = life.view(announcement_id).segments[0].id
    by_hand = "Kính thưa bà con thân mến."
    with life.db.writing() as session:
        save_segment_text(
            session, segment_id=first, expected_version=1, text=by_hand, actor_id=editor
        )
    attach(life, announcement_id, actor_id=editor)
    apply(life, announcement_id, flags=[departure(life, announcement_id)], actor_id=editor)
    restore(life, announcement_id, editor)
    view = life.view(announcement_id)
    assert [segment.text for segment in view.segments] == [by_hand, SECOND.text]
    assert view.segments[1].words == SECOND.words
    assert view.segments[1].flags == ()
    assert view.history[-1].action == "restore_texts"
    script = shown(life, announcement_id)
    assert (script.applied_at, script.segments, script.departures) == (None, 0, 0)
    apply(life, announcement_id, actor_id=editor)  # and it can be used once more
    assert texts(life, announcement_id) == LINES


def test_segments_without_words_in_the_script_keep_what_was_heard(life: Life) -> None:
    announcement_id = life.reviewable()
    attach(life, announcement_id)
    apply(life, announcement_id, [None, LINES[1]])
    assert texts(life, announcement_id) == [FIRST.text, LINES[1]]
    assert [segment.version for segment in life.view(announcement_id).segments] == [1, 2]


def test_sound_that_nobody_recognised_becomes_speech_and_back(life: Life) -> None:
    receipt = life.receive()
    mark = "[chưa nhận dạng]"
    unknown = HeardSegment(3_000, DURATION_MS, mark, (), "unrecognised")
    life.transcribe(receipt.task_id, FIRST, unknown)
    announcement_id, editor = receipt.announcement_id, life.person("editor")
    attach(life, announcement_id, actor_id=editor)
    apply(life, announcement_id, actor_id=editor)
    second = life.view(announcement_id).segments[1]
    assert (second.kind, second.text) == ("speech", LINES[1])
    assert [word.text for word in second.words] == LINES[1].split()
    assert second.words[0].start_ms == 3_000
    assert second.words[-1].end_ms == DURATION_MS
    restore(life, announcement_id, editor)
    second = life.view(announcement_id).segments[1]
    assert (second.kind, second.text, second.words) == ("unrecognised", mark, ())


def test_the_script_answers_what_was_asked_about_the_machines_words(life: Life) -> None:
    announcement_id = life.reviewable()
    first, second = (segment.id for segment in life.view(announcement_id).segments)
    with life.db.writing() as session:
        asked = [NewFlag(key, "loop", 0, 2, {"text": "bà", "times": 4}) for key in (first, second)]
        save_flags(session, announcement_id, asked)
        session.get_one(Segment, first).hidden = True
    attach(life, announcement_id)
    apply(life, announcement_id, [LINES[0], None])
    view = life.view(announcement_id)
    assert [flag.decision for flag in view.segments[0].flags] == ["edited"]
    assert [flag.decision for flag in view.segments[1].flags] == [None]
    assert not view.segments[0].hidden
    restore(life, announcement_id, life.person("editor"))
    view = life.view(announcement_id)
    assert [one.flags[0].decision for one in view.segments] == [None, None]


def test_while_it_is_in_use_a_script_is_neither_replaced_nor_dropped(life: Life) -> None:
    announcement_id = life.reviewable()
    attach(life, announcement_id)
    apply(life, announcement_id)
    with pytest.raises(Conflict) as caught:
        attach(life, announcement_id, "khác")
    assert caught.value.code == "script_in_use"
    with pytest.raises(Conflict), life.db.writing() as session:
        detach_script(session, announcement_id=announcement_id, actor_id=None)
    with pytest.raises(Conflict):
        apply(life, announcement_id)
    assert texts(life, announcement_id) == LINES


def test_dropping_a_script_leaves_the_text_and_a_line_in_the_history(life: Life) -> None:
    announcement_id = life.reviewable()
    attach(life, announcement_id)
    with life.db.writing() as session:
        detach_script(session, announcement_id=announcement_id, actor_id=life.person("operator"))
    with life.db.reading() as session:
        assert script_view(session, announcement_id) is None
    assert texts(life, announcement_id) == [FIRST.text, SECOND.text]
    assert life.view(announcement_id).history[-1].action == "detach_script"
    with pytest.raises(NotFound), life.db.writing() as session:
        detach_script(session, announcement_id=announcement_id, actor_id=None)


def test_a_refused_script_stays_with_its_reason_until_another_comes(life: Life) -> None:
    announcement_id = life.reviewable()
    attach(life, announcement_id)
    with life.db.writing() as session:
        refuse_script(session, announcement_id, "script_mismatch", percent=4)
    assert shown(life, announcement_id).problem == "script_mismatch"
    entry = life.view(announcement_id).history[-1]
    assert (entry.action, entry.data) == (
        "refuse_script",
        {"problem": "script_mismatch", "percent": 4},
    )
    attach(life, announcement_id, "khác")
    assert shown(life, announcement_id).problem is None


def test_nothing_can_be_taken_back_that_is_not_in_use(life: Life) -> None:
    announcement_id, editor = life.reviewable(), life.person("editor")
    with pytest.raises(NotFound):
        restore(life, announcement_id, editor)
    attach(life, announcement_id)
    with pytest.raises(Conflict) as caught:
        restore(life, announcement_id, editor)
    assert caught.value.code == "script_not_in_use"


@pytest.mark.parametrize(
    ("text", "code"),
    [(" \n", "script_empty"), ("a" * (SCRIPT_LENGTH + 1), "script_too_large")],
)
def test_texts_that_cannot_be_scripts_are_refused(life: Life, text: str, code: str) -> None:
    with pytest.raises(BridgeError) as caught:
        attach(life, life.receive().announcement_id, text)
    assert caught.value.code == code


def test_only_the_units_own_people_attach_and_only_editors_change_the_text(life: Life) -> None:
    announcement_id = life.reviewable()
    stranger = new_life(life.db, life.media).person("editor")
    nobody = life.person()
    for actor_id in (stranger, nobody):
        with pytest.raises(Forbidden):
            attach(life, announcement_id, actor_id=actor_id)
    operator = life.person("operator")
    attach(life, announcement_id, actor_id=operator)
    with pytest.raises(Forbidden):
        apply(life, announcement_id, actor_id=operator)
    apply(life, announcement_id)
    with pytest.raises(Forbidden):
        restore(life, announcement_id, operator)


def test_a_withdrawn_announcement_takes_no_script(life: Life) -> None:
    announcement_id = life.reviewable()
    with life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=announcement_id, reason="sai", actor_id=life.person("approver")
        )
    with pytest.raises(IllegalTransition):
        attach(life, announcement_id)
    with pytest.raises(NotFound):
        attach(life, new_id())


def test_what_was_answered_is_asked_again_when_the_script_is_used_again(life: Life) -> None:
    announcement_id, editor = life.reviewable(), life.person("editor")
    attach(life, announcement_id, actor_id=editor)
    flag = departure(life, announcement_id)
    apply(life, announcement_id, flags=[flag], actor_id=editor)
    second = life.view(announcement_id).segments[1]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=second.id,
            expected_version=second.version,
            text="Bảy giờ sáng mai.",
            actor_id=editor,
        )
    restore(life, announcement_id, editor)
    apply(life, announcement_id, flags=[flag], actor_id=editor)
    with life.db.reading() as session:
        found = session.scalars(select(Flag).where(Flag.announcement_id == announcement_id)).all()
    assert [flag.decision for flag in found] == [None]
