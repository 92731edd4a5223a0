"""A save that is sent again because its answer was lost."""

import pytest

from bridge.editing import SavedSegment, save_segment_text
from bridge.errors import Conflict, VersionConflict
from tests.bridge.lifecycle import Life

KEY, OTHER_KEY = "0123456789abcdef", "fedcba9876543210"


def save(
    life: Life, announcement: str, text: str, version: int, actor_id: str, key: str | None = KEY
) -> SavedSegment:
    segment = life.view(announcement).segments[0]
    with life.db.writing() as session:
        return save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=version,
            text=text,
            actor_id=actor_id,
            request_key=key,
        )


def test_a_repeated_request_gets_the_same_answer_and_changes_nothing(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    first = save(life, announcement, "Một hai ba.", 1, editor)
    version = life.view(announcement).version
    assert save(life, announcement, "Một hai ba.", 1, editor) == first
    assert first.version == 2
    assert life.view(announcement).version == version


def test_it_gets_the_same_answer_even_where_somebody_has_written_over_it(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    first = save(life, announcement, "Một hai ba.", 1, editor)
    save(life, announcement, "Của người khác.", 2, life.person("editor"))
    again = save(life, announcement, "Một hai ba.", 1, editor)
    assert (again.version, again.text, again.words) == (2, first.text, first.words)
    assert life.view(announcement).segments[0].text == "Của người khác."
    # Under a key of its own the same request is what it is: too late.
    with pytest.raises(VersionConflict):
        save(life, announcement, "Một hai ba.", 1, editor, OTHER_KEY)


def test_a_key_is_one_persons_for_one_text(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    save(life, announcement, "Một hai ba.", 1, editor)
    with pytest.raises(Conflict) as refused:
        save(life, announcement, "Bốn năm sáu.", 2, editor)
    assert refused.value.code == "edit_key_reused"
    other = save(life, announcement, "Bốn năm sáu.", 2, life.person("editor"))
    assert (other.version, other.text) == (3, "Bốn năm sáu.")


def test_saves_without_a_key_are_as_many_as_they_are(life: Life) -> None:
    announcement, editor = life.reviewable(), life.person("editor")
    for number, text in enumerate(("Một.", "Hai.", "Ba."), start=1):
        assert save(life, announcement, text, number, editor, None).version == number + 1
