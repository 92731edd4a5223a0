"""Former texts of a segment, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bridge.models import User
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, texts, write

pytestmark = pytest.mark.browser


def test_the_machines_text_is_taken_back_and_can_be_left_again(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    before = texts(office, announcement)[0]
    page, _user = sign_in("editor", path=page_of(announcement))
    write(page, 0, "Chữ khác hẳn.")
    page.get_by_role("button", name="Các bản trước").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("ins")).to_have_text("Chữ khác hẳn.")
    dialog.get_by_role("button", name="Lấy lại chữ máy nghe").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".lines textarea")).to_have_value(before)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    page.wait_for_function("() => !document.querySelector('.lines .unsaved')")
    assert texts(office, announcement)[0] == before
    page.get_by_role("button", name="Các bản trước").click()
    expect(dialog.locator(".versions > li")).to_have_count(3)
    dialog.get_by_label("So với").select_option(label="Máy nghe")
    expect(dialog.locator("ins")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Enter")
    expect(lines(page).nth(0)).to_have_text(before)
    assert complaints == []


def test_what_stood_there_before_a_cut_is_read_in_the_same_place(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    before = texts(office, announcement)[1]
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).nth(1).focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Control+Enter")
    expect(lines(page)).to_have_count(4)
    page.get_by_role("button", name="Các bản trước").click()
    former = page.get_by_role("dialog").get_by_role("list", name="Trước khi tách, ghép")
    expect(former).to_contain_text("tách đoạn")
    expect(former).to_contain_text(before)
