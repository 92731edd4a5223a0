"""Segments that are cut and joined: words keep their times, and everything can be taken back."""

from typing import Any

import pytest
from sqlalchemy import select

from bridge.editing import save_segment_text
from bridge.errors import (
    Conflict,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from bridge.flags import NewFlag, count_undecided, decide_flag, hide_segment, save_flags
from bridge.models import AuditEntry, Edit, Flag, Segment
from bridge.rearranging import (
    Rearranged,
    merge_segments,
    split_segment,
    undo_rearrangement,
)
from bridge.scripts import apply_script_texts, attach_script, restore_texts
from bridge.transcript import Segment as Heard
from tests.bridge.lifecycle import FIRST, SECOND, Life, heard

# "Kính thưa bà con nhân dân." and "Bảy giờ sáng mai tiêm phòng.", half a second each word.
FIRST_HALVES = ["Kính thưa bà", "con nhân dân."]


@pytest.fixture
def editor(life: Life) -> str:
    return life.person("editor")


@pytest.fixture
def announcement(life: Life) -> str:
    return life.reviewable()


def cut(life: Life, announcement: str, place: int, at_word: int, actor_id: str) -> Rearranged:
    """Cut the segment at a place of the text."""
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        return split_segment(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            at_word=at_word,
            actor_id=actor_id,
        )


def join(life: Life, announcement: str, place: int, actor_id: str) -> Rearranged:
    """Join the segment at a place of the text and the next one."""
    segments = life.view(announcement).segments
    following = segments[place + 1].version if place + 1 < len(segments) else 1
    with life.db.writing() as session:
        return merge_segments(
            session,
            segment_id=segments[place].id,
            expected_version=segments[place].version,
            next_version=following,
            actor_id=actor_id,
        )


def undo(life: Life, change: Rearranged, actor_id: str) -> Rearranged:
    with life.db.writing() as session:
        return undo_rearrangement(
            session,
            change_id=change.change_id,
            announcement_id=change.announcement_id,
            actor_id=actor_id,
        )


def save(life: Life, announcement: str, place: int, text: str, actor_id: str) -> None:
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=actor_id,
        )


def texts(life: Life, announcement: str) -> list[str]:
    return [segment.text for segment in life.view(announcement).segments]


def rows(life: Life, announcement: str) -> list[dict[str, Any]]:
    """Everything that the segments say, without what any change counts up."""
    with life.db.reading() as session:
        found = session.scalars(
            select(Segment)
            .where(Segment.announcement_id == announcement)
            .order_by(Segment.position)
        )
        skipped = {"position", "version", "updated_at"}  # these only ever grow
        return [
            {
                column.key: getattr(row, column.key)
                for column in Segment.__table__.columns
                if column.key not in skipped
            }
            for row in found
        ]


def flag(life: Life, announcement: str, place: int, first: int, end: int, kind: str) -> None:
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        save_flags(session, announcement, [NewFlag(segment.id, kind, first, end, {})], kinds=[])


def flags(life: Life, announcement: str) -> list[tuple[int, str, int, int]]:
    """(place of the segment, kind, first word, end word) of every flag."""
    places = {one.id: place for place, one in enumerate(life.view(announcement).segments)}
    with life.db.reading() as session:
        found = session.scalars(select(Flag).where(Flag.announcement_id == announcement))
        return sorted(
            (places[one.segment_id], one.kind, one.first_word, one.end_word) for one in found
        )


def test_a_segment_is_cut_between_two_words(life: Life, announcement: str, editor: str) -> None:
    before = life.view(announcement)
    done = cut(life, announcement, 0, 3, editor)
    after = life.view(announcement)
    assert [one.text for one in after.segments] == [*FIRST_HALVES, SECOND.text]
    assert [one.id for one in after.segments][:2] == list(done.changed)
    assert done.removed == (before.segments[0].id,)
    left, right = after.segments[:2]
    assert left.words + right.words == before.segments[0].words
    assert (left.start_ms, left.end_ms, right.start_ms, right.end_ms) == (0, 1_500, 1_500, 3_000)
    assert after.version == before.version + 1
    assert after.digest != before.digest
    assert after.history[-1].action == "split_segment"


def test_later_edits_find_the_engine_s_words_in_each_part(
    life: Life, announcement: str, editor: str
) -> None:
    whole = life.view(announcement).segments[0].words
    cut(life, announcement, 0, 3, editor)
    save(life, announcement, 1, "con, nhân dân toàn xã.", editor)
    right = life.view(announcement).segments[1]
    assert [word.start_ms for word in right.words[:3]] == [word.start_ms for word in whole[3:]]
    assert right.words[0].probability == whole[3].probability
    assert all(1_500 <= word.start_ms <= word.end_ms <= 3_000 for word in right.words)


def test_cutting_again_and_again_keeps_the_order(
    life: Life, announcement: str, editor: str
) -> None:
    for place, at_word in ((0, 3), (0, 1), (2, 2), (4, 3)):
        cut(life, announcement, place, at_word, editor)
    assert texts(life, announcement) == [
        *("Kính", "thưa bà", "con nhân", "dân."),
        *("Bảy giờ sáng", "mai tiêm phòng."),
    ]
    segments = life.view(announcement).segments
    assert [one.start_ms for one in segments[1:]] == [one.end_ms for one in segments[:-1]]
    for _ in range(5):
        join(life, announcement, 0, editor)
    assert texts(life, announcement) == [f"{FIRST.text} {SECOND.text}"]
    assert life.view(announcement).segments[0].words == FIRST.words + SECOND.words


def test_two_segments_are_joined(life: Life, announcement: str, editor: str) -> None:
    first, second = life.view(announcement).segments
    save(life, announcement, 1, "Tám giờ.", editor)
    done = join(life, announcement, 0, editor)
    (whole,) = life.view(announcement).segments
    assert (done.changed, done.removed) == ((whole.id,), (first.id, second.id))
    assert whole.text == f"{FIRST.text} Tám giờ."
    assert (whole.start_ms, whole.end_ms) == (0, 6_000)
    assert whole.engine_text == f"{FIRST.text} {SECOND.text}"
    with life.db.reading() as session:  # what was done to the second stays known
        assert session.scalars(select(Edit.before).where(Edit.segment_id == second.id)).one()
    with pytest.raises(NotFound, match="segment_unknown"), life.db.writing() as session:
        save_segment_text(
            session, segment_id=second.id, expected_version=2, text="Trễ.", actor_id=editor
        )


def test_everything_can_be_taken_back_in_the_reverse_order(
    life: Life, announcement: str, editor: str
) -> None:
    save(life, announcement, 1, "Tám giờ sáng.", editor)
    states, changes = [rows(life, announcement)], []
    for place, at_word in ((0, 3), (2, 1), (1, None), (0, None)):
        if at_word is None:
            changes.append(join(life, announcement, place, editor))
        else:
            changes.append(cut(life, announcement, place, at_word, editor))
        states.append(rows(life, announcement))
    versions = {one.id: one.version for one in life.view(announcement).segments}
    for change, state in zip(reversed(changes), reversed(states[:-1]), strict=True):
        undone = undo(life, change, editor)
        assert rows(life, announcement) == state
        assert {one["id"] for one in state} >= set(undone.changed)
        # A page that still has what was taken back can never save over what stands.
        now = {one.id: one.version for one in life.view(announcement).segments}
        assert all(now[one] > versions[one] for one in undone.changed if one in versions)
        versions |= now
    assert [entry.action for entry in life.view(announcement).history[-4:]] == [
        *("undo_merge", "undo_merge", "undo_split", "undo_split")
    ]
    save(life, announcement, 1, "Chín giờ sáng.", editor)  # no version comes twice


def test_what_was_changed_since_stays(life: Life, announcement: str, editor: str) -> None:
    change = cut(life, announcement, 0, 3, editor)
    save(life, announcement, 1, "cô bác.", editor)
    with pytest.raises(Conflict, match="rearrangement_overtaken"):
        undo(life, change, editor)
    joined = join(life, announcement, 0, editor)
    cut(life, announcement, 0, 1, editor)
    with pytest.raises(Conflict, match="rearrangement_overtaken"):
        undo(life, joined, editor)
    assert texts(life, announcement)[:2] == ["Kính", "thưa bà cô bác."]


def test_an_edit_that_was_taken_back_leaves_the_way_free(
    life: Life, announcement: str, editor: str
) -> None:
    change = cut(life, announcement, 0, 3, editor)
    save(life, announcement, 1, "cô bác.", editor)
    save(life, announcement, 1, FIRST_HALVES[1], editor)
    undo(life, change, editor)
    assert texts(life, announcement) == [FIRST.text, SECOND.text]


def test_taking_back_twice_is_harmless_and_only_for_who_did_it(
    life: Life, announcement: str, editor: str
) -> None:
    change = join(life, announcement, 0, editor)
    with pytest.raises(Forbidden, match="rearrangement_not_yours"):
        undo(life, change, life.person("editor"))
    assert undo(life, change, editor) == undo(life, change, editor)
    assert texts(life, announcement) == [FIRST.text, SECOND.text]
    with life.db.reading() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_id == announcement)
        ).all()
    assert actions.count("undo_merge") == 1
    with pytest.raises(NotFound, match="rearrangement_unknown"):
        undo(life, Rearranged("nothing", announcement, (), ()), editor)
    with pytest.raises(NotFound, match="rearrangement_unknown"):
        undo(life, Rearranged(change.change_id, life.reviewable(b"another"), (), ()), editor)


def test_who_was_quicker_is_never_overwritten(life: Life, announcement: str, editor: str) -> None:
    first, second = life.view(announcement).segments
    save(life, announcement, 1, "Tám giờ.", life.person("editor"))
    with life.db.writing() as session:
        with pytest.raises(VersionConflict) as caught:
            split_segment(
                session,
                segment_id=second.id,
                expected_version=second.version,
                at_word=2,
                actor_id=editor,
            )
        assert caught.value.data == {"current_version": 2, "current_text": "Tám giờ."}
        with pytest.raises(VersionConflict):
            merge_segments(
                session,
                segment_id=first.id,
                expected_version=first.version,
                next_version=second.version,
                actor_id=editor,
            )
    assert texts(life, announcement) == [FIRST.text, "Tám giờ."]


@pytest.mark.parametrize("at_word", [0, 6, 99, -1])
def test_a_cut_leaves_words_on_both_sides(
    life: Life, announcement: str, editor: str, at_word: int
) -> None:
    with pytest.raises(InvalidInput, match="split_nothing"):
        cut(life, announcement, 0, at_word, editor)
    assert texts(life, announcement) == [FIRST.text, SECOND.text]


def test_what_cannot_be_joined_is_said(life: Life, editor: str) -> None:
    announcement = life.reviewable()
    with pytest.raises(InvalidInput, match="merge_nothing"):
        join(life, announcement, 1, editor)
    with life.db.writing() as session:
        segment = life.view(announcement).segments[1]
        hide_segment(session, segment_id=segment.id, actor_id=editor)
    with pytest.raises(Conflict, match="merge_hidden"):
        join(life, announcement, 0, editor)

    receipt = life.receive(b"long")
    long = (heard("Câu một.", 0, 70_000), heard("Câu hai.", 70_000, 121_000))
    life.transcribe(receipt.task_id, *long)
    with pytest.raises(InvalidInput, match="merge_too_long"):
        join(life, receipt.announcement_id, 0, editor)


def test_silence_and_remarks_join_the_words_beside_them(life: Life, editor: str) -> None:
    receipt = life.receive(b"music")
    life.transcribe(
        receipt.task_id,
        Heard(0, 1_000, "[nhạc]", (), "music"),
        heard("Kính thưa bà con.", 1_000, 3_000),
        Heard(3_000, 6_000, "", (), "silence"),
    )
    announcement = receipt.announcement_id
    state = rows(life, announcement)
    changes = [join(life, announcement, 0, editor) for _ in range(2)]
    (whole,) = life.view(announcement).segments
    assert (whole.text, whole.kind) == ("Kính thưa bà con.", "speech")
    for change in reversed(changes):
        undo(life, change, editor)
    assert rows(life, announcement) == state


def test_what_is_asked_goes_with_its_words(life: Life, announcement: str, editor: str) -> None:
    flag(life, announcement, 0, 0, 2, "loop")
    flag(life, announcement, 0, 2, 5, "known_phrase")
    flag(life, announcement, 0, 4, 6, "too_fast")
    before = flags(life, announcement)
    change = cut(life, announcement, 0, 3, editor)
    assert flags(life, announcement) == [
        (0, "known_phrase", 2, 3),
        (0, "loop", 0, 2),
        (1, "known_phrase", 0, 2),  # about words of both sides: asked about both
        (1, "too_fast", 1, 3),
    ]
    with life.db.reading() as session:
        assert count_undecided(session, announcement) == 2
    undo(life, change, editor)
    assert flags(life, announcement) == before
    join(life, announcement, 0, editor)
    assert flags(life, announcement) == before


def test_an_answer_is_kept_and_a_question_of_either_side_stays_open(
    life: Life, announcement: str, editor: str
) -> None:
    flag(life, announcement, 0, 0, 6, "loop")
    flag(life, announcement, 1, 0, 2, "too_fast")
    with life.db.writing() as session:
        asked = session.scalars(select(Flag).where(Flag.kind == "loop")).all()
        mine = next(one for one in asked if one.announcement_id == announcement)
        decide_flag(session, flag_id=mine.id, decision="keep", actor_id=editor)
    cut(life, announcement, 0, 3, editor)
    with life.db.reading() as session:
        assert count_undecided(session, announcement) == 1
        loops = session.scalars(
            select(Flag.decision).where(Flag.announcement_id == announcement, Flag.kind == "loop")
        ).all()
    assert loops == ["keep", "keep"]
    join(life, announcement, 1, editor)
    with life.db.reading() as session:
        assert count_undecided(session, announcement) == 1


def test_an_approval_is_void_and_a_published_text_goes_back_to_review(
    life: Life, editor: str
) -> None:
    announcement = life.published(life.person("approver"))
    change = cut(life, announcement, 0, 3, editor)
    assert life.state(announcement) == "in_review"
    life.approve(announcement, life.person("approver"))
    undo(life, change, editor)
    assert life.state(announcement) == "in_review"


def test_only_editors_rearrange_and_only_a_finished_text(life: Life, editor: str) -> None:
    announcement = life.reviewable()
    with pytest.raises(Forbidden):
        cut(life, announcement, 0, 3, life.person("operator"))
    with pytest.raises(NotFound, match="segment_unknown"), life.db.writing() as session:
        split_segment(session, segment_id="nothing", expected_version=1, at_word=1, actor_id=editor)
    with life.db.writing() as session:
        row = session.get_one(Segment, life.view(announcement).segments[0].id)
        row.announcement.state = "withdrawn"
    with pytest.raises(IllegalTransition):
        cut(life, announcement, 0, 3, editor)
    assert texts(life, announcement) == [FIRST.text, SECOND.text]


def test_a_script_can_be_taken_back_from_segments_that_were_cut_and_joined(
    life: Life, announcement: str, editor: str
) -> None:
    save(life, announcement, 1, "Sửa trước khi có văn bản.", editor)
    segments = life.view(announcement).segments
    words = {segments[0].id: "Một hai ba bốn năm sáu.", segments[1].id: "Bảy tám chín."}
    with life.db.writing() as session:
        attach_script(
            session, announcement_id=announcement, text="Một", file_name="", actor_id=editor
        )
        apply_script_texts(
            session, announcement_id=announcement, texts=words, departures=(), actor_id=editor
        )
    cut(life, announcement, 0, 3, editor)
    change = join(life, announcement, 1, editor)
    undo(life, change, editor)  # what a person wrote before the script is known again
    with life.db.writing() as session:
        restore_texts(session, announcement_id=announcement, actor_id=editor)
    assert texts(life, announcement) == [*FIRST_HALVES, "Sửa trước khi có văn bản."]


def test_a_script_that_was_joined_gives_way_to_the_engine_s_words(
    life: Life, announcement: str, editor: str
) -> None:
    segments = life.view(announcement).segments
    with life.db.writing() as session:
        attach_script(
            session, announcement_id=announcement, text="Một", file_name="", actor_id=editor
        )
        apply_script_texts(
            session,
            announcement_id=announcement,
            texts={segments[0].id: "Một hai.", segments[1].id: "Ba bốn."},
            departures=(),
            actor_id=editor,
        )
    join(life, announcement, 0, editor)
    with life.db.writing() as session:
        restore_texts(session, announcement_id=announcement, actor_id=editor)
    assert texts(life, announcement) == [f"{FIRST.text} {SECOND.text}"]
