"""A folder of recordings with their texts through the model: what `loa evaluate FOLDER` measures.

A pair is a sound file and a text of the same name: `a.mp3`, `a.txt` (UTF-8, what is said). An
empty text means sound in which nobody speaks. `names.txt`, if there, lists names whose recall is
wanted, one a line.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from bridge.errors import BridgeError, EngineFailed, InvalidInput, MediaRejected, NotFound
from bridge.settings import Settings
from bridge.transcript import Segment
from bridge.vietnamese import to_nfc
from transcribe.bootstrap import Estimate, estimate_ratio
from transcribe.comparison import (
    NonSpeechScore,
    SpeechScore,
    Tally,
    compare_non_speech,
    compare_speech,
    is_speech,
)
from transcribe.degrade import Degradation, write_degraded
from transcribe.engine_client import EngineClient
from transcribe.plain import transcribe_file
from transcribe.speech_model import find_model

NAMES_FILE = "names.txt"
# What files are called whose formats the decoder takes (`transcribe.decoder`).
SOUND_ENDINGS = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "w64", "mp3", "flac", "ogg", "oga", "opus", "webm", "mka", "mkv", "mp4", "m4a"),
        *("m4b", "mov", "3gp", "aac", "amr", "aif", "aiff", "wma", "asf"),
    )
)

Progress = Callable[[int, int, int], None]  # files finished, ms of this file heard, its length
Ratio = Callable[["FileResult"], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A sound file and what is said in it; empty for sound without speech."""

    path: Path
    reference: str


@dataclass(frozen=True, slots=True)
class Material:
    """What a folder holds: pairs in the order of their names, and files that lack their other."""

    pairs: tuple[Pair, ...]
    names: tuple[str, ...] = ()
    without_text: tuple[Path, ...] = ()
    without_sound: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file heard. Either `speech` or `non_speech` is there; `seconds` is the time it took,
    decoding included, loading the model not."""

    path: Path
    duration_ms: int
    seconds: float
    reference: str
    heard: str
    speech: SpeechScore | None = None
    non_speech: NonSpeechScore | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that could not be heard, and why."""

    path: Path
    error: BridgeError


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All files heard, those refused, and every measure over all with its interval."""

    model: str
    load_seconds: float
    degradation: Degradation
    seed: int
    files: tuple[FileResult, ...]
    refused: tuple[Refusal, ...]
    measures: dict[str, Estimate] = field(default_factory=dict)


def find_material(folder: Path) -> Material:
    """The pairs of a folder; its subfolders and hidden files are left alone.

    Raises NotFound `folder_unknown`, InvalidInput `evaluation_no_pairs` (`path`) and
    `evaluation_not_utf8` (`path`), OSError where a text cannot be read.
    """
    if not folder.is_dir():
        raise NotFound("folder_unknown", path=str(folder))
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    sounds = [path for path in files if path.suffix.lower() in SOUND_ENDINGS]
    texts = {
        _stem(path): path
        for path in files
        if path.suffix.lower() == ".txt" and path.name.lower() != NAMES_FILE
    }
    pairs = tuple(Pair(p, read_text(texts[_stem(p)])) for p in sounds if _stem(p) in texts)
    if not pairs:
        raise InvalidInput("evaluation_no_pairs", path=str(folder))
    names = next((path for path in files if path.name.lower() == NAMES_FILE), None)
    stems = {_stem(path) for path in sounds}
    return Material(
        pairs,
        () if names is None else tuple(filter(None, map(str.strip, read_text(names).split("\n")))),
        tuple(path for path in sounds if _stem(path) not in texts),
        tuple(path for stem, path in texts.items() if stem not in stems),
    )


def _stem(path: Path) -> str:
    """A name without its ending; macOS takes the marks of Vietnamese letters apart."""
    return to_nfc(path.stem)


def read_text(path: Path) -> str:
    """A UTF-8 text without the mark that Windows puts before it, and without spaces around it."""
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise InvalidInput("evaluation_not_utf8", path=str(path)) from error


def evaluate(
    pairs: Sequence[Pair],
    settings: Settings,
    on_progress: Progress,
    *,
    names: Sequence[str] = (),
    degradation: Degradation | None = None,
    seed: int = 0,
    engine: EngineClient | None = None,
) -> Evaluation:
    """Transcribe every pair with one warm engine and score it.

    `engine` is used and left running; without it one is started and ended. A file that the decoder
    refuses or at which the engine fails is set down in `refused` and the others go on. Raises
    ModelUnavailable and TaskFailed: without a model nothing can be measured.
    """
    wanted = degradation or Degradation()
    files: list[FileResult] = []
    refused: list[Refusal] = []
    with ExitStack() as stack:
        if engine is None:
            engine = stack.enter_context(closing(EngineClient(find_model(settings), settings)))
        ready = engine.start()
        for number, pair in enumerate(pairs):

            def show(done_ms: int, total_ms: int, number: int = number) -> None:
                on_progress(number, done_ms, total_ms)

            try:
                files.append(_hear(pair, settings, engine, show, names, wanted, seed))
            except (MediaRejected, EngineFailed, OSError) as error:
                known = error if isinstance(error, BridgeError) else _unusable(pair.path, error)
                refused.append(Refusal(pair.path, known))
    return Evaluation(
        engine.model.name,
        ready.load_seconds,
        wanted,
        seed,
        tuple(files),
        tuple(refused),
        measure(files, seed),
    )


def measure(files: Sequence[FileResult], seed: int = 0) -> dict[str, Estimate]:
    """Every measure of MEASURES over all files."""
    return {
        name: estimate_ratio([ratio(result) for result in files], seed)
        for name, ratio in MEASURES.items()
    }


def _hear(
    pair: Pair,
    settings: Settings,
    engine: EngineClient,
    on_progress: Callable[[int, int], None],
    names: Sequence[str],
    degradation: Degradation,
    seed: int,
) -> FileResult:
    total = 0

    def note(done_ms: int, total_ms: int) -> None:
        nonlocal total
        total = total_ms
        on_progress(done_ms, total_ms)

    with tempfile.TemporaryDirectory(prefix="loa-evaluate-") as scratch:
        path = pair.path
        if degradation.changes_sound:
            path = Path(scratch) / "degraded.wav"
            write_degraded(pair.path, path, settings, degradation, seed=seed)
        began = time.monotonic()
        segments = transcribe_file(path, settings, note, engine=engine)
        seconds = time.monotonic() - began
    return score_file(pair, segments, total, seconds, names)


def score_file(
    pair: Pair,
    segments: Sequence[Segment],
    duration_ms: int,
    seconds: float,
    names: Sequence[str] = (),
) -> FileResult:
    """The result of one file whose segments are at hand."""
    spoken = is_speech(pair.reference)
    return FileResult(
        pair.path,
        duration_ms,
        seconds,
        pair.reference,
        " ".join(segment.text for segment in segments if segment.kind == "speech"),
        compare_speech(pair.reference, segments, names) if spoken else None,
        None if spoken else compare_non_speech(segments),
    )


def _unusable(path: Path, error: OSError) -> BridgeError:
    return BridgeError("file_unusable", path=str(path), detail=error.strerror or str(error))


def _of_speech(ratio: Callable[[SpeechScore], tuple[float, float]]) -> Ratio:
    return lambda result: ratio(result.speech) if result.speech else (0, 0)


def _of_non_speech(ratio: Callable[[NonSpeechScore, int], tuple[float, float]]) -> Ratio:
    def measured(result: FileResult) -> tuple[float, float]:
        return ratio(result.non_speech, result.duration_ms) if result.non_speech else (0, 0)

    return measured


def _share(*tallies: Tally) -> tuple[float, float]:
    both = sum(tallies, start=Tally())
    return both.right, both.total


def figures_of(score: SpeechScore) -> Tally:
    """Figures of every kind together."""
    return sum(score.figures.values(), start=Tally())


# Each measure as numerator and denominator of one file; sums are divided, never rates averaged.
MEASURES: dict[str, Ratio] = {
    "wer": _of_speech(lambda s: (s.words.errors, s.words.reference_length)),
    "substitutions": _of_speech(lambda s: (s.words.substitutions, s.words.reference_length)),
    "deletions": _of_speech(lambda s: (s.words.deletions, s.words.reference_length)),
    "insertions": _of_speech(lambda s: (s.words.insertions, s.words.reference_length)),
    "toneless": _of_speech(lambda s: (s.toneless.errors, s.toneless.reference_length)),
    "cer": _of_speech(lambda s: (s.characters.errors, s.characters.reference_length)),
    "figures": _of_speech(lambda s: _share(figures_of(s))),
    "names": _of_speech(lambda s: _share(s.listed_names, s.other_names)),
    "listed_names": _of_speech(lambda s: _share(s.listed_names)),
    "unsure_precision": _of_speech(lambda s: (s.unsure_marks.both, s.unsure_marks.marked)),
    "unsure_recall": _of_speech(lambda s: (s.unsure_marks.both, s.unsure_marks.wrong)),
    "marks_precision": _of_speech(lambda s: (s.all_marks.both, s.all_marks.marked)),
    "marks_recall": _of_speech(lambda s: (s.all_marks.both, s.all_marks.wrong)),
    "invented": _of_non_speech(lambda s, duration_ms: (s.invented_ms, duration_ms)),
    "invented_flagged": _of_non_speech(lambda s, _: (s.flagged_ms, s.invented_ms)),
    "rtf": lambda result: (result.seconds, result.duration_ms / 1000),
}
