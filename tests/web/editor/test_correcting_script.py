"""Correcting with few presses: the plans that `make bench-desk` counts, replayed in a browser."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from bridge.models import User
from bridge.vietnamese import to_nfc
from tests.bench.key_plan import Act, Selected, count_all, done_by, plan
from tests.bench.keystrokes import corrections, replay, shared_out
from tests.telex import TONES, VOWELS, count_presses, strokes_of, typed_by
from tests.web.conftest import Office
from tests.web.desk import page_of, texts

DRAFTS = (
    "Kính thưa tòan thể bà con nhân dân.",
    "Trạm y tế xa tiêm trủng lúc bảy rờ ba mươi.",
    "Xin cảm ơn.",
)
WANTED = (
    "Kính thưa toàn thể bà con nhân dân.",
    "Trạm y tế xã tiêm chủng lúc bảy giờ ba mươi,",
    "xin cảm ơn.",
)
LETTERS = "".join(to_nfc(vowel + tone) for vowel in VOWELS for tone in TONES) + "bcdđghklmnpqrstvx"
SENTENCES = st.text(LETTERS + LETTERS.upper() + "fjwz 0123456789.,", max_size=40)


@pytest.mark.parametrize(
    ("text", "presses"),
    [
        ("a", 1),
        ("ệ", 3),  # e e j
        ("Đ", 3),  # Shift d d
        ("được", 7),  # d d u o w c j: one w makes both
        ("Việt Nam", 12),
        ("xoong", 6),  # o o o: twice would make ô
        ("7 giờ", 7),
    ],
)
def test_presses_are_those_of_telex(text: str, presses: int) -> None:
    assert count_presses(text) == presses


@settings(deadline=None)
@given(SENTENCES)
def test_what_is_typed_by_telex_is_what_was_meant(text: str) -> None:
    strokes = strokes_of(text)
    assert typed_by(strokes, "trước ") == f"trước {text}"
    assert count_presses(text) >= len(text)


@settings(deadline=None)
@given(SENTENCES, SENTENCES)
def test_a_plan_makes_the_wanted_text_of_any_draft(draft: str, wanted: str) -> None:
    assert done_by(draft, plan(draft, wanted)) == wanted


@pytest.mark.parametrize(
    ("draft", "wanted", "presses"),
    [
        ("xin cảm ơn", "xin cảm ơn", 0),
        ("xin cảm ơn", "Xin cảm ơn", 3),  # Delete, Shift, x
        ("bà con thôn", "bà con thôn Mẫu", 11),  # Ctrl and three arrows, then the name
        ("tiêm trủng", "tiêm chủng", 7),  # Ctrl and an arrow, an arrow, Delete twice, c, h
    ],
)
def test_a_plan_takes_the_shortest_way(draft: str, wanted: str, presses: int) -> None:
    acts = plan(draft, wanted)
    assert done_by(draft, acts) == wanted
    assert count_all(acts) == presses


def test_letters_over_a_selection_replace_it_and_what_is_wrong_before_it_is_said() -> None:
    selected = Selected(4, 8)
    acts = plan("lúc bảy giờ", "lúc 7 giờ", Selected(4, 7))
    assert acts == [Act(typed="7")]
    assert done_by("lúc bảy giờ", acts, Selected(4, 7)) == "lúc 7 giờ"
    with pytest.raises(ValueError, match="before the selection"):
        plan("lục bảy giờ", "lúc bảy giờ", selected)


def test_the_words_go_to_the_segments_that_have_most_of_them() -> None:
    assert tuple(shared_out(DRAFTS, " ".join(WANTED))) == WANTED


@pytest.mark.browser
def test_the_counted_presses_really_make_the_text(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review(texts=DRAFTS)
    page, _user = sign_in("editor", path="/lam-viec/")
    made = corrections(office.view(announcement).segments, " ".join(WANTED))
    replay(page, page.url.partition("/lam-viec")[0] + page_of(announcement), made)
    assert texts(office, announcement) == list(WANTED)
    assert sum(one.presses for one in made) <= 0.6 * sum(one.presses_anew for one in made)
    assert complaints == []
