"""A browser that is killed while it records: what was said until then is an announcement."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bridge.db import utc_now
from bridge.models import Capture
from bridge.queries import announcement_view
from tests.functional.running import EDITOR, PASSWORD, RunningLoa, wait_for
from tests.lone_chromium import kill_tree, lone_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.model]

RECORDED_S = 5.5  # between two chunks: the worst moment
MOST_MISSING_S = 2.0  # what the product promises


@pytest.fixture
def studio(
    chromium: "Browser", announcement_sound: Path, tmp_path: Path
) -> Iterator[tuple["Browser", int]]:
    """A Chromium whose microphone hears speech, with its process id."""
    with lone_chromium(
        chromium,
        tmp_path / "profile",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={announcement_sound}",
        "--autoplay-policy=no-user-gesture-required",
    ) as found:
        yield found


def test_a_killed_browser_loses_less_than_two_seconds_and_the_server_makes_the_rest_a_text(
    standing: RunningLoa, studio: tuple["Browser", int]
) -> None:
    browser, pid = studio
    begun_at = utc_now()
    page = browser.contexts[0].new_page()
    page.goto(f"{standing.url}/lam-viec/thu-am")
    page.get_by_label("Địa chỉ thư").fill(EDITOR)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("button", name="Bắt đầu thu").click()
    page.locator("[data-phase=recording]").wait_for()
    began = time.monotonic()
    time.sleep(RECORDED_S)
    ended = time.monotonic()
    kill_tree(pid)

    def finished() -> Capture | None:
        with standing.database.reading() as session:
            capture = session.scalars(select(Capture).where(Capture.created_at > begun_at)).one()
            return capture if capture.announcement_id else None

    capture = wait_for(finished, 30, "the server to finish what it has")
    heard = capture.announcement_id
    wait_for(lambda: standing.state(heard) == "in_review", 60, "its text")
    with standing.database.reading() as session:
        view = announcement_view(session, heard)
    assert capture.by_silence
    assert (ended - began) - view.work.duration_ms / 1000 <= MOST_MISSING_S
    assert " ".join(segment.text for segment in view.segments).strip()
