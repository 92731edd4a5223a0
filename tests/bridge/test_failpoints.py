"""Failpoints: armed by name, met once, and nothing at all where none is armed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.failpoints import VARIABLE, read_failpoint

REACH = "import bridge.failpoints as f; f.reach('intake.kept'); print('past')"


def start(text: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, VARIABLE: text}
    return subprocess.Popen(
        [sys.executable, "-c", REACH], env=environment, stdout=subprocess.PIPE, text=True
    )


def takes_no_signal(process: "subprocess.Popen[str]") -> bool:
    """Whether SIGTERM is kept from it (SigBlk in proc_pid_status(5), a mask in hexadecimal)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (blocked,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked, 16) >> (signal.SIGTERM - 1) & 1)


def test_a_process_dies_where_it_is_told_and_the_next_passes_by(tmp_path: Path) -> None:
    text = f"intake.kept:kill@{tmp_path / 'marker'}"
    first = start(text)
    assert (first.communicate(timeout=60)[0], first.returncode) == ("", -signal.SIGKILL)
    assert (tmp_path / "marker").exists()
    second = start(text)
    assert (second.communicate(timeout=60)[0], second.returncode) == ("past\n", 0)


@pytest.mark.parametrize("text", ["", "intake.written:kill"])
def test_where_none_is_armed_nothing_happens(text: str) -> None:
    process = start(text)
    assert (process.communicate(timeout=60)[0], process.returncode) == ("past\n", 0)


@pytest.mark.parametrize("action", ["hang", "freeze"])
def test_no_polite_signal_ends_a_call_that_hangs(action: str, tmp_path: Path) -> None:
    process = start(f"intake.kept:{action}@{tmp_path / 'marker'}")
    # The marker comes first, the signals are kept off after it.
    while not (tmp_path / "marker").exists() or not takes_no_signal(process):
        assert process.poll() is None
        time.sleep(0.01)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.kill()
    process.communicate(timeout=60)


def test_a_process_is_held_until_it_is_let_go(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    process = start(f"intake.kept:hold@{marker}")
    while not marker.exists():
        assert process.poll() is None
        time.sleep(0.01)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    marker.unlink()
    assert (process.communicate(timeout=60)[0], process.returncode) == ("past\n", 0)


@pytest.mark.parametrize(
    "text", ["nowhere:kill", "intake.kept:sing", "intake.kept", "intake.kept:hold"]
)
def test_a_wrong_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such point or action"):
        read_failpoint(text)
