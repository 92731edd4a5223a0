"""One announcement all the way through a real browser, from the upload to a page that plays."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DATABASES
from tests.functional.conftest import CACHE
from tests.functional.running import APPROVER, EDITOR, PASSWORD, RunningLoa, id_in, wait_for
from tests.samples import tone, write_wav

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.model]

CORRECTION = "Chuẩn"
# Playing three seconds of sound and what a busy machine adds.
PLAY_SECONDS = 90.0


def sign_in(browser: "Browser", loa: RunningLoa, email: str) -> "Page":
    page = browser.new_context(locale="vi-VN").new_page()
    page.goto(f"{loa.url}/lam-viec/")
    page.get_by_label("Địa chỉ thư").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/lam-viec/")
    return page


def upload(page: "Page", loa: RunningLoa, sound: Path) -> str:
    """Send a file by the upload page; the announcement's id, once its page is open."""
    page.goto(f"{loa.url}/lam-viec/tai-len")
    page.set_input_files("input[type=file]", sound)
    page.get_by_label("Tiêu đề").fill("Lịch tiêm chủng mở rộng")
    page.get_by_role("button", name="Gửi", exact=True).click()
    page.get_by_role("link", name="Mở bản tin").click()
    page.wait_for_url("**/ban-tin/*")
    return id_in(page.url)


def correct_first_word(page: "Page") -> None:
    """Put CORRECTION in the place of the first word, as a person types, and wait for the save."""
    page.locator(".lines [data-text]").first.click()
    field = page.locator(".lines textarea")
    words = field.input_value().split()
    field.fill(" ".join([CORRECTION, *words[1:]]))
    field.blur()
    page.get_by_text(re.compile(r"Đã lưu lúc \d\d:\d\d")).wait_for()


@pytest.fixture(params=DATABASES)
def loa(request: pytest.FixtureRequest) -> Iterator[RunningLoa]:
    """Everything running on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("standing")
        return
    folder = request.getfixturevalue("tmp_path")
    url = request.getfixturevalue("templates").new_url(request.param, folder)
    running = RunningLoa(folder / "data", url, CACHE)
    running.prepare()
    running.lend_model(request.getfixturevalue("model"))
    running.start()
    yield running
    running.close()


def test_from_upload_to_a_page_that_plays(
    loa: RunningLoa, short_clip: Path, chromium: "Browser"
) -> None:
    editor = sign_in(chromium, loa, EDITOR)
    announcement = upload(editor, loa, short_clip)

    # The page follows the machine by itself until the text can be edited.
    # Before that it shows what is heard, in lines that nobody can write in.
    editor.locator("[data-segment] [data-text][role=textbox]").first.wait_for(timeout=240_000)
    heard = loa.json("announcement", "show", announcement)
    assert heard["state"] == "in_review"
    assert all(word["probability"] for word in heard["segments"][0]["words"])
    correct_first_word(editor)
    assert editor.get_by_role("button", name="Duyệt và đăng").count() == 0

    corrected = loa.json("announcement", "show", announcement)
    first, before = corrected["segments"][0], heard["segments"][0]
    assert first["version"] == 2
    assert first["words"][0] == {**before["words"][0], "text": CORRECTION, "probability": None}
    assert first["words"][1:] == before["words"][1:]

    approver = sign_in(chromium, loa, APPROVER)
    approver.goto(f"{loa.url}/lam-viec/ban-tin/{announcement}")
    hear_what_must_be_right(approver)
    approver.get_by_role("button", name="Duyệt và đăng").click()
    approver.get_by_role("link", name="Xem trang đã đăng").click(timeout=120_000)
    approver.wait_for_url(f"{loa.url}/xa-mau/{announcement}/")

    assert CORRECTION in approver.locator("article").inner_text()
    assert "Lịch tiêm chủng mở rộng" in approver.locator("h1").inner_text()
    play_to_the_end(approver)
    check_captions(approver)
    browser_contexts_close(editor, approver)


def hear_what_must_be_right(approver: "Page") -> None:
    """Each line of the list is heard, then confirmed; what the model heard decides how many."""
    confirm = approver.locator("[data-confirm]:visible")
    while confirm.count():
        left = confirm.count()
        confirm.first.click()
        wait_for(lambda: confirm.count() < left, 60, "the server's word")  # noqa: B023
    approver.get_by_role("button", name="Duyệt và đăng").wait_for()


def play_to_the_end(page: "Page") -> None:
    def audio(what: str) -> Any:
        return page.evaluate(f"document.querySelector('audio').{what}")

    assert audio("currentTime") == 0
    page.get_by_role("button", name="Nghe", exact=True).first.click()
    wait_for(lambda: audio("currentTime") > 0.5, PLAY_SECONDS, "sound that moves")
    wait_for(lambda: audio("ended"), PLAY_SECONDS, "the end of the sound")
    assert audio("currentTime") == pytest.approx(audio("duration"), abs=0.05)
    assert 2 < audio("duration") < 4


def check_captions(page: "Page") -> None:
    address = page.locator("track").first.evaluate("track => track.src")
    captions = page.request.get(address)
    assert captions.headers["content-type"].startswith("text/vtt")
    assert captions.text().startswith("WEBVTT")
    assert CORRECTION in captions.text()


def browser_contexts_close(*pages: "Page") -> None:
    for page in pages:
        page.context.close()


def test_a_withdrawn_page_is_gone_and_says_why(standing: RunningLoa, short_clip: Path) -> None:
    loa = standing
    announcement = loa.json("ingest", short_clip, "--title", "Thử gỡ", "--wait")["announcement"]
    loa.approve(announcement)
    wait_for(lambda: loa.state(announcement) == "published", 120, "the page")
    folder = loa.data / "site" / "xa-mau" / announcement
    assert len(list(folder.glob("audio-*"))) == 2
    assert "Thử gỡ" in (loa.data / "site" / "xa-mau" / "feed.xml").read_text(encoding="utf-8")

    loa.succeed(
        "announcement", "withdraw", announcement, "--by", APPROVER, "--reason", "Sai ngày họp"
    )

    wait_for(lambda: not list(folder.glob("audio-*")), 120, "the sound's end")
    page = folder / "index.html"
    wait_for(lambda: "Sai ngày họp" in page.read_text(encoding="utf-8"), 60, "the reason")
    feed = loa.data / "site" / "xa-mau" / "feed.xml"  # written last
    wait_for(lambda: "Thử gỡ" not in feed.read_text(encoding="utf-8"), 60, "the feed without it")
    assert loa.json("announcement", "show", announcement)["page_url"] is None


def test_silence_alone_says_so_on_its_page(standing: RunningLoa, tmp_path: Path) -> None:
    silence = tmp_path / "im-lang.wav"
    write_wav(silence, tone(4, volume=0.0))
    taken = standing.json("ingest", silence, "--title", "Thử im lặng", "--wait")
    assert taken["state"] == "in_review"
    standing.succeed("announcement", "approve", taken["announcement"], "--by", APPROVER)
    wait_for(lambda: standing.state(taken["announcement"]) == "published", 120, "the page")
    page = standing.data / "site" / "xa-mau" / taken["announcement"] / "index.html"
    assert "[Không có tiếng nói]" in page.read_text(encoding="utf-8")
