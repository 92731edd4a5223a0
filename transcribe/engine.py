"""The speech engine: a process of its own that loads a model once and answers in JSON lines.

    python -m transcribe.engine --parent PID --model FOLDER --device auto --compute-type auto

Standard input, one request a line: `{"id", "pcm", "offset_ms"}`; `pcm` names a file of raw mono
16 kHz signed 16-bit little-endian samples that we made. Standard output, one event a line:

    {"event": "ready", "device", "compute_type", "load_seconds", "options"}
    {"event": "segment", "id", "start_ms", "end_ms", "text", "words": [{"text", "start_ms",
        "end_ms", "probability"}]}            times in ms of the recording: offset_ms is added
    {"event": "progress", "id", "done_ms"}    sound heard so far, same time line
    {"event": "done", "id", "seconds"}        time the engine took
    {"event": "error", "id", "code", "detail"}    id is null when the engine could not start

This is the only place that imports faster-whisper. A crash or a memory limit here costs one
attempt of one task. `--download NAME --to FOLDER` fetches a model from the hub instead.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from bridge.transcript import Word, align
from transcribe.child import die_with_parent, limit_resource
from transcribe.lines import clean_words

# Each departure from the library's defaults was measured on the human clips (beam 5, int8):
# temperature [0] or [0, 0.2, 0.4] leaves loops in, conditioning on the text before spreads them,
# and an initial prompt made the base model loop outright, so there is never one. Announcements
# are read twice on purpose (compression ratio 2.40): no penalty on repetition.
OPTIONS: dict[str, Any] = {
    "language": "vi",
    "beam_size": 5,
    "word_timestamps": True,
    "condition_on_previous_text": False,
    "temperature": [0.0, 0.6, 1.0],
    "compression_ratio_threshold": 2.6,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "vad_filter": True,
    "vad_parameters": {"threshold": 0.35, "min_silence_duration_ms": 700, "speech_pad_ms": 400},
}

_SEED = 20  # any: with a fixed one a piece done twice gives the same text
_MIB = 1024 * 1024
# Measured for the base model: 2.3 GB of address space, 1.5 GB is too little for OpenBLAS. Each
# further core adds thread stacks and memory arenas, mapped and hardly used.
_ADDRESS_SPACE = 2560 * _MIB
_ADDRESS_SPACE_PER_CORE = 128 * _MIB
_MODEL_SHARES = 3
_OPEN_FILES = 256


class StartFailed(Exception):
    """The engine cannot serve; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Engine:
    """A loaded model and the stream that its events go to."""

    def __init__(self, folder: Path, device: str, compute_type: str, output: IO[str]) -> None:
        """Load the model. `device`: auto, cpu, cuda; `compute_type`: auto or CTranslate2's."""
        self._output = output
        begun = time.monotonic()
        self.device = _choose_device(device)
        self.compute_type = compute_type
        if compute_type == "auto":
            self.compute_type = "float16" if self.device == "cuda" else "int8"
        cores = len(os.sched_getaffinity(0))
        if self.device == "cpu":  # a GPU's driver maps address space without measure
            weights = (folder / "model.bin").stat().st_size
            limit = _ADDRESS_SPACE + _ADDRESS_SPACE_PER_CORE * cores + _MODEL_SHARES * weights
            limit_resource(resource.RLIMIT_AS, limit)
            limit_resource(resource.RLIMIT_FSIZE, 0)
        limit_resource(resource.RLIMIT_NOFILE, _OPEN_FILES)
        limit_resource(resource.RLIMIT_CORE, 0)
        self._model = _load_model(folder, self.device, self.compute_type, cores)
        self.load_seconds = time.monotonic() - begun

    def emit(self, event: str, **values: Any) -> None:
        """Write one event line."""
        line = json.dumps({"event": event, **values}, ensure_ascii=False)
        self._output.write(line + "\n")
        self._output.flush()

    def answer(self, request_id: int, pcm: Path, offset_ms: int) -> None:
        """Hear one piece and emit what was said, as it is found out."""
        begun = time.monotonic()
        samples = np.fromfile(pcm, "<i2").astype(np.float32) / 32768.0
        end_ms = offset_ms + samples.size * 1000 // 16_000
        _fix_seed()
        heard, _ = self._model.transcribe(samples, **OPTIONS)
        for segment in heard:
            start = min(offset_ms + round(segment.start * 1000), end_ms)
            end = min(offset_ms + round(segment.end * 1000), end_ms)
            raw = [
                (word.word, word.start, word.end, word.probability) for word in segment.words or ()
            ]
            # A segment that came without words still has its text, spread over its time.
            words = clean_words(raw, offset_ms, start, end) or align(segment.text, (), start, end)
            if words and end > start:
                self._emit_segment(request_id, start, end, words)
            self.emit("progress", id=request_id, done_ms=end)
        self.emit("done", id=request_id, seconds=round(time.monotonic() - begun, 3))

    def _emit_segment(self, request_id: int, start: int, end: int, words: Iterable[Word]) -> None:
        found = [word.to_json() for word in words]
        text = " ".join(word["text"] for word in found)
        self.emit("segment", id=request_id, start_ms=start, end_ms=end, text=text, words=found)


def serve(engine: Engine, requests: Iterable[str]) -> None:
    """Answer requests one after the other until the input ends."""
    engine.emit(
        "ready",
        device=engine.device,
        compute_type=engine.compute_type,
        load_seconds=round(engine.load_seconds, 3),
        options=OPTIONS,
    )
    for line in requests:
        request_id = None
        try:
            request = json.loads(line)
            request_id = request["id"]
            engine.answer(request_id, Path(request["pcm"]), int(request["offset_ms"]))
        except MemoryError:
            engine.emit("error", id=request_id, code="engine_out_of_memory", detail="")
        except Exception as error:  # the loop's edge: the parent decides what an error means
            engine.emit("error", id=request_id, code="engine_failed", detail=repr(error)[:500])


def main(arguments: list[str] | None = None) -> int:
    """Serve, or download one model; the module says how."""
    parser = argparse.ArgumentParser(prog="transcribe.engine")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--download")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args(arguments)
    die_with_parent(options.parent)
    output = reserve_stdout()
    if options.download:
        return _download(options.download, options.to, output)
    # From here on everything is on this machine. The library asks the hub only when a file is
    # missing, and then it must not.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        engine = Engine(options.model, options.device, options.compute_type, output)
    except StartFailed as error:
        _write_error(output, error.code, error.detail)
        return 1
    serve(engine, sys.stdin)
    return 0


def reserve_stdout() -> IO[str]:
    """Keep standard output for events: what libraries print goes to standard error."""
    kept = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(kept, "w", encoding="utf-8")


def _choose_device(device: str) -> str:
    import ctranslate2  # here and below: after the limits and the environment are set

    found = ctranslate2.get_cuda_device_count() if device != "cpu" else 0
    if device == "cuda" and found == 0:
        raise StartFailed("engine_device_missing", device)
    return "cuda" if found else "cpu"


def _load_model(folder: Path, device: str, compute_type: str, cores: int) -> Any:
    try:
        from faster_whisper import WhisperModel

        return WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=cores,
            local_files_only=True,
        )
    except MemoryError as error:
        raise StartFailed("engine_out_of_memory", repr(error)) from error
    except ValueError as error:  # CTranslate2 says so of a compute type the device lacks
        raise StartFailed("engine_option_unsupported", str(error)) from error
    except (RuntimeError, OSError) as error:
        raise StartFailed("model_damaged", str(error)) from error


def _fix_seed() -> None:
    """Make the sampling at higher temperatures give the same text each time."""
    import ctranslate2

    ctranslate2.set_random_seed(_SEED)


def _download(name: str, folder: Path, output: IO[str]) -> int:
    from faster_whisper import download_model

    try:
        try:
            path = download_model(name, local_files_only=True, cache_dir=str(folder))
        except FileNotFoundError:  # the hub's "not in the cache"
            path = download_model(name, cache_dir=str(folder))
    except ValueError as error:  # not a name the library knows, nor one the hub could know
        _write_error(output, "model_unknown", str(error))
        return 1
    except Exception as error:  # whatever stack the hub's client brings: none of it is ours
        _write_error(output, "model_unreachable", repr(error)[:500])
        return 1
    output.write(json.dumps({"event": "downloaded", "path": path}) + "\n")
    output.flush()
    return 0


def _write_error(output: IO[str], code: str, detail: str) -> None:
    event = {"event": "error", "id": None, "code": code, "detail": detail}
    output.write(json.dumps(event, ensure_ascii=False) + "\n")
    output.flush()


if __name__ == "__main__":
    sys.exit(main())
