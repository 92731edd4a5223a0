"""Several announcements from one recording."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.captures import bookmarks_of
from bridge.confirmations import confirm_segment, confirmations
from bridge.editing import save_segment_text
from bridge.errors import Forbidden, IllegalTransition, InvalidInput, NotFound, VersionConflict
from bridge.flags import NewFlag, save_flags
from bridge.inspection import inspect_work
from bridge.intake import (
    accept_recording,
    cancel_transcription,
    find_duplicate,
    retry_announcement,
)
from bridge.models import Announcement, Capture, Edit, Script, SuggestionRefusal
from bridge.parting import LEAD_MS, Beginning, part_announcement
from bridge.queries import announcement_view
from bridge.rearranging import split_segment, undo_rearrangement
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.scripts import apply_script_texts, attach_script, restore_texts
from bridge.transcript import Segment
from tests.bridge.lifecycle import BROADCAST_AT, DURATION_MS, FACTS, Life, heard

# Four segments of a second, with pauses of 200, 2,000 and no milliseconds between them.
LINES = (
    heard("Kính thưa bà con nhân dân.", 0, 1_000),
    heard("Trạm y tế xã mời tiêm phòng.", 1_200, 2_000),
    heard("Ngày mai cắt điện toàn thôn.", 4_000, 5_000),
    heard("Xin cảm ơn bà con.", 5_000, 6_000),
)
BORDERS = (1_100, 4_000 - LEAD_MS, 5_000)


def in_review(life: Life, lines: Sequence[Segment] = LINES, *, title: str = "Bản tin sáng") -> str:
    receipt = life.receive(title.encode(), title=title)
    life.transcribe(receipt.task_id, *lines)
    return receipt.announcement_id


def part(
    life: Life, announcement_id: str, *places: int, actor_id: str | None = None, **more: Any
) -> tuple[str, ...]:
    """Part an announcement before its segments at these places; the ids of the parts."""
    view = life.view(announcement_id)
    options = {
        "announcement_id": announcement_id,
        "expected_version": view.version,
        "beginnings": [Beginning(view.segments[place].id) for place in places],
        "actor_id": actor_id or life.person("editor"),
        **more,
    }
    with life.db.writing() as session:
        return part_announcement(session, **options)


def test_each_part_has_its_own_span_and_its_own_segments(life: Life) -> None:
    whole = in_review(life)
    before = life.view(whole)
    ids = part(life, whole, 1, 2, 3)
    assert ids[0] == whole
    views = [life.view(one) for one in ids]
    edges = [(view.start_ms, view.end_ms) for view in views]
    assert edges == list(zip((0, *BORDERS), (*BORDERS, DURATION_MS), strict=True))
    assert [view.segments[0] for view in views] == list(before.segments)
    assert [len(view.segments) for view in views] == [1, 1, 1, 1]
    assert {view.work.state for view in views} == {"in_review"}
    assert views[0].version == before.version + 1
    assert {view.sha256 for view in views} == {before.sha256}


def test_a_part_takes_over_the_details_of_the_broadcast_and_its_hour_moves(life: Life) -> None:
    whole = in_review(life)
    with life.db.writing() as session:
        announcement = session.get_one(Announcement, whole)
        announcement.category, announcement.area = "Y tế", "Thôn Mẫu"
        announcement.priority, announcement.speaker = "urgent", "Phát thanh viên"
        announcement.summary = "Chỉ của phần đầu."
    view = life.view(whole)
    beginnings = [
        Beginning(view.segments[2].id, "  Lịch cắt điện "),
        Beginning(view.segments[3].id),
    ]
    _, second, third = part(life, whole, beginnings=beginnings, title="Tiêm phòng")
    assert [life.view(one).work.title for one in (whole, second, third)] == [
        "Tiêm phòng",
        "Lịch cắt điện",
        "Xin cảm ơn bà con",
    ]
    part_view = life.view(second)
    assert (part_view.category, part_view.area) == ("Y tế", "Thôn Mẫu")
    assert part_view.work.priority == "urgent"
    assert part_view.particulars.speaker == "Phát thanh viên"
    assert part_view.particulars.summary == ""
    assert part_view.work.broadcast_at == BROADCAST_AT + timedelta(milliseconds=BORDERS[1])


def test_both_sides_are_told_in_the_history(life: Life) -> None:
    whole = in_review(life)
    _, second = part(life, whole, 2)
    assert [entry.action for entry in life.view(whole).history][-1] == "part_announcement"
    assert [entry.action for entry in life.view(second).history] == ["made_by_parting"]


def test_what_people_did_goes_with_the_segments(life: Life) -> None:
    whole, editor = in_review(life), life.person("editor")
    first, *_, last = life.view(whole).segments
    with life.db.writing() as session:
        for segment in (first, last):
            saved = save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=1,
                text=segment.text + " Hết.",
                actor_id=editor,
            )
            confirm_segment(
                session, segment_id=segment.id, expected_version=saved.version, actor_id=editor
            )
        save_flags(session, whole, [NewFlag(one.id, "loop", 0, 1, {}) for one in (first, last)])
        for segment_id in (last.id, None):
            session.add(
                SuggestionRefusal(
                    announcement_id=whole,
                    segment_id=segment_id,
                    kind="number",
                    heard="hai",
                    user_id=editor,
                )
            )
    _, second = part(life, whole, 2)
    kept, moved = life.view(whole), life.view(second)
    assert [len(kept.segments[0].flags), len(moved.segments[-1].flags)] == [1, 1]
    assert moved.segments[-1].text.endswith("Hết.")
    with life.db.reading() as session:
        assert set(confirmations(session, whole)) == {first.id}
        assert set(confirmations(session, second)) == {last.id}
        edits = session.scalars(select(Edit.segment_id).where(Edit.announcement_id == second))
        assert list(edits) == [last.id]
        refused = select(SuggestionRefusal.segment_id).where(
            SuggestionRefusal.announcement_id == second
        )
        assert set(session.scalars(refused)) == {last.id, None}


def test_a_cutting_of_segments_is_taken_back_in_the_part_where_it_was_made(life: Life) -> None:
    whole, editor = in_review(life), life.person("editor")
    segment = life.view(whole).segments[2]
    with life.db.writing() as session:
        change = split_segment(
            session, segment_id=segment.id, expected_version=1, at_word=2, actor_id=editor
        )
    _, second = part(life, whole, 2)
    with life.db.writing() as session:
        undo_rearrangement(
            session, change_id=change.change_id, announcement_id=second, actor_id=editor
        )
    assert [one.text for one in life.view(second).segments] == [one.text for one in LINES[2:]]


def test_an_approval_that_stood_is_voided(life: Life) -> None:
    whole = in_review(life)
    task_id = life.approve(whole, life.person("approver"))
    _, second = part(life, whole, 2)
    assert (life.state(whole), life.state(second)) == ("in_review", "in_review")
    assert life.task(task_id).state == "cancelled"


def test_the_same_request_again_is_refused(life: Life) -> None:
    whole = in_review(life)
    version = life.view(whole).version
    beginnings = [Beginning(life.view(whole).segments[2].id)]
    part(life, whole, beginnings=beginnings)
    with pytest.raises(VersionConflict):
        part(life, whole, beginnings=beginnings, expected_version=version)
    assert len(life.view(whole).segments) == 2


@pytest.mark.parametrize(
    ("places", "code"), [((), "parts_none"), ((0,), "part_empty"), ((0, 2), "part_empty")]
)
def test_a_part_needs_a_beginning_and_something_before_it(
    life: Life, places: tuple[int, ...], code: str
) -> None:
    whole = in_review(life)
    with pytest.raises(InvalidInput, match=code):
        part(life, whole, *places)
    assert len(life.view(whole).segments) == 4


def test_a_border_that_is_no_segment_of_it_is_refused(life: Life) -> None:
    whole, other = in_review(life), in_review(life, title="Bản tin khác")
    foreign = [Beginning(life.view(other).segments[1].id)]
    with pytest.raises(NotFound, match="segment_unknown"):
        part(life, whole, beginnings=foreign)
    with pytest.raises(InvalidInput, match="title_too_long"):
        part(life, whole, beginnings=[Beginning(life.view(whole).segments[1].id, "a" * 301)])


def test_what_the_machine_still_hears_is_not_parted(life: Life) -> None:
    receipt = life.receive(b"still heard")
    run = life.claim(receipt.task_id)
    life.begin(run)
    with pytest.raises((IllegalTransition, NotFound)):
        part(life, receipt.announcement_id, beginnings=[Beginning("0" * 12)])
    whole = in_review(life, title="Bản tin bị gỡ")
    with life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=whole, reason="Nhầm", actor_id=life.person("approver")
        )
    with pytest.raises(IllegalTransition):
        part(life, whole, 2)


def test_the_machine_never_hears_a_part_again(life: Life) -> None:
    for one in part(life, in_review(life), 2):
        for again in (retry_announcement, cancel_transcription):
            with life.db.writing() as session, pytest.raises(IllegalTransition):
                again(session, announcement_id=one, actor_id=life.person("editor"))


def test_parting_needs_somebody_who_may_edit(life: Life) -> None:
    with pytest.raises(Forbidden):
        part(life, in_review(life), 2, actor_id=life.person("operator"))


def test_a_part_is_withdrawn_and_reopened_like_any_other(life: Life) -> None:
    approver = life.person("approver")
    _, second = part(life, in_review(life), 2)
    with life.db.writing() as session:
        withdraw_announcement(session, announcement_id=second, reason="Để sau", actor_id=approver)
    with life.db.writing() as session:
        reopen_announcement(session, announcement_id=second, actor_id=approver)
    assert life.state(second) == "in_review"


def test_nothing_is_found_amiss_with_the_parts(own_life: Life) -> None:
    whole = in_review(own_life)
    ids = part(own_life, whole, 1, 3)
    for one in ids:
        own_life.publish(own_life.approve(one, own_life.person("approver")))
    with own_life.db.reading() as session:
        now = session.get_one(Announcement, whole).updated_at
        assert list(inspect_work(session, now, deep=True)) == []


def test_the_same_file_again_names_the_first_part(life: Life) -> None:
    receipt = life.receive(b"sent twice")
    life.transcribe(receipt.task_id, *LINES)
    part(life, receipt.announcement_id, 2)
    incoming = life.incoming(b"sent twice")
    with life.db.reading() as session:
        assert find_duplicate(session, life.unit.id, incoming.sha256) == receipt.announcement_id
    again = accept_recording(
        life.db,
        life.media,
        unit_id=life.unit.id,
        actor_id=None,
        incoming=incoming,
        facts=FACTS,
        file_name="lần hai.wav",
    )
    assert again.duplicate_of == receipt.announcement_id


def test_moments_marked_while_recording_are_shown_in_their_part(life: Life) -> None:
    whole = in_review(life)
    with life.db.writing() as session:
        session.add(
            Capture(
                unit_id=life.unit.id,
                kind="recorder",
                client_key="c" * 32,
                file_name="thu.webm",
                chunk_bytes=100_000,
                announcement_id=whole,
                bookmarks=[500, 4_500],
                state="finished",
                finished_at=BROADCAST_AT,
            )
        )
    _, second = part(life, whole, 2)
    with life.db.reading() as session:
        assert bookmarks_of(session, whole) == [500]
        assert bookmarks_of(session, second) == [4_500]


def test_each_part_keeps_the_script_that_its_words_are_from(life: Life) -> None:
    whole, editor = in_review(life), life.person("editor")
    segments = life.view(whole).segments
    with life.db.writing() as session:
        attach_script(
            session, announcement_id=whole, text="Văn bản", file_name="vb.docx", actor_id=editor
        )
        texts = {segments[0].id: "Lời đầu.", segments[2].id: "Lời sau."}
        apply_script_texts(
            session, announcement_id=whole, texts=texts, departures=(), actor_id=editor
        )
    _, second, third = part(life, whole, 2, 3)
    with life.db.reading() as session:
        scripts = session.scalars(
            select(Script).where(Script.announcement_id.in_((whole, second, third)))
        )
        filled = {one.announcement_id: set(one.filled) for one in scripts}
    assert filled == {whole: {segments[0].id}, second: {segments[2].id}}
    with life.db.writing() as session:
        restore_texts(session, announcement_id=second, actor_id=editor)
    with life.db.reading() as session:
        assert announcement_view(session, second).segments[0].text == LINES[2].text
