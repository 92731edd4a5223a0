"""The child processes of this test run, for tests that watch or end them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest


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
def killed_when_started(module: str, most: int | None = None) -> Iterator[list[int]]:
    """While the block runs, every child that runs this module is killed, as a full memory does.

    At most the first `most` of them, where that is given. Gives the ids of those that were killed.
    Whoever looked for them from time to time would come too late on a busy machine.
    """
    killed: list[int] = []

    class Doomed(subprocess.Popen[Any]):
        def __init__(self, args: Any, *others: Any, **options: Any) -> None:
            super().__init__(args, *others, **options)
            if module in args and (most is None or len(killed) < most):
                self.kill()
                killed.append(self.pid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", Doomed)
        yield killed
