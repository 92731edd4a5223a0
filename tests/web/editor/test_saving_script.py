"""Saves whose answer is lost, in a real browser: asked for again under their own key."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from bridge.glossary import list_terms
from bridge.models import User
from bridge.rearranging import split_segment
from bridge.workflow import State
from tests.web.conftest import TEXTS, Office
from tests.web.desk import (
    SAVES,
    edit_elsewhere,
    lines,
    page_of,
    texts,
    wait_until_kept,
    write,
)

pytestmark = pytest.mark.browser


def lose(route: Route) -> None:
    """The server has it, the page never hears of it."""
    route.fetch()
    route.abort()


def come_back(page: Page) -> None:
    page.unroute(SAVES)
    page.evaluate("() => dispatchEvent(new Event('online'))")


def test_what_waits_for_the_network_is_said_to_be_kept(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    page.context.set_offline(True)
    write(page, 0, "Gõ khi mất mạng.")
    expect(page.locator("[data-saved]")).to_have_text(
        "Chưa lưu được, đang chờ mạng. Chữ gõ đã giữ trên máy này."
    )
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[0] == "Gõ khi mất mạng."


def test_a_save_that_had_arrived_and_was_written_over_shows_both_texts(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    page.route(SAVES, lose)
    field = write(page, 0, "Câu thứ nhất.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    edit_elsewhere(office, announcement, "Câu của họ.")
    field.fill("Câu thứ hai.")
    come_back(page)
    expect(page.locator(".theirs q")).to_have_text("Câu của họ.")
    expect(field).to_have_value("Câu thứ hai.")
    page.get_by_role("button", name="Giữ chữ của tôi").click()
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[0] == "Câu thứ hai."
    assert office.view(announcement).segments[0].version == 4
    assert complaints == []


def test_a_text_that_was_put_back_while_its_save_was_on_the_way_stands_in_the_end(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    page.route(SAVES, lose)
    field = write(page, 0, "Câu gõ nhầm.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    assert texts(office, announcement)[0] == "Câu gõ nhầm."
    field.fill(TEXTS[0])  # as the page knows it from the server, which has another by now
    come_back(page)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[0] == TEXTS[0]
    assert office.view(announcement).segments[0].version == 3


def test_a_page_that_was_closed_and_overtaken_meanwhile_loses_neither_text(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    page.route(SAVES, lose)
    write(page, 0, "Câu thứ nhất.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    wait_until_kept(page, "Câu thứ nhất.")
    edit_elsewhere(office, announcement, "Câu của họ.")
    again = page.context.new_page()
    address = page.url
    page.close()
    again.goto(address)
    expect(again.locator(".theirs q")).to_have_text("Câu của họ.")
    assert texts(office, announcement)[0] == "Câu của họ."
    again.get_by_role("button", name="Lấy chữ của họ").click()
    expect(again.locator(".theirs")).to_have_count(0)
    wait_until_kept(again)  # nothing
    again.reload()
    expect(lines(again).nth(0)).to_have_text("Câu của họ.")
    expect(again.locator(".theirs")).to_have_count(0)


def split_elsewhere(office: Office, announcement: str) -> None:
    """Another editor cuts the first segment."""
    segment = office.view(announcement).segments[0]
    with office.services.db.writing() as session:
        split_segment(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            at_word=2,
            actor_id=office.person("editor").id,
        )


def test_a_segment_that_is_gone_keeps_its_text_in_sight_and_holds_up_no_other(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    split_elsewhere(office, announcement)
    page.route(SAVES, lambda route: route.abort())
    write(page, 0, "Chữ của tôi.")
    write(page, 1, "Dòng hai.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    come_back(page)
    expect(page.locator(".theirs q")).to_have_text("Chữ của tôi.")
    expect(page.locator("[data-notice]")).to_contain_text("Người khác vừa sửa bản tin này")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    expect(lines(page)).to_have_count(2)
    assert texts(office, announcement)[2:] == ["Dòng hai.", TEXTS[2]]
    wait_until_kept(page, "Chữ của tôi.")
    page.reload()
    expect(page.locator(".theirs q")).to_have_text("Chữ của tôi.")
    page.get_by_role("button", name="Bỏ chữ này").click()
    expect(page.locator(".theirs")).to_have_count(0)
    page.reload()
    expect(lines(page)).to_have_count(4)
    expect(page.locator(".theirs")).to_have_count(0)
    assert complaints == []


def test_closing_the_page_asks_where_only_the_page_has_the_text_of_a_segment_that_is_gone(
    office: Office, sign_in: Callable[..., tuple[Page, User]], context: BrowserContext
) -> None:
    context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    split_elsewhere(office, announcement)
    write(page, 0, "Chữ của tôi.")
    expect(page.locator(".theirs q")).to_have_text("Chữ của tôi.")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()


def test_a_text_that_is_refused_for_good_holds_up_no_other(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    first = re.compile(rf"/doan/{office.view(announcement).segments[0].id}$")
    page.route(SAVES, lambda route: route.abort())
    write(page, 0, "Câu một.")
    write(page, 1, "Dòng hai.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    error = {"error": {"code": "bad_request", "message": "Không lưu được.", "data": {}}}
    # Before the other goes: the page may try again in between.
    page.route(first, lambda route: route.fulfill(status=400, json=error))
    page.unroute(SAVES)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("[data-notice]")).to_have_text("Không lưu được.")
    expect(page.locator("[data-saved]")).to_have_text("Chưa lưu")
    assert texts(office, announcement) == [TEXTS[0], "Dòng hai.", TEXTS[2]]
    page.unroute(first)
    write(page, 0, "Câu một, viết lại.")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[0] == "Câu một, viết lại."


DESK_SCRIPT = re.compile(r"/desk[^/]*\.js")


def put_to_sleep(page: Page) -> None:
    """Nothing that the page waits for comes any more, as in a tab that is left alone for long."""
    page.evaluate(
        """() => {
            window.setTimeout = () => 0;
            for (let last = setInterval(() => {}, 1e9); last; last--) clearTimeout(last);
        }"""
    )


@pytest.mark.parametrize("taken", [True, False])
def test_a_text_that_was_kept_is_shown_beside_a_line_that_is_open_again(
    office: Office, sign_in: Callable[..., tuple[Page, User]], taken: bool
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    page.route(SAVES, lambda route: route.abort())  # this page saves nothing any more
    write(page, 0, "Gõ lần trước.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    put_to_sleep(page)  # each further try would keep its draft anew, over that of the other page
    wait_until_kept(page, "Gõ lần trước.")
    again = page.context.new_page()
    scripts: list[Route] = []
    again.route(DESK_SCRIPT, lambda route: scripts.append(route))
    again.goto(page.url, wait_until="commit")
    again.locator(".lines [data-text]").first.focus()  # before the page's script is there
    for script in scripts:
        script.continue_()
    again.unroute(DESK_SCRIPT)
    box, field = again.locator(".theirs"), again.locator(".lines textarea")
    expect(box).to_contain_text("Lần trước bạn gõ ở đoạn này mà chưa kịp lưu: Gõ lần trước.")
    expect(field).to_have_value(TEXTS[0])
    field.fill("Gõ lần này.")
    expect(again.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    wait_until_kept(again, "Gõ lần này.")  # and beside it the other one
    again.reload()  # nobody has chosen yet
    expect(box).to_contain_text("Gõ lần trước.")
    box.get_by_role("button", name="Lấy chữ này" if taken else "Bỏ chữ này").click()
    expect(box).to_have_count(0)
    expect(field).to_have_value("Gõ lần trước." if taken else "Gõ lần này.")
    again.wait_for_function("() => !document.querySelector('.lines .unsaved')")
    assert texts(office, announcement)[0] == ("Gõ lần trước." if taken else "Gõ lần này.")
    wait_until_kept(again)  # nothing
    again.reload()
    expect(lines(again)).to_have_count(3)
    again.wait_for_timeout(300)
    expect(box).to_have_count(0)


def test_a_save_that_changes_nothing_does_not_hide_what_somebody_else_changed(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    office.confirm(announcement)
    page, _user = sign_in("approver", path=page_of(announcement))
    edit_elsewhere(office, announcement, "Kính thưa toàn thể bà con.")
    field = write(page, 2, f"{TEXTS[2]} ")  # a space at the end, which is not kept
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    expect(field).to_have_value(f"{TEXTS[2]} ")
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator("[data-notice]")).to_contain_text("Người khác vừa sửa bản tin này")
    assert office.view(announcement).work.state == State.IN_REVIEW


def test_a_name_that_was_put_right_is_offered_for_the_glossary(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    spoken = ("Mời bà con thôn Suân Lãng đến.", "Thôn Suân Lãng họp.", "Xin cảm ơn.")
    announcement = office.in_review(texts=spoken)
    page, _user = sign_in("editor", path=page_of(announcement))
    write(page, 0, "Mời bà con thôn Xuân Lãng đến.")
    page.keyboard.press("Enter")
    told = page.locator("[data-taken]")
    expect(told).to_contain_text("“Suân” còn ở 1 chỗ khác.")
    told.get_by_role("button", name="Thêm “Xuân Lãng” vào từ điển của đơn vị").click()
    expect(told).to_contain_text("Đã thêm “Xuân Lãng” vào từ điển của đơn vị.")
    with office.services.db.reading() as session:
        assert [term.text for term in list_terms(session, office.unit.id)] == ["Xuân Lãng"]
    told.get_by_role("button", name="Xem và thay").click()
    expect(page.get_by_label("Thay bằng")).to_have_value("Xuân")
    assert complaints == []
