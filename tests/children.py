"""The child processes of this test run, for tests that watch or end them."""

from contextlib import suppress

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
