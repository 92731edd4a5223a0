"""The running product, the sample clips and a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.functional.running import RunningLoa
from transcribe.samples import Sample, fetch_samples, join_samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CACHE = Path(os.environ.get("LOA_CACHE_DIR", "~/.cache/loa")).expanduser()


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    """The six human clips; fetched once for this machine."""
    return fetch_samples(CACHE)


@pytest.fixture
def short_clip(samples: list[Sample], tmp_path: Path) -> Path:
    """One clip of under three seconds."""
    path = tmp_path / "thong-bao.wav"
    shutil.copy(min(samples, key=lambda sample: sample.wav_path.stat().st_size).wav_path, path)
    return path


@pytest.fixture
def announcement_sound(samples: list[Sample], tmp_path: Path) -> Path:
    """All six clips with pauses: an announcement of about half a minute."""
    path = tmp_path / "ban-tin.wav"
    join_samples(samples, path)
    return path


@pytest.fixture
def loa(tmp_path: Path, database_url: str) -> Iterator[RunningLoa]:
    """A prepared data folder; `start()` it. Everything is gone afterwards."""
    running = RunningLoa(tmp_path / "data", database_url, CACHE)
    running.prepare()
    yield running
    running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, headless, driven by Playwright."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("LOA_TEST_REQUIRE_BROWSER"):
            pytest.fail("chromium is missing")
        pytest.skip("chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
        )  # fmt: skip
        yield browser
        browser.close()
