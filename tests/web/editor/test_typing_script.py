"""Vietnamese typed as Unikey types it, in a real browser: a Backspace, then the letter again."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bridge.models import User
from bridge.transcript import Word
from bridge.vietnamese import to_nfc
from tests.telex import TONES, VOWELS
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, type_as_unikey

pytestmark = pytest.mark.browser

TEXT = "Kính thưa bà con nhân dân trong xã."
FIRST_WORDS = 2  # stand before what is typed


def vowels() -> Iterator[str]:
    """Every vowel with every tone, small and capital: the 144 letters, and đ."""
    for vowel in VOWELS:
        for tone in TONES:
            letter = to_nfc(vowel + tone)
            assert len(letter) == 1
            yield from (letter, letter.upper())
    yield from "đĐ"


def words_of(office: Office, announcement: str) -> tuple[Word, ...]:
    return office.view(announcement).segments[0].words


def test_every_vowel_with_every_tone_is_saved_as_typed_and_moves_no_other_word(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review(texts=(TEXT, "Xin cảm ơn."))
    heard = words_of(office, announcement)
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).first.focus()
    page.keyboard.press("Control+Home")
    for _ in " ".join(TEXT.split()[:FIRST_WORDS]):
        page.keyboard.press("ArrowRight")
    # The mark of a letter is typed behind it, its tone behind the whole syllable.
    letters = [f"{letter}n" if letter.islower() else letter for letter in vowels()]
    for number in range(0, len(letters), 36):
        type_as_unikey(page, f" {' '.join(letters[number : number + 36])}")
        if number == 72:  # a save, and what comes back of it, in the middle of typing
            page.wait_for_function("() => !document.querySelector('.lines .unsaved')")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    old = TEXT.split()
    wanted = [*old[:FIRST_WORDS], *letters, *old[FIRST_WORDS:]]
    assert office.view(announcement).segments[0].text == " ".join(wanted)
    expect(lines(page).first).to_have_text(" ".join(wanted))
    now = words_of(office, announcement)
    assert len(letters) == 146
    assert [word.text for word in now] == wanted
    assert now[:FIRST_WORDS] == heard[:FIRST_WORDS]
    assert now[FIRST_WORDS + len(letters) :] == heard[FIRST_WORDS:]
    for before, after in itertools.pairwise(now):
        assert before.start_ms <= before.end_ms <= after.start_ms
    assert complaints == []


def test_a_tone_put_on_a_word_that_stands_there_leaves_every_time_exact(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=("Kính thưa ba con nhân dân.", "Xin cảm ơn."))
    heard = words_of(office, announcement)
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).first.focus()
    page.keyboard.press("Control+Home")
    for _ in "Kính thưa ba":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Backspace")  # what Unikey knows of is only what is typed anew
    type_as_unikey(page, "à")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    now = words_of(office, announcement)
    assert [word.text for word in now] == ["Kính", "thưa", "bà", "con", "nhân", "dân."]
    assert [(word.start_ms, word.end_ms) for word in now] == [
        (word.start_ms, word.end_ms) for word in heard
    ]
    assert now[:2] == heard[:2]
    assert now[3:] == heard[3:]
