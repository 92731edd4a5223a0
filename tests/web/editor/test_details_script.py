"""The form of the details in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from bridge.models import Announcement, User
from tests.web.conftest import Office
from tests.web.desk import page_of, write

pytestmark = pytest.mark.browser

SignIn = Callable[..., tuple[Page, User]]


def untitled(office: Office) -> str:
    announcement = office.in_review()
    with office.services.db.writing() as session:
        session.get_one(Announcement, announcement).title = ""
    return announcement


def told(page: Page) -> Locator:
    return page.locator("[data-told]")


def test_a_template_and_a_title_from_the_text_are_filled_in_and_saved_by_the_person(
    office: Office, sign_in: SignIn, complaints: list[str]
) -> None:
    announcement = untitled(office)
    page, _user = sign_in("editor", path=page_of(announcement))
    title, offer = page.get_by_label("Tiêu đề"), page.locator("[data-take-title]")
    page.get_by_label("Chuyên mục").fill("Của tôi")
    write(page, 1, "Trạm y tế xã thông báo lịch tiêm chủng.")
    offer.click()  # what was typed a moment before is heeded
    expect(title).to_have_value("Lịch tiêm chủng")
    expect(offer).to_be_hidden()
    title.fill("")
    expect(offer).to_be_visible()

    page.get_by_label("Mẫu có sẵn").select_option("thien-tai")
    page.get_by_role("button", name="Điền", exact=True).click()
    expect(told(page)).to_contain_text("Giữ nguyên chữ đã có: chuyên mục.")
    expect(title).to_have_value("Ứng phó với ___")
    expect(title).to_be_focused()
    page.keyboard.type("mưa lớn")  # over the blank
    expect(title).to_have_value("Ứng phó với mưa lớn")
    expect(page.get_by_label("Mức")).to_have_value("urgent")
    expect(page.get_by_label("Có hiệu lực đến")).to_be_visible()
    assert office.view(announcement).work.title == ""

    page.get_by_label("Chuyên mục").press("Enter")  # saves; it does not fill in
    expect(page.locator("h1")).to_have_text("Ứng phó với mưa lớn")
    view = office.view(announcement)
    assert (view.category, view.work.priority) == ("Của tôi", "urgent")
    assert view.particulars.valid_until is not None
    assert complaints == []


def test_an_urgent_item_is_asked_for_its_end_at_once(office: Office, sign_in: SignIn) -> None:
    page, _user = sign_in("editor", path=page_of(office.in_review()))
    hint, until = page.locator("[data-needs-end]"), page.get_by_label("Có hiệu lực đến")
    expect(hint).to_be_hidden()
    expect(until).to_be_hidden()
    page.get_by_label("Mức").select_option("urgent")
    hint.get_by_role("link", name="Điền giờ").click()
    expect(until).to_be_focused()
    page.keyboard.type("25/11/2030 17:00")
    expect(hint).to_be_hidden()


def test_a_template_that_cannot_be_asked_for_is_told_and_changes_nothing(
    office: Office, sign_in: SignIn
) -> None:
    page, _user = sign_in("editor", path=page_of(untitled(office)))
    page.route("**/thong-tin/dien", lambda route: route.abort())
    page.get_by_label("Mẫu có sẵn").select_option("cat-dien")
    page.get_by_role("button", name="Điền", exact=True).click()
    expect(page.locator("[data-notice]")).to_contain_text("Chưa liên lạc được với máy chủ")
    expect(page.get_by_label("Tiêu đề")).to_have_value("")
