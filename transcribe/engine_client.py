"""Starts, feeds, watches and kills the engine process.

The engine stays warm between pieces and between tasks. It is never trusted to be alive: it may
crash, hang or print nonsense at any moment, and then it is killed and the caller told.
"""

import json
import logging
import os
import selectors
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bridge.errors import EngineFailed, ModelUnavailable, TaskFailed
from bridge.settings import Settings
from bridge.transcript import Segment, Word
from transcribe.child import end_process, full_environment, python_command
from transcribe.speech_model import SpeechModel

logger = logging.getLogger(__name__)

# Of glibc's allocator. With one for each thread freed memory lies about in all of them: from ten
# minutes to an hour of sound the engine grew from 728 to 807 MB, with two from 633 to 650 MB.
_MALLOC_ARENAS = "2"
_BLOCK_BYTES = 64 * 1024
_LONGEST_LINE = 4 * 1024 * 1024  # a piece of ten minutes as one segment is under 1 MB
_TAIL_LINES = 40
_LAST_WORDS_S = 2.0  # from closing its output to its end
# Trying again changes nothing about these.
_PERMANENT = frozenset({"engine_device_missing", "engine_option_unsupported"})


@dataclass(frozen=True, slots=True)
class EngineReady:
    """What the engine says of itself once the model is loaded."""

    device: str
    compute_type: str
    parallel: int  # requests that it works on at once
    load_seconds: float
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HeardSegment:
    """A stretch of text with its words; times in ms of the recording."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class EngineProgress:
    """Sound before `done_ms` of the recording has been heard."""

    done_ms: int


@dataclass(frozen=True, slots=True)
class EngineDone:
    """The piece is finished; `seconds` is the time the engine worked on it."""

    seconds: float


EngineEvent = HeardSegment | EngineProgress | EngineDone


class EngineClient:
    """One engine process for one model. Not for use by two threads at once."""

    def __init__(
        self, model: SpeechModel, settings: Settings, command: Sequence[str] | None = None
    ) -> None:
        """Nothing is started yet. `command` replaces the engine's own (tests of its failures)."""
        self.model = model
        self._silence_s = settings.engine_silence_s
        self._command = command or python_command(
            "transcribe.engine",
            *("--model", str(model.path)),
            *("--device", settings.device),
            *("--compute-type", settings.compute_type),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: EngineReady | None = None
        self._held = bytearray()  # of its output: what is not yet a whole line
        self._heard_at = 0.0  # when it last said anything, or was last asked something
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._drainer: threading.Thread | None = None
        self._requests = 0
        self._open: set[int] = set()

    @property
    def parallel(self) -> int:
        """How many requests the running engine works on at once; 1 when there is none."""
        return self._ready.parallel if self._ready is not None else 1

    @property
    def process_id(self) -> int | None:
        """The id of the running engine process, None when there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> EngineReady:
        """Start the engine unless it is running, and wait until its model is loaded.

        Raises ModelUnavailable `model_damaged`, TaskFailed `engine_device_missing` or
        `engine_option_unsupported`, and EngineFailed for what another try may cure: `engine_died`
        also where it ended with requests open, which are then forgotten. Main thread only: the
        kernel ends the engine with the thread that started it.
        """
        if self._ready is not None and self.process_id is not None:
            return self._ready
        if self._open:  # not to be replaced unseen: answers are due
            failure = self._died()
            self.close()
            raise failure
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the engine must be started from the main thread")
        self.close()
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=full_environment(MALLOC_ARENA_MAX=_MALLOC_ARENAS),
            # Ctrl-C in the terminal is for us; a piece in progress is to be finished.
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101  made with pipes
        assert self._process.stderr is not None  # noqa: S101  made with pipes
        self._held.clear()
        self._tail.clear()
        self._drainer = threading.Thread(
            target=self._drain, args=(self._process.stderr,), daemon=True
        )
        self._drainer.start()
        try:
            self._heard_at = time.monotonic()
            event = self._read_event(self._silence_s)
            assert event is not None  # noqa: S101  it would have been called silent
            self._ready = _to_ready(event) if event["event"] == "ready" else None
            if self._ready is None:
                raise self._to_error(event)
        except BaseException:
            self.close()
            raise
        logger.info("engine %d ready: %s", self._process.pid, self._ready)
        return self._ready

    def submit(self, pcm_path: Path, offset_ms: int, hotwords: str = "") -> int:
        """Ask for one piece: raw mono 16 kHz s16le PCM, `offset_ms` into the recording.

        Returns the request's number, under which `next_event` answers. The file must stay until
        the answer is whole. `hotwords` lean the model towards these words. Starts the engine when
        none runs. Raises as `start`, and EngineFailed `engine_died`.
        """
        self.start()
        self._requests += 1
        number = self._requests
        request = {"id": number, "pcm": str(pcm_path), "offset_ms": offset_ms, "hotwords": hotwords}
        if not self._open:
            self._heard_at = time.monotonic()
        self._open.add(number)
        self._send(request)
        return number

    def next_event(self, wait_s: float) -> tuple[int, EngineEvent] | None:
        """What the engine says next, and of which request; None when it says nothing for `wait_s`.

        Segments and progress of each request come in order, and EngineDone at last. Raises
        EngineFailed `engine_silent` when nothing came for too long, `engine_died` (`exit`),
        `engine_garbled` or what the engine reports. The engine is then killed and every open
        request forgotten.
        """
        try:
            event = self._read_event(wait_s)
            if event is None:
                return None
            if event["event"] == "error":
                raise self._to_error(event)
            number, answer = _to_answer(event)
            if number not in self._open:
                raise EngineFailed("engine_garbled", line=str(event)[:200])
        except BaseException:
            self.close()  # what it would still say must not answer the next request
            raise
        if isinstance(answer, EngineDone):
            self._open.discard(number)
        return number, answer

    def close(self) -> None:
        """Kill the engine and wait for its end. Harmless when there is none."""
        if self._process is not None:
            end_process(self._process)
        self._process = None
        self._ready = None
        self._open.clear()

    def _send(self, request: dict[str, Any]) -> None:
        process = self._running()
        assert process.stdin is not None  # noqa: S101  made with pipes
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            failure = self._died()
            self.close()
            raise failure from error

    def _read_event(self, wait_s: float) -> dict[str, Any] | None:
        line = self._read_line(wait_s)
        if line is None:
            return None
        try:
            event = json.loads(line)
        except ValueError as error:
            raise EngineFailed("engine_garbled", line=line[:200].decode("utf-8", "replace")) from (
                error
            )
        if not isinstance(event, dict) or "event" not in event:
            raise EngineFailed("engine_garbled", line=line[:200].decode("utf-8", "replace"))
        return event

    def _read_line(self, wait_s: float) -> bytes | None:
        """A line of the engine's output, None when there is none within `wait_s`.

        Raises when the engine has said nothing for too long, or has ended.
        """
        process = self._running()
        assert process.stdout is not None  # noqa: S101  made with pipes
        descriptor = process.stdout.fileno()
        until = time.monotonic() + wait_s
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._held:
                given_up_at = self._heard_at + self._silence_s
                if not selector.select(max(0.0, min(until, given_up_at) - time.monotonic())):
                    if time.monotonic() >= given_up_at:
                        raise EngineFailed("engine_silent", seconds=self._silence_s)
                    return None
                block = os.read(descriptor, _BLOCK_BYTES)
                if not block:
                    raise self._died()
                self._heard_at = time.monotonic()
                self._held += block
                if len(self._held) > _LONGEST_LINE:
                    raise EngineFailed("engine_garbled", line="")
        line, _, rest = bytes(self._held).partition(b"\n")
        self._held = bytearray(rest)
        return line

    def _died(self) -> EngineFailed:
        process = self._running()
        try:
            status = process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:  # it only closed its output
            process.kill()
            status = process.wait()
        if self._drainer is not None:
            self._drainer.join(_LAST_WORDS_S)
        logger.error("engine %d ended with %d: %s", process.pid, status, " | ".join(self._tail))
        return EngineFailed("engine_died", exit=status)

    def _to_error(self, event: dict[str, Any]) -> Exception:
        code, detail = event.get("code"), event.get("detail")
        if event["event"] != "error" or not isinstance(code, str):
            return EngineFailed("engine_garbled", line=str(event)[:200])
        logger.error("engine reports %s: %s", code, detail)
        if code == "model_damaged":
            return ModelUnavailable(code, path=str(self.model.path), detail=detail)
        if code in _PERMANENT:
            return TaskFailed(code, detail=detail)
        return EngineFailed(code, detail=detail)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EngineFailed("engine_died", exit=None)
        return self._process

    def _drain(self, stderr: IO[bytes]) -> None:
        """Keep the last lines of the engine's standard error: its pipe must never fill up."""
        try:
            for line in stderr:
                self._tail.append(line.decode("utf-8", "replace").rstrip())
        except ValueError:  # closed under us: the engine was killed
            return


def _to_ready(event: dict[str, Any]) -> EngineReady:
    try:
        return EngineReady(
            str(event["device"]),
            str(event["compute_type"]),
            int(event["parallel"]),
            float(event["load_seconds"]),
            dict(event["options"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EngineFailed("engine_garbled", line=str(event)[:200]) from error


def _to_answer(event: dict[str, Any]) -> tuple[int, EngineEvent]:
    try:
        number = int(event["id"])
        if event["event"] == "segment":
            words = tuple(Word.from_json(word) for word in event["words"])
            start, end = int(event["start_ms"]), int(event["end_ms"])
            return number, HeardSegment(Segment(start, end, str(event["text"]), words))
        if event["event"] == "progress":
            return number, EngineProgress(int(event["done_ms"]))
        if event["event"] == "done":
            return number, EngineDone(float(event["seconds"]))
    except (KeyError, TypeError, ValueError) as error:
        raise EngineFailed("engine_garbled", line=str(event)[:200]) from error
    raise EngineFailed("engine_garbled", line=str(event)[:200])
