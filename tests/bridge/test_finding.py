"""Finding whole syllables and putting others in their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.finding import EXACT, FOLDED, MODES, TONE, Place, find_places, replace_places


@pytest.mark.parametrize(
    ("text", "query", "mode", "places"),
    [
        ("xã Mẫu họp ở xã Mẫu", "xã Mẫu", EXACT, [(0, 2), (4, 6)]),
        ("Xã mẫu", "xã Mẫu", EXACT, []),
        ("Xã mẫu", "xã Mẫu", TONE, [(0, 2)]),
        ("hoà bình, hòa bình.", "hòa bình", EXACT, [(2, 4)]),
        ("hoà bình, hòa bình.", "hòa bình", TONE, [(0, 2), (2, 4)]),
        ("Đồng Tháp và đong thap", "dong thap", FOLDED, [(0, 2), (3, 5)]),
        ("má mà mả", "ma", TONE, []),
        ("má mà mả", "ma", FOLDED, [(0, 1), (1, 2), (2, 3)]),
        # Whole syllables: no part of one.
        ("trạm trạ trạmxá", "trạ", EXACT, [(1, 2)]),
        ("(xã Mẫu), “xã Mẫu”!", "xã Mẫu", EXACT, [(0, 2), (2, 4)]),
        ("họp tại xã, Mẫu nói", "xã Mẫu", EXACT, []),
        ("an an an", "an an", EXACT, [(0, 2)]),
        ("7 giờ 30", "7 giờ", EXACT, [(0, 2)]),
        ("một hai", "", EXACT, []),
        ("một hai", " ,. ", EXACT, []),
        ("", "một", EXACT, []),
        ("một", "một hai ba", EXACT, []),
    ],
)
def test_where_it_stands(text: str, query: str, mode: str, places: list[tuple[int, int]]) -> None:
    assert find_places(text, query, mode) == tuple(Place(*place) for place in places)


def test_both_forms_of_a_letter_are_the_same() -> None:
    assert find_places("th\u00f4n", "tho\u0302n", EXACT) == (Place(0, 1),)


def test_a_way_to_compare_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no such way"):
        find_places("một", "một", "sound")


@pytest.mark.parametrize(
    ("text", "query", "replacement", "expected"),
    [
        ("trạm sá (trạm sá).", "trạm sá", "trạm xá", "trạm xá (trạm xá)."),
        ("Trạm sá xã", "trạm sá", "trạm xá", "Trạm xá xã"),
        ("ủy ban xã", "ủy ban", "UBND", "UBND xã"),
        ("UBND xã", "ubnd", "ủy ban", "ủy ban xã"),
        ("à ừ kính thưa bà con", "à ừ", "", "kính thưa bà con"),
        ("rồi à, kính thưa", "à", "", "rồi, kính thưa"),
        ("rồi (à kính) thưa", "à", "", "rồi (kính) thưa"),
        ("rồi (à) thưa", "à", "", "rồi thưa"),
        ("à", "à", "", ""),
        ("thôn năm", "năm", "5 và 6", "thôn 5 và 6"),
    ],
)
def test_what_is_written_there(text: str, query: str, replacement: str, expected: str) -> None:
    assert replace_places(text, find_places(text, query, TONE), replacement) == expected


def test_only_the_places_that_are_named() -> None:
    places = find_places("an an an", "an", EXACT)
    assert replace_places("an an an", places[1:2], "yên") == "an yên an"


WORDS = st.lists(st.sampled_from(["xã", "Mẫu,", "(hoà", "hòa)", "an", "7"]), max_size=12)


@given(WORDS, st.sampled_from(["xã", "hòa", "an an", "mẫu"]), st.sampled_from(MODES))
def test_a_place_written_as_it_was_changes_nothing(words: list[str], query: str, mode: str) -> None:
    text = " ".join(words)
    for place in find_places(text, query, mode):
        core = " ".join(words[place.first : place.end]).strip("(),")
        assert replace_places(text, [place], core) == text


@given(WORDS, st.sampled_from(["xã", "an", "an an"]))
def test_once_replaced_it_is_found_no_more(words: list[str], query: str) -> None:
    text = " ".join(words)
    written = replace_places(text, find_places(text, query, TONE), "khác hẳn")
    assert find_places(written, query, TONE) == ()
    assert written.count("khác hẳn") == len(find_places(text, query, TONE))
