from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transcript import Word
from tests.transcribe.announcements import GLOSSARY, ORDINARY
from transcribe.glossary import (
    HIGHEST_COST,
    Candidate,
    GlossaryTerm,
    hotwords,
    learn_candidates,
    suggest_terms,
)
from transcribe.phonetics import syllable_distance


def spoken(text: str, probability: float | None = 0.95) -> list[Word]:
    """Words of a segment, four a second; "*" before a word makes it a doubtful one (0.3)."""
    return [
        Word(token.lstrip("*"), at * 250, at * 250 + 250, 0.3 if token[0] == "*" else probability)
        for at, token in enumerate(text.split())
    ]


def offered(
    text: str, terms: Sequence[GlossaryTerm] = GLOSSARY, probability: float | None = 0.95
) -> list[tuple[str, str, str]]:
    return [
        (found.heard, found.term.text, found.cue or found.reason)
        for found in suggest_terms(spoken(text, probability), terms)
    ]


# Every confusion of the regions, each with a cue and the model sure of itself.
@pytest.mark.parametrize(
    ("text", "heard", "term", "cue"),
    [
        ("thôn xuân lảng họp", "xuân lảng", "Xuân Lãng", "thôn"),
        ("ấp Trãng Lớn có", "Trãng Lớn", "Trảng Lớn", "ấp"),
        ("xã Tâng Bình", "Tâng Bình", "Tân Bình", "xã"),
        ("xã Hòa Thạn mời", "Hòa Thạn", "Hòa Thạnh", "xã"),
        ("ông Nguyễn Văn Lột đến", "Nguyễn Văn Lột", "Nguyễn Văn Lộc", "ông"),
        ("ấp Trảng Nớn có", "Trảng Nớn", "Trảng Lớn", "ấp"),
        ("bản nũng châu", "nũng châu", "Lũng Trâu", "bản"),
        ("anh Lê Hữu Chãi", "Lê Hữu Chãi", "Lê Hữu Trãi", "anh"),
        ("bà Trần Thị Xương ở", "Trần Thị Xương", "Trần Thị Sương", "bà"),
        ("thôn Suân Lãng", "Suân Lãng", "Xuân Lãng", "thôn"),
        ("ấp Rạch Dồng", "Rạch Dồng", "Rạch Giồng", "ấp"),
        ("ấp Rạch Rồng", "Rạch Rồng", "Rạch Giồng", "ấp"),
        ("ấp Dĩnh Điền", "Dĩnh Điền", "Vĩnh Điền", "ấp"),
        ("đồng chí Đặng Quốc Dinh phát biểu", "Đặng Quốc Dinh", "Đặng Quốc Vinh", "đồng chí"),
        ("trạm bơm Đông Mẩu", "Đông Mẩu", "Đông Mẫu", "trạm bơm"),
        ("chị vỏ thị ngàng", "vỏ thị ngàng", "Võ Thị Ngàn", "chị"),
        ("thôn bải", "bải", "Bãi", "thôn"),
    ],
)
def test_a_regional_confusion_after_a_cue_is_offered(
    text: str, heard: str, term: str, cue: str
) -> None:
    assert offered(text) == [(heard, term, cue)]


def test_several_confusions_in_one_name_are_still_offered() -> None:
    assert offered("ấp Chãng Nớng") == [("Chãng Nớng", "Trảng Lớn", "ấp")]


def test_without_a_cue_a_doubtful_word_is_needed() -> None:
    assert offered("hôm nay Phạm Minh Đứt vắng") == []
    assert offered("hôm nay Phạm Minh *Đứt vắng") == [
        ("Phạm Minh Đứt", "Phạm Minh Đức", "low_probability")
    ]
    # The doubt has to be about the syllable that differs.
    assert offered("hôm nay *Phạm Minh Đứt vắng") == []


def test_a_term_may_bring_its_own_cue() -> None:
    assert offered("Trường tiểu học Suân Lãng nghỉ học") == [
        ("Trường tiểu học Suân Lãng", "Trường Tiểu học Xuân Lãng", "Trường")
    ]


def test_the_whole_name_wins_over_a_part_of_it() -> None:
    terms = (GlossaryTerm("Xuân Lãng", "place"), GlossaryTerm("Thượng Xuân Lãng", "place"))
    assert [term for _, term, _ in offered("thôn thượng suân lảng", terms)] == ["Thượng Xuân Lãng"]


@pytest.mark.parametrize(
    "text", ["thôn Xuân Lãng", "thôn xuân lãng", "xã HÒA THẠNH", "xã Hoà Thạnh,"]
)
def test_text_that_is_the_term_is_left_alone(text: str) -> None:
    assert offered(text, probability=0.1) == []


def test_one_right_name_is_not_turned_into_another() -> None:
    terms = (GlossaryTerm("Nguyễn Thị Lan", "person"), GlossaryTerm("Nguyễn Thị Nan", "person"))
    assert offered("bà Nguyễn Thị Nan", terms, probability=0.1) == []


def test_between_two_terms_that_fit_alike_none_is_offered() -> None:
    near = (GlossaryTerm("Xuân Lãng", "place"), GlossaryTerm("Xuân Lạng", "place"))
    assert offered("thôn xuân lảng", near[:1]) != []
    twins = (GlossaryTerm("Đức Lan", "place"), GlossaryTerm("Đức Lang", "place"))
    assert offered("thôn đức nan", twins[:1]) != []
    assert offered("thôn đức nan", twins) == []


@pytest.mark.parametrize(
    "text",
    [
        "ông Nguyễn Văn Nam",  # another person of the family
        "ông Phạm Minh Bình",
        "bà Trần Thị Loan",
        "thôn Đông",  # fewer syllables
        "thôn Đông Thượng Mẫu",  # more
        "thôn Tây Sơn",
        "xã Hòa Bình",
        "ấp Tân, Bình an",  # a pause parts them
        "rừng, bãy",
    ],
)
def test_another_name_is_not_drawn_to_the_nearest_term(text: str) -> None:
    assert offered(text) == []
    assert offered(text, probability=0.1) == []


def test_what_a_person_wrote_is_left_alone() -> None:
    assert offered("thôn xuân lảng", probability=None) == []


@pytest.mark.parametrize("probability", [0.1, 0.95])
def test_ordinary_sentences_get_no_offer(probability: float) -> None:
    assert len(ORDINARY) >= 60
    assert len(GLOSSARY) == 20
    found = [offer for text in ORDINARY for offer in offered(text, probability=probability)]
    assert found == []


def test_names_are_found_inside_ordinary_sentences_with_a_cue() -> None:
    for text in ORDINARY:
        assert offered(f"{text} Mời ông nguyễn văn nộc ở ấp rạch dồng") == [
            ("nguyễn văn nộc", "Nguyễn Văn Lộc", "ông"),
            ("rạch dồng", "Rạch Giồng", "ấp"),
        ]


def test_a_cue_of_another_kind_does_not_count() -> None:
    place = (GlossaryTerm("Xuân Lãng", "place"),)
    assert offered("ông xuân lảng", place) == []
    assert offered("thôn xuân lảng", place) != []
    street = (GlossaryTerm("Nguyễn Văn Lộc", "person"),)
    assert offered("đường nguyễn văn nộc", street) != []


def test_a_term_of_no_vietnamese_spelling_is_compared_by_letters() -> None:
    assert offered("anh Y Blơn Niê") == [("Y Blơn Niê", "Y Blơm Niê", "anh")]


def test_an_unknown_kind_or_an_empty_term_is_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        GlossaryTerm("Xuân Lãng", "river")
    with pytest.raises(ValueError, match="word"):
        GlossaryTerm(" - ")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted({word for text in ORDINARY for word in text.split()}))
            | st.sampled_from(["thôn", "ông", "xuân", "lảng", "trãng", "lớn", "rạch", "dồng,"]),
            st.none() | st.floats(0, 1),
        ),
        max_size=30,
    )
)
def test_offers_obey_their_limits_whatever_is_said(words: list[tuple[str, float | None]]) -> None:
    spoken_words = [Word(text, 0, 0, probability) for text, probability in words]
    offers = suggest_terms(spoken_words, GLOSSARY)
    taken: set[int] = set()
    for offer in offers:
        meant, heard = offer.term.text.split(), offer.heard.split()
        span = range(offer.first_word, offer.end_word)
        assert heard == [words[index][0] for index in span]
        assert len(meant) == len(heard)
        costs = [syllable_distance(*pair) for pair in zip(heard, meant, strict=True)]
        assert offer.cost == pytest.approx(sum(costs) / len(costs), abs=1e-4)
        assert offer.cost <= HIGHEST_COST
        assert all(words[index][1] is not None for index in span)
        assert taken.isdisjoint(span)
        taken.update(span)


def count_syllables(text: str) -> int:
    """Two tokens a syllable, about what Vietnamese costs the bundled model."""
    return 2 * len(text.split())


def test_hotwords_begin_with_what_editors_accepted_most() -> None:
    terms = (
        GlossaryTerm("Trạm Y tế", "body"),
        GlossaryTerm("Xuân Lãng", "place"),
        GlossaryTerm("Lê Hữu Trãi", "person"),
        GlossaryTerm("Tân Bình", "place", accepted=4),
        GlossaryTerm("tân  bình", "place", accepted=1),
    )
    assert hotwords(terms, count_syllables) == "Tân Bình, Xuân Lãng, Lê Hữu Trãi, Trạm Y tế"


def test_a_long_term_gives_way_to_shorter_ones_that_fit() -> None:
    assert hotwords(GLOSSARY[-2:] + GLOSSARY[8:10], count_syllables, budget=8) == (
        "Đông Mẫu, Xuân Lãng"
    )


@given(
    st.lists(st.sampled_from(GLOSSARY), max_size=40),
    st.integers(0, 90),
    st.integers(0, 20),
)
def test_hotwords_stay_within_the_budget(terms: list[GlossaryTerm], budget: int, most: int) -> None:
    text = hotwords(terms, count_syllables, budget, most)
    chosen = text.split(", ") if text else []
    assert count_syllables(text) <= budget
    assert len(chosen) <= most
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= {term.text for term in terms}


def correction(before: str, after: str) -> tuple[list[str], list[str]]:
    return before.split(), after.split()


def test_a_name_corrected_three_times_is_a_candidate() -> None:
    corrections = [
        correction("mời ông nguyễn văn nộc đến họp", "Mời ông Nguyễn Văn Lộc đến họp."),
        correction("Ông Nguyễn Văn Nộc ở thôn ta", "Ông Nguyễn Văn Lộc ở thôn ta"),
        correction("ông Nguyễn Văn Lốc.", "ông Nguyễn Văn Lộc."),
    ]
    assert learn_candidates(corrections[:2]) == ()
    assert learn_candidates(corrections) == (
        Candidate("Nguyễn Văn Lộc", "person", ("nguyễn văn nộc", "nguyễn văn lốc"), 3),
    )
    assert learn_candidates(corrections, known=["nguyễn văn lộc"]) == ()


def test_the_changed_part_alone_is_enough() -> None:
    assert learn_candidates([correction("xuân nãng", "Xuân Lãng")] * 3) == (
        Candidate("Xuân Lãng", "other", ("xuân nãng",), 3),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("thôn bải có", "thôn Bãi có"),
        ("ấp trảng nớn", "ấp Trảng Lớn,"),
        ("xã Tâm Bình mời", "xã Tân Bình mời"),
    ],
)
def test_places_are_told_by_their_cue(before: str, after: str) -> None:
    (candidate,) = learn_candidates([correction(before, after)] * 4)
    assert (candidate.kind, candidate.times) == ("place", 4)
    assert candidate.text in after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("bà con đi hộp", "bà con đi họp"),  # no name
        ("kính thưa ba con", "Kính thưa bà con"),
        ("ông nguyễn văn lộc", "ông Nguyễn Văn Lộc"),  # letter case alone
        ("xã hoà thạnh", "xã Hòa Thạnh"),  # and the place of the tone
        ("Xuân Lãng đi hộp", "Xuân Lãng đi họp"),  # the name was right
        ("Mơi bà con", "Mời bà con"),
        ("năm hai ngàn", "năm 2026"),
        ("ủy ban", "UBND"),
        ("Xuân Lãng", ""),
        ("", ""),
    ],
)
def test_other_corrections_teach_no_name(before: str, after: str) -> None:
    assert learn_candidates([correction(before, after)] * 5) == ()


def test_the_commonest_spelling_and_the_most_frequent_name_come_first() -> None:
    corrections = [correction("xã hòa thạn", "xã Hòa Thạnh")] * 3
    corrections += [correction("xã hòa thạn", "xã Hoà Thạnh")] * 2
    corrections += [correction("ấp trãng nớn", "ấp Trảng Lớn")] * 4
    assert [(found.text, found.times) for found in learn_candidates(corrections)] == [
        ("Hòa Thạnh", 5),
        ("Trảng Lớn", 4),
    ]
