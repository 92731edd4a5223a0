"""The pages in a real browser: with script, without it, small, and with large text."""

import contextlib
import socket
import threading
import time
from dataclasses import replace

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from bridge.cut_list import CutList
from publish.audio import make_published_audio
from publish.site import Site
from tests.publish.portals import write_unit
from tests.publish.serving import file_response
from tests.publish.sounds import speech_like, write_working_copy

pytestmark = pytest.mark.browser
TEXTS = tuple(f"Câu số {number} của bản tin." for number in range(6))  # two seconds each


# Set: whoever asks for sound is hung up on, as by a network that breaks.
cut_off = threading.Event()
asked_in_vain = []


@pytest.fixture(scope="module")
def served(tmp_path_factory, unit_info, make_item):
    """A small portal with real sound, served with ranges; its address."""
    tmp_path = tmp_path_factory.mktemp("portal")
    root = tmp_path / "site"
    cut_off.clear()
    source = write_working_copy(tmp_path / "working.flac", speech_like(12))
    site = Site(root, "http://127.0.0.1")
    items = []
    for name in ("item00000001", "item00000002"):
        item = make_item(*TEXTS, id=name, title=f"Tin {name[-1]}")
        audio = make_published_audio(
            source,
            site.item_folder("xa-mau", name),
            cut_list=CutList(0, 12_000),
            digest=item.digest,
            title=item.title,
        )
        items.append(replace(item, audio=audio))
    write_unit(site, unit_info, items)

    def answer(environ, start_response):
        if cut_off.is_set() and "audio-" in environ["PATH_INFO"]:
            asked_in_vain.append(environ["PATH_INFO"])
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        if environ["REQUEST_METHOD"] == "POST":  # what was heard is told; nobody counts here
            return Response(status=204)(environ, start_response)
        path = root / environ["PATH_INFO"].lstrip("/")
        path = path / "index.html" if path.is_dir() else path
        return file_response(path, environ)(environ, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/xa-mau/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(chromium, served):
    """`open_page("item00000001/")` gives a page; one that complains fails the test."""
    with contextlib.ExitStack() as stack:
        complaints = []

        def open_(path="", expected="nothing at all", **context):
            made = chromium.new_context(**context)
            stack.callback(made.close)
            page = made.new_page()
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: expected in said.text or complaints.append(said.text))
            page.goto(served + path)
            return page

        yield open_
        assert complaints == []


def time_of(page, number=0):
    return page.evaluate(f"document.querySelectorAll('audio')[{number}].currentTime")


def wait_for(page, expression):
    """Wait until the expression holds. (Playwright's own waiting needs eval, which is refused.)"""
    deadline = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(30)


def slow_down(page):
    """Let the sound crawl: on a busy machine seconds pass between two looks at it."""
    page.evaluate(
        """() => {
            const audio = document.querySelector("audio");
            audio.defaultPlaybackRate = audio.playbackRate = 0.0625;  // the least of Chromium
        }"""
    )


def test_the_button_plays_and_the_line_and_the_words_follow(open_page):
    page = open_page("item00000001/")
    slow_down(page)
    page.evaluate("document.querySelector('audio').currentTime = 1.8")  # of the first sentence
    assert page.locator("audio").get_attribute("controls") is None
    button = page.get_by_role("button", name="Nghe", exact=True)
    button.click()
    wait_for(page, "document.querySelector('audio').currentTime > 2.05")
    assert page.locator(".now").text_content() == TEXTS[1]
    assert page.locator("[data-clock]").text_content() == "0:02"
    heard = float(page.locator(".heard").get_attribute("width"))
    assert 480 * 2 / 12 < heard < 480 * 5 / 12
    page.get_by_role("button", name="Dừng").click()
    wait_for(page, "document.querySelector('audio').paused")


def test_a_sentence_a_time_and_the_keys_lead_to_their_moment(open_page):
    page = open_page("item00000001/")
    slow_down(page)
    page.get_by_text(TEXTS[3]).click()
    wait_for(page, "document.querySelector('audio').currentTime > 6")
    assert time_of(page) < 8
    page.get_by_role("button", name="Lùi 10 giây").click()
    assert time_of(page) < 2
    page.get_by_role("button", name="Tới 10 giây").click()
    assert time_of(page) >= 10
    slider = page.get_by_role("slider", name="Vị trí trong bản tin")
    slider.focus()
    page.keyboard.press("Home")
    assert time_of(page) < 1
    page.keyboard.press("ArrowRight")
    assert 5 <= time_of(page) < 6.5
    assert slider.get_attribute("aria-valuetext") in ("0:05 / 0:12", "0:06 / 0:12")
    page.get_by_role("link", name="0:00").click()
    assert time_of(page) < 1
    assert page.url.endswith("#t=0")


def test_an_address_with_a_moment_waits_there_in_silence(open_page):
    page = open_page("item00000001/#t=7")
    assert page.locator("[data-clock]").text_content() == "0:07"
    assert page.evaluate("document.querySelector('audio').paused")
    assert page.locator(".now").text_content() == TEXTS[3]


def test_speed_goes_round(open_page):
    page = open_page("item00000001/")
    speed = page.get_by_role("button", name="Tốc độ")
    shown = []
    for _ in range(4):
        speed.click()
        shown.append(speed.text_content())
    assert shown == ["Tốc độ 1,25×", "Tốc độ 1,5×", "Tốc độ 0,75×", "Tốc độ 1×"]


def test_on_the_home_page_one_slip_sounds_at_a_time(open_page):
    page = open_page()
    page.get_by_role("button", name="Nghe: Tin 1").click()
    wait_for(page, "document.querySelectorAll('audio')[0].currentTime > 0.2")
    page.get_by_role("button", name="Nghe: Tin 2").click()
    wait_for(page, "document.querySelectorAll('audio')[1].currentTime > 0.2")
    assert page.evaluate("document.querySelectorAll('audio')[0].paused")


def test_no_sound_is_fetched_before_it_is_asked_for(open_page, served):
    page = open_page()
    fetched = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert not [name for name in fetched if "audio-" in name]


def test_a_lost_network_is_said_in_words(open_page):
    page = open_page("item00000001/", expected="ERR_EMPTY_RESPONSE")
    cut_off.set()
    trouble = page.locator("[data-trouble]")
    assert trouble.is_hidden()
    page.get_by_role("button", name="Nghe", exact=True).click()
    trouble.wait_for(state="visible")
    assert "Xin kiểm tra mạng" in trouble.text_content()
    asked = len(asked_in_vain)
    page.wait_for_timeout(500)
    assert len(asked_in_vain) == asked  # waits for the reader instead of asking without end
    cut_off.clear()
    page.get_by_role("button", name="Nghe", exact=True).click()
    wait_for(page, "document.querySelector('audio').currentTime > 0.2")
    assert trouble.is_hidden()


def test_without_script_the_browser_s_own_controls_stand_there(open_page):
    page = open_page("item00000001/#t=0", java_script_enabled=False)
    assert page.locator("audio[controls]").is_visible()
    assert page.locator("noscript p").text_content() == "Bản tin dài 12 giây."
    assert page.locator("button:visible").count() == 0
    assert page.get_by_text(TEXTS[5]).is_visible()
    home = open_page(java_script_enabled=False)
    home.get_by_role("link", name="Nghe: Tin 1").click()
    home.wait_for_url("**/item00000001/#nghe")


@pytest.mark.parametrize("path", ["", "item00000001/"])
@pytest.mark.parametrize("text_size", ["100%", "200%"])
def test_nothing_is_cut_off_on_a_narrow_screen(open_page, path, text_size):
    page = open_page(path, viewport={"width": 320, "height": 640})
    page.evaluate(f"document.documentElement.style.setProperty('font-size', '{text_size}')")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("path", ["", "item00000001/"])
def test_targets_are_large_enough_for_a_thumb(open_page, path):
    page = open_page(path, viewport={"width": 360, "height": 740})
    small = page.evaluate(
        """[...document.querySelectorAll('a, button, summary, input')]
        .filter(one => one.checkVisibility() && !one.matches('.skip, .address'))
        .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
        .filter(([, height]) => height < 40)"""
    )
    assert small == []
