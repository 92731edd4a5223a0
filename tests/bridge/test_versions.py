"""What a segment's text was."""

import pytest

from bridge.editing import save_segment_text
from bridge.errors import NotFound
from bridge.rearranging import merge_segments, split_segment, undo_rearrangement
from bridge.versions import MACHINE, former_texts, segment_versions
from tests.bridge.lifecycle import FIRST, SECOND, Life


def save(life: Life, segment_id: str, version: int, text: str, actor_id: str) -> None:
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment_id,
            expected_version=version,
            text=text,
            actor_id=actor_id,
        )


def versions(life: Life, segment_id: str) -> list[tuple[int, str, str | None]]:
    with life.db.reading() as session:
        return [(one.number, one.text, one.by) for one in segment_versions(session, segment_id)]


def test_the_machines_text_then_each_that_was_saved(life: Life) -> None:
    segment = life.view(life.reviewable()).segments[0]
    assert versions(life, segment.id) == [(MACHINE, FIRST.text, None)]
    editor, approver = life.person("editor"), life.person("approver")
    save(life, segment.id, 1, "Chữ thứ nhất.", editor)
    save(life, segment.id, 2, "Chữ thứ hai.", approver)
    save(life, segment.id, 3, FIRST.text, editor)
    assert versions(life, segment.id) == [
        (MACHINE, FIRST.text, None),
        (2, "Chữ thứ nhất.", "Người editor"),
        (3, "Chữ thứ hai.", "Người approver"),
        (4, FIRST.text, "Người editor"),
    ]


def test_a_segment_that_is_not_there(life: Life) -> None:
    with pytest.raises(NotFound, match="segment_unknown"):
        versions(life, "khongcoidnay")


def former(life: Life, segment_id: str) -> list[tuple[str, tuple[str, ...]]]:
    with life.db.reading() as session:
        return [(one.kind, one.texts) for one in former_texts(session, segment_id)]


def test_what_was_written_before_segments_were_joined_and_cut_is_not_lost(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    first, _second = life.view(announcement).segments
    save(life, first.id, 1, "Kính thưa nhân dân.", editor)
    assert former(life, first.id) == []
    with life.db.writing() as session:
        joined = merge_segments(
            session, segment_id=first.id, expected_version=2, next_version=1, actor_id=editor
        )
    with life.db.writing() as session:
        cut = split_segment(
            session,
            segment_id=joined.changed[0],
            expected_version=1,
            at_word=2,
            actor_id=editor,
        )
    whole = f"Kính thưa nhân dân. {SECOND.text}"
    for segment_id in cut.changed:
        assert former(life, segment_id) == [
            ("split", (whole,)),
            ("merge", ("Kính thưa nhân dân.", SECOND.text)),
            ("edit", ("Kính thưa nhân dân.",)),
        ]
    with life.db.writing() as session:
        undo_rearrangement(
            session,
            change_id=cut.change_id,
            announcement_id=announcement,
            actor_id=editor,
        )
    assert [kind for kind, _texts in former(life, joined.changed[0])] == ["merge", "edit"]
    with life.db.reading() as session, pytest.raises(NotFound):
        former_texts(session, "nothing")
