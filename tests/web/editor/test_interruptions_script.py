"""What interrupts an editor, in real browsers: nothing that was typed is lost.

The network of the first test is away for some seconds; LOA_CUT_SECONDS=60 makes it a minute.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Route, expect

from bridge.models import User
from bridge.review import approve_announcement
from bridge.workflow import State
from tests.bridge.lifecycle import nothing_to_check
from tests.lone_chromium import kill_tree, lone_chromium
from tests.web.conftest import PASSWORD, TEXTS, Office, lend_session
from tests.web.desk import (
    SAVES,
    lines,
    page_of,
    saves_held,
    texts,
    type_as_unikey,
    wait_until_kept,
)

pytestmark = pytest.mark.browser

CUT_S = float(os.environ.get("LOA_CUT_SECONDS", "4"))
SAVED = "() => !document.querySelector('.lines .unsaved')"


def open_as(context: BrowserContext, office: Office, user: User, address: str, path: str) -> Page:
    """A page of somebody who has signed in before."""
    lend_session(context, office.browser_of(user), address)
    page = context.new_page()
    page.goto(address + path)
    return page


def type_at_the_end(page: Page, place: int, text: str) -> None:
    lines(page).nth(place).focus()
    expect(page.locator(".lines textarea")).to_be_focused()
    page.keyboard.press("Control+End")
    type_as_unikey(page, text)


def test_typing_goes_on_while_the_network_is_away_and_all_of_it_arrives(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    complaints: list[str],
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    page.route(SAVES, lambda route: route.abort())
    lines(page).first.focus()
    page.keyboard.press("Control+End")
    type_as_unikey(page, " Trước")
    context.set_offline(True)  # in the middle of a sentence, before it was saved
    page.unroute(SAVES)
    wanted = [f"{TEXTS[0]} Trước", *TEXTS[1:]]
    begun_at = time.monotonic()
    while time.monotonic() - begun_at < CUT_S:
        for place in range(3):
            type_at_the_end(page, place, " lúc mất mạng")
            wanted[place] += " lúc mất mạng"
        page.wait_for_timeout(900)  # long enough for a save to be tried in vain
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    page.keyboard.press("Control+Enter")  # not now, says the page; and nothing is lost by it
    expect(page.locator("[data-notice]")).to_be_visible()
    assert texts(office, announcement) == list(TEXTS)
    type_as_unikey(page, " và sau")
    context.set_offline(False)  # nobody presses anything
    wanted[2] += " và sau"
    page.wait_for_function(SAVED)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement) == wanted
    assert page.locator(".theirs").count() == 0
    assert complaints == []


def test_a_browser_killed_while_somebody_types_offline_brings_the_text_back(
    office: Office, address: str, chromium: Chromium, tmp_path: Path
) -> None:
    announcement, user = office.in_review(), office.person("editor")
    with lone_chromium(chromium, tmp_path / "profile") as (browser, pid):
        context = browser.contexts[0]
        page = open_as(context, office, user, address, page_of(announcement))
        context.set_offline(True)
        type_at_the_end(page, 1, " Gõ đến lúc mất điện.")
        wait_until_kept(page, f"{TEXTS[1]} Gõ đến lúc mất điện.")
        kill_tree(pid)
    assert texts(office, announcement) == list(TEXTS)
    with lone_chromium(chromium, tmp_path / "profile") as (browser, pid):
        page = open_as(browser.contexts[0], office, user, address, page_of(announcement))
        expect(page.locator("[data-taken]")).to_contain_text("Đã lấy lại chữ")
        expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[1] == f"{TEXTS[1]} Gõ đến lúc mất điện."


def test_two_browsers_that_type_into_one_segment_lose_neither_text(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    chromium: Chromium,
    address: str,
) -> None:
    announcement = office.in_review()
    mine, _user = sign_in("editor", path=page_of(announcement))
    with chromium.new_context(locale="vi-VN") as elsewhere:
        theirs = open_as(elsewhere, office, office.person("editor"), address, page_of(announcement))
        with saves_held(mine):  # theirs is the first
            type_at_the_end(theirs, 0, " Của họ.")
            type_at_the_end(mine, 0, " Của tôi.")
            theirs.wait_for_function(SAVED)
        expect(mine.locator(".theirs q")).to_have_text(f"{TEXTS[0]} Của họ.")
        # The one that was later goes on typing below the other text, and then chooses.
        type_as_unikey(mine, " Thêm nữa.")
        expect(mine.locator(".lines textarea")).to_have_value(f"{TEXTS[0]} Của tôi. Thêm nữa.")
        expect(mine.locator(".theirs q")).to_have_text(f"{TEXTS[0]} Của họ.")
        assert texts(office, announcement)[0] == f"{TEXTS[0]} Của họ."
        mine.get_by_role("button", name="Giữ chữ của tôi").click()
        mine.wait_for_function(SAVED)
        assert texts(office, announcement)[0] == f"{TEXTS[0]} Của tôi. Thêm nữa."
        # The other one, who types on, is asked in turn.
        type_as_unikey(theirs, " Và đây.")
        expect(theirs.locator(".theirs q")).to_have_text(f"{TEXTS[0]} Của tôi. Thêm nữa.")
        expect(theirs.locator(".lines textarea")).to_have_value(f"{TEXTS[0]} Của họ. Và đây.")


def test_what_is_typed_while_somebody_approves_is_saved_and_takes_the_approval_back(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).first.focus()
    page.keyboard.press("Control+End")
    type_as_unikey(page, " Gõ")
    with office.services.db.writing() as session:
        approve_announcement(
            session,
            announcement_id=announcement,
            digest=office.view(announcement).digest,
            actor_id=office.person("approver").id,
            must_check=nothing_to_check,
        )
    type_as_unikey(page, " trong lúc duyệt.")
    page.wait_for_function(SAVED)
    assert texts(office, announcement)[0] == f"{TEXTS[0]} Gõ trong lúc duyệt."
    assert office.view(announcement).work.state == State.IN_REVIEW


def test_a_save_that_names_no_version_is_refused_and_the_text_stays_until_one_does(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))

    def without_version(route: Route) -> None:
        headers = {k: v for k, v in route.request.headers.items() if k != "if-match"}
        route.continue_(headers=headers)

    page.route("**/doan/*", without_version)
    with page.expect_response(lambda answer: answer.status == 428):
        type_at_the_end(page, 0, " Gõ thêm.")
    expect(page.locator("[data-notice]")).to_be_visible()
    assert texts(office, announcement)[0] == TEXTS[0]
    expect(page.locator(".lines textarea")).to_have_value(f"{TEXTS[0]} Gõ thêm.")
    page.unroute("**/doan/*")
    type_as_unikey(page, " Nữa.")
    page.wait_for_function(SAVED)
    assert texts(office, announcement)[0] == f"{TEXTS[0]} Gõ thêm. Nữa."


def test_nothing_is_saved_in_the_name_of_the_next_person_at_the_machine(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    address: str,
) -> None:
    announcement = office.in_review()
    page, user = sign_in("editor", path=page_of(announcement))
    token = page.evaluate("document.querySelector('meta[name=csrf-token]').content")
    # Never without a session in between: a page that asks just then is given one of nobody's.
    lend_session(context, office.browser("editor"), address)
    type_at_the_end(page, 0, " Của tôi.")
    expect(page.locator("[data-notice]")).to_contain_text("Người khác đang đăng nhập trên máy này")
    page.wait_for_timeout(3000)  # for another try
    assert texts(office, announcement) == list(TEXTS)
    tokens = page.locator("input[name=csrf_token]").evaluate_all("all => all.map(one => one.value)")
    assert set(tokens) == {token}
    expect(page.locator(".lines textarea")).to_have_value(f"{TEXTS[0]} Của tôi.")
    lend_session(context, office.browser_of(user), address)
    page.wait_for_function(SAVED)
    expect(page.locator("[data-notice]")).to_be_hidden()
    view = office.view(announcement)
    assert view.segments[0].text == f"{TEXTS[0]} Của tôi."
    assert view.last_editor_id == user.id


def test_a_session_that_ends_and_a_page_that_is_closed_then_cost_no_text(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    address: str,
) -> None:
    announcement = office.in_review()
    page, user = sign_in("editor", path=page_of(announcement))
    context.clear_cookies()
    type_at_the_end(page, 2, " Gõ khi hết phiên.")
    expect(page.locator("[data-notice]")).to_contain_text("Phiên làm việc đã hết")
    type_as_unikey(page, " Gõ tiếp.")
    wait_until_kept(page, f"{TEXTS[2]} Gõ khi hết phiên. Gõ tiếp.")
    page.close()
    again = context.new_page()
    again.goto(address + page_of(announcement))  # which asks who is there
    again.get_by_label("Địa chỉ thư").fill(user.email)
    again.get_by_label("Mật khẩu").fill(PASSWORD)
    again.get_by_role("button", name="Đăng nhập").click()
    expect(again.locator("[data-taken]")).to_contain_text("Đã lấy lại chữ")
    again.wait_for_function(SAVED)
    expect(again.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[2] == f"{TEXTS[2]} Gõ khi hết phiên. Gõ tiếp."
