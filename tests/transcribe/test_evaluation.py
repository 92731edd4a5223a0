"""A folder of pairs, and what is measured over it."""

import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import InvalidInput, NotFound
from bridge.settings import Settings
from bridge.transcript import Segment, Word
from tests.samples import write_wav
from transcribe.degrade import Degradation
from transcribe.engine_client import EngineClient
from transcribe.evaluation import (
    MEASURES,
    FileResult,
    Pair,
    evaluate,
    find_material,
    measure,
    score_file,
)
from transcribe.samples import Sample


def said(text: str, end_ms: int = 2000) -> Segment:
    words = tuple(Word(token, 0, end_ms, 0.9) for token in text.split())
    return Segment(0, end_ms, text, words)


def result(name: str, reference: str, *segments: Segment, seconds: float = 1.0) -> FileResult:
    return score_file(Pair(Path(name), reference), segments, 4000, seconds)


def touch(folder: Path, **texts: str | None) -> None:
    """Empty sound files, and texts beside those that have one."""
    for name, text in texts.items():
        (folder / f"{name}.wav").touch()
        if text is not None:
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def test_sounds_and_texts_of_one_name_are_pairs_in_order(tmp_path: Path) -> None:
    touch(tmp_path, b="hai\n", a="một")
    (tmp_path / "c.MP3").touch()
    (tmp_path / "c.TXT").write_bytes("\ufeffba".encode())
    (tmp_path / ".hidden.wav").touch()
    (tmp_path / "notes.md").touch()
    material = find_material(tmp_path)
    assert [(pair.path.name, pair.reference) for pair in material.pairs] == [
        ("a.wav", "một"),
        ("b.wav", "hai"),
        ("c.MP3", "ba"),
    ]
    assert (material.names, material.without_text, material.without_sound) == ((), (), ())


def test_names_and_files_without_their_other_are_told(tmp_path: Path) -> None:
    touch(tmp_path, a="một", lonely=None)
    (tmp_path / "orphan.txt").write_text("x", encoding="utf-8")
    (tmp_path / "names.txt").write_text("Thôn Mẫu\r\n\r\nông Ví Dụ\n", encoding="utf-8")
    material = find_material(tmp_path)
    assert material.names == ("Thôn Mẫu", "ông Ví Dụ")
    assert [path.name for path in material.without_text] == ["lonely.wav"]
    assert [path.name for path in material.without_sound] == ["orphan.txt"]


def test_letters_taken_apart_in_one_of_the_names_make_a_pair_still(tmp_path: Path) -> None:
    (tmp_path / (unicodedata.normalize("NFD", "hà nội") + ".wav")).touch()
    (tmp_path / (unicodedata.normalize("NFC", "hà nội") + ".txt")).write_text("x")
    assert len(find_material(tmp_path).pairs) == 1


def test_folders_that_cannot_serve_say_why(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        find_material(tmp_path / "nowhere")
    assert missing.value.code == "folder_unknown"
    touch(tmp_path, a=None)
    with pytest.raises(InvalidInput) as lonely:
        find_material(tmp_path)
    assert lonely.value.code == "evaluation_no_pairs"
    (tmp_path / "a.txt").write_bytes("mời bà con".encode("utf-16"))
    with pytest.raises(InvalidInput) as unreadable:
        find_material(tmp_path)
    assert unreadable.value.code == "evaluation_not_utf8"
    assert unreadable.value.data["path"] == str(tmp_path / "a.txt")


def test_rates_over_files_come_from_their_sums() -> None:
    files = [
        result("a", "sai", said("trật"), seconds=3.0),
        result(
            "b", "một hai ba bốn năm sáu bảy tám chín", said("một hai ba bốn năm sáu bảy tám chín")
        ),
    ]
    found = measure(files)
    assert set(found) == set(MEASURES)
    assert found["wer"].value == 0.1
    assert found["substitutions"].value == 0.1
    assert found["deletions"].value == 0.0
    assert found["rtf"].value == 0.5
    assert (found["wer"].low, found["wer"].high) == (0.0, 1.0)


def test_speech_and_sound_without_speech_are_measured_apart() -> None:
    files = [result("a", "mời họp", said("mời họp")), result("b", "", said("thanks for watching"))]
    found = measure(files)
    assert found["wer"].value == 0.0
    assert files[1].speech is None
    assert (found["invented"].value, found["invented_flagged"].value) == (0.5, 1.0)
    assert measure(files[:1])["invented"].value is None


def test_figures_names_and_marks_are_among_the_measures() -> None:
    files = [
        result("a", "ông Nguyễn Ví Dụ họp lúc 7 giờ 30", said("ông Nguyễn Ví Dụ họp lúc 8 giờ 30"))
    ]
    found = measure(files)
    assert (found["figures"].value, found["names"].value) == (0.0, 1.0)
    assert found["marks_recall"].value == 1.0
    assert found["unsure_recall"].value == 0.0
    assert found["wer"].low is None  # one file


@pytest.mark.model
def test_a_folder_goes_through_the_model(
    clips: list[Sample], engine: EngineClient, model_settings: Settings, tmp_path: Path
) -> None:
    shutil.copy(clips[0].wav_path, tmp_path)
    (tmp_path / f"{clips[0].name}.txt").write_text(clips[0].text, encoding="utf-8")
    (tmp_path / "broken.wav").write_bytes(b"no sound" * 100)
    (tmp_path / "broken.txt").write_text("x", encoding="utf-8")
    write_wav(tmp_path / "still.wav", np.zeros(24_000 * 2, np.int16))
    (tmp_path / "still.txt").touch()
    seen: list[tuple[int, int, int]] = []
    pairs = find_material(tmp_path).pairs
    found = evaluate(pairs, model_settings, lambda *step: seen.append(step), engine=engine)
    assert [refusal.path.name for refusal in found.refused] == ["broken.wav"]
    assert [file.path.name for file in found.files] == [clips[0].wav_path.name, "still.wav"]
    wer = found.measures["wer"]
    assert wer.value is not None
    assert wer.value < 0.5  # measured: 0.08, and 0.29 over all six clips
    assert found.measures["invented"].value == 0.0
    assert {finished for finished, _, _ in seen} == {0, 1, 2} - {
        number for number, pair in enumerate(pairs) if pair.path.name == "broken.wav"
    }
    process = engine.process_id
    narrow = Degradation(band=True)
    worse = evaluate(
        pairs[-1:], model_settings, lambda *step: None, degradation=narrow, engine=engine
    )
    assert engine.process_id == process  # warm: the same for every file
    assert worse.files[0].duration_ms == 2000
