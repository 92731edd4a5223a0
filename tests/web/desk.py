"""The desk in a real browser: what its tests do with it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from bridge.db import utc_now
from bridge.editing import save_segment_text
from tests.functional.running import wait_for
from tests.samples import write_sound
from tests.telex import strokes_of
from tests.web.conftest import Office

SAVES = re.compile(r"/doan/\w+$")
# Asked only of a page that has made the database: another would find one without tables.
_KEPT = """() => new Promise((resolve) => {
    const asked = indexedDB.open("loa-desk");
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onerror = () => resolve(null);
    asked.onsuccess = () => {
        const all = asked.result.transaction("drafts").objectStore("drafts").getAll();
        all.onsuccess = () => {
            asked.result.close();
            resolve(all.result.map((draft) => draft.text).sort());
        };
    };
})"""


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def lines(page: Page) -> Locator:
    """The texts of the segments, each of which opens as a field."""
    return page.locator(".lines [data-text]")


def write(page: Page, place: int, text: str) -> Locator:
    """Open the text at a place and write another; the field."""
    lines(page).nth(place).focus()
    field = page.locator(".lines textarea")
    field.fill(text)
    return field


def is_saved(page: Page) -> None:
    """Wait until the server has everything that was typed, and the page says so."""
    page.wait_for_function("() => !document.querySelector('.lines .unsaved')")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")


@contextmanager
def saves_held(page: Page) -> Iterator[None]:
    """No save that begins meanwhile reaches the server before the end, however slow the machine."""
    held: list[Route] = []
    page.route(SAVES, lambda route: held.append(route))
    yield
    for route in held:
        route.continue_()
    page.unroute(SAVES)


def wait_until_kept(page: Page, *texts: str) -> None:
    """Wait until the browser keeps these texts of the desks, and no others."""
    wait_for(lambda: page.evaluate(_KEPT) == sorted(texts), 60, "what the browser keeps")


def stop_clock(context: BrowserContext) -> None:
    """On the pages that are opened from now on no time passes but what a test lets pass."""
    context.clock.install()
    context.clock.pause_at(utc_now() + timedelta(hours=1))


def type_as_unikey(page: Page, text: str, pause_ms: float = 0) -> None:
    """Type Vietnamese as it reaches a page through Unikey, where no letter stands before."""
    for stroke in strokes_of(text):
        for _ in range(stroke.backspaces):
            page.keyboard.press("Backspace")
        if stroke.is_plain:
            page.keyboard.press("Space" if stroke.inserted == " " else stroke.inserted)
        else:
            page.keyboard.insert_text(stroke.inserted)
        if pause_ms:
            page.wait_for_timeout(pause_ms)


def put_sound(office: Office, announcement: str, folder: Path) -> None:
    """Sound for the announcement's page."""
    made = write_sound(folder / "listen.mp3", "mp3", seconds=9.0)
    shutil.copy(made, office.listening_copy(announcement))


def edit_elsewhere(office: Office, announcement: str, text: str) -> None:
    """Another editor saves the first segment."""
    segment = office.view(announcement).segments[0]
    with office.services.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=office.person("editor").id,
        )


def texts(office: Office, announcement: str) -> list[str]:
    return [segment.text for segment in office.view(announcement).segments]
