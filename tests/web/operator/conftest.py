"""A recorder page with a (pretended) microphone."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import CHROMIUM_ARGUMENTS
from tests.web.conftest import Office, lend_session
from tests.web.operator.recording import NAMED, PAGE, Enter

LOUD_S, SILENT_S = 2, 60
PATIENCE_MS = 60_000

expect.set_options(timeout=PATIENCE_MS)  # five seconds are little on a busy machine


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds far too loud, then a minute of nothing."""
    path = tmp_path_factory.mktemp("sound") / "microphone.wav"
    rate = 48_000
    loud = np.sign(np.sin(2 * np.pi * 220 * np.arange(LOUD_S * rate) / rate)) * 32_767
    samples = np.concatenate([loud, np.zeros(SILENT_S * rate)]).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture(scope="module")
def studio(chromium: Chromium, sound: Path) -> Iterator[Chromium]:
    """A Chromium whose microphone plays that file, and which never asks."""
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[
            *CHROMIUM_ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={sound}",
            "--autoplay-policy=no-user-gesture-required",
            f"--host-resolver-rules=MAP {NAMED} 127.0.0.1",
        ],
    )
    yield browser
    browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: scripts that broke, things the policy forbade."""
    return []


@pytest.fixture
def enter(office: Office, address: str, studio: Chromium, complaints: list[str]) -> Iterator[Enter]:
    """Opens the recorder page as a new operator."""
    contexts: list[BrowserContext] = []

    def opened(browser: Chromium = studio, address: str = address, before: str = "") -> Page:
        context = browser.new_context(locale="vi-VN", accept_downloads=True)
        contexts.append(context)
        if browser is studio:
            context.grant_permissions(["microphone"])
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(before)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("console", lambda said: _note_policy(complaints, said.text))
        lend_session(context, office.browser("operator"), address)
        page.goto(address + PAGE)
        return page

    yield opened
    for context in contexts:
        context.close()


def _note_policy(complaints: list[str], text: str) -> None:
    if "Content Security Policy" in text:
        complaints.append(text)
