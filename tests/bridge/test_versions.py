"""What a segment's text was."""

import pytest

from bridge.editing import save_segment_text
from bridge.errors import NotFound
from bridge.versions import MACHINE, segment_versions
from tests.bridge.lifecycle import FIRST, Life


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
