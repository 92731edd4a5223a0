from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transcript import Segment, Word
from tests.transcribe.announcements import GLOSSARY, ORDINARY
from transcribe.doubts import MUST_CHECK_KINDS, Doubt, find_doubts


def spoken(text: str, *probabilities: float | None) -> Segment:
    """A segment with a word for each token; without probabilities all are 0.9."""
    tokens = text.split()
    words = tuple(
        Word(token, at * 250, at * 250 + 250, probability)
        for at, (token, probability) in enumerate(
            zip(tokens, probabilities or [0.9] * len(tokens), strict=True)
        )
    )
    return Segment(0, 250 * len(tokens), text, words)


def marks(text: str, *terms: str) -> list[tuple[str, str, str]]:
    tokens = text.split()
    return [
        (doubt.kind, doubt.reason, " ".join(tokens[doubt.first_word : doubt.end_word]))
        for doubt in find_doubts([spoken(text)], glossary_terms=terms, share=0)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("họp lúc bảy giờ tối", ("hour", "spoken", "bảy giờ tối")),
        ("họp lúc 7h30", ("hour", "digits", "7h30")),
        ("họp chủ nhật này", ("date", "calendar", "chủ nhật")),
        ("trước ngày 25 tháng 11", ("date", "digits", "ngày 25 tháng 11")),
        ("phí năm mươi nghìn đồng", ("money", "spoken", "năm mươi nghìn đồng")),
        ("gọi 0912345678", ("phone", "digits", "0912345678")),
        ("giảm mười phần trăm", ("percent", "spoken", "mười phần trăm")),
        ("có 50 hộ", ("number", "digits", "50")),
        ("mời ông trần văn an", ("name", "cue", "trần văn an")),
        ("đã gặp Trần Văn An", ("name", "capitals", "Trần Văn An")),
        ("ở xuân lãng có mưa", ("name", "glossary", "xuân lãng")),
    ],
)
def test_what_must_be_right_is_always_marked(text: str, expected: tuple[str, str, str]) -> None:
    assert marks(text, "Xuân Lãng") == [expected]


def test_must_check_marks_say_so_and_what_they_are_about() -> None:
    (name,) = find_doubts([spoken("ở thôn Đông")], share=0)
    assert name == Doubt(0, 2, 3, "name", "cue", must_check=True, about="thôn")
    (term,) = find_doubts([spoken("ở Đông Mẫu")], glossary_terms=["Đông Mẫu"], share=0)
    assert (term.about, term.must_check) == ("Đông Mẫu", True)


def test_the_number_of_a_hamlet_is_a_name() -> None:
    assert marks("thôn năm và tổ 3") == [("name", "cue", "năm"), ("name", "cue", "3")]


def test_a_term_of_one_syllable_needs_a_capital_or_a_cue() -> None:
    assert marks("nông thôn kiểu mẫu", "Mẫu") == []
    assert marks("về Mẫu chơi", "Mẫu") == [("name", "glossary", "Mẫu")]
    assert marks("về xã mẫu để chơi", "Mẫu") == [("name", "glossary", "mẫu")]


def test_a_name_that_is_only_partly_a_term_is_marked_whole() -> None:
    assert marks("đã gặp Trần Xuân Lãng", "Xuân Lãng") == [
        ("name", "capitals", "Trần"),
        ("name", "glossary", "Xuân Lãng"),
    ]


@pytest.mark.parametrize("text", ["Trankt", "họpp", "sjơ", "trươngg", "càc", "hòp"])
def test_what_is_not_spelled_as_vietnamese_is_marked(text: str) -> None:
    (doubt,) = find_doubts([spoken(f"bà con {text.lower()}, nghe")], share=0)
    assert (doubt.kind, doubt.reason, doubt.must_check) == ("not_vietnamese", "spelling", False)
    assert (doubt.first_word, doubt.end_word) == (2, 3)


@pytest.mark.parametrize(
    "text",
    [
        *ORDINARY,
        "Covid-19 UBND HĐND, QĐ-UBND VNeID zalo Zalo, website xamau.gov.vn a@xamau.gov.vn",
        "5 kg, 3ha, 20m2 … – - (bà con) “nghe” vắc-xin Đắk Krông H'Mông bà-con",
    ],
)
def test_ordinary_spellings_are_not_marked(text: str) -> None:
    found = find_doubts([spoken(text)], share=0)
    assert [doubt for doubt in found if doubt.kind == "not_vietnamese"] == []


def test_the_lowest_words_of_the_whole_transcript_are_marked() -> None:
    low = spoken("bà con nghe đài xã ta", 0.9, 0.1, 0.2, 0.9, 0.9, 0.9)
    rest = spoken(" ".join(["nghe"] * 19), *[0.5] * 19)
    found = find_doubts([rest, low])
    assert found == (Doubt(1, 1, 3, "low_probability", "lowest_share", must_check=False),)


def test_of_equal_words_the_earlier_are_marked_and_always_the_same() -> None:
    segments = [spoken(" ".join(["nghe"] * 20), *[0.5] * 20)] * 3
    found = find_doubts(segments)
    assert found == find_doubts(segments)
    assert [(doubt.segment_index, doubt.first_word, doubt.end_word) for doubt in found] == [
        (0, 0, 4)
    ]


def test_words_that_a_person_wrote_and_punctuation_are_not_counted() -> None:
    text = " ".join(["nghe"] * 24 + ["–"])
    assert find_doubts([spoken(text, *[None] * 24, 0.1)]) == ()
    assert find_doubts([spoken(text, *[0.5] * 24, 0.1)], share=1)[0].first_word == 0
    edited = spoken(text, *[0.9] * 20, None, None, None, None, 0.0)
    (doubt,) = find_doubts([edited])
    assert doubt.first_word == 0


def test_must_checks_stay_on_words_that_a_person_wrote() -> None:
    assert [doubt.kind for doubt in find_doubts([spoken("lúc 7h30", None, None)])] == ["hour"]


@pytest.mark.parametrize("kind", ["silence", "music", "unrecognised"])
def test_only_speech_is_looked_at(kind: str) -> None:
    segment = spoken("xkcd 7h30", 0.1, 0.1)
    other = Segment(0, 1000, segment.text, segment.words, kind)
    assert find_doubts([other], share=1) == ()


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        find_doubts([], share=-0.1)


SEGMENTS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["bà", "con", "7h30", "ông", "Lan.", "–", "năm", "xã", "Mẫu", "hộ"]),
            st.none() | st.sampled_from([0.0, 0.3, 0.5]) | st.floats(0, 1),
        ),
        max_size=40,
    ).map(lambda pairs: spoken(" ".join(p[0] for p in pairs), *(p[1] for p in pairs))),
    max_size=8,
)


@given(SEGMENTS, st.floats(0, 2))
def test_never_more_than_the_share_is_marked_and_never_a_higher_word(
    segments: list[Segment], share: float
) -> None:
    rated = {
        (at, index): word.probability
        for at, segment in enumerate(segments)
        for index, word in enumerate(segment.words)
        if word.probability is not None and word.text != "–"
    }
    marked = {
        (doubt.segment_index, index)
        for doubt in find_doubts(segments, share=share)
        if doubt.kind == "low_probability"
        for index in range(doubt.first_word, doubt.end_word)
    }
    assert marked <= rated.keys()
    assert len(marked) <= min(share, 0.08) * len(rated)
    assert len(marked) >= min(share, 0.08) * len(rated) - 1
    highest = max((rated[place] for place in marked), default=0.0)
    assert all(rated[place] >= highest for place in rated.keys() - marked)


@given(SEGMENTS)
def test_marks_are_in_order_and_must_checks_never_overlap(segments: list[Segment]) -> None:
    found = find_doubts(segments, glossary_terms=[term.text for term in GLOSSARY] + ["Mẫu"])
    places = [(doubt.segment_index, doubt.first_word) for doubt in found]
    assert places == sorted(places)
    checked = Counter(
        (doubt.segment_index, index)
        for doubt in found
        if doubt.must_check
        for index in range(doubt.first_word, doubt.end_word)
    )
    assert not checked or max(checked.values()) == 1
    for doubt in found:
        assert doubt.must_check == (doubt.kind in MUST_CHECK_KINDS)
        assert 0 <= doubt.first_word < doubt.end_word <= len(segments[doubt.segment_index].words)
    hours = {
        (at, index)
        for at, segment in enumerate(segments)
        for index, word in enumerate(segment.words)
        if word.text == "7h30"
    }
    assert hours <= checked.keys()
