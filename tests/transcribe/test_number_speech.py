"""Figures read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.number_speech import read_aloud, speak_digits, speak_number
from transcribe.numbers import find_numbers


def aloud(text: str) -> str:
    return " ".join(word.text for word in read_aloud(text))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi bốn"),
        (55, "năm mươi lăm"),
        (101, "một trăm linh một"),
        (110, "một trăm mười"),
        (1_000, "một nghìn"),
        (2_026, "hai nghìn không trăm hai mươi sáu"),
        (1_000_005, "một triệu không trăm linh năm"),
        (1_500_000, "một triệu năm trăm nghìn"),
        (2_000_100, "hai triệu không nghìn một trăm"),
        (2_300_000_000, "hai tỷ ba trăm triệu"),
        (
            10**12 - 1,
            "chín trăm chín mươi chín tỷ chín trăm chín mươi chín triệu chín trăm "
            "chín mươi chín nghìn chín trăm chín mươi chín",
        ),
    ],
)
def test_whole_numbers_in_words(value: int, words: str) -> None:
    assert speak_number(value) == words


@pytest.mark.parametrize("value", [-1, 10**12])
def test_what_has_no_words_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="no number"):
        speak_number(value)


@given(st.integers(min_value=10, max_value=10**12 - 1))
def test_the_reader_of_spoken_numbers_finds_every_number_again(value: int) -> None:
    (found,) = find_numbers(f"{speak_number(value)} đồng")
    number, unit = found.written.split(" ", 1)
    if unit == "tỷ đồng":
        whole, _, millions = number.partition(",")
        read = int(whole.replace(".", "")) * 10**9 + int(millions.ljust(3, "0")) * 10**6
    else:
        read = int(number.replace(".", ""))
    assert read == value


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        (
            "ngày 25/11/2026",
            "ngày hai mươi lăm tháng mười một năm hai nghìn không trăm hai mươi sáu",
        ),
        ("25-11-2026", "hai mươi lăm tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        ("ngày 05/09", "ngày năm tháng chín"),
        ("lễ 2/9", "lễ hai tháng chín"),
        ("tháng 11/2026", "tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        ("1/3 số hộ", "một phần ba số hộ"),
        ("ngày 1/3", "ngày một tháng ba"),
        ("Nghị định 49/2024", "nghị định bốn mươi chín hai nghìn không trăm hai mươi bốn"),
        ("17h30", "mười bảy giờ ba mươi phút"),
        ("17:30", "mười bảy giờ ba mươi phút"),
        ("7g30", "bảy giờ ba mươi phút"),
        ("7h.", "bảy giờ"),
        ("7 giờ 00", "bảy giờ"),
        ("7 giờ 30", "bảy giờ ba mươi"),
        ("200g đường", "hai trăm g đường"),
        ("1.500.000đ", "một triệu năm trăm nghìn đồng"),
        ("1,500,000 đồng", "một triệu năm trăm nghìn đồng"),
        ("1,5 triệu", "một phẩy năm triệu"),
        ("12,25%", "mười hai phẩy hai mươi lăm phần trăm"),
        ("0,05%", "không phẩy không năm phần trăm"),
        ("100m2 đất", "một trăm mét vuông đất"),
        ("5km", "năm ki lô mét"),
        ("m là mét", "m là mét"),
        ("0912 345 678", "không chín một hai ba bốn năm sáu bảy tám"),
        ("0912.345.678", "không chín một hai ba bốn năm sáu bảy tám"),
        ("gọi 115", "gọi một một năm"),
        ("115 hộ", "một trăm mười lăm hộ"),
        ("Covid-19", "covid mười chín"),
        ("số 001234567890123", "số " + speak_digits("001234567890123")),
        ("“Kính thưa” bà con!", "kính thưa bà con"),
        ("", ""),
    ],
)
def test_figures_are_said_as_people_say_them(written: str, spoken: str) -> None:
    assert aloud(written) == spoken


def test_every_word_knows_the_characters_it_stands_for() -> None:
    text = "Họp lúc 7h30, ngày 5."
    places = {(text[word.start : word.end], word.text) for word in read_aloud(text)}
    assert {("Họp", "họp"), ("7h30", "bảy"), ("7h30", "phút"), ("5", "năm")} <= places
