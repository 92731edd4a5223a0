"""Is a speech model fit for Loa? Loads it as configured, lets it hear clips whose text is known.

A model may look whole and still be useless here: made for another language, or with word times
that lie anywhere. What is measured is what the editor's page, the captions and the coverage audit
lean on.
"""

import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.errors import BridgeError, EngineFailed, TaskFailed
from bridge.settings import Settings
from bridge.transcript import Segment, Word
from transcribe.bootstrap import Estimate
from transcribe.engine_client import EngineClient, EngineDone, EngineReady
from transcribe.evaluation import Evaluation, Pair, evaluate
from transcribe.made_voice import make_voice
from transcribe.plain import transcribe_file
from transcribe.samples import Sample, join_samples
from transcribe.scoring import Syllable, align, normalise_tokens
from transcribe.speech_model import SpeechModel

# Verdicts, from bad to good.
UNUSABLE = "unusable"
DRAFT = "draft"
GOOD = "good"
LOADS = "loads"  # nothing was heard whose text is known

# Grades of word times.
TIMES_GOOD = "good"
TIMES_POOR = "poor"
TIMES_BROKEN = "broken"
TIMES_UNKNOWN = "unknown"

# With more than every second syllable wrong no sentence is left (ours). The bundled model has 0.28.
_UNUSABLE_WER = 0.5
# Where correcting stops being the larger part of the work (ours): one syllable in seven or eight.
# Above 0.3 typing anew is quicker than correcting (Gaur, Lasecki, Metze and Bigham 2016, "The
# effects of automatic speech recognition quality on human transcription latency").
_GOOD_WER = 0.13

# Shares of syllables timed outside the clip they were said in, and of words without length.
# Measured for Whisper base: 0.00 and 0.00 with its own alignment heads and with those that the
# converter takes where it knows none; 0.47 and 0.68 with one wrong head.
_POOR_TIMES, _BROKEN_TIMES = 0.1, 0.3
_POOR_LENGTHS, _BROKEN_LENGTHS = 0.2, 0.5
_FEWEST_PLACED = 10  # fewer syllables heard right say nothing about times

_PAUSE_MS = 700
_TOLERANCE_MS = _PAUSE_MS // 2  # to the middle of the pause
_PUNCTUATION = frozenset(".,?!;:…")
_PROBE_S = 3.0
_WAIT_S = 1.0

Progress = Callable[[int, int], None]  # ms of sound heard, of how many


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said in a part of a sound; times in ms of the sound."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class WordTimes:
    """How the times of the words look in a sound of which it is known what is said when.

    `placed` syllables were heard right, so that it is known where they belong; `misplaced` of them
    lie elsewhere. `spread`: the share of the sound between the first word and the last.
    """

    words: int = 0
    without_length: int = 0
    in_order: bool = True
    placed: int = 0
    misplaced: int = 0
    spread: float = 0.0

    @property
    def grade(self) -> str:
        """One of the TIMES constants."""
        if self.placed < _FEWEST_PLACED:
            return TIMES_UNKNOWN
        places = self.misplaced / self.placed
        lengths = self.without_length / self.words
        if places > _BROKEN_TIMES or lengths > _BROKEN_LENGTHS:
            return TIMES_BROKEN
        poor = places > _POOR_TIMES or lengths > _POOR_LENGTHS or not self.in_order
        return TIMES_POOR if poor else TIMES_GOOD


@dataclass(frozen=True, slots=True)
class Style:
    """How the model writes; `digits` is None where no number was said."""

    capitals: bool
    punctuation: bool
    digits: bool | None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What was found out. None stands for what was not measured.

    `load_seconds` without the start of the process; `rtf` is time over length of one announcement
    made of all clips, decoding included; `memory_bytes` the most that the engine had resident.
    `failure`: what ended the check.
    """

    model: SpeechModel
    ready: EngineReady | None = None
    memory_bytes: int | None = None
    evaluation: Evaluation | None = None
    announcement_ms: int = 0
    seconds: float | None = None
    times: WordTimes | None = None
    style: Style | None = None
    failure: BridgeError | None = None

    @property
    def rtf(self) -> float | None:
        return self.seconds * 1000 / self.announcement_ms if self.seconds is not None else None

    @property
    def verdict(self) -> str:
        """UNUSABLE, DRAFT, GOOD, or LOADS where no accuracy was measured."""
        if self.failure is not None or self.ready is None:
            return UNUSABLE
        wer = self.measure("wer").value
        if wer is None:
            return LOADS
        if self.hears_nothing_right or (self.times and self.times.grade == TIMES_BROKEN):
            return UNUSABLE
        return DRAFT if wer > _GOOD_WER or self.model.bundled else GOOD

    @property
    def hears_nothing_right(self) -> bool:
        """So many syllables are wrong that the model does not know Vietnamese, or is a mixture."""
        wer = self.measure("wer").value
        return wer is not None and wer > _UNUSABLE_WER

    @property
    def usable(self) -> bool:
        return self.verdict != UNUSABLE

    def measure(self, name: str) -> Estimate:
        """One of `transcribe.evaluation.MEASURES` over the clips; empty where none was heard."""
        return self.evaluation.measures[name] if self.evaluation else Estimate()


def check_model(
    model: SpeechModel, settings: Settings, clips: Sequence[Sample], on_progress: Progress
) -> ModelReport:
    """Load a model whose folder is whole and let it hear the clips: together, then each alone.

    Together with pauses they are an announcement, which gives speed and word times; each alone
    gives the errors. Without clips it hears a made-up voice only. What the engine fails at ends up
    in the report. Main thread only, as the engine client.
    """
    report = ModelReport(model)
    with closing(EngineClient(model, settings)) as engine:
        try:
            report = replace(report, ready=engine.start())
            if clips:
                report = _hear_clips(report, engine, settings, clips, on_progress)
            else:
                hear_probe(engine)
        except (EngineFailed, TaskFailed) as error:
            report = replace(report, failure=error)
        return replace(report, memory_bytes=peak_memory_bytes(engine.process_id))


def probe_model(model: SpeechModel, settings: Settings) -> EngineReady:
    """Make sure that a model loads as configured and hears something without failing.

    Raises ModelUnavailable `model_damaged`, TaskFailed `engine_device_missing` or
    `engine_option_unsupported`, EngineFailed. Main thread only.
    """
    with closing(EngineClient(model, settings)) as engine:
        ready = engine.start()
        hear_probe(engine)
        return ready


def hear_probe(engine: EngineClient) -> None:
    """Let the engine hear a made-up voice. What it makes of it does not matter; raises as it."""
    with tempfile.TemporaryDirectory(prefix="loa-model-") as scratch:
        pcm = Path(scratch) / "probe.pcm"
        pcm.write_bytes((make_voice(_PROBE_S) * 32767).astype("<i2").tobytes())
        number = engine.submit(pcm, 0)
        while True:
            answer = engine.next_event(_WAIT_S)
            if answer is not None and answer[0] == number and isinstance(answer[1], EngineDone):
                return


def peak_memory_bytes(process_id: int | None, proc: Path = Path("/proc")) -> int | None:
    """The most memory that a process had resident so far (VmHWM); None where it is not told."""
    try:
        lines = (proc / str(process_id) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in lines.splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024  # the kernel's "kB" are KiB
    return None


def judge_times(
    segments: Sequence[Segment], spoken: Sequence[Spoken], duration_ms: int
) -> WordTimes:
    """Compare the words' times with what is known to be said when. Pure.

    A syllable is misplaced when the middle of its word lies further outside its part than half of
    the pause between the parts.
    """
    words = [word for segment in segments for word in segment.words]
    if not words:
        return WordTimes()
    heard = normalise_tokens([word.text for word in words])
    said = [(part, syllable) for part in spoken for syllable in _syllables(part)]
    steps = align(_joined([syllable for _, syllable in said]), _joined(heard))
    placed = misplaced = 0
    for step in steps:
        if step.kind == "equal" and step.reference is not None and step.hypothesis is not None:
            placed += 1
            part, word = said[step.reference][0], words[heard[step.hypothesis].first]
            misplaced += not _lies_in(word, part)
    starts = [word.start_ms for word in words]
    return WordTimes(
        words=len(words),
        without_length=sum(word.end_ms <= word.start_ms for word in words),
        in_order=starts == sorted(starts) and words[-1].end_ms <= duration_ms,
        placed=placed,
        misplaced=misplaced,
        spread=(words[-1].end_ms - words[0].start_ms) / duration_ms,
    )


def judge_style(evaluation: Evaluation) -> Style:
    """How the texts that were heard are written. Pure."""
    heard = "".join(result.heard for result in evaluation.files)
    numbers_said = any(letter.isdigit() for file in evaluation.files for letter in file.reference)
    return Style(
        any(letter.isupper() for letter in heard),
        any(letter in _PUNCTUATION for letter in heard),
        any(letter.isdigit() for letter in heard) if numbers_said else None,
    )


def _hear_clips(
    report: ModelReport,
    engine: EngineClient,
    settings: Settings,
    clips: Sequence[Sample],
    on_progress: Progress,
) -> ModelReport:
    spoken = _lay_out(clips)
    alone_ms = sum(part.end_ms - part.start_ms for part in spoken)
    with tempfile.TemporaryDirectory(prefix="loa-model-") as scratch:
        path = Path(scratch) / "announcement.wav"
        join_samples(clips, path, _PAUSE_MS)
        announcement_ms = _wav_duration_ms(path)
        total_ms = announcement_ms + alone_ms
        began = time.monotonic()
        segments = transcribe_file(
            path, settings, lambda done_ms, _: on_progress(done_ms, total_ms), engine=engine
        )
        seconds = time.monotonic() - began

    def show(finished: int, done_ms: int, _: int) -> None:
        before = sum(part.end_ms - part.start_ms for part in spoken[:finished])
        on_progress(announcement_ms + before + done_ms, total_ms)

    pairs = [Pair(clip.wav_path, clip.text) for clip in clips]
    evaluation = evaluate(pairs, settings, show, engine=engine)
    report = replace(
        report,
        evaluation=evaluation,
        announcement_ms=announcement_ms,
        seconds=seconds,
        times=judge_times(segments, spoken, announcement_ms),
        style=judge_style(evaluation),
    )
    if evaluation.refused:
        return replace(report, failure=evaluation.refused[0].error)
    return report


def _lay_out(clips: Sequence[Sample]) -> list[Spoken]:
    """Where each clip lies in the announcement that `join_samples` makes of them."""
    parts: list[Spoken] = []
    start_ms = 0
    for clip in clips:
        end_ms = start_ms + _wav_duration_ms(clip.wav_path)
        parts.append(Spoken(start_ms, end_ms, clip.text))
        start_ms = end_ms + _PAUSE_MS
    return parts


def _wav_duration_ms(path: Path) -> int:
    with wave.open(str(path), "rb") as file:
        frames, rate = file.getnframes(), file.getframerate()
    return frames * 1000 // rate


def _syllables(part: Spoken) -> tuple[Syllable, ...]:
    return normalise_tokens(part.text.split())


def _joined(syllables: Sequence[Syllable]) -> str:
    return " ".join(syllable.text for syllable in syllables)


def _lies_in(word: Word, part: Spoken) -> bool:
    middle_ms = (word.start_ms + word.end_ms) // 2
    return part.start_ms - _TOLERANCE_MS <= middle_ms <= part.end_ms + _TOLERANCE_MS
