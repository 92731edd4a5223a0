"""The portal's counting script in a real browser, and the pages beside the portal as others meet
them: a reading program, a small dark screen.
"""

import pytest
from playwright.sync_api import Browser as Chromium

from bridge.publications import published_item
from publish.site import open_site
from tests.axe import findings
from tests.bridge.lifecycle import Life
from tests.functional.running import wait_for
from tests.web.conftest import Office, lend_session, wav_bytes
from tests.web.public.test_counting import counted

pytestmark = pytest.mark.browser

# Says of itself what it is otherwise, and robots are not counted.
AGENT = "Mozilla/5.0 (Linux; Android 12) Chrome/125.0 Mobile Safari/537.36"
QUIET = "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })"


@pytest.fixture
def item(office: Office) -> str:
    """A published announcement with its page; its sound is a real one."""
    life = Life(office.services.db, office.services.media, office.unit)
    announcement_id = life.published(life.person("approver"), title="Lịch tiêm chủng")
    site = open_site(office.services.settings)
    folder = site.item_folder("xa-mau", announcement_id)
    with office.services.db.reading() as session:
        found = published_item(session, announcement_id)
    assert found is not None
    content = wav_bytes(60.0)  # not over before somebody presses “stop”, on a slow machine too
    for sound in found.audio.values():
        (folder / sound["name"]).write_bytes(content)
    site.write_item(found)
    return announcement_id


def test_a_page_tells_its_view_play_and_download_once_each(
    office: Office, item: str, address: str, chromium: Chromium
) -> None:
    for script, expected in ((QUIET, {}), ("", {item: (1, 1, 1)})):
        context = chromium.new_context(user_agent=AGENT)
        context.add_init_script(script)
        page = context.new_page()
        told: list[str] = []
        page.on("request", lambda asked, told=told: told.append(asked.url))
        page.goto(f"{address}/xa-mau/{item}/")
        for _ in range(2):
            page.get_by_role("button", name="Nghe", exact=True).click()
            page.wait_for_function("() => document.querySelector('audio').currentTime > 0")
            page.get_by_role("button", name="Dừng").click()
            with page.expect_download():
                page.get_by_role("link", name="Tải chữ").click()
        page.goto(f"{address}/xa-mau/phan-anh")  # leaving lets nothing wait
        wait_for(lambda expected=expected: counted(office) == expected, 60, "what was told")
        context.close()
        assert len([url for url in told if url.endswith("/dem")]) == sum(
            map(sum, expected.values())
        )
        assert counted(office) == expected


def test_the_pages_beside_the_portal_are_for_everybody(
    office: Office, item: str, address: str, chromium: Chromium
) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 640}, color_scheme="dark")
    lend_session(context, office.browser("admin"), address)
    page = context.new_page()
    for path in (
        f"/xa-mau/phan-anh?tin={item}",
        "/api/v1/",
        "/lam-viec/ket-noi/xa-mau",
        "/lam-viec/phan-anh",
        "/lam-viec/luot-nghe",
    ):
        page.goto(address + path)
        assert findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()
