"""The list in a real browser: news without reloading, and the keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bridge.models import User
from tests.web.conftest import Office

pytestmark = pytest.mark.browser


def test_what_is_new_is_told_in_a_quiet_bar_and_nothing_moves(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    for number in range(12):  # more than a window's height
        office.in_review(title=f"Tin số {number}")
    office.received()  # something moves, so the page asks every two seconds
    page, _user = sign_in("editor")
    page.emulate_media(reduced_motion="reduce")  # the page is where it is at once
    bar = page.locator("[data-news] > p")
    expect(bar).to_be_hidden()
    expect(page).to_have_title("Bản tin · Loa")
    last = page.locator("[data-row]").nth(11)
    last.focus()
    before = last.bounding_box()
    new = [office.in_review(title=title) for title in ("Cắt điện", "Tiêm chủng")]
    expect(bar).to_contain_text("Có 2 bản tin mới chờ bạn.")
    expect(page).to_have_title("(2) Bản tin · Loa")
    expect(last).to_be_focused()
    assert last.bounding_box() == before
    office.confirm(new[0])
    bar.get_by_role("link", name="Xem").click()
    page.wait_for_url("**/lam-viec/?nhom=cho-toi")
    expect(page.get_by_role("link", name="Tiêm chủng")).to_be_visible()
    expect(page).to_have_title("Bản tin · Loa")
    assert complaints == []


def test_the_list_is_moved_in_and_opened_by_keys(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    for number in range(3):
        office.in_review(title=f"Tin số {number}")
    page, _user = sign_in("editor")
    rows = page.locator("[data-row]")
    expect(page.locator("[data-list-keys]")).to_be_visible()
    page.keyboard.press("ArrowDown")  # alone it scrolls, as everywhere
    expect(rows.nth(0)).not_to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("ArrowDown")  # there is none: it stays
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("Home")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")  # a letter is a letter
    expect(rows.nth(0)).to_be_focused()
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none"
    search = page.get_by_role("searchbox")
    search.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(search).to_be_focused()
    rows.nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/lam-viec/ban-tin/"))
    assert complaints == []


def test_all_that_failed_are_chosen_at_once_and_tried_again(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    failed = [office.failed(), office.failed()]
    page, _user = sign_in("operator", path="/lam-viec/?nhom=vuong")
    page.get_by_label("Chọn tất cả").check()
    expect(page.locator("[data-choose]:checked")).to_have_count(2)
    page.locator("[data-choose]").first.uncheck()
    expect(page.get_by_label("Chọn tất cả")).not_to_be_checked()
    page.get_by_label("Chọn tất cả").check()
    page.get_by_role("button", name="Thử lại các bản đã chọn").click()
    expect(page.get_by_text("Đã cho thử lại 2 bản tin.")).to_be_visible()
    assert {office.view(one).work.state for one in failed} == {"queued"}
    assert complaints == []
