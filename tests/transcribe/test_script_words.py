import pytest

from transcribe.script_words import say_tokens


def said(text: str) -> str:
    return " ".join(syllable.text for syllable in say_tokens(text.split()))


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("17h30", "mười bảy giờ ba mươi"),
        (
            "ngày 25/11/2026",
            "ngày hai mươi lăm tháng mười một năm hai nghìn không trăm hai mươi sáu",
        ),
        ("1.500.000 đồng", "một triệu năm trăm nghìn đồng"),
        ("UBND xã", "ủy ban nhân dân xã"),
        ("HĐND-UBND", "hội đồng nhân dân ủy ban nhân dân"),
        ("TP.HCM,", "thành phố hồ chí minh"),
        ("V/v họp", "về việc họp"),
        ("khóa XIV", "khóa mười bốn"),
        ("quý I năm nay", "quý một năm nay"),
        ("đ/c Mẫu", "đồng chí mẫu"),
    ],
)
def test_what_is_written_short_is_said_in_full(written: str, spoken: str) -> None:
    assert said(written) == said(spoken)


def test_a_letter_that_is_no_numeral_and_unknown_capitals_stay() -> None:
    assert said("anh V và TT") == "anh v và tt"


def test_every_syllable_names_the_tokens_that_it_stands_for() -> None:
    spoken = say_tokens(["UBND", "họp", "–", "lúc", "17h30."])
    assert [(one.first, one.end) for one in spoken[:4]] == [(0, 1)] * 4
    assert {one.first for one in spoken} == {0, 1, 3, 4}
    assert " ".join(one.text for one in spoken if one.first == 4) == "mười bảy giờ ba mươi"
