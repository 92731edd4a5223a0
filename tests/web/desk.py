"""The desk in a real browser: what its tests do with it."""

import shutil
from pathlib import Path

from playwright.sync_api import Locator, Page

from bridge.editing import save_segment_text
from tests.samples import write_sound
from tests.telex import strokes_of
from tests.web.conftest import Office


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
