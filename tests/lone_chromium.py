"""A Chromium in processes of its own, which a test may kill as a power cut would."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, TimeoutError

from tests.conftest import CHROMIUM_ARGUMENTS
from tests.functional.running import living, process_tree, wait_for
from tests.machine import needed_program

_TRIES, _PATIENCE_MS = 3, 30_000


@contextmanager
def lone_chromium(chromium: Browser, profile: Path, *more: str) -> Iterator[tuple[Browser, int]]:
    """A browser over a profile that outlives it, and its process id. `chromium` lends its driver.

    `more` are arguments for its command line.
    """
    told = profile / "DevToolsActivePort"
    told.unlink(missing_ok=True)
    process = subprocess.Popen(
        [
            needed_program("chromium", "chromium"),
            "--headless=new",
            *CHROMIUM_ARGUMENTS,
            *more,
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = wait_for(lambda: told.exists() and told.read_text().split(), 90, "its port")[0]
        address = f"http://127.0.0.1:{port}"
        yield connect(chromium, address), process.pid
    finally:
        kill_tree(process.pid)
        process.wait(60)


def connect(chromium: Browser, address: str) -> Browser:
    """A connection to the browser that listens there.

    On a busy machine one that has just begun may take a connection and never answer what is asked
    over it; the next connection is answered.
    """
    for _ in range(_TRIES - 1):
        with suppress(TimeoutError):
            return chromium.browser_type.connect_over_cdp(address, timeout=_PATIENCE_MS)
    return chromium.browser_type.connect_over_cdp(address, timeout=_PATIENCE_MS)


def kill_tree(pid: int) -> None:
    """A process and all its children at once, as when the power goes; back when none is left."""
    family = process_tree(pid)
    for one in family:
        with suppress(ProcessLookupError):  # a child goes by itself once its parent is gone
            os.kill(one, signal.SIGKILL)
    # One that still dies holds what the next browser over the same profile wants.
    wait_for(lambda: not family & living().keys(), 60, "the end of every process")
