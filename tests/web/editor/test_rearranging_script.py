"""Typing on while a cut or a joining is on its way, in a real browser: no letter is lost."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from bridge.models import User
from tests.web.conftest import TEXTS, Office
from tests.web.desk import (
    SAVES,
    is_saved,
    lines,
    page_of,
    texts,
    wait_until_kept,
)

pytestmark = pytest.mark.browser


def hold_back(page: Page, address: str) -> list[Route]:
    """Keep the requests to an address until the test lets them go."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))
    return held


def arrived(page: Page, held: list[Route]) -> Route:
    while not held:
        page.wait_for_timeout(20)
    return held[0]


def open_at(page: Page, place: int, at: int) -> None:
    """Open a line with the caret before one of its letters."""
    lines(page).nth(place).focus()
    page.keyboard.press("Control+Home")
    for _ in range(at):
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize(("at", "gap"), [(12, " "), (13, "")])
def test_what_is_typed_while_a_line_is_cut_goes_on_in_the_second_part(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    complaints: list[str],
    at: int,
    gap: str,
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    saves: list[str] = []
    page.on("request", lambda one: saves.append(one.method) if SAVES.search(one.url) else None)
    held = hold_back(page, "**/tach")
    open_at(page, 1, at)
    page.keyboard.press("Control+Enter")
    page.keyboard.type("t")
    page.wait_for_timeout(1200)  # longer than the pause after which a text saves itself
    assert saves == []  # to a segment that is about to go
    arrived(page, held).continue_()
    expect(lines(page)).to_have_count(4)
    field = page.locator(".lines textarea")
    expect(field).to_have_value(f"t{gap}tiêm chủng lúc 7 giờ 30 phút.")
    page.keyboard.type("ổ chức" if gap else "ổ chức ")
    expect(field).to_have_value("tổ chức tiêm chủng lúc 7 giờ 30 phút.")
    is_saved(page)
    assert texts(office, announcement) == [
        TEXTS[0],
        "Trạm y tế xã",
        "tổ chức tiêm chủng lúc 7 giờ 30 phút.",
        TEXTS[2],
    ]
    wait_until_kept(page)  # nothing
    page.reload()
    expect(lines(page)).to_have_count(4)
    expect(page.locator(".theirs")).to_have_count(0)
    assert complaints == []


def test_what_is_typed_while_lines_are_joined_stands_where_it_was_typed(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    held = hold_back(page, "**/ghep")
    open_at(page, 0, 5)
    page.keyboard.press("Alt+Enter")
    page.keyboard.type("chào ")
    arrived(page, held).continue_()
    expect(lines(page)).to_have_count(2)
    page.keyboard.type("toàn thể ")
    is_saved(page)
    joined = f"Kính chào toàn thể thưa bà con. {TEXTS[1]}"
    assert texts(office, announcement) == [joined, TEXTS[2]]
    assert complaints == []


def test_what_belongs_to_none_of_the_new_lines_stays_in_sight(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    held = hold_back(page, "**/tach")
    open_at(page, 1, 13)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("Viết lại tất cả.")
    arrived(page, held).continue_()
    expect(page.locator(".theirs q")).to_have_text("Viết lại tất cả.")
    expect(lines(page)).to_have_count(4)
    wait_until_kept(page, "Viết lại tất cả.")
    page.reload()
    expect(page.locator(".theirs q")).to_have_text("Viết lại tất cả.")
    assert texts(office, announcement)[1] == "Trạm y tế xã"
    assert complaints == []


def test_a_cut_that_is_refused_leaves_what_was_typed_meanwhile(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    held = hold_back(page, "**/tach")
    open_at(page, 1, 13)
    page.keyboard.press("Control+Enter")
    page.keyboard.type("sẽ ")
    error = {"error": {"code": "split_nothing", "message": "Không tách được.", "data": {}}}
    page.wait_for_timeout(1000)  # long enough for a save to be due, which waits for the answer
    answer = arrived(page, held)
    answer.fulfill(status=400, content_type="application/json", body=json.dumps(error))
    is_saved(page)
    expect(page.locator("[data-notice]")).to_have_text("Không tách được.")
    assert texts(office, announcement)[1] == "Trạm y tế xã sẽ tiêm chủng lúc 7 giờ 30 phút."
