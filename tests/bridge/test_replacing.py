"""Replacing chosen places of an announcement: one step, words keep their times, undone at once."""

from typing import Any

import pytest

from bridge.errors import Forbidden, IllegalTransition, InvalidInput
from bridge.finding import EXACT, FOLDED, TONE
from bridge.flags import NewFlag, save_flags, undecided_segments
from bridge.replacing import Hit, Replaced, find_in_announcement, replace_in_announcement
from bridge.review import withdraw_announcement
from bridge.undo import undo_change
from tests.bridge.lifecycle import Life, heard

SPOKEN = (
    heard("Trạm sá xã thông báo.", 0, 2000),
    heard("Mời đến trạm sá hoặc trạm sá cũ.", 2000, 4000),
    heard("Xin cảm ơn.", 4000, 6000),
)


@pytest.fixture
def announcement(own_life: Life) -> str:
    receipt = own_life.receive(title="Lịch tiêm")
    own_life.transcribe(receipt.task_id, *SPOKEN)
    return receipt.announcement_id


def hits(life: Life, announcement: str, query: str, mode: str = TONE) -> list[Hit]:
    with life.db.reading() as session:
        found = find_in_announcement(session, announcement, query, mode)
    return [Hit(one.segment_id, one.version, place) for one in found for place in one.places]


def replace(life: Life, announcement: str, chosen: list[Hit], **changed: Any) -> Replaced:
    values: dict[str, Any] = {"query": "trạm sá", "mode": TONE, "replacement": "trạm xá", **changed}
    actor_id = values.pop("actor_id", None) or life.person("editor")
    with life.db.writing() as session:
        return replace_in_announcement(
            session, announcement_id=announcement, hits=chosen, actor_id=actor_id, **values
        )


def texts(life: Life, announcement: str) -> list[str]:
    return [segment.text for segment in life.view(announcement).segments]


def test_every_chosen_place_is_written_and_words_keep_their_times(
    own_life: Life, announcement: str
) -> None:
    before = own_life.view(announcement).segments
    done = replace(own_life, announcement, hits(own_life, announcement, "trạm sá"))
    after = own_life.view(announcement).segments
    assert texts(own_life, announcement) == [
        "Trạm xá xã thông báo.",
        "Mời đến trạm xá hoặc trạm xá cũ.",
        "Xin cảm ơn.",
    ]
    assert (len(done.saved), done.overtaken) == (2, 0)
    for old, new in zip(before, after, strict=True):
        spans = [[(word.start_ms, word.end_ms) for word in one.words] for one in (old, new)]
        assert spans[0] == spans[1]


def test_only_the_chosen_ones(own_life: Life, announcement: str) -> None:
    chosen = hits(own_life, announcement, "trạm sá")[2:]
    replace(own_life, announcement, chosen)
    assert texts(own_life, announcement)[:2] == [
        "Trạm sá xã thông báo.",
        "Mời đến trạm sá hoặc trạm xá cũ.",
    ]


def test_one_undoing_takes_all_of_it_back(own_life: Life, announcement: str) -> None:
    editor = own_life.person("editor")
    chosen = hits(own_life, announcement, "trạm sá")
    done = replace(own_life, announcement, chosen, actor_id=editor)
    assert done.span is not None
    with own_life.db.writing() as session:
        undo_change(session, announcement_id=announcement, span=done.span, actor_id=editor)
    assert texts(own_life, announcement) == [segment.text for segment in SPOKEN]


def test_what_was_changed_since_is_left_alone_and_counted(
    own_life: Life, announcement: str
) -> None:
    chosen = hits(own_life, announcement, "trạm sá")
    replace(own_life, announcement, hits(own_life, announcement, "xã"), query="xã", replacement="X")
    done = replace(own_life, announcement, chosen)
    assert (len(done.saved), done.overtaken) == (1, 1)
    assert texts(own_life, announcement)[0] == "Trạm sá X thông báo."
    again = replace(own_life, announcement, chosen)
    assert (again.saved, again.overtaken, again.span) == ((), 3, None)


def test_a_segment_that_waits_for_a_decision_is_left_alone_and_counted(
    own_life: Life, announcement: str
) -> None:
    asked = own_life.view(announcement).segments[1].id
    loop = {"text": "trạm sá", "times": 2}
    with own_life.db.writing() as session:
        save_flags(session, announcement, [NewFlag(asked, "loop", 2, 4, loop)])
    done = replace(own_life, announcement, hits(own_life, announcement, "trạm sá"))
    assert (len(done.saved), done.overtaken, done.waiting) == (1, 0, 1)
    assert texts(own_life, announcement)[1] == SPOKEN[1].text
    with own_life.db.reading() as session:
        assert undecided_segments(session, announcement) == {asked}


def test_what_is_found_without_marks_is_never_replaced(own_life: Life, announcement: str) -> None:
    chosen = hits(own_life, announcement, "tram sa", FOLDED)
    assert len(chosen) == 3
    with pytest.raises(InvalidInput, match="mode_only_finds"):
        replace(own_life, announcement, chosen, query="tram sa", mode=FOLDED)


def test_what_it_refuses(own_life: Life, announcement: str) -> None:
    chosen = hits(own_life, announcement, "trạm sá")
    with pytest.raises(InvalidInput, match="mode_unknown"):
        replace(own_life, announcement, chosen, mode="nghe")
    with pytest.raises(InvalidInput, match="query_too_long"):
        hits(own_life, announcement, "a" * 201)
    with pytest.raises(Forbidden):
        replace(own_life, announcement, chosen, actor_id=own_life.person("operator"))
    assert hits(own_life, announcement, "Trạm sá", EXACT) == chosen[:1]
    assert texts(own_life, announcement) == [segment.text for segment in SPOKEN]


def test_a_withdrawn_text_is_not_rewritten(own_life: Life, announcement: str) -> None:
    chosen = hits(own_life, announcement, "trạm sá")
    with own_life.db.writing() as session:
        withdraw_announcement(
            session,
            announcement_id=announcement,
            reason="Thử",
            actor_id=own_life.person("approver"),
        )
    with pytest.raises(IllegalTransition):
        replace(own_life, announcement, chosen)
