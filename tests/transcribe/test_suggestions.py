from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transcript import Word
from tests.transcribe.announcements import GLOSSARY
from transcribe.glossary import GlossaryTerm, TermIndex
from transcribe.suggestions import Suggestion, index_of, suggest_for, take

TERMS = (*GLOSSARY, GlossaryTerm("chủ tịch xã", "office"), GlossaryTerm("Bảy Hiền", "place"))


def spoken(text: str) -> tuple[Word, ...]:
    """The words of a text; those with "*" before them are doubtful."""
    return tuple(
        Word(token.lstrip("*"), at * 250, at * 250 + 250, 0.3 if token[0] == "*" else 0.95)
        for at, token in enumerate(text.split())
    )


def found(text: str, terms: tuple[GlossaryTerm, ...] = TERMS) -> tuple[Suggestion, ...]:
    return suggest_for(text.replace("*", ""), spoken(text), index_of(terms))


def taken(text: str, terms: tuple[GlossaryTerm, ...] = TERMS) -> str:
    return take(text.replace("*", ""), found(text, terms))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "Tiêm lúc mười bảy giờ ba mươi tại thôn Suân Lãng.",
            "Tiêm lúc 17 giờ 30 phút tại thôn Xuân Lãng.",
        ),
        (
            "Mời bà con “thôn Suân Lãng”, đến lúc bảy giờ!",
            "Mời bà con “thôn Xuân Lãng”, đến lúc 7 giờ!",
        ),
        ("Bà con ấp Trãng Lớn, ấp Rạch Dồng.", "Bà con ấp Trảng Lớn, ấp Rạch Giồng."),
        ("Không có gì để gợi ý ở đây.", "Không có gì để gợi ý ở đây."),
        ("", ""),
    ],
)
def test_numbers_and_names_are_put_in_their_place_and_nowhere_else(text: str, after: str) -> None:
    assert taken(text) == after


def test_suggestions_come_in_order_and_say_what_stands_there() -> None:
    text = "Thôn Suân Lãng họp lúc bảy giờ, hẹn lúc ba rưỡi."
    offers = found(text)
    assert [(one.kind, one.heard, one.written) for one in offers] == [
        ("term", "Suân Lãng", "Xuân Lãng"),
        ("number", "bảy giờ", "7 giờ"),
        ("number", "ba rưỡi", "3 giờ 30 phút"),
    ]
    assert [text[one.start : one.end] for one in offers] == [one.heard for one in offers]
    assert [one.reason for one in offers] == [None, None, "bare_half_hour"]
    assert offers[0].term == "Xuân Lãng"


def test_a_capital_at_the_beginning_of_a_sentence_stays_one() -> None:
    text = "*Chủ *tịt xã mời bà con. Ông *chủ *tịt xã phát biểu."
    assert taken(text).startswith("Chủ tịch xã mời bà con. Ông chủ tịch xã")


def test_where_a_name_and_a_number_overlap_the_name_stands() -> None:
    terms = (GlossaryTerm("Bảy Giờ", "place"),)
    offers = found("ấp *bải giờ họp lúc bảy giờ", terms)
    assert [(one.kind, one.heard) for one in offers] == [("term", "bải giờ"), ("number", "bảy giờ")]


def test_without_the_words_of_the_text_no_name_is_suggested() -> None:
    text = "Mời bà con thôn Suân Lãng lúc bảy giờ."
    for words in ((), spoken("Mời bà con"), spoken(text.replace("Mời", "Kính mời"))):
        offers = suggest_for(text, words, index_of(TERMS))
        assert [one.kind for one in offers] == ["number"]
    assert [one.kind for one in suggest_for(text, spoken(text))] == ["number"]


def test_a_suggestion_is_never_put_into_another_text() -> None:
    offers = found("Họp lúc bảy giờ sáng.")
    with pytest.raises(ValueError, match="another text"):
        take("Sáng họp lúc bảy giờ.", offers)


def test_the_same_glossary_is_one_index() -> None:
    assert index_of(TERMS) is index_of((*TERMS,))
    assert isinstance(index_of(TERMS[:1]), TermIndex)


@given(
    st.lists(
        st.sampled_from(
            [
                "thôn",
                "Suân",
                "Lãng,",
                "bảy",
                "mười",
                "giờ",
                "ba",
                "mươi",
                "ngày",
                "hai",
                "lăm",
                "“ông",
                "Trãng",
                "Lớn.",
                "một",
                "rưỡi",
            ]
        ),
        max_size=12,
    )
)
def test_whatever_is_said_all_suggestions_can_be_taken_together(tokens: list[str]) -> None:
    text = " ".join(tokens)
    offers = found(text)
    assert all(one.end <= two.start for one, two in pairwise(offers))
    after = take(text, offers)
    kept = text
    for one in reversed(offers):
        kept = kept[: one.start] + kept[one.end :]
    for one in offers:
        assert one.written in after
    assert len(after) == len(kept) + sum(len(one.written) for one in offers)
