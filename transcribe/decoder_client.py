"""Starts the decoder on one file, watches it, and turns its answers into our types.

The file is opened here and handed over as the child's standard input, so the child needs no
path. Whatever the child does (refuse, crash, run into a limit, hang), it is gone when the call
returns and the caller sees MediaRejected, TooLarge or the sound.
"""

import json
import logging
import os
import selectors
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from bridge.errors import MediaRejected, TooLarge
from bridge.media import SoundFacts
from bridge.settings import Settings
from transcribe.child import bare_environment, end_process, last_line, python_command

logger = logging.getLogger(__name__)

_BLOCK_BYTES = 64 * 1024
_REFUSED = 3
# The child's own processor limit ends it first unless it sleeps or the machine is crowded.
_WALL_BASE_S = 60.0
_WALL_SHARE = 0.1  # of the longest sound allowed
_STALL_S = 60.0  # between two blocks of sound


def probe_sound(path: Path, settings: Settings) -> SoundFacts:
    """Decode a whole file in a child process and say what it is.

    Raises MediaRejected with `media_empty`, `media_unreadable`, `media_no_sound`,
    `media_truncated` (`declared_ms`, `decoded_ms`) or `media_too_short` (`duration_ms`,
    `limit_ms`), and TooLarge `media_too_long` (`limit_ms`). Measured: 10 minutes of MP3 take
    about two seconds.
    """
    wall_s = _WALL_BASE_S + settings.max_duration_ms / 1000 * _WALL_SHARE
    answer = b"".join(_run("probe", path, settings, wall_s=wall_s))
    try:
        found: dict[str, Any] = json.loads(answer)
        peaks = bytes.fromhex(found.pop("peaks"))
        return SoundFacts(**found, peaks=peaks)
    except (ValueError, KeyError, TypeError) as error:
        raise MediaRejected() from error


def decode_sound(path: Path, settings: Settings) -> Generator[bytes]:
    """Stream a file's sound: mono 24 kHz signed 16-bit little-endian PCM, in blocks of any size.

    Raises as `probe_sound` does; for a fault near the file's end only after most of the sound.
    Close the generator (`contextlib.closing`) when not reading it to its end: the child ends.
    """
    return _run("decode", path, settings, wall_s=None)


def _run(action: str, path: Path, settings: Settings, wall_s: float | None) -> Generator[bytes]:
    command = python_command(
        "transcribe.decoder",
        action,
        "--min-ms",
        str(settings.min_duration_ms),
        "--max-ms",
        str(settings.max_duration_ms),
    )
    with path.open("rb") as file:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=bare_environment(),
            start_new_session=True,
        )
    try:
        yield from _read_blocks(process, wall_s)
        _check_end(process)
    finally:
        end_process(process)


def _read_blocks(process: subprocess.Popen[bytes], wall_s: float | None) -> Generator[bytes]:
    """Blocks of the child's output. Too long a wait ends the child and the reading."""
    assert process.stdout is not None  # noqa: S101  it was made with a pipe
    deadline = None if wall_s is None else time.monotonic() + wall_s
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            wait_s = _STALL_S if deadline is None else deadline - time.monotonic()
            if wait_s <= 0 or not selector.select(wait_s):
                logger.warning("decoder %d gave no sound in time; ended", process.pid)
                raise MediaRejected()
            block = os.read(process.stdout.fileno(), _BLOCK_BYTES)
            if not block:
                return
            yield block


def _check_end(process: subprocess.Popen[bytes]) -> None:
    """Raise what the child's end means. Its output is finished, so it is about to exit."""
    assert process.stderr is not None  # noqa: S101
    message = last_line(process.stderr.read(_BLOCK_BYTES))
    status = process.wait()
    if status == 0:
        return
    if status != _REFUSED:
        logger.warning("decoder ended with status %d: %s", status, message)
        raise MediaRejected()
    refusal: dict[str, Any] = json.loads(message)
    code = refusal.pop("code")
    raise (TooLarge if code == "media_too_long" else MediaRejected)(code, **refusal)
