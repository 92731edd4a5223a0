"""The search page on a plain web host, in a real browser: with script and without, small, dark."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bridge.accounts import create_unit, create_user
from bridge.db import Database
from bridge.place_names import add_place_name
from bridge.units import find_unit
from publish.search_files import write_search
from publish.site import Site
from tests.axe import findings, told
from tests.bridge.search_texts import BULLETINS, PLACE_NAMES, publish_bulletin
from tests.conftest import Templates

pytestmark = pytest.mark.browser


class Quiet(SimpleHTTPRequestHandler):
    """Files and nothing else, as a plain web host serves them."""

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def address(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the search page of a unit with the bulletins of the shared set is served."""
    folder = tmp_path_factory.mktemp("plain")
    db = Database(templates.new_url("sqlite", folder / "data"))
    site = Site(folder / "site", "http://127.0.0.1")
    with db.writing() as session:
        unit = create_unit(session, slug="xa-mau", name="Xã Mẫu")
        user = create_user(session, email="a@localhost", name="Người A", password_hash="unusable")
        for bulletin in BULLETINS:
            publish_bulletin(session, unit.id, user.id, bulletin)
        for old, new in PLACE_NAMES:
            add_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=None)
        info = find_unit(session, unit.slug)
        site.write_home(info, [])
        write_search(session, site, info)
    db.dispose()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(Path(folder / "site")))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/xa-mau/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Any]:
    """`visit("tim/?q=a")` opens a page; one whose script complains fails the test."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_(path: str, **context: Any) -> Page:
            made = chromium.new_context(**context)
            stack.callback(made.close)
            page = made.new_page()
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(address + path)
            return page

        yield open_
    assert complaints == []


def test_a_search_from_the_home_page_finds_and_leads_to_the_moment(visit: Any) -> None:
    page = visit("")
    page.get_by_role("searchbox").fill("tiem ga")
    page.get_by_role("button", name="Tìm").click()
    expect(page.get_by_role("heading", name="Tìm thấy 1 bản tin")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("tiem ga")
    expect(page.get_by_role("link", name="Phòng dịch cúm gà")).to_have_attribute(
        "href", "../ga0000000000/"
    )
    expect(page.get_by_role("link", name="Nghe từ")).to_have_attribute(
        "href", "../ga0000000000/#t=0"
    )
    assert "tiêm" in page.locator("mark").all_text_contents()


def test_filters_and_old_names_work_there_too(visit: Any) -> None:
    page = visit("tim/?q=xom+chua&loai=M%E1%BB%9Di+h%E1%BB%8Dp&tu=2026-11-01")
    expect(page.get_by_role("heading", name="Tìm thấy 1 bản tin")).to_be_visible()
    expect(page.get_by_label("Loại tin")).to_have_value("Mời họp")
    expect(page.get_by_role("link", name="Họp thôn Đông")).to_be_visible()


def test_nothing_found_says_what_to_try(visit: Any) -> None:
    page = visit("tim/?q=%3Cimg+src%3Dx%3E+kh%C3%B4ng+c%C3%B3")
    expect(page.get_by_role("heading", name="Không tìm thấy bản tin nào")).to_be_visible()
    expect(page.get_by_text("Viết ít chữ hơn")).to_be_visible()


def test_without_script_the_page_says_that_it_cannot_search(visit: Any) -> None:
    page = visit("tim/?q=h%E1%BB%8Dp", java_script_enabled=False)
    expect(page.get_by_text("Máy này không chạy được phần tìm kiếm")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_can_be_used_by_everybody_on_a_small_screen(visit: Any, scheme: str) -> None:
    page = visit(
        "tim/?q=b%C3%A0+con&tu=2026-11-01",
        viewport={"width": 320, "height": 700},
        color_scheme=scheme,
    )
    expect(page.locator("article").first).to_be_visible()
    for size in ("100%", "200%"):
        page.evaluate("size => document.documentElement.style.setProperty('font-size', size)", size)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert findings(page) == [], told(findings(page))
