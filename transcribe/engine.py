"""The speech engine: a process of its own that loads a model once and answers in JSON lines.

    python -m transcribe.engine --parent PID --model FOLDER --device auto --compute-type auto

Standard input, one request a line: `{"id", "pcm", "offset_ms", "hotwords"}`; `pcm` names a file of
raw mono 16 kHz signed 16-bit little-endian samples that we made. As many requests as `parallel`
says are worked on at once, later ones wait. Standard output, one event a line:

    {"event": "ready", "device", "compute_type", "parallel", "load_seconds", "options"}
    {"event": "segment", "id", "start_ms", "end_ms", "text", "words": [{"text", "start_ms",
        "end_ms", "probability"}]}            times in ms of the recording: offset_ms is added
    {"event": "progress", "id", "done_ms"}    sound heard so far, same time line
    {"event": "done", "id", "seconds"}        time the engine took
    {"event": "error", "id", "code", "detail"}    id is null when the engine could not start

This is the only place that imports faster-whisper. A crash or a memory limit here costs one
attempt of one task. `--download NAME --to FOLDER` fetches a model from the hub instead.
"""

import argparse
import ctypes
import json
import logging
import os
import queue
import resource
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from bridge.transcript import Segment, align
from transcribe.child import die_with_parent, limit_resource
from transcribe.lines import clean_words, hear_impossible_again

# Libraries that would tell their makers of this machine: onnxruntime, which the library's voice
# detection brings, makes an id in the home folder and reports to its maker unless told not to (seen
# with 1.31 on Linux); the hub's client counts downloads.
_SILENT = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
# Each departure from the library's defaults was measured on the human clips (beam 5, int8):
# temperature [0] or [0, 0.2, 0.4] leaves loops in, conditioning on the text before spreads them,
# and an initial prompt made the base model loop outright, so there is never one. Announcements
# are read twice on purpose (compression ratio 2.40): no penalty on repetition in the first try.
# The two higher temperatures stand for the tries of `RepeatableModel`.
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

# What is tried, in place of sampling, when a window came out too repetitive or too improbable.
# Measured on 231 s of the human clips through a simulated loudspeaker (pink noise at 25 and 18 dB):
# WER 0.65 and 0.61 where sampling gave 0.89 and 0.70, in less time.
RETRIES: dict[float, dict[str, Any]] = {
    0.6: {"beam_size": 5, "no_repeat_ngram_size": 5},
    1.0: {"beam_size": 5, "no_repeat_ngram_size": 3},
}
_SAMPLING = ("num_hypotheses", "sampling_topk", "sampling_temperature")

_SAMPLES_PER_MS = 16
_C_LIBRARY = ctypes.CDLL(None)

# On a GPU a second request keeps it busy while the first one's sound is being prepared.
_PARALLEL_ON_GPU = 2

_MIB = 1024 * 1024
# Measured for the base model: 2.3 GB of address space, 1.5 GB is too little for OpenBLAS. Each
# further core adds thread stacks and memory arenas, mapped and hardly used.
_ADDRESS_SPACE = 2560 * _MIB
_ADDRESS_SPACE_PER_CORE = 128 * _MIB
_MODEL_SHARES = 3
_OPEN_FILES = 256


logger = logging.getLogger(__name__)


class StartFailed(Exception):
    """The engine cannot serve; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class RepeatableModel:
    """CTranslate2's model, but for sampling, which it replaces by what is the same every time.

    The library escapes from loops by sampling at a temperature. CTranslate2 draws from a generator
    of each of its threads that is seeded once, so a piece that is done again after a crash, or by
    another thread, would get another text. A beam search that may not repeat itself escapes too.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, features: Any, **options: Any) -> Any:
        """As the model's own, once the memory of the window before has been given back."""
        _give_back_memory()
        return self._model.encode(features, **options)

    def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
        """As the model's own; a request to sample becomes the retry of that temperature."""
        temperature = options.get("sampling_temperature")
        if temperature:
            kept = {name: value for name, value in options.items() if name not in _SAMPLING}
            options = {**kept, **RETRIES[temperature]}
        return self._model.generate(features, prompts, **options)


class Engine:
    """A loaded model and the stream that its events go to. `answer` is for many threads at once."""

    def __init__(self, folder: Path, device: str, compute_type: str, output: IO[str]) -> None:
        """Load the model. `device`: auto, cpu, cuda; `compute_type`: auto or CTranslate2's."""
        self._output = output
        self._speaking = threading.Lock()
        begun = time.monotonic()
        limit_resource(resource.RLIMIT_NOFILE, _OPEN_FILES)
        limit_resource(resource.RLIMIT_CORE, 0)
        self.device = _choose_device(device)
        self._model: Any = None
        if self.device == "cuda":
            try:
                self._load_on_gpu(folder, compute_type)
            except RuntimeError as error:
                if device == "cuda":
                    raise StartFailed("engine_device_missing", str(error)) from error
                # A driver without the libraries for it: whoever asked for neither gets a processor.
                logger.warning("the GPU cannot be used: %s", error)
                self.device = "cpu"
        if self._model is None:
            self._load_on_processor(folder, compute_type)
        self.load_seconds = time.monotonic() - begun

    def _load_on_gpu(self, folder: Path, compute_type: str) -> None:
        """Load and hear a moment of silence, for missing libraries show only when they are used."""
        import ctranslate2  # here and below: after the limits and the environment are set

        supported = ctranslate2.get_supported_compute_types("cuda")
        usual = "float16" if "float16" in supported else "float32"
        self.compute_type = usual if compute_type == "auto" else compute_type
        self.parallel = _PARALLEL_ON_GPU
        self._model = _load_model(folder, "cuda", self.compute_type, 1)
        silence = np.zeros(16_000, np.float32)
        list(self._model.transcribe(silence, **{**OPTIONS, "vad_filter": False})[0])

    def _load_on_processor(self, folder: Path, compute_type: str) -> None:
        """Load under limits of memory; a GPU's driver would map address space without measure."""
        self.compute_type = "int8" if compute_type == "auto" else compute_type
        self.parallel = cores = len(os.sched_getaffinity(0))
        weights = (folder / "model.bin").stat().st_size
        limit = _ADDRESS_SPACE + _ADDRESS_SPACE_PER_CORE * cores + _MODEL_SHARES * weights
        limit_resource(resource.RLIMIT_AS, limit)
        limit_resource(resource.RLIMIT_FSIZE, 0)
        self._model = _load_model(folder, "cpu", self.compute_type, self.parallel)

    def emit(self, event: str, **values: Any) -> None:
        """Write one event line."""
        line = json.dumps({"event": event, **values}, ensure_ascii=False)
        with self._speaking:
            self._output.write(line + "\n")
            self._output.flush()

    def answer(self, request_id: int, pcm: Path, offset_ms: int, hotwords: str | None) -> None:
        """Hear one piece and emit what was said, as it is found out."""
        begun = time.monotonic()
        samples = np.fromfile(pcm, "<i2").astype(np.float32) / 32768.0

        def listen(start_ms: int, end_ms: int) -> Iterator[Segment]:
            first = max(0, (start_ms - offset_ms) * _SAMPLES_PER_MS)
            part = samples[first : (end_ms - offset_ms) * _SAMPLES_PER_MS]
            return self._listen(part, offset_ms + first // _SAMPLES_PER_MS, hotwords)

        for heard in self._listen(samples, offset_ms, hotwords):
            for line in hear_impossible_again(heard, listen):
                self._emit_segment(request_id, line)
            self.emit("progress", id=request_id, done_ms=heard.end_ms)
        _give_back_memory()
        self.emit("done", id=request_id, seconds=round(time.monotonic() - begun, 3))

    def _listen(
        self, samples: NDArray[np.float32], offset_ms: int, hotwords: str | None
    ) -> Iterator[Segment]:
        """What the model says, in times of the recording."""
        end_ms = offset_ms + samples.size // _SAMPLES_PER_MS
        heard, _ = self._model.transcribe(samples, hotwords=hotwords, **OPTIONS)
        for segment in heard:
            start = min(offset_ms + round(segment.start * 1000), end_ms)
            end = min(offset_ms + round(segment.end * 1000), end_ms)
            raw = [
                (word.word, word.start, word.end, word.probability) for word in segment.words or ()
            ]
            # A segment that came without words still has its text, spread over its time.
            words = clean_words(raw, offset_ms, start, end) or align(segment.text, (), start, end)
            yield Segment(start, end, " ".join(word.text for word in words), tuple(words))

    def _emit_segment(self, request_id: int, line: Segment) -> None:
        if line.words and line.end_ms > line.start_ms:
            words = [word.to_json() for word in line.words]
            times = {"start_ms": line.start_ms, "end_ms": line.end_ms}
            self.emit("segment", id=request_id, **times, text=line.text, words=words)


def serve(engine: Engine, requests: Iterable[str]) -> None:
    """Answer requests, `engine.parallel` at a time, until the input ends and all are answered."""
    engine.emit(
        "ready",
        device=engine.device,
        compute_type=engine.compute_type,
        parallel=engine.parallel,
        load_seconds=round(engine.load_seconds, 3),
        options={**OPTIONS, "retries": [RETRIES[key] for key in sorted(RETRIES)]},
    )
    waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threads = [
        threading.Thread(target=_answer_all, args=(engine, waiting)) for _ in range(engine.parallel)
    ]
    for thread in threads:
        thread.start()
    for line in requests:
        waiting.put(line)
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()


def _give_back_memory() -> None:
    """Return what is free to the system, where the C library can (glibc).

    Each window takes and frees blocks of up to some 30 MB, which glibc keeps, scattered. Measured,
    two cores: the engine held 490 MB between two pieces and the peak rose from 633 MB in ten
    minutes to 708 in an hour; given back at each window 280 MB, 515 and 539, in like time.
    """
    trim = getattr(_C_LIBRARY, "malloc_trim", None)
    if trim is not None:
        trim(0)


def _answer_all(engine: Engine, waiting: "queue.SimpleQueue[str | None]") -> None:
    while (line := waiting.get()) is not None:
        request_id = None
        try:
            request = json.loads(line)
            request_id = request["id"]
            hotwords = request.get("hotwords") or None
            engine.answer(request_id, Path(request["pcm"]), int(request["offset_ms"]), hotwords)
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
    os.environ.update(_SILENT)
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
    import ctranslate2

    found = ctranslate2.get_cuda_device_count() if device != "cpu" else 0
    if device == "cuda" and found == 0:
        raise StartFailed("engine_device_missing", device)
    return "cuda" if found else "cpu"


def _load_model(folder: Path, device: str, compute_type: str, workers: int) -> Any:
    """The model; on a processor with one core for each of the `workers`.

    Measured: two pieces on a core each took 18 % less time than one piece on both cores.
    """
    try:
        from faster_whisper import WhisperModel

        loaded = WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=1,
            num_workers=workers,
            local_files_only=True,
        )
    except MemoryError as error:
        raise StartFailed("engine_out_of_memory", repr(error)) from error
    except ValueError as error:  # CTranslate2 says so of a compute type the device lacks
        raise StartFailed("engine_option_unsupported", str(error)) from error
    except (RuntimeError, OSError) as error:
        if device == "cuda":
            raise
        raise StartFailed("model_damaged", str(error)) from error
    loaded.model = RepeatableModel(loaded.model)
    return loaded


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
