"""`loa evaluate`: what it prints, and what it says when it cannot."""

import json
import shutil
from pathlib import Path

import pytest

from bridge.errors import MediaRejected
from bridge.transcript import Segment, Word
from tests.samples import speech_samples
from transcribe.degrade import LOUDSPEAKER, Degradation
from transcribe.evaluation import Evaluation, Material, Pair, Refusal, measure, score_file
from web.cli import run
from web.commands.evaluation_report import as_json, as_table


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line sets the language for click; the tests after these keep theirs."""
    monkeypatch.setenv("LANGUAGE", "vi")
    for name in ("LOA_DATA", "LOA_CONFIG", "LOA_MODEL"):
        monkeypatch.delenv(name, raising=False)


def evaluated(
    *texts: tuple[str, str], degradation: Degradation | None = None, seconds: float = 2.0
) -> Evaluation:
    """An evaluation of made-up files of 4 s: (what was said, what was heard)."""
    files = []
    for number, (said, heard) in enumerate(texts):
        words = tuple(Word(token, 0, 3000, 0.9) for token in heard.split())
        segments = [Segment(0, 3000, heard, words)] if heard else []
        pair = Pair(Path(f"ban-tin-{number}.mp3"), said)
        files.append(score_file(pair, segments, 4000, seconds, ("thôn mẫu",)))
    wanted = degradation or Degradation()
    return Evaluation("mẫu", 1.0, wanted, 0, tuple(files), (), measure(files))


def test_the_table_gives_each_measure_its_interval_and_what_it_counted() -> None:
    table = as_table(
        evaluated(
            ("Mời bà con họp lúc 7 giờ 30 phút", "Mời bà con hợp lúc 7 giờ 30 phút"),
            ("Mời bà con đến nhà văn hóa", "Mời bà con đến nhà văn hóa"),
        )
    )
    (wer,) = [line for line in table.splitlines() if "(WER)" in line]
    assert wer.split() == ["Sai", "âm", "tiết", "(WER)", "6,2%", "0,0–11,1%", "1/16", "âm", "tiết"]
    (speed,) = [line for line in table.splitlines() if "(RTF)" in line]
    assert "0,50" in speed
    assert "1/1 chỗ" in table
    assert "Chỉ có 2 tệp" in table
    assert "để nguyên" in table
    assert "ban-tin-0.mp3" in table


def test_the_table_leaves_out_what_there_was_nothing_to_measure() -> None:
    table = as_table(evaluated(("mời bà con", "mời bà con")))
    assert "Bịa chữ" not in table
    assert "names.txt" not in table
    assert "Tệp sai nhiều nhất" not in table


def test_the_table_names_inventions_and_what_was_done_to_the_sound() -> None:
    table = as_table(
        evaluated(("", "Mời bà con thôn Mẫu"), ("mời họp", "thôn mẫu"), degradation=LOUDSPEAKER)
    )
    (invented,) = [line for line in table.splitlines() if line.startswith("Bịa chữ")]
    assert "75,0%" in invented
    assert "3,0/4,0 giây" in invented
    assert "1 tệp không có tiếng nói" in table
    assert (
        "khuếch đại 6,0 dB, chỉ giữ 300–3400 Hz, tiếng vang, tạp âm nhỏ hơn tiếng 15,0 dB" in table
    )
    assert "1 lần" in table  # a name of names.txt where something else was said


def test_twenty_files_are_not_called_few() -> None:
    assert "Chỉ có" not in as_table(evaluated(*[("mời bà con", "mời bà con")] * 20))


def test_the_json_object_holds_every_file_and_is_strict_json() -> None:
    evaluation = evaluated(("họp ngày 25/11", "họp ngày 25/12"), ("", ""), ("", "a lô"))
    material = Material((), (), (Path("x/lonely.mp3"),), (Path("x/orphan.txt"),))
    content = json.loads(json.dumps(as_json(evaluation, material), allow_nan=False))
    assert (
        content["measures"]["wer"]["value"] == content["files"][0]["wer"] == 1 / 8
    )  # hai mươi lăm tháng mười hai
    assert content["figures_by_kind"] == {"date": {"right": 0, "total": 1}}
    assert [file["wer"] for file in content["files"][1:]] == [None, None]
    assert content["invented_seconds"] == 3.0
    assert content["without_text"] == ["lonely.mp3"]
    assert content["without_sound"] == ["orphan.txt"]


def test_refused_files_stand_in_the_json_with_their_code() -> None:
    refused = (Refusal(Path("x/bad.mp3"), MediaRejected("media_empty")),)
    evaluation = Evaluation("mẫu", 1.0, Degradation(), 0, (), refused, measure([]))
    assert as_json(evaluation, Material(()))["refused"] == [
        {"file": "bad.mp3", "error": "media_empty"}
    ]


def test_a_folder_that_cannot_serve_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(tmp_path / "data"))
    assert run(["evaluate", str(tmp_path / "nowhere"), *data]) == 1
    (tmp_path / "a.wav").touch()
    assert run(["evaluate", str(tmp_path), *data]) == 1
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    assert run(["evaluate", str(tmp_path), *data]) == 1
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert len(lines) == 3
    assert "nowhere" in lines[0]
    assert "a.mp3 và a.txt" in lines[1]
    assert "UTF-8" in lines[2]


@pytest.mark.model
def test_a_folder_is_measured_and_what_was_left_out_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    clip = speech_samples()[0]
    shutil.copy(clip.wav_path, folder / "a.wav")
    (folder / "a.txt").write_text(clip.text, encoding="utf-8")
    (folder / "b.mp3").write_bytes(b"no sound" * 100)
    (folder / "b.txt").write_text("x", encoding="utf-8")
    (folder / "lonely.wav").touch()
    arguments = ["evaluate", str(folder), "--data", str(tmp_path / "data"), "--band"]
    assert run([*arguments, "--format", "json"]) == 1
    out, err = capsys.readouterr()
    content = json.loads(out)
    assert [file["file"] for file in content["files"]] == ["a.wav"]
    assert content["degradation"]["band"] is True
    assert content["measures"]["wer"]["denominator"] > 5
    assert "lonely.wav: bỏ qua" in err
    assert "b.mp3: Không đọc được tệp này" in err
