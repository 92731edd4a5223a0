"""Two texts word by word."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.differences import ADDED, REMOVED, SAME, Stretch, differences

TEXTS = st.lists(st.sampled_from(["xã", "Mẫu", "họp", "lúc", "7", "giờ."]), max_size=10).map(
    " ".join
)


def test_what_was_removed_stands_before_what_came_for_it() -> None:
    assert differences("trạm sá xã Mẫu", "trạm xá xã Mẫu nay") == (
        Stretch(SAME, "trạm"),
        Stretch(REMOVED, "sá"),
        Stretch(ADDED, "xá"),
        Stretch(SAME, "xã Mẫu"),
        Stretch(ADDED, "nay"),
    )


def test_equal_and_empty_texts() -> None:
    assert differences("một hai", "một  hai") == (Stretch(SAME, "một hai"),)
    assert differences("", "") == ()
    assert differences("", "mới") == (Stretch(ADDED, "mới"),)
    assert differences("cũ", "") == (Stretch(REMOVED, "cũ"),)


@given(TEXTS, TEXTS)
def test_both_texts_are_there_word_for_word(before: str, after: str) -> None:
    found = differences(before, after)
    assert " ".join(one.text for one in found if one.kind != ADDED) == before
    assert " ".join(one.text for one in found if one.kind != REMOVED) == after
    assert all(one.text for one in found)
