"""What a recorder page left behind: nothing of it goes without a person's word."""

import dataclasses
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bridge.capture_care import FINISH, sweep_capture
from bridge.db import utc_now
from bridge.models import Capture
from bridge.tasks import TaskContext, add_task, claim_task
from tests.web.conftest import Office
from tests.web.operator.recording import (
    Enter,
    button,
    duration_ms,
    expect_phase,
    finish,
    record,
    wait_for_clock,
    wait_until_kept,
)
from transcribe.capture_finish import finish_silent_capture

pytestmark = pytest.mark.browser

CHUNKS = "**/chunks/*"
FIRST_CHUNK = re.compile("/chunks/0$")
CALLS = "**/api/v1/captures**"
# How many chunks outlive the page.
KEPT_CHUNKS = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("loa-captures");
  opening.onsuccess = () => {
    const database = opening.result;
    const counting = database.transaction("chunks").objectStore("chunks").count();
    counting.onsuccess = () => resolve(counting.result);
    counting.onerror = () => reject(counting.error);
    database.close();
  };
})"""
# As when the browser dies after the server had the last second and before its own disk had it.
LOSE_LAST_CHUNK = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("loa-captures");
  opening.onsuccess = () => {
    const database = opening.result;
    const transaction = database.transaction("chunks", "readwrite");
    const chunks = transaction.objectStore("chunks");
    chunks.getAllKeys().onsuccess = ({ target }) => chunks.delete(target.result.pop());
    transaction.oncomplete = () => resolve(database.close());
    transaction.onabort = () => reject(transaction.error);
  };
})"""


def captures(office: Office) -> list[Capture]:
    """All there are, the oldest first."""
    with office.services.db.reading() as session:
        return list(session.scalars(select(Capture).order_by(Capture.created_at)))


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Until it is so on the server; the page's calls go on meanwhile."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def cut_off(page: Page, calls: str) -> None:
    page.route(calls, lambda route: route.abort())


def end_silently(office: Office) -> None:
    """As the worker ends the one capture there is."""
    services = office.services
    (capture,) = captures(office)
    settings = dataclasses.replace(services.settings, capture_silence_s=0.0)
    with services.db.writing() as session:
        task_id = add_task(session, kind=FINISH, capture_id=capture.id)
    run = claim_task(services.db, task_id, worker="test", lease_s=60)
    assert run is not None
    finish_silent_capture(TaskContext(settings, services.db, services.media), run)


def sweep_after_a_week(office: Office) -> None:
    services, later = office.services, utc_now() + timedelta(days=8)
    (capture,) = captures(office)
    assert sweep_capture(services.db, services.media, services.settings, capture.id, later)


def test_what_was_left_by_a_closed_page_can_be_sent_or_given_up(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter()
    record(page, 2)
    wait_until_kept(page, 1)
    page.reload()
    expect(page.get_by_text(re.compile("Đã thu khoảng 0:"))).to_be_visible()
    button(page, "Gửi phần đã thu").click()
    expect(page.get_by_text("Đã nhận bản thu này.")).to_be_visible()
    with office.services.db.reading() as session:
        capture = session.scalars(select(Capture)).one()
    assert duration_ms(office, capture) > 500
    record(page, 1)
    wait_until_kept(page, 0.5)
    page.reload()
    button(page, "Bỏ bản này").click()
    button(page, "Bấm lần nữa để bỏ hẳn").click()
    expect(button(page, "Gửi phần đã thu")).to_have_count(0)
    wait_for(page, lambda: "discarded" in {capture.state for capture in captures(office)})
    page.reload()
    expect_phase(page, "ready")
    expect(button(page, "Gửi phần đã thu")).to_have_count(0)
    with office.services.db.reading() as session:
        states = set(session.scalars(select(Capture.state)))
    assert states == {"finished", "discarded"}
    assert complaints == []


def test_a_recording_that_is_gone_on_with_keeps_its_hour(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter()
    page.get_by_label("Giờ phát trên loa").fill("21/11/2026 05:30")
    record(page, 2)
    wait_until_kept(page, 1)
    page.reload()
    button(page, "Thu tiếp bản này").click()
    expect_phase(page, "recording")
    expect(page.get_by_label("Giờ phát trên loa")).to_have_value("21/11/2026 05:30")
    page.get_by_label("Tiêu đề").fill("Họp thôn")
    capture = finish(page, office)
    assert capture.title == "Họp thôn"
    assert capture.broadcast_at is not None
    assert capture.broadcast_at.isoformat() == "2026-11-20T22:30:00+00:00"
    assert complaints == []


def test_a_recording_that_the_server_swept_as_never_begun_is_sent_as_another(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter()
    cut_off(page, CHUNKS)
    record(page, 3)
    wait_until_kept(page, 2)
    wait_for(page, lambda: bool(captures(office)))
    page.reload()
    sweep_after_a_week(office)
    page.unroute(CHUNKS)
    page.reload()
    button(page, "Gửi phần đã thu").click()
    expect(page.get_by_text("Đã nhận bản thu này.")).to_be_visible()
    first, second = captures(office)
    assert (first.state, first.chunks) == ("discarded", 0)
    assert second.client_key == f"{first.client_key}.1"
    assert duration_ms(office, second) > 1000
    assert complaints == []


def test_a_recording_whose_kept_part_was_swept_goes_on_and_arrives_whole(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter()
    cut_off(page, CHUNKS)
    page.route(FIRST_CHUNK, lambda route: route.continue_())
    record(page, 2)
    wait_for(page, lambda: any(capture.chunks for capture in captures(office)))
    wait_for(page, lambda: int(page.evaluate(KEPT_CHUNKS)) >= 2)
    page.reload()
    expect(button(page, "Thu tiếp bản này")).to_be_visible()
    end_silently(office)
    sweep_after_a_week(office)
    (first,) = captures(office)
    page.unroute(CHUNKS)
    page.reload()
    expect(button(page, "Gửi bản đầy đủ")).to_be_visible()
    button(page, "Thu tiếp bản này").click()
    expect_phase(page, "recording")
    wait_for_clock(page, first.sound_ms // 1000 + 3)
    button(page, "Dừng và gửi").click()
    expect(page.get_by_text("Đã nhận bản thu dài")).to_be_visible()
    again, second = captures(office)
    assert (again.announcement_id, again.chunks) == (first.announcement_id, first.chunks)
    assert second.missing == []
    assert second.received_bytes > first.received_bytes
    assert duration_ms(office, second) > max(2000, duration_ms(office, first) + 1000)
    assert complaints == []


def test_going_on_without_the_server_begins_a_recording_of_its_own(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter()
    record(page, 2)
    expect(page.get_by_text("Máy chủ đã nhận đủ")).to_be_visible()
    cut_off(page, CALLS)
    page.reload()
    page.evaluate(LOSE_LAST_CHUNK)
    button(page, "Thu tiếp bản này").click()
    expect_phase(page, "recording")
    expect(page.locator("[data-warning]")).to_contain_text("là một bản tin riêng")
    # Only now: what the first page had sent may have been on its way for a while.
    (before,) = captures(office)
    page.unroute(CALLS)
    wait_for_clock(page, 1)
    button(page, "Dừng và gửi").click()
    expect(page.get_by_text("Đã nhận bản thu dài")).to_be_visible()
    expect(page.get_by_text("Đã nhận bản thu này.")).to_be_visible()
    old, new = captures(office)
    assert (old.id, old.missing, old.received_bytes) == (before.id, [], before.received_bytes)
    assert old.announcement_id != new.announcement_id
    assert duration_ms(office, new) > 500
    assert complaints == []
