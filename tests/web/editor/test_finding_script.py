"""Finding and replacing in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bridge.models import User
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, texts, write

pytestmark = pytest.mark.browser

TEXTS = ("Trạm sá xã thông báo.", "Mời đến trạm sá hoặc trạm sá cũ.", "Xin cảm ơn.")
AFTER = ["Trạm xá xã thông báo.", "Mời đến trạm xá hoặc trạm sá cũ.", "Xin cảm ơn."]


def test_chosen_places_are_replaced_and_taken_back(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.keyboard.press("Control+h")
    page.get_by_label("Tìm", exact=True).fill("trạm sá")
    expect(page.locator("[data-find-told]")).to_have_text("3 chỗ ở 2 đoạn.")
    page.get_by_label("Thay bằng").fill("trạm xá")
    page.locator("[data-find-hits] input").nth(2).uncheck()
    page.get_by_role("button", name="Thay 2 chỗ").click()
    expect(page.locator("[data-taken]")).to_contain_text("Đã thay ở 2 đoạn.")
    expect(lines(page).nth(0)).to_have_text(AFTER[0])
    expect(lines(page).nth(1)).to_have_text(AFTER[1])
    expect(page.locator("[data-find-told]")).to_have_text("1 chỗ ở 1 đoạn.")
    assert texts(office, announcement) == AFTER
    page.locator("[data-undo]").get_by_role("button", name="Hoàn tác").click()
    expect(lines(page).nth(0)).to_have_text(TEXTS[0])
    assert texts(office, announcement) == list(TEXTS)
    assert complaints == []


def test_what_is_being_typed_is_saved_found_and_replaced(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(announcement))
    write(page, 2, "Xin cảm ơn trạm sá.")
    page.keyboard.press("Control+h")
    page.get_by_label("Tìm", exact=True).fill("trạm sá")
    expect(page.locator("[data-find-told]")).to_have_text("4 chỗ ở 3 đoạn.")
    page.get_by_label("Thay bằng").fill("trạm xá")
    page.get_by_role("button", name="Thay 4 chỗ").click()
    expect(page.locator("[data-find-told]")).to_have_text("Không thấy chỗ nào.")
    assert texts(office, announcement)[2] == "Xin cảm ơn trạm xá."
    page.keyboard.press("Escape")
    expect(page.locator("[data-find]")).to_be_hidden()
    expect(page.locator(".lines textarea")).to_be_focused()  # the keyboard is back at the text


def test_without_marks_it_only_finds(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.get_by_role("button", name="Tìm và thay").click()
    page.get_by_label("Cách tìm").select_option("folded")
    page.get_by_label("Tìm", exact=True).fill("tram sa")
    expect(page.locator("[data-find-told]")).to_have_text("3 chỗ ở 2 đoạn.")
    expect(page.locator("[data-find-replace]")).to_be_disabled()
    expect(page.locator("[data-find-hits] input:visible")).to_have_count(0)
    page.locator("[data-find-hits] a").nth(1).click()
    expect(page.locator(".lines [data-segment]").nth(1).locator("textarea")).to_be_focused()


def test_a_correction_that_may_be_needed_elsewhere_is_offered(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(announcement))
    write(page, 0, "Trạm xá xã thông báo.")
    page.keyboard.press("Enter")
    told = page.locator("[data-taken]")
    expect(told).to_contain_text("“sá” còn ở 2 chỗ khác.")
    told.get_by_role("button", name="Xem và thay").click()
    expect(page.get_by_label("Thay bằng")).to_have_value("xá")
    page.get_by_role("button", name="Thay 2 chỗ").click()
    expect(lines(page).nth(1)).to_have_text("Mời đến trạm xá hoặc trạm xá cũ.")
    expect(told).to_contain_text("Đã thay ở 1 đoạn.")
