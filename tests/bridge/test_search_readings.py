"""What people write in several ways is read in one."""

import pytest

from bridge.search_readings import list_abbreviations, read_text, read_words
from bridge.search_words import LONGEST_WORD, folded_words, split_words
from bridge.vietnamese import fold_tone_position, is_vietnamese_syllable


def read(text: str, *, lenient: bool = False) -> str:
    """The folded forms of what a text is read as."""
    readings = read_words(text, split_words(text), lenient=lenient)
    return " ".join(word.folded for reading in readings for word in reading.read)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("07:00", "7 gio"),
        ("7h", "7 gio"),
        ("7g30", "7 gio 30"),
        ("7h 30", "7 gio 30"),
        ("7 giờ 05", "7 gio 5"),
        ("7 giờ 5 phút", "7 gio 5"),
        ("7 giờ 5 người", "7 gio 5 nguoi"),
        ("bảy giờ rưỡi", "7 gio 30"),
        ("mười chín giờ bốn mươi lăm phút", "19 gio 45"),
        ("bây giờ", "bay gio"),
        ("25 giờ", "25 gio"),
        ("12:34:56", "12 gio 34 56"),
        ("ngày 05/11/2026", "ngay 5 11 2026"),
        ("ngày hai mươi lăm tháng mười một năm 2026", "ngay 25 11 2026"),
        ("40 tháng 11", "40 thang 11"),
        ("hai lăm", "25"),
        ("ba mươi mốt", "31"),
        ("mười", "muoi"),
        ("năm 2026", "nam 2026"),
        ("năm người", "5 nguoi"),
        ("thôn ba", "thon 3"),
        ("ông ba", "ong ba"),
        ("thứ tư", "thu 4"),
        ("1.500.000 đồng", "1500000 dong"),
        ("1.5 lít", "1 5 lit"),
        ("0912 345 678", "0912345678"),
        ("số 012 3", "so 012 3"),
        ("Ủy ban nhân dân - HĐND", "ubnd hdnd"),
        ("ủy ban", "uy ban"),
        ("phòng cháy chữa cháy", "pccc"),
    ],
)
def test_a_text_is_read_as_it_is_meant(written: str, expected: str) -> None:
    assert read(written) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("bay gio", "7 gio"),
        ("bay gio ruoi", "7 gio 30"),
        ("bay muoi tuoi", "70 tuoi"),
        ("hai muoi mot thang muoi hai", "21 12"),
        ("nam nay", "nam nay"),
    ],
)
def test_a_query_without_marks_is_read_kindly(typed: str, expected: str) -> None:
    assert read(typed, lenient=True) == expected


def test_what_was_read_stands_where_it_was_written() -> None:
    text = "Lúc bảy giờ rưỡi tại UBND"
    _, words = read_text(text)
    places = [(text[word.start : word.end], word.folded) for word in words]
    assert places == [
        ("Lúc", "luc"),
        ("bảy giờ rưỡi", "7"),
        ("bảy giờ rưỡi", "gio"),
        ("bảy giờ rưỡi", "30"),
        ("tại", "tai"),
        ("UBND", "ubnd"),
    ]


def test_words_have_an_exact_and_a_folded_form() -> None:
    (word,) = split_words("ĐƯỜNG")
    assert (word.exact, word.folded) == (fold_tone_position("đường"), "duong")
    assert word.is_marked
    assert split_words("hoà")[0].exact == split_words("hòa")[0].exact
    assert not split_words("loa")[0].is_marked
    assert len(split_words("a" * 500)[0].folded) == LONGEST_WORD


def test_no_short_form_is_a_word_of_its_own_and_each_stands_once() -> None:
    table = list_abbreviations()
    assert len(table) >= 40
    assert not [short for short, _ in table if is_vietnamese_syllable(short)]
    long = [folded_words(one) for _, one in table]
    assert len(set(long)) == len(long)
    assert min(map(len, long)) >= 2
