"""How many requests of a kind may be at work at once, so that the portal always has a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app

from bridge.errors import TooMany
from bridge.settings import Settings

_RETRY_AFTER_S = {"chunks": 1, "finishing": 3}


def install_crowding(app: Flask, settings: Settings) -> None:
    """Count for this application. Three quarters of the threads may write chunks, a quarter of
    them may decode whole recordings."""
    threads = settings.web_threads
    app.extensions["loa_crowds"] = {
        "chunks": threading.BoundedSemaphore(max(1, threads * 3 // 4)),
        "finishing": threading.BoundedSemaphore(max(1, threads // 4)),
    }


@contextmanager
def crowd(kind: str) -> Iterator[None]:
    """Be one of those at work on this. Raises TooMany at once where there are enough."""
    places: threading.BoundedSemaphore = current_app.extensions["loa_crowds"][kind]
    if not places.acquire(blocking=False):
        raise TooMany(retry_after_s=_RETRY_AFTER_S[kind])
    try:
        yield
    finally:
        places.release()
