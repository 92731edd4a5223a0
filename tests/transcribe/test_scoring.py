"""One form for two texts, and errors counted between them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.vietnamese import to_nfc
from tests.transcribe import number_sentences
from tests.transcribe.announcements import ORDINARY
from tests.transcribe.test_numbers import MARK
from transcribe.number_words import Words
from transcribe.scoring import (
    ErrorCounts,
    align,
    count_character_errors,
    count_steps,
    count_toneless_errors,
    count_word_errors,
    normalise_for_scoring,
    normalise_tokens,
    strip_tones,
    sum_counts,
)

MARKED_LINES = [
    line
    for table in number_sentences.MARKED_TABLES
    for line in table.strip().split("\n")
    if "!phone_length" not in line  # written as no telephone number can be, it is none
]
SENTENCES = ORDINARY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("17 giờ 30", "mười bảy giờ ba mươi"),
        ("17h30", "mười bảy giờ ba mươi phút"),
        ("3:30", "ba giờ rưỡi"),
        ("6 giờ 50 phút", "bảy giờ kém mười"),
        ("25-11-2026", "hai lăm tháng mười một năm hai không hai sáu"),
        ("25.000đ", "hai lăm ngàn đồng"),
        ("2,3 tỷ đồng", "hai tỉ ba trăm triệu đồng"),
        ("2 đến 3 triệu đồng", "hai đến ba triệu đồng"),
        ("3 hộ ở thôn 5", "ba hộ ở thôn năm"),
        ("thứ 4, tháng 4", "thứ tư tháng tư"),
        ("0912.345.678", "không chín mười hai ba bốn năm sáu bảy tám"),
        ("201 hộ", "hai trăm lẻ một hộ"),
        ("mồng 2", "mùng hai"),
        ("Hoà bình, Thuỷ; QUỸ!", "hòa bình thủy quỹ"),
        ("vắc-xin Covid-19", "Vắc xin COVID mười chín"),
        ("ho\u0300a", "hòa"),
        ("100 m²", "một trăm mét vuông"),
    ],
)
def test_two_ways_of_writing_the_same_words_are_equal(one: str, other: str) -> None:
    assert normalise_for_scoring(one) == normalise_for_scoring(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mười lăm hộ", "mười năm hộ"),
        ("7 giờ 30", "7 giờ 40"),
        ("ngày 25/11", "ngày 25/12"),
        ("bàn", "bán"),
        ("dân", "giân"),
        ("đa", "da"),
        ("UBND", "ủy ban nhân dân"),
        ("kĩ thuật", "kỹ thuật"),
        ("quý IV", "quý bốn"),
        ("0912 345 678", "0912 345 679"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert normalise_for_scoring(one) != normalise_for_scoring(other)


@pytest.mark.parametrize("line", MARKED_LINES)
def test_each_number_that_is_suggested_scores_like_the_words_it_stands_for(line: str) -> None:
    spoken = normalise_for_scoring(MARK.sub(r"\1", line))
    assert normalise_for_scoring(MARK.sub(r"\2", line)) == spoken
    assert normalise_for_scoring(spoken) == spoken


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4))
def test_case_and_punctuation_make_no_difference(sentences: list[str]) -> None:
    text = " ".join(sentences)
    plain = " ".join(token.text for token in Words(to_nfc(text)).tokens)
    assert normalise_for_scoring(text.upper()) == normalise_for_scoring(plain)


@given(st.text(max_size=60))
def test_any_text_has_a_form_without_punctuation(text: str) -> None:
    form = normalise_for_scoring(text)
    assert form == form.strip()
    assert not set(form) & set(".,;:!?\"'()")


def test_a_syllable_knows_the_tokens_it_stands_for() -> None:
    tokens = ["Họp", "lúc", "hai", "lăm", "phút,", "ngày", "25/11."]
    places = {(s.text, tuple(tokens[s.first : s.end])) for s in normalise_tokens(tokens)}
    assert ("họp", ("Họp",)) in places
    assert ("mươi", ("hai", "lăm", "phút,")) in places  # a word that nobody wrote
    assert ("tháng", ("25/11.",)) in places
    assert ("ngày", ("ngày",)) in places


def test_a_number_said_as_usual_keeps_each_word_in_its_place() -> None:
    tokens = ["giá", "hai", "mươi", "lăm", "nghìn", "đồng"]
    assert [(s.text, s.first, s.end) for s in normalise_tokens(tokens)] == [
        (token, index, index + 1) for index, token in enumerate(tokens)
    ]


def test_errors_are_counted_by_kind() -> None:
    counts = count_word_errors("mời bà con đi họp", "mời cả bà con hợp")
    assert counts == ErrorCounts(substitutions=1, deletions=1, insertions=1, hits=3)
    assert (counts.reference_length, counts.errors, counts.rate) == (5, 3, 0.6)


def test_characters_and_tones_are_counted_apart() -> None:
    reference, heard = "họp ở thôn năm", "hợp ở thôn nắm"
    assert count_word_errors(reference, heard).rate == 0.5
    assert count_character_errors(reference, heard) == ErrorCounts(substitutions=2, hits=12)
    assert count_toneless_errors(reference, heard) == ErrorCounts(substitutions=1, hits=3)
    assert strip_tones("hợp ở đây") == "hơp ơ đây"


@pytest.mark.parametrize("count", [count_word_errors, count_character_errors])
def test_an_empty_side_is_all_deletions_or_all_insertions(count) -> None:  # type: ignore[no-untyped-def]
    assert count("", "") == ErrorCounts()
    assert count("a b", "!").deletions == count("", "a b").insertions > 0
    assert count("", "a b").rate == math.inf
    assert count("a b", "").rate == 1.0
    assert count("", "").rate == 0.0


def test_many_files_are_one_sum_and_no_average_of_rates() -> None:
    short = count_word_errors("sai", "trật")
    long = count_word_errors(
        "một hai ba bốn năm sáu bảy tám chín", "một hai ba bốn năm sáu bảy tám chín"
    )
    assert sum_counts([short, long]).rate == 0.1
    assert sum_counts([]) == ErrorCounts()


@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
def test_an_alignment_visits_both_texts_once_and_in_order(one: str, other: str) -> None:
    left, right = normalise_for_scoring(one), normalise_for_scoring(other)
    steps = align(left, right)
    assert [s.reference for s in steps if s.reference is not None] == list(range(len(left.split())))
    assert [s.hypothesis for s in steps if s.hypothesis is not None] == list(
        range(len(right.split()))
    )
    assert count_steps(steps) == count_word_errors(one, other)
