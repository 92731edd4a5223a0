"""A browser that is killed while it records: what was said until then is an announcement."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bridge.models import Capture
from bridge.queries import announcement_view
from tests.conftest import CHROMIUM_ARGUMENTS, Templates
from tests.functional.conftest import CACHE
from tests.functional.running import EDITOR, PASSWORD, RunningLoa, process_tree, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.model]

RECORDED_S = 5.5  # between two chunks: the worst moment
MOST_MISSING_S = 2.0  # what the product promises


@pytest.fixture
def loa(tmp_path: Path, templates: Templates) -> Iterator[RunningLoa]:
    """As in production, but a recording counts as left after three seconds."""
    url = templates.new_url("sqlite", tmp_path / "data")
    quick = {"LOA_CAPTURE_SILENCE_S": "3", "LOA_REAP_S": "1"}
    running = RunningLoa(tmp_path / "data", url, CACHE, settings=quick)
    running.prepare()
    yield running
    running.close()


@pytest.fixture
def lone_chromium(
    chromium: "Browser", announcement_sound: Path, tmp_path: Path
) -> Iterator[tuple["Browser", int]]:
    """A Chromium of its own, to be killed; its microphone hears speech. With its process id."""
    profile = tmp_path / "profile"
    process = subprocess.Popen(
        [
            "chromium",
            "--headless=new",
            *CHROMIUM_ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={announcement_sound}",
            "--autoplay-policy=no-user-gesture-required",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    told = profile / "DevToolsActivePort"
    try:
        port = wait_for(lambda: told.exists() and told.read_text().split(), 20, "its port")[0]
        yield chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}"), process.pid
    finally:
        kill(process.pid)
        process.wait(10)


def kill(pid: int) -> None:
    """The whole tree at once, as when the power goes."""
    for one in process_tree(pid):
        os.kill(one, signal.SIGKILL)


def test_a_killed_browser_loses_less_than_two_seconds_and_the_server_makes_the_rest_a_text(
    loa: RunningLoa, lone_chromium: tuple["Browser", int]
) -> None:
    browser, pid = lone_chromium
    loa.start()
    page = browser.contexts[0].new_page()
    page.goto(f"{loa.url}/lam-viec/thu-am")
    page.get_by_label("Địa chỉ thư").fill(EDITOR)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("button", name="Bắt đầu thu").click()
    page.locator("[data-phase=recording]").wait_for()
    began = time.monotonic()
    time.sleep(RECORDED_S)
    ended = time.monotonic()
    kill(pid)

    def announcement() -> str | None:
        with loa.database.reading() as session:
            return session.scalars(select(Capture.announcement_id)).one()

    heard = wait_for(announcement, 30, "the server to finish what it has")
    wait_for(lambda: loa.state(heard) == "in_review", 60, "its text")
    with loa.database.reading() as session:
        view = announcement_view(session, heard)
        capture = session.scalars(select(Capture)).one()
    assert capture.by_silence
    assert (ended - began) - view.work.duration_ms / 1000 <= MOST_MISSING_S
    assert " ".join(segment.text for segment in view.segments).strip()
