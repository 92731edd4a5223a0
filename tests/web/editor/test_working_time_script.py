"""The desk counts the time in which somebody is at work, in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from bridge.db import utc_now
from bridge.models import Announcement, User, WorkTime
from tests.functional.running import wait_for
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, put_sound, stop_clock

pytestmark = pytest.mark.browser


def spent_ms(office: Office, segment_id: str) -> int:
    with office.services.db.reading() as session:
        found = session.get(WorkTime, segment_id)
        return found.active_ms if found else 0


def test_typing_and_hearing_count_and_idleness_does_not(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    complaints: list[str],
    tmp_path: Path,
) -> None:
    announcement = office.in_review()
    with office.services.db.writing() as session:
        made_at = utc_now() - timedelta(hours=1)
        session.execute(update(Announcement).values(created_at=made_at))
    put_sound(office, announcement, tmp_path)
    first, second, third = (one.id for one in office.view(announcement).segments)
    stop_clock(context)  # minutes pass as the test says
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).nth(0).focus()
    for word in ("Xin", "chào"):
        page.keyboard.type(f" {word}")
        page.clock.run_for(600)
    page.clock.run_for(60_000)  # saved, and then nobody does anything for a minute
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert 500 <= spent_ms(office, first) <= 3_000
    lines(page).nth(1).focus()
    for _press in range(4):
        page.keyboard.press("ArrowLeft")
        page.clock.run_for(2_000)
    page.clock.run_for(60_000)  # nothing to save: told by itself
    wait_for(lambda: spent_ms(office, second), 60, "the time of the second line")
    # Three times two seconds; then five more count, for whoever has just pressed a key still reads.
    assert 5_500 <= spent_ms(office, second) <= 11_500
    assert spent_ms(office, first) <= 8_000
    assert spent_ms(office, third) == 0
    assert complaints == []
