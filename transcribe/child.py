"""What every child process of this package shares: how it is started, limited and ended.

A child never outlives its parent. It asks the kernel for SIGKILL at its parent's death, which
holds however the parent dies; the kernel watches the *thread* that made the child, so a
long-lived child has to be started from the main thread.
"""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this package in a Python of its own.

    `-P` keeps the current folder out of the import path: a stray file there is nobody's module.
    """
    return [sys.executable, "-P", "-m", module, "--parent", str(os.getpid()), *arguments]


def bare_environment() -> dict[str, str]:
    """An environment with nothing of ours in it, for the process that opens strangers' files."""
    return {
        "PYTHONPATH": _package_root(),
        "PYTHONUTF8": "1",
        # One thread is enough, and OpenBLAS reserves address space for each.
        "OPENBLAS_NUM_THREADS": "1",
    }


def full_environment(**changes: str) -> dict[str, str]:
    """Our own environment, for a child that needs its libraries' variables, with `changes`."""
    return {**os.environ, "PYTHONPATH": _package_root(), **changes}


def die_with_parent(parent_id: int) -> None:
    """Called in the child: end when the process `parent_id` ends, also if it already has."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent_id:  # it died before the kernel was asked
        os._exit(1)


def limit_resource(which: int, most: int) -> None:
    """Called in the child: lower a limit to `most`, or leave it where it is lower already."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(which, (most, most))


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a child at once and wait for it; its pipes are closed. Harmless when it has ended."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            close_quietly(pipe)


def close_quietly(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end may be gone."""
    with contextlib.suppress(OSError):  # what was still buffered has nobody to read it
        pipe.close()


def last_line(text: bytes) -> str:
    """The last line that is not empty, for a log entry about a child that failed."""
    lines: Sequence[str] = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _package_root() -> str:
    return str(Path(__file__).resolve().parent.parent)
