"""The status page in a real browser: up to date by itself, but never under a person's hands."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from bridge.db import utc_now
from bridge.models import WorkerBeat
from tests.web.conftest import Office, lend_session

pytestmark = pytest.mark.browser

PAGE = "/lam-viec/tinh-trang"
EVERY_MS = 30_000  # as web/static/status.js says


@pytest.fixture
def page(office: Office, address: str, chromium: Chromium) -> Iterator[Page]:
    """The page as an admin sees it, on a clock of the test's own."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    lend_session(context, office.browser("admin"), address)
    opened = context.new_page()
    opened.clock.install()
    opened.goto(address + PAGE)
    yield opened
    context.close()


def test_what_changed_shows_by_itself_but_not_under_a_persons_hands(
    office: Office, page: Page
) -> None:
    workers = page.get_by_role("row", name="Máy chép lời")
    expect(workers).to_contain_text("Cần sửa ngay")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with office.services.db.writing() as session:
        session.add(WorkerBeat(name="h:up:1:1", seen_at=utc_now()))
    page.get_by_role("link", name="Xem lại").focus()
    page.clock.run_for(EVERY_MS * 2)
    expect(workers).to_contain_text("Cần sửa ngay")
    page.evaluate("document.activeElement.blur()")
    with page.expect_response(lambda answer: answer.url.endswith(PAGE)):
        page.clock.run_for(EVERY_MS)
    expect(workers).to_contain_text("1 máy đang chạy")
    page.context.clear_cookies()  # the session has ended: what stands there keeps its hour
    with page.expect_response(lambda answer: answer.status == 302):
        page.clock.run_for(EVERY_MS)
    expect(workers).to_contain_text("1 máy đang chạy")
    # The login's page would bring a cookie, which could come after a login in another tab.
    assert page.context.cookies() == []
