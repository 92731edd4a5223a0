"""An editor's work, done by a script with the keyboard: so much of it as a minute would see.

A minute of a practised editor: a dozen segments passed, a good hundred letters typed and taken
back, one segment cut and joined, one search with a replacement taken back, the versions looked at,
a few seconds heard. Everything is taken back, so that each minute begins with the same text.
"""

import re
import time

from playwright.sync_api import CDPSession, Page, expect

from tests.bench.desk_probes import memory
from tests.web.desk import lines, type_as_unikey

SEGMENTS = 12
WORD = "thêm chữ vào đây "
HEARD_MS = 2_000
SAVED = re.compile(r"^Đã lưu")


def work(page: Page, session: CDPSession, minutes: int) -> list[dict[str, float]]:
    """So many minutes' work; what memory was left after each."""
    count = lines(page).count()
    left = [memory(session)]
    for minute in range(minutes):
        begun_at = time.monotonic()
        one_minute(page, 5 + minute * 37 % (count - 40))
        left.append(memory(session))
        print(
            f"minute {minute + 1:3}: heap {left[-1]['heap_mb']:6.2f} MB, page"
            f" {left[-1]['page_mb']:6.2f} MB, nodes {left[-1]['nodes']:.0f}, listeners"
            f" {left[-1]['listeners']:.0f}; took {time.monotonic() - begun_at:.1f} s",
            flush=True,
        )
    return left


def one_minute(page: Page, place: int) -> None:
    """Work on the segments from a place on."""
    lines(page).nth(place).focus()
    field = page.locator(".lines textarea")
    for number in range(SEGMENTS):
        expect(field).to_be_focused()
        if number % 3 == 0:
            before = field.input_value()
            page.keyboard.press("Control+Home")
            type_as_unikey(page, WORD)
            if number % 2:
                _saved(page)
            for _ in WORD:
                page.keyboard.press("Backspace")
            assert field.input_value() == before
        page.keyboard.press("Alt+ArrowDown" if number % 2 else "Enter")
    _saved(page)
    _rearrange(page)
    _replace(page)
    _look_and_listen(page)


def _saved(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('.lines .unsaved')")


def _rearrange(page: Page) -> None:
    """Cut the open segment, join it again, and take both back."""
    count = lines(page).count()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".lines [data-segment]")).to_have_count(count + 1)
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+Enter")
    expect(page.locator(".lines [data-segment]")).to_have_count(count)
    for now in (count + 1, count):
        page.locator("[data-undo]").get_by_role("button", name="Hoàn tác").click()
        expect(page.locator(".lines [data-segment]")).to_have_count(now)
    lines(page).nth(5).focus()


def _replace(page: Page) -> None:
    """Replace a few words everywhere, and take it back."""
    page.keyboard.press("Control+h")
    page.get_by_label("Tìm", exact=True).fill("cuộc gọi lạ đòi")
    page.get_by_label("Thay bằng").fill("cuộc gọi lạ hỏi")
    button = page.locator("[data-find-replace]")
    expect(button).to_be_enabled()
    button.click()
    page.locator("[data-undo]").get_by_role("button", name="Hoàn tác: thay chữ").click()
    expect(page.locator("[data-taken]")).to_have_text("Đã hoàn tác.")
    page.get_by_label("Tìm", exact=True).press("Escape")
    expect(page.locator("[data-find]")).to_be_hidden()


def _look_and_listen(page: Page) -> None:
    lines(page).nth(3).focus()
    page.get_by_role("button", name="Các bản trước").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("F8")  # which is heard at once
    page.wait_for_timeout(HEARD_MS)
    page.evaluate("() => document.querySelector('audio').pause()")
