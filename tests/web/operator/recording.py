"""The recorder page as its visitors use it, for tests."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from bridge.models import Capture
from tests.web.conftest import Office

PAGE = "/lam-viec/thu-am"
NAMED = "loa.xa-mau.example"  # leads to this machine too, but is not "localhost" to a browser

Enter = Callable[..., Page]


def button(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("button", name=name, exact=True)


def expect_phase(page: Page, phase: str) -> None:
    expect(page.locator("form[data-recorder]")).to_have_attribute("data-phase", phase)


def record(page: Page, seconds: float) -> None:
    """Start, and let the clock come to so many seconds."""
    expect_phase(page, "ready")
    button(page, "Bắt đầu thu").click()
    wait_for_clock(page, seconds)


def wait_for_clock(page: Page, seconds: float) -> None:
    page.wait_for_function(
        "least => document.querySelector('[data-clock]').textContent.split(':')[1] >= least",
        arg=seconds,
    )


def forget_clock(page: Page) -> None:
    """Empty the clock, which shows the last recording until the next one's first tick."""
    page.evaluate("() => { document.querySelector('[data-clock]').textContent = ''; }")


def wait_until_kept(page: Page, seconds: float) -> None:
    """Until so much outlives the page: a disk may be slower than the clock."""
    page.wait_for_function(
        """least => Object.keys(localStorage).some((key) => key.startsWith("loa-recording-") &&
          JSON.parse(localStorage.getItem(key)).elapsedMs >= least)""",
        arg=seconds * 1000,
    )


def finish(page: Page, office: Office) -> Capture:
    """Stop, wait for the receipt; the one capture there is."""
    button(page, "Dừng và gửi").click()
    expect(page.get_by_text("Đã nhận bản thu dài")).to_be_visible()
    with office.services.db.reading() as session:
        return session.scalars(select(Capture)).one()


def duration_ms(office: Office, capture: Capture) -> int:
    assert capture.announcement_id is not None
    return office.view(capture.announcement_id).work.duration_ms
