"""A person's word that a segment is right: what it holds for, and what approval asks of it."""

from collections.abc import Sequence

import pytest

from bridge.confirmations import (
    confirm_all,
    confirm_segment,
    confirmations,
    take_back_confirmation,
    unconfirmed,
)
from bridge.editing import save_segment_text
from bridge.errors import Conflict, Forbidden, IllegalTransition, NotFound, VersionConflict
from bridge.models import Segment
from bridge.rearranging import split_segment, undo_rearrangement
from bridge.review import approve_announcement
from tests.bridge.lifecycle import Life


def must_check(segments: Sequence[Segment]) -> set[str]:
    """In these tests: every segment with text."""
    return {segment.id for segment in segments if segment.text and not segment.hidden}


def confirm(life: Life, segment_id: str, version: int = 1, actor_id: str | None = None) -> None:
    with life.db.writing() as session:
        confirm_segment(
            session,
            segment_id=segment_id,
            expected_version=version,
            actor_id=actor_id or life.person("editor"),
        )


def approve(life: Life, announcement_id: str, actor_id: str) -> str:
    with life.db.writing() as session:
        return approve_announcement(
            session,
            announcement_id=announcement_id,
            digest=life.view(announcement_id).digest,
            actor_id=actor_id,
            must_check=must_check,
        )


def waiting(life: Life, announcement_id: str) -> list[str]:
    with life.db.reading() as session:
        return [one.id for one in unconfirmed(session, announcement_id, must_check)]


def confirmed_by(life: Life, announcement_id: str) -> dict[str, str]:
    with life.db.reading() as session:
        return {key: one.by for key, one in confirmations(session, announcement_id).items()}


def test_approval_waits_until_everything_is_confirmed(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segments = life.view(announcement).segments
    approver = life.person("approver")
    with pytest.raises(Conflict) as refused:
        approve(life, announcement, approver)
    assert (refused.value.code, refused.value.data["count"]) == ("checks_missing", len(segments))
    assert life.view(announcement).work.state == "in_review"
    for segment in segments:
        confirm(life, segment.id)
    assert waiting(life, announcement) == []
    approve(life, announcement, approver)
    assert life.view(announcement).work.state == "approved"


def test_the_first_persons_word_stands(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segment = life.view(announcement).segments[0]
    version = life.view(announcement).version
    confirm(life, segment.id)
    confirm(life, segment.id, actor_id=life.person("approver"))
    assert confirmed_by(life, announcement) == {segment.id: "Người editor"}
    # A word about a text is no change of it.
    assert (life.view(announcement).version, life.view(announcement).last_editor_id) == (
        version,
        None,
    )


def test_a_changed_text_has_to_be_heard_again(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segment = life.view(announcement).segments[0]
    confirm(life, segment.id)
    editor = life.person("editor")
    for version, text in ((1, "chữ khác"), (2, segment.text)):
        with life.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=version,
                text=text,
                actor_id=editor,
            )
    assert segment.id in waiting(life, announcement)
    with pytest.raises(VersionConflict) as refused:
        confirm(life, segment.id, 1)
    assert refused.value.data["current_version"] == 3
    confirm(life, segment.id, 3)
    assert segment.id not in waiting(life, announcement)


def test_it_can_be_taken_back_by_anybody_who_may_edit(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segment = life.view(announcement).segments[0]
    confirm(life, segment.id)
    for _ in range(2):
        with life.db.writing() as session:
            take_back_confirmation(session, segment_id=segment.id, actor_id=life.person("approver"))
    assert confirmed_by(life, announcement) == {}


def test_cut_parts_have_to_be_heard_and_so_has_what_undoing_brings_back(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segment = life.view(announcement).segments[0]
    confirm(life, segment.id)
    editor = life.person("editor")
    with life.db.writing() as session:
        done = split_segment(
            session, segment_id=segment.id, expected_version=1, at_word=1, actor_id=editor
        )
    assert set(done.changed) <= set(waiting(life, announcement))
    with life.db.writing() as session:
        undo_rearrangement(
            session,
            change_id=done.change_id,
            announcement_id=announcement,
            actor_id=editor,
        )
    assert segment.id in waiting(life, announcement)


def test_all_at_once_names_only_what_is_left_and_leaves_a_line(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segments = life.view(announcement).segments
    confirm(life, segments[0].id)
    editor = life.person("editor")
    counts = []
    for _ in range(2):
        with life.db.writing() as session:
            counts.append(
                confirm_all(
                    session, announcement_id=announcement, must_check=must_check, actor_id=editor
                )
            )
    assert counts == [len(segments) - 1, 0]
    told = [one for one in life.view(announcement).history if one.action == "confirm_all"]
    assert [one.data["count"] for one in told] == [len(segments) - 1]


def test_who_may_not_and_what_is_not_there(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segment = life.view(announcement).segments[0]
    with pytest.raises(Forbidden):
        confirm(life, segment.id, actor_id=life.person("operator"))
    with pytest.raises(NotFound):
        confirm(life, "khongcoidnay")
    assert confirmed_by(life, announcement) == {}


def test_only_while_the_text_is_under_review(life: Life) -> None:
    announcement = life.reviewable(title="Lịch họp")
    segments = life.view(announcement).segments
    for segment in segments:
        confirm(life, segment.id)
    approve(life, announcement, life.person("approver"))
    with pytest.raises(IllegalTransition):
        confirm(life, segments[0].id)


def test_what_somebody_was_warned_of_and_let_stand_is_in_the_log(life: Life) -> None:
    announcement = life.reviewable(title="Tin")
    first, second = life.view(announcement).segments[:2]
    editor = life.person("editor")

    def warnings(segment: Segment) -> tuple[str, ...]:
        return ("personal", "phone") if segment.id == first.id else ()

    with life.db.writing() as session:
        for segment in (first, second, first):
            confirm_segment(
                session,
                segment_id=segment.id,
                expected_version=1,
                actor_id=editor,
                warnings=warnings,
            )
        for _ in range(2):
            take_back_confirmation(session, segment_id=first.id, actor_id=editor, warnings=warnings)
        confirm_all(
            session,
            announcement_id=announcement,
            must_check=must_check,
            actor_id=editor,
            warnings=warnings,
        )
    told = [one for one in life.view(announcement).history if "sensitive" in one.action]
    assert [one.action for one in told] == ["keep_sensitive", "doubt_sensitive", "keep_sensitive"]
    assert {tuple(one.data["kinds"]) for one in told} == {("personal", "phone")}
    assert {one.data["segment"] for one in told} == {first.id}
