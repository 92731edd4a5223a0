"""The child processes of this test run, for tests that watch or end them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


def children_running(module: str) -> list[psutil.Process]:
    """The children that run this module of ours.

    There are others, such as the browser, and some may have ended without anybody having asked for
    it: such a one has no command line any more, and must not hide those after it.
    """
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if module in child.cmdline():
                found.append(child)
    return found


@contextmanager
def killed_when_started(module: str) -> Iterator[None]:
    """While the block runs, every child that runs this module is killed, as a full memory does."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.005):
            for child in children_running(module):
                with suppress(psutil.NoSuchProcess):
                    child.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
