from datetime import UTC, datetime

import pytest

from bridge.queries import HistoryEntry
from web.history import history_lines
from web.labels import HISTORY

ZONE = "Asia/Ho_Chi_Minh"
AT = datetime(2026, 11, 21, 3, 24, tzinfo=UTC)


def edit(who: str, segment: str, start_ms: int = 31_000) -> HistoryEntry:
    return HistoryEntry(AT, who, "edit_segment", {"segment": segment, "start_ms": start_ms})


def test_an_edit_names_its_place_and_the_moment_is_local() -> None:
    (line,) = history_lines([edit("An", "a")], ZONE)
    assert (line.when, line.who, line.what) == ("10:24, 21/11/2026", "An", "sửa chữ đoạn 0:31")


def test_edits_in_a_row_by_one_person_are_one_line() -> None:
    lines = history_lines(
        [edit("An", "a"), edit("An", "b"), edit("An", "b"), edit("Bình", "a"), edit("An", "a")],
        ZONE,
    )
    assert [(line.who, line.what) for line in lines] == [
        ("An", "sửa chữ ở 2 đoạn"),
        ("Bình", "sửa chữ đoạn 0:31"),
        ("An", "sửa chữ đoạn 0:31"),
    ]


def test_one_segment_saved_many_times_is_one_edit_of_it() -> None:
    (line,) = history_lines([edit("An", "a"), edit("An", "a"), edit("An", "a")], ZONE)
    assert line.what == "sửa chữ đoạn 0:31"


def test_a_reason_with_percent_signs_is_kept_as_written() -> None:
    entry = HistoryEntry(AT, "An", "withdraw", {"reason": "100% sai %(x)s"})
    assert history_lines([entry], ZONE)[0].what == "gỡ, lý do: 100% sai %(x)s"


@pytest.mark.parametrize("action", sorted(HISTORY))
def test_every_event_makes_a_whole_line_even_without_its_values(action: str) -> None:
    (line,) = history_lines([HistoryEntry(AT, None, action, {})], ZONE)
    assert line.who is None
    assert line.what
    assert "%(" not in line.what
