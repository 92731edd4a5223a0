"""An item's page and what lies around it in a real browser: script on, script off, no network."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.cut_list import CutList
from bridge.details import Particulars
from bridge.portal_lists import ListedItem, ShelfInfo
from publish.archive import ListPage
from publish.audio import make_published_audio
from publish.site import Site
from tests.axe import findings, told
from tests.ports import held_port
from tests.publish.conftest import BROADCAST_AT
from tests.publish.portals import write_unit
from tests.publish.serving import serving
from tests.publish.sounds import speech_like, write_working_copy
from tests.publish.test_player import wait_for

pytestmark = pytest.mark.browser
TEXTS = ("Trước hết là đường liên gia.", "Đường điện cắt lúc 8 giờ.", "Sáng mai trả lại đường.")
PATHS = (
    "",
    "item00000001/",
    "item00000001/nhung.html",
    "thang/",
    "thang/2026-11/",
    "gioi-thieu/",
    "khong-co-mang/",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, unit_info, make_item):
    """A portal of two items with real sound: its site and items."""
    tmp_path = tmp_path_factory.mktemp("portal")
    source = write_working_copy(tmp_path / "working.flac", speech_like(6))
    site = Site(tmp_path / "site", "http://127.0.0.1/trang-tin/loa")
    items = []
    for name in ("item00000001", "item00000002"):
        item = make_item(*TEXTS, id=name, title=f"Tin {name[-1]}")
        where = site.item_folder("xa-mau", name)
        audio = make_published_audio(
            source, where, cut_list=CutList(0, 6_000), digest=item.digest, title=item.title
        )
        items.append(replace(item, audio=audio))
    write_unit(site, unit_info, items)
    month = ShelfInfo("shelf0000001", "month", "2026-11", "2026-11", 2)
    lines = [
        ListedItem(one.id, one.title, one.broadcast_at, "urgent", "", "", one.duration_ms)
        for one in items
    ]
    site.write_list(unit_info, ListPage("thang/2026-11", month, "2026-11", tuple(lines)))
    return site, items


@pytest.fixture
def open_page(chromium):
    """`open_page(address)` gives a page; one that complains fails the test."""
    with contextlib.ExitStack() as stack:
        complaints = []

        def open_(address, at=None, **context):
            made = chromium.new_context(**context)
            stack.callback(made.close)
            page = made.new_page()
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            if at is not None:
                page.clock.set_fixed_time(at)
            page.goto(address)
            return page

        yield open_
        assert complaints == []


def test_words_are_found_whatever_their_marks(folder, open_page):
    with serving(folder[0].root) as home:
        page = open_page(home + "item00000001/")
        field = page.get_by_role("searchbox", name="Tìm trong lời bản tin")
        field.fill("duong")
        assert page.locator(".find-words output").text_content() == "1/3"
        assert page.locator("mark").all_text_contents() == ["đường", "Đường", "đường"]
        field.press("Enter")
        assert page.locator("mark.at").text_content() == "Đường"
        field.fill("")
        assert page.locator("mark").count() == 0
        assert page.locator(".words [data-at]").all_text_contents() == list(TEXTS)


def test_where_one_stopped_is_offered_and_a_moment_can_be_passed_on(folder, open_page):
    site, (item, _) = folder
    with serving(site.root) as home:
        page = open_page(home + "item00000001/")
        name = item.audio["webm"]["name"]
        kept = f"JSON.stringify({{[location.pathname]: [4, '{name}']}})"
        page.evaluate(f"localStorage.setItem('loa-nghe-do', {kept})")
        page.reload()
        offer = page.get_by_role("button", name="Nghe tiếp từ 0:04")
        assert page.evaluate("document.querySelector('audio').paused")
        offer.click()
        wait_for(page, "document.querySelector('audio').currentTime > 4.2")
        assert offer.is_hidden()
        page.get_by_text("Chia sẻ").click()
        page.get_by_role("button", name="Chép địa chỉ từ 0:0").wait_for()
        links = page.locator(".ways a").evaluate_all("all => all.map(one => one.href)")
        assert all("item00000001" in link for link in links)
        assert page.locator(".qr").is_hidden()
        page.emulate_media(media="print")
        assert page.locator(".qr").is_visible()
        assert page.locator(".player").is_hidden()


@pytest.mark.parametrize("hour", [8, 18])
def test_the_clock_says_what_is_today_and_what_holds_no_more(
    tmp_path, unit_info, make_item, open_page, hour
):
    """On a page that was written before, as a copy of it may be read hours later."""
    shown, hidden = ("KHẨN CẤP", "ĐÃ HẾT HIỆU LỰC")[:: 1 if hour == 8 else -1]
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    item = make_item(priority="urgent", particulars=Particulars(valid_until=noon))
    other = make_item(id="item00000002")
    Site(tmp_path, "http://127.0.0.1").write_home(unit_info, [item, other], now=BROADCAST_AT)
    with serving(tmp_path) as home:
        page = open_page(home, at=noon.replace(hour=hour))
        assert page.locator(".urgent").get_by_text(shown).is_visible()
        assert page.locator(".urgent").get_by_text(hidden).is_hidden()
        # 18:00 in UTC is the next day there.
        assert page.locator(".day").get_by_text("Hôm nay").is_visible() == (hour == 8)


def test_without_script_everything_can_be_reached(folder, open_page):
    with serving(folder[0].root) as home:
        page = open_page(home, java_script_enabled=False)
        page.get_by_role("link", name="Giới thiệu và liên hệ").click()
        page.get_by_role("heading", name="Báo chỗ sai").wait_for()
        page.goto(home + "thang/2026-11/")
        page.get_by_role("link", name="Tin 1").click()
        page.locator("audio[controls]").wait_for()
        assert page.locator("button:visible, form:visible").count() == 0
        page.get_by_text("Chia sẻ").click()
        assert page.get_by_role("link", name="Facebook").is_visible()


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_whole_on_a_narrow_screen_with_large_letters_in_the_dark(folder, open_page, path):
    with serving(folder[0].root) as home:
        page = open_page(home + path, viewport={"width": 320, "height": 640}, color_scheme="dark")
        assert findings(page) == [], told(findings(page))
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert findings(page) == [], told(findings(page))


@pytest.fixture
def port():
    """Where the portal is served, is not, and is again."""
    with held_port() as held:
        yield held


def test_the_newest_are_read_and_kept_sound_is_heard_without_network(
    folder, open_page, unit_info, port
):
    """And what was withdrawn meanwhile is gone at the next contact."""
    site, items = folder
    scope = "new URL('../', location.href).href"
    held = f"caches.open(`loa ${{{scope}}} pages`).then(one => one.match({scope} + 'offline.json'))"
    with serving(site.root, port) as home:
        page = open_page(home + "item00000001/")
        wait_for(page, f"{held}.then(Boolean)")
        wait_for(page, "navigator.serviceWorker.ready.then(Boolean)")
        page.get_by_role("button", name="Tải để nghe khi không có mạng").click()
        page.get_by_role("button", name="Đã có trong máy").wait_for()
    page.goto(home)
    page.get_by_role("link", name="Tin 1", exact=True).click()
    page.get_by_role("button", name="Đã có trong máy").wait_for()
    page.get_by_role("button", name="Nghe", exact=True).click()
    wait_for(page, "document.querySelector('audio').currentTime > 0.5")
    page.goto(home + "item00000002/")
    assert page.get_by_text(TEXTS[1]).is_visible()
    page.goto(home + "muc/khac/")
    assert page.get_by_role("heading", name="Đang không có mạng").is_visible()
    gone = replace(items[0], withdrawn_at=items[0].published_at, withdrawn_reason="Nhầm.")
    write_unit(site, unit_info, [gone, items[1]])
    with serving(site.root, port):
        page.goto(home + "item00000002/")
        # As after a minute without contact: the worker looks at once.
        page.evaluate("navigator.serviceWorker.ready.then(one => one.unregister())")
        page.reload()
        sounds = f"caches.open(`loa ${{{scope}}} sound`).then(one => one.keys())"
        wait_for(page, f"{sounds}.then(all => all.length === 0)")
        kept = f"caches.match({scope} + 'item00000001/')"
        wait_for(page, f"{kept}.then(found => !found)")
