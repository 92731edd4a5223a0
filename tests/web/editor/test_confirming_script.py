"""Hearing what must be right, in a real browser: by the keyboard, by the list, by the button."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bridge.confirmations import confirmations
from bridge.models import User
from tests.web.conftest import Office
from tests.web.desk import edit_elsewhere, lines, page_of, put_sound, texts, write

pytestmark = pytest.mark.browser

TEXTS = ("Tiêm chủng lúc 7 giờ.", "Kính mời bà con.", "Mời ông Trần Văn An.")


def confirmed(office: Office, announcement: str) -> list[bool]:
    with office.services.db.reading() as session:
        done = confirmations(session, announcement)
    return [segment.id in done for segment in office.view(announcement).segments]


def test_enter_confirms_line_after_line(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("approver", path=page_of(announcement))
    title, approve = page.locator("[data-must-title]"), page.locator(".desk-acts [data-approve]")
    expect(title).to_have_text("Phải kiểm tra: còn 2")
    expect(approve).to_be_hidden()
    lines(page).nth(0).focus()
    page.keyboard.press("Enter")
    expect(title).to_have_text("Phải kiểm tra: còn 1")
    expect(page.locator("[data-must-rows] li").first).to_contain_text("đã nghe")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(title).to_have_text("Đã kiểm tra đủ")
    expect(approve).to_be_visible()
    # The middle line is not on the list: its answer may come after the last one's.
    expect(page.locator(".lines [data-confirmed]")).to_have_count(3)
    assert confirmed(office, announcement) == [True, True, True]
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator(".desk-facts")).to_contain_text("Đã duyệt")
    assert complaints == []


def test_a_key_that_is_held_down_confirms_one_line(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("approver", path=page_of(announcement))
    lines(page).nth(0).focus()
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator("[data-must-title]")).to_have_text("Phải kiểm tra: còn 1")
    expect(page.locator(".lines textarea")).to_have_value(TEXTS[1])
    page.keyboard.down("Alt")
    for _ in range(2):
        page.keyboard.down("ArrowUp")  # moving goes on as long as it is held
    expect(page.locator(".lines textarea")).to_have_value(TEXTS[0])
    assert confirmed(office, announcement) == [True, False, False]


def test_a_confirmed_line_that_is_changed_has_to_be_heard_again(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    office.confirm(announcement)
    page, _user = sign_in("editor", path=page_of(announcement))
    title = page.locator("[data-must-title]")
    expect(title).to_have_text("Đã kiểm tra đủ")
    write(page, 0, "Tiêm chủng lúc 8 giờ 30.")
    expect(title).to_have_text("Phải kiểm tra: còn 1")
    # What is typed is saved before it is confirmed, and the list says what stands there now.
    page.keyboard.press("Enter")
    expect(title).to_have_text("Đã kiểm tra đủ")
    expect(page.locator("[data-must-rows] li").first).to_contain_text("8 giờ 30")
    assert texts(office, announcement)[0] == "Tiêm chủng lúc 8 giờ 30."
    assert confirmed(office, announcement) == [True, False, True]


def test_the_list_leads_to_the_place_and_the_button_can_be_taken_back(
    office: Office, sign_in: Callable[..., tuple[Page, User]], tmp_path: Path
) -> None:
    announcement = office.in_review(texts=TEXTS)
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.evaluate(
        "() => document.querySelector('audio')"
        ".addEventListener('play', () => (window.played = true))"
    )
    page.locator("[data-must-rows] li").nth(1).click()
    expect(page.locator(".lines [data-segment]").nth(2).locator("textarea")).to_be_focused()
    page.wait_for_function("() => window.played")  # for three seconds only
    line = page.locator(".lines [data-segment]").nth(2)
    page.get_by_role("button", name="Đúng, sang đoạn sau").click()
    expect(line).to_contain_text("Bạn đã nghe, đúng")
    expect(page.locator("[data-must-title]")).to_have_text("Phải kiểm tra: còn 1")
    line.get_by_role("button", name="Bỏ xác nhận").click()
    expect(page.locator("[data-must-title]")).to_have_text("Phải kiểm tra: còn 2")
    assert confirmed(office, announcement) == [False, False, False]


def test_what_somebody_else_changed_is_not_confirmed_unread(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(announcement))
    edit_elsewhere(office, announcement, "Tiêm chủng lúc 9 giờ.")
    page.locator(".lines [data-segment]").first.get_by_role("button", name="Đã nghe, đúng").click()
    expect(page.locator("[data-notice]")).to_contain_text("Người khác vừa sửa")
    assert confirmed(office, announcement)[0] is False
    assert page.locator(".lines [data-confirmed]").count() == 0


def test_the_next_doubt_is_one_that_nobody_has_heard(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.locator(".lines [data-segment]").first.get_by_role("button", name="Đã nghe, đúng").click()
    expect(page.locator("[data-must-title]")).to_have_text("Phải kiểm tra: còn 1")
    page.keyboard.press("F8")
    expect(page.locator(".lines [data-segment]").nth(2).locator("textarea")).to_be_focused()
