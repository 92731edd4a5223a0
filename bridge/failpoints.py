"""Places where a test may kill, hold or hang a process: between two steps that belong together.

    LOA_FAILPOINT=NAME:ACTION[@MARKER]

is read once, when the process starts; without it `reach` does nothing. ACTION is one of

    kill      SIGKILL to this process, as the power going off
    hold      this thread waits until somebody removes MARKER; the others go on
    hang      an endless call in native code during which other threads run
    freeze    the same, holding Python's lock: no other thread runs

With MARKER, a path, the process that reaches the point first makes that file and acts; whoever
comes when the file exists passes by. So a part that the supervisor starts again is not hit again,
and the test knows that the point was reached.
"""

import contextlib
import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "LOA_FAILPOINT"
_HELD_S = 0.02
ACTIONS = ("kill", "hold", "hang", "freeze")

# Every place that calls `reach`, in the order of an announcement's way.
POINTS = (
    "capture.drafted",  # a chunk's bytes flushed under a passing name
    "capture.placed",  # under its number, its row not written
    "capture.stored",  # committed, the sender not told
    "capture.joined",  # all chunks in one file in incoming/, hashed
    "media.received",  # flushed in incoming/, nothing else knows of it
    "media.renamed",  # in the store, its folder not yet flushed
    "intake.kept",  # in the store for good, no row yet
    "intake.written",  # rows written, not committed
    "intake.recorded",  # committed, the sender not told, the queue neither
    "queue.given",  # the id is in Redis, the database does not say so
    "worker.dequeued",  # the id is out of Redis, the task not claimed
    "worker.claimed",  # claimed, not begun
    "copies.renamed",  # a copy has its name, the other not yet
    "transcribe.heard",  # all text committed, the task not ended
    "transcribe.ended",  # the end written, not committed
    "publish.sound",  # one encoding has its name, the other not yet
    "publish.encoded",  # both lie there, no page names them
    "publish.unpacked",  # a page is swapped, its compressed copy not there yet
    "publish.page",  # the announcement's page is swapped, home and feed are not
    "publish.written",  # all pages swapped, not committed
    "publish.recorded",  # committed, files of the former revision still there
    "publish.removed",  # a withdrawn item's pages are gone, not committed
)


@dataclass(frozen=True, slots=True)
class Failpoint:
    """One armed point."""

    name: str
    action: str
    marker: Path | None


def read_failpoint(text: str) -> Failpoint:
    """What the variable's text arms. Raises ValueError for a name or action that is not there."""
    name, _, rest = text.partition(":")
    action, _, marker = rest.partition("@")
    if name not in POINTS or action not in ACTIONS or (action == "hold" and not marker):
        raise ValueError(f"{VARIABLE}: no such point or action: {text!r}")
    return Failpoint(name, action, Path(marker) if marker else None)


_armed = read_failpoint(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def arm(text: str) -> None:
    """As if the process had been started with this text in the variable; empty disarms."""
    global _armed
    _armed = read_failpoint(text) if text else None


def reach(name: str) -> None:
    """Say that the process has come to this point."""
    if _armed is None or _armed.name != name or not _is_first(_armed.marker):
        return
    if _armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if _armed.action == "hold":
        while _armed.marker is not None and _armed.marker.exists():
            time.sleep(_HELD_S)
        return
    # No signal ends the call: Python runs their handlers between its own instructions only.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    # CDLL lets go of Python's lock around the call, PyDLL keeps it.
    (ctypes.CDLL if _armed.action == "hang" else ctypes.PyDLL)(None).pause()


def _is_first(marker: Path | None) -> bool:
    if marker is None:
        return True
    with contextlib.suppress(FileExistsError):
        marker.touch(exist_ok=False)
        return True
    return False
