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

RECORDED_S = 5
BETWEEN_S = 0.5  # between two chunks: the worst moment
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

    def newest() -> Capture | None:
        with standing.database.reading() as session:
            return session.scalars(select(Capture).where(Capture.created_at > begun_at)).first()

    def recorded_s() -> int:
        """What the page's clock shows, once the server keeps up with it; else 0.

        On a machine that stands still for seconds no sound can be handed over in time.
        """
        shown = int((page.locator("[data-clock]").text_content() or "0").rpartition(":")[2])
        capture = newest()
        keeps_up = capture is not None and shown * 1000 - capture.sound_ms <= 1000
        return shown if keeps_up and shown >= RECORDED_S else 0

    seconds = wait_for(recorded_s, 45, "a server that keeps up with the page")
    time.sleep(BETWEEN_S)
    kill_tree(pid)

    def finished() -> Capture | None:
        # What came later than the silence that ends it has opened it again.
        capture = newest()
        return capture if capture is not None and capture.state == "finished" else None

    capture = wait_for(finished, 120, "the server to finish what it has")
    heard = capture.announcement_id
    wait_for(lambda: standing.state(heard) == "in_review", 240, "its text")
    with standing.database.reading() as session:
        view = announcement_view(session, heard)
    assert capture.by_silence
    assert seconds + BETWEEN_S - view.work.duration_ms / 1000 <= MOST_MISSING_S
    assert capture.sound_ms / capture.chunks < MOST_MISSING_S * 1000  # it came piece by piece
    assert " ".join(segment.text for segment in view.segments).strip()
