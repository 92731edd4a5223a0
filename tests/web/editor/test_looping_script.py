"""One line heard again and again, and underlines on and off, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bridge.models import User
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, put_sound

pytestmark = pytest.mark.browser

NOW = "() => document.querySelector('audio').currentTime * 1000"


def test_the_open_line_is_looped_until_the_button_is_pressed_again(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    complaints: list[str],
    tmp_path: Path,
) -> None:
    announcement = office.in_review()
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    second, third = office.view(announcement).segments[1:3]
    lines(page).nth(1).focus()
    button = page.get_by_role("button", name="Lặp đoạn")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    # Slowly: a page that is held up for some seconds must not meet the end of the sound.
    page.evaluate(
        "(at) => Object.assign(document.querySelector('audio'),"
        " { playbackRate: 0.25, currentTime: at })",
        second.end_ms / 1000 - 0.4,
    )
    page.wait_for_function(f"{NOW} < {second.start_ms + 400}")  # and round again
    lines(page).nth(2).focus()
    page.wait_for_function(f"{NOW} >= {third.start_ms - 300}")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert complaints == []


def test_underlines_of_doubts_can_be_put_away(
    office: Office, sign_in: Callable[..., tuple[Page, User]], tmp_path: Path
) -> None:
    announcement = office.in_review()
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.evaluate(
        "() => document.querySelector('[data-mark]').className = 'doubt'"  # whichever it is
    )
    decoration = "() => getComputedStyle(document.querySelector('[data-mark]')).textDecorationLine"
    assert page.evaluate(decoration) == "underline"
    button = page.get_by_role("button", name="Gạch chỗ ngờ")
    button.click()
    assert page.evaluate(decoration) == "none"
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    assert page.evaluate(decoration) == "underline"
