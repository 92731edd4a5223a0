"""Starts the decoder on one file, watches it, and turns its answers into our types.

The file is opened here and handed over as the child's standard input, so the child needs no
path. Whatever the child does (refuse, crash, run into a limit, hang), it is gone when the call
returns and the caller sees MediaRejected, TooLarge or the sound. Where it did not refuse but was
killed, crashed or hung, that is DecoderFailed: it may be the machine and not the file.

The kernel ends a child when the *thread* that started it ends: `start_decoding` is for the main
thread, its blocks may be read in any other.
"""

import json
import logging
import math
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from bridge.errors import DecoderFailed, MediaRejected, TooLarge
from bridge.media import SoundFacts
from bridge.settings import Settings
from transcribe.child import bare_environment, end_process, last_line, python_command

logger = logging.getLogger(__name__)

_BLOCK_BYTES = 64 * 1024
_REFUSED = 3
_REFUSALS = frozenset(
    {"media_empty", "media_unreadable", "media_no_sound", "media_truncated", "media_too_short"}
)
# The child's own processor limit ends it first unless it sleeps or the machine is crowded.
_WALL_BASE_S = 60.0
_WALL_SHARE = 0.1  # of the longest sound allowed
_STALL_S = 60.0  # between two blocks of sound


@dataclass(frozen=True, slots=True)
class OriginalLevels:
    """How loud a recording was as it came, in its own rate and channels.

    Integrated loudness in LUFS (EBU R 128, gated), None for silence and under 400 ms; true peak
    in dBTP, None for digital silence. Both None where measuring failed.
    """

    loudness_lufs: float | None
    true_peak_dbtp: float | None


class DecodingClosed(Exception):
    """The sound was not read to its end because `Decoding.close` came first."""


class Decoding:
    """A decoder at work, from the moment of its making. Close it, or use it as a context.

    Blocks are for one reader. `close` may be called from any thread at any time, also while the
    reader waits for a block, and more than once.
    """

    def __init__(self, process: subprocess.Popen[bytes], wall_s: float | None) -> None:
        self._process = process
        self._deadline = None if wall_s is None else time.monotonic() + wall_s
        self._lock = threading.Lock()  # for the two flags, and for closing the pipes
        self._reading = False
        self._closed = False

    def __enter__(self) -> "Decoding":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def blocks(self) -> Generator[bytes, None, OriginalLevels]:
        """The sound as `decode_sound` gives it. Raises as that does, and DecodingClosed."""
        with self._lock:
            if self._closed:
                raise DecodingClosed()
            self._reading = True
        try:
            while block := self._read_block():
                yield block
            return _read_levels(self._read_end())
        finally:
            with self._lock:
                self._reading = False
            self.close()

    def close(self) -> None:
        """End the child at once. A reader gets what was already sent, then DecodingClosed."""
        with self._lock:
            self._closed = True
            if self._process.poll() is None:
                self._process.kill()
            if self._reading:  # a pipe must stay while somebody waits for it
                self._process.wait()
            else:
                end_process(self._process)

    def _read_block(self) -> bytes:
        """Some of the child's output, nothing at its end. Too long a wait ends the reading."""
        assert self._process.stdout is not None  # noqa: S101  it was made with a pipe
        wait_s = _STALL_S if self._deadline is None else self._deadline - time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if wait_s <= 0 or not selector.select(wait_s):
                logger.warning("decoder %d gave no sound in time; ended", self._process.pid)
                raise DecoderFailed()
        return os.read(self._process.stdout.fileno(), _BLOCK_BYTES)

    def _read_end(self) -> str:
        """The child's last words, or an error for what its end means. Its output is finished."""
        assert self._process.stderr is not None  # noqa: S101  made with pipes
        try:
            status = self._process.wait(_STALL_S)
        except subprocess.TimeoutExpired as error:
            logger.warning("decoder %d did not end; ended", self._process.pid)
            raise DecoderFailed() from error
        message = last_line(self._process.stderr.read(_BLOCK_BYTES))
        if status == 0:
            return message
        if self._closed:
            raise DecodingClosed()
        if status != _REFUSED:
            logger.warning("decoder ended with status %d: %s", status, message)
            raise DecoderFailed()
        raise _refusal(message)


def probe_sound(path: Path, settings: Settings) -> SoundFacts:
    """Decode a whole file in a child process and say what it is.

    Raises MediaRejected with `media_empty`, `media_unreadable`, `media_no_sound`,
    `media_truncated` (`declared_ms`, `decoded_ms`) or `media_too_short` (`duration_ms`,
    `limit_ms`), TooLarge `media_too_long` (`limit_ms`), and DecoderFailed `media_interrupted` where
    it ended without refusing. Measured: 10 minutes of MP3 take
    about two seconds.
    """
    wall_s = _WALL_BASE_S + settings.max_duration_ms / 1000 * _WALL_SHARE
    with _start("probe", path, settings, wall_s) as probing, closing(probing.blocks()) as blocks:
        answer = b"".join(blocks)
    try:
        found: dict[str, Any] = json.loads(answer)
        peaks = bytes.fromhex(found.pop("peaks"))
        return SoundFacts(**found, peaks=peaks)
    except (ValueError, KeyError, TypeError) as error:
        raise MediaRejected() from error


def start_decoding(path: Path, settings: Settings) -> Decoding:
    """Start the decoder on a file; `decode_sound` says what its blocks are.

    Raises OSError when the file cannot be opened. To be called in a thread that lives until the
    sound is read, best the main one: the child ends with it.
    """
    return _start("decode", path, settings, wall_s=None)


def decode_sound(path: Path, settings: Settings) -> Generator[bytes, None, OriginalLevels]:
    """Stream a file's sound: mono 24 kHz signed 16-bit little-endian PCM, in blocks of any size.

    The value of `yield from` is how loud the original was. Raises as `probe_sound` does; for a
    fault near the file's end only after most of the sound. Close the generator
    (`contextlib.closing`) when not reading it to its end: the child ends.
    """
    with start_decoding(path, settings) as decoding:
        return (yield from decoding.blocks())


def _start(action: str, path: Path, settings: Settings, wall_s: float | None) -> Decoding:
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
    return Decoding(process, wall_s)


def _refusal(message: str) -> MediaRejected:
    """The error for a child's refusal. A child that a file has taken over may say anything."""
    found = _read_object(message)
    code = found.pop("code", None)
    data = {name: value for name, value in found.items() if isinstance(value, int)}
    if code == "media_too_long":
        return TooLarge(code, **data)
    return MediaRejected(code, **data) if code in _REFUSALS else MediaRejected()


def _read_levels(message: str) -> OriginalLevels:
    """The levels from the child's last line; what it does not say is None."""
    found = _read_object(message)
    return OriginalLevels(_level(found, "loudness_lufs"), _level(found, "true_peak_dbtp"))


def _level(found: dict[str, Any], name: str) -> float | None:
    value = found.get(name)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _read_object(message: str) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        found: Any = json.loads(message)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
