"""Is a model fit: word times, way of writing, verdict; and the real check on two clips."""

import json
import os
from pathlib import Path

import pytest

from bridge.errors import EngineFailed, ModelUnavailable
from bridge.settings import Settings
from bridge.transcript import Segment, Word
from tests.transcribe.model_folders import write_json, write_model
from transcribe.degrade import Degradation
from transcribe.engine_client import EngineReady
from transcribe.evaluation import Evaluation, Pair, measure, score_file
from transcribe.model_check import (
    DRAFT,
    GOOD,
    LOADS,
    TIMES_BROKEN,
    TIMES_GOOD,
    TIMES_POOR,
    TIMES_UNKNOWN,
    UNUSABLE,
    ModelReport,
    Spoken,
    WordTimes,
    check_model,
    judge_style,
    judge_times,
    peak_memory_bytes,
    probe_model,
)
from transcribe.samples import Sample
from transcribe.speech_model import SpeechModel, check_folder, find_model

SAID = (
    Spoken(0, 2000, "kính mời bà con đến nhà văn hóa"),
    Spoken(2700, 4700, "để họp tổ dân phố vào tối mai"),
)
MODEL = SpeechModel("mau", Path("mau"), "0" * 64, bundled=False)
READY = EngineReady("cpu", "int8", 2, 1.0, {})


def heard_at(*starts_ms: int, length_ms: int = 200) -> list[Segment]:
    """What is said in SAID, heard right, the words at these times."""
    tokens = " ".join(part.text for part in SAID).split()
    words = tuple(
        Word(token, start, start + length_ms, 0.9)
        for token, start in zip(tokens, starts_ms, strict=True)
    )
    return [Segment(0, 4700, " ".join(tokens), words)]


FIRST = range(100, 1700, 200)
SECOND = range(2750, 4350, 200)


def evaluated(*texts: tuple[str, str]) -> Evaluation:
    """An evaluation of made-up files: (what was said, what was heard)."""
    files = []
    for said, heard in texts:
        words = tuple(Word(token, 0, 3000, 0.9) for token in heard.split())
        segments = [Segment(0, 3000, heard, words)] if heard else []
        files.append(score_file(Pair(Path("a.wav"), said), segments, 4000, 2.0))
    return Evaluation("mau", 1.0, Degradation(), 0, tuple(files), (), measure(files))


def test_words_at_their_places_are_good() -> None:
    times = judge_times(heard_at(*FIRST, *SECOND), SAID, 5400)
    assert times == WordTimes(16, 0, True, 16, 0, (4350 - 100) / 5400)
    assert times.grade == TIMES_GOOD


@pytest.mark.parametrize(
    ("starts", "length_ms", "misplaced", "grade"),
    [
        ([*FIRST, 1500, 1600, *list(SECOND)[2:]], 200, 2, TIMES_POOR),
        ([*FIRST, *[1500] * 8], 200, 8, TIMES_BROKEN),
        ([5200] * 16, 0, 16, TIMES_BROKEN),
        ([*FIRST, *SECOND], 0, 0, TIMES_BROKEN),
        ([300, 100, *list(FIRST)[2:], *SECOND], 200, 0, TIMES_POOR),
    ],
    ids=["two early", "half early", "all at the end", "no length", "out of order"],
)
def test_words_elsewhere_are_noticed(
    starts: list[int], length_ms: int, misplaced: int, grade: str
) -> None:
    times = judge_times(heard_at(*starts, length_ms=length_ms), SAID, 5400)
    assert (times.misplaced, times.grade) == (misplaced, grade)


def test_a_word_may_lie_in_the_near_half_of_the_pause() -> None:
    starts = [*list(FIRST)[:7], 2240, *SECOND]  # its middle 340 ms after the first part
    assert judge_times(heard_at(*starts), SAID, 5400).misplaced == 0
    starts[7] = 2260
    assert judge_times(heard_at(*starts), SAID, 5400).misplaced == 1


def test_numbers_are_placed_by_the_words_they_were_written_from() -> None:
    said = (Spoken(0, 1000, "mười bảy giờ"), Spoken(1700, 2700, "ngày mười hai"))
    words = [Word("17", 100, 400, 1.0), Word("giờ", 400, 900, 1.0)]
    words += [Word("ngày", 100, 200, 1.0), Word("12", 1800, 2400, 1.0)]
    times = judge_times([Segment(0, 2700, "", tuple(words))], said, 3400)
    assert (times.placed, times.misplaced) == (6, 1)


def test_too_few_right_words_say_nothing_about_times() -> None:
    assert judge_times([], SAID, 5400).grade == TIMES_UNKNOWN
    words = (Word("hoàn", 0, 100, 0.5), Word("toàn", 100, 200, 0.5), Word("khác", 200, 300, 0.5))
    assert judge_times([Segment(0, 300, "", words)], SAID, 5400).grade == TIMES_UNKNOWN


@pytest.mark.parametrize(
    ("said", "heard", "capitals", "punctuation", "digits"),
    [
        ("Thế kỷ 19.", "Thế kỷ 19.", True, True, True),
        ("Thế kỷ 19.", "thế kỷ mười chín", False, False, False),
        ("Mời bà con.", "Mời bà con", True, False, None),
    ],
)
def test_the_way_of_writing_is_read_off_what_was_heard(
    said: str, heard: str, capitals: bool, punctuation: bool, digits: bool | None
) -> None:
    style = judge_style(evaluated((said, heard)))
    assert (style.capitals, style.punctuation, style.digits) == (capitals, punctuation, digits)


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (ModelReport(MODEL), UNUSABLE),
        (ModelReport(MODEL, READY, failure=EngineFailed("engine_died")), UNUSABLE),
        (ModelReport(MODEL, READY), LOADS),
        (ModelReport(MODEL, READY, evaluation=evaluated(("a b c d", "a b c d"))), GOOD),
        (ModelReport(MODEL, READY, evaluation=evaluated(("a b c d", "a b c"))), DRAFT),
        (ModelReport(MODEL, READY, evaluation=evaluated(("a b c d", "a"))), UNUSABLE),
        (ModelReport(MODEL, READY, evaluation=evaluated(("a b c d", ""))), UNUSABLE),
        (
            ModelReport(
                MODEL,
                READY,
                evaluation=evaluated(("a b c d", "a b c d")),
                times=WordTimes(words=20, placed=20, misplaced=10),
            ),
            UNUSABLE,
        ),
    ],
    ids=["not loaded", "died", "no clips", "good", "draft", "foreign", "deaf", "bad times"],
)
def test_the_verdict_follows_from_what_was_found(report: ModelReport, verdict: str) -> None:
    assert report.verdict == verdict
    assert report.usable == (verdict != UNUSABLE)


def test_the_bundled_model_is_for_drafts_however_well_it_did() -> None:
    bundled = SpeechModel("mau", Path("mau"), "0" * 64, bundled=True)
    report = ModelReport(bundled, READY, evaluation=evaluated(("a b c d", "a b c d")))
    assert report.verdict == DRAFT


def test_memory_is_read_where_the_system_tells_it(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "status").write_text("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t 1 kB\n")
    (tmp_path / "8").mkdir()
    (tmp_path / "8" / "status").write_text("Name:\tx\n")
    assert peak_memory_bytes(7, tmp_path) == 2 * 1024 * 1024
    assert peak_memory_bytes(8, tmp_path) is None
    assert peak_memory_bytes(9, tmp_path) is None
    assert peak_memory_bytes(None) is None
    assert (peak_memory_bytes(os.getpid()) or 0) > 1024 * 1024


def test_weights_that_cannot_be_loaded_are_said_so(limits: Settings, tmp_path: Path) -> None:
    model = check_folder(write_model(tmp_path / "model", 80))
    report = check_model(model, limits, [], lambda done, total: None)
    assert (report.usable, report.ready, report.memory_bytes) == (False, None, None)
    assert report.failure is not None
    assert report.failure.code == "model_damaged"
    with pytest.raises(ModelUnavailable):
        probe_model(model, limits)


@pytest.mark.model
def test_the_real_model_is_measured_on_two_clips(
    model_settings: Settings, clips: list[Sample]
) -> None:
    seen: list[tuple[int, int]] = []
    model = find_model(model_settings)
    report = check_model(
        model, model_settings, clips[:2], lambda done, total: seen.append((done, total))
    )
    assert report.verdict == DRAFT
    assert report.ready is not None
    assert report.ready.device in ("cpu", "cuda")
    assert report.measure("wer").denominator == 24
    assert 0.0 < (report.measure("wer").value or 0) < 0.5  # measured: 0.12
    assert report.times is not None
    assert report.times.grade == TIMES_GOOD
    assert report.times.spread > 0.6
    assert report.rtf is not None
    assert report.rtf > 0
    assert (report.memory_bytes or 0) > model.size_bytes
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.model
def test_wrong_alignment_heads_are_found_out_by_ear(
    model_settings: Settings, clips: list[Sample], tmp_path: Path
) -> None:
    original = find_model(model_settings).path
    folder = tmp_path / "misled"
    folder.mkdir()
    for path in original.iterdir():
        if path.name != "config.json":
            os.link(path, folder / path.name)
    config = json.loads((original / "config.json").read_text())
    write_json(folder / "config.json", {**config, "alignment_heads": [[0, 0]]})
    report = check_model(check_folder(folder), model_settings, clips[:2], lambda done, total: None)
    assert report.times is not None
    assert report.times.grade == TIMES_BROKEN
    assert not report.usable
