"""An open line: a sound card or a stream, as PCM in real time.

PCM is mono, 24 kHz, signed 16 bit, little-endian. The children end with the *thread* that opened
the line: open, read and close it in one thread.
"""

import http.client
import logging
import os
import selectors
import subprocess
import threading
import time
from typing import Protocol

import av
import numpy as np

from bridge.errors import LineLost
from bridge.sources import Address, SourceInfo
from transcribe.child import (
    bare_environment,
    close_quietly,
    end_process,
    full_environment,
    last_line,
    python_command,
)
from transcribe.decoder import SAMPLE_RATE, Resampling
from transcribe.line_device import DEVICE_RATE, NO_PROGRAM, PROGRAMS
from transcribe.line_stream import Reach, Stream, open_stream

logger = logging.getLogger(__name__)

BYTES_PER_MS = SAMPLE_RATE * 2 // 1000
# A line that gives nothing for so long is lost and opened anew: a live one never stops, also
# when it is silent. A stream's first sound may take as long as connecting and a slow beginning.
STALL_S = 15.0
# Servers send some seconds at once to begin with; a file would come as fast as the network does.
AHEAD_MS = 30_000
# Bytes without any sound after which a stream is none; ten seconds at 1.5 Mbit/s.
_MOST_MUTE_BYTES = 2 * 1024 * 1024
_BLOCK_BYTES = 64 * 1024
_END_S = 2.0
_DAY_MS = 24 * 60 * 60 * 1000  # the decoder's processor time is for so much sound, then it is new


class Line(Protocol):
    """What the recorder reads from."""

    def read(self, wait_s: float) -> bytes:
        """PCM that came within `wait_s`, or nothing yet. Raises LineLost."""

    def close(self) -> None:
        """Let the device or the connection go. Harmless the second time."""


class _Child:
    """A child process that writes sound, and how long it has been silent."""

    def __init__(self, process: subprocess.Popen[bytes], stall_s: float) -> None:
        self.process = process
        self._stall_s = stall_s
        self._heard_at = time.monotonic()
        self._selector = selectors.DefaultSelector()
        assert process.stdout is not None  # noqa: S101  it was made with a pipe
        self._pipe = process.stdout.fileno()
        self._selector.register(self._pipe, selectors.EVENT_READ)

    def read(self, wait_s: float) -> bytes | None:
        """Its output within the time, b"" for nothing yet, None at its end. Raises LineLost."""
        if self._selector.select(wait_s):
            self._heard_at = time.monotonic()
            return os.read(self._pipe, _BLOCK_BYTES) or None
        if time.monotonic() - self._heard_at > self._stall_s:
            raise LineLost("line_stalled")
        return b""

    def rest(self) -> None:
        """Count the time from now: it was not the child that was slow."""
        self._heard_at = time.monotonic()

    def ending(self) -> tuple[int, str]:
        """The ended child's status and last line."""
        assert self.process.stderr is not None  # noqa: S101  made with pipes
        try:
            status = self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            status = -1
            self.process.kill()
        return status, last_line(self.process.stderr.read(_BLOCK_BYTES))

    def close(self) -> None:
        self._selector.close()
        end_process(self.process)


class DeviceLine:
    """A sound card, read by the system's own program."""

    def __init__(self, address: Address, stall_s: float) -> None:
        """Start the program. That it is missing, or the device, is told by `read`."""
        command = python_command("transcribe.line_device", address.kind, address.value)
        self._program = PROGRAMS[address.kind]
        process = _start(command, full_environment(LC_ALL="C"), subprocess.DEVNULL)
        self._child = _Child(process, stall_s)
        self._resample = Resampling()
        self._odd = b""

    def read(self, wait_s: float) -> bytes:
        block = self._child.read(wait_s)
        if block is None:
            status, said = self._child.ending()
            if status == NO_PROGRAM:
                raise LineLost("line_no_program", program=self._program)
            raise LineLost("line_device", detail=said or f"{self._program}: {status}")
        block = self._odd + block
        whole = len(block) - len(block) % 2
        self._odd = block[whole:]
        if not whole:
            return b""
        samples = np.frombuffer(block[:whole], "<i2").astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = DEVICE_RATE
        return b"".join(self._resample(frame))

    def close(self) -> None:
        self._child.close()


class StreamLine:
    """A stream: a thread fetches, a strict child decodes, nobody is faster than real time."""

    def __init__(self, source: SourceInfo, stall_s: float) -> None:
        command = python_command("transcribe.line_decoder", "--max-ms", str(_DAY_MS))
        process = _start(command, bare_environment(), subprocess.PIPE)
        self._child = _Child(process, stall_s)
        self._feeder = _Feeder(process, source)
        self._began = time.monotonic()
        self._sound_ms = 0
        self._feeder.start()

    def read(self, wait_s: float) -> bytes:
        ahead_ms = self._sound_ms - (time.monotonic() - self._began) * 1000 - AHEAD_MS
        if ahead_ms > 0:  # the decoder waits for us, the feeder for it, the server for all
            time.sleep(min(wait_s, ahead_ms / 1000))
            self._child.rest()
            return b""
        block = self._child.read(wait_s)
        if block is None:
            status, said = self._child.ending()
            raise self._feeder.problem or _decoder_end(status, said)
        if self._sound_ms == 0 and not block and self._feeder.sent_bytes > _MOST_MUTE_BYTES:
            raise LineLost("line_unreadable")
        self._sound_ms += len(block) // BYTES_PER_MS
        return block

    def close(self) -> None:
        self._feeder.stop()
        self._child.close()
        self._feeder.join(_END_S)  # a name that is still being looked up ends by itself


class _Feeder(threading.Thread):
    """Carries a stream's bytes to the decoder; `problem` says why it stopped."""

    def __init__(self, process: subprocess.Popen[bytes], source: SourceInfo) -> None:
        super().__init__(name=f"feeder {source.id}", daemon=True)
        self.problem: LineLost | None = None
        self.sent_bytes = 0
        self._pipe = process.stdin
        self._source = source
        self._stream: Stream | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def run(self) -> None:
        try:
            stream = open_stream(self._source.address.value, Reach.of(self._source))
            try:
                with self._lock:
                    self._stream = stream
                if not self._stopped:
                    self._carry(stream)
            finally:
                with self._lock:
                    self._stream = None
                stream.close()
        except LineLost as lost:
            self.problem = lost
        except TimeoutError:
            self.problem = LineLost("line_stalled")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.problem = LineLost("line_ended", detail=str(error))
        finally:
            if self._pipe is not None:
                close_quietly(self._pipe)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._stream is not None:
                self._stream.stop()

    def _carry(self, stream: Stream) -> None:
        if self._pipe is None:
            return
        while block := stream.read():
            try:
                self._pipe.write(block)
                self._pipe.flush()
            except (BrokenPipeError, ValueError):
                return  # the decoder has ended and says why
            self.sent_bytes += len(block)


def open_line(source: SourceInfo, stall_s: float = STALL_S) -> Line:
    """Begin to listen to a source; whatever is wrong with it, a `read` tells."""
    if source.address.kind == "stream":
        return StreamLine(source, stall_s)
    return DeviceLine(source.address, stall_s)


def _start(
    command: list[str], environment: dict[str, str], stdin: int
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  our own interpreter and module
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def _decoder_end(status: int, said: str) -> LineLost:
    if status == 0:
        return LineLost("line_ended")
    logger.warning("the decoder of a stream ended with status %d: %s", status, said)
    return LineLost("line_unreadable")
