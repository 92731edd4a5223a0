"""`loa model`: what it prints, what it writes, and how it ends."""

import json
import os
from pathlib import Path

import pytest

from bridge.errors import EngineFailed, TaskFailed
from bridge.transcript import Segment, Word
from tests.samples import shared_cache
from tests.transcribe.model_folders import write_model
from transcribe.degrade import Degradation
from transcribe.engine_client import EngineReady
from transcribe.evaluation import Evaluation, Pair, measure, score_file
from transcribe.model_check import ModelReport, WordTimes, judge_style
from transcribe.model_folder import (
    DAMAGED,
    MISSING,
    NO_ALIGNMENT,
    OTHER_BANDS,
    OTHER_TOKENS,
    UNCONVERTED,
    FolderFault,
)
from transcribe.speech_model import check_folder
from web.cli import run
from web.commands.model_report import describe_fault, report_as_json, report_as_text


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line sets the language for click; the tests after these keep theirs."""
    monkeypatch.setenv("LANGUAGE", "vi")
    for name in ("LOA_DATA", "LOA_CONFIG", "LOA_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize(
    "kind", [MISSING, UNCONVERTED, DAMAGED, NO_ALIGNMENT, OTHER_BANDS, OTHER_TOKENS]
)
@pytest.mark.parametrize("file", ["model.bin", "config.json", "tokenizer.json", "other.json"])
def test_every_fault_is_a_sentence_that_names_the_file(kind: str, file: str) -> None:
    sentence = describe_fault(FolderFault(kind, file))
    assert file in sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "%s" not in sentence


def test_the_list_says_which_is_used_and_what_is_wrong(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_model(data / "models" / "hong", 80, leave_out="tokenizer.json")
    assert run(["model", "list", "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("* bundled: whisper-base")
    assert lines[1].startswith("  hong: không dùng được")
    assert "Thiếu tệp tokenizer.json" in lines[1]
    assert "Chưa đặt “model”" in lines[3]
    assert "chép nháp" in lines[4]


def test_the_list_says_that_the_variable_wins_over_the_file(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_model(data / "models" / "nha", 80)
    (data / "loa.toml").write_text('model = "bundled"\n')
    arguments = ["model", "list", "--format", "json", "--data", str(data)]
    assert run(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["set_by"], told["set_in"]) == ("file", str(data / "loa.toml"))
    monkeypatch.setenv("LOA_MODEL", str(folder))
    assert run(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["set_by"], told["set_in"]) == ("environment", "LOA_MODEL")
    used = [entry for entry in told["models"] if entry["in_use"]]
    assert [(entry["use_as"], entry["kind"]) for entry in used] == [("nha", "base")]
    assert len(used[0]["sha256"]) == 64
    assert run(arguments[:2] + arguments[4:]) == 0
    assert "LOA_MODEL; biến này thắng" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "use"])
def test_a_folder_that_is_not_whole_is_refused_fault_by_fault(
    command: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_model(tmp_path / "m", 80, leave_out="tokenizer.json")
    (folder / "config.json").write_text("{}")
    assert run(["model", command, str(folder), "--data", str(data)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    head, *faults = err.splitlines()
    assert str(folder) in head
    assert [fault.split()[:2] for fault in faults] == [["Thiếu", "tệp"], ["Trong", "config.json"]]
    assert not (data / "loa.toml").exists()


def test_faults_are_told_to_programs_too(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_model(tmp_path / "m", 80, leave_out="vocabulary.json")
    arguments = ["model", "check", str(folder), "--format", "json", "--data", str(data)]
    assert run(arguments) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["usable"], told["verdict"]) == (False, "unusable")
    assert [(fault["kind"], fault["file"]) for fault in told["faults"]] == [
        ("missing", "vocabulary.json")
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "--no-samples", "/nowhere/x"], "Không có thư mục /nowhere/x"),
        (["check", "--no-samples", "khong-co"], "loa model list"),
        (["use", "khong-co"], "loa model list"),
    ],
)
def test_a_model_that_is_not_there_is_one_line(
    arguments: list[str], says: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["model", *arguments, "--data", str(data)]) == 1
    assert says in capsys.readouterr().err.splitlines()[-1]


def test_weights_that_do_not_load_are_the_models_fault(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_model(tmp_path / "m", 80)
    assert run(["model", "check", "--no-samples", str(folder), "--data", str(data)]) == 1
    out = capsys.readouterr().out
    assert "Không nạp được mô hình" in out
    assert "Bộ nhớ lúc cao nhất: không đo được." in out
    assert "Kết luận: KHÔNG dùng được" in out
    assert run(["model", "use", str(folder), "--data", str(data)]) == 1
    assert capsys.readouterr().err.endswith("Chép lại cả thư mục. Chưa đổi gì.\n")


def test_without_network_the_samples_are_asked_for_first(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_model(tmp_path / "m", 80)
    monkeypatch.setenv("LOA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert run(["model", "check", str(folder), "--data", str(data)]) == 1
    assert "--no-samples" in capsys.readouterr().err.splitlines()[-1]


def measured(folder: Path, heard: str, *, misplaced: int = 0) -> ModelReport:
    """A report on a made-up model that heard this where "mời bà con họp lúc 7 giờ" was said."""
    words = tuple(Word(token, 0, 3000, 0.9) for token in heard.split())
    pair = Pair(Path("a.wav"), "Mời bà con họp lúc 7 giờ.")
    files = tuple(score_file(pair, [Segment(0, 3000, heard, words)], 4000, 2.0) for _ in range(2))
    evaluation = Evaluation("mau", 1.0, Degradation(), 0, files, (), measure(files))
    return ModelReport(
        check_folder(write_model(folder, 128, width=1280, layers=4)),
        EngineReady("cpu", "int8", 2, 12.34, {}),
        700 * 1024 * 1024,
        evaluation,
        8000,
        4.0,
        WordTimes(words=14, placed=14, misplaced=misplaced),
        judge_style(evaluation),
    )


def test_the_report_gives_every_figure_and_a_verdict(tmp_path: Path) -> None:
    report = measured(tmp_path / "m", "mời bà con họp lúc bảy giờ")
    text = report_as_text(report)
    for part in (
        "cỡ large-v3-turbo, lưu dạng float16",
        "Chạy trên cpu, kiểu tính int8, 2 đoạn cùng lúc; nạp mất 12,3 giây.",
        "Bộ nhớ lúc cao nhất: 700 MiB.",
        "Nghe 2 mẫu, 8,0 giây, 14 âm tiết",
        "(WER): 0,0%",
        "(CER): 0,0%",
        "(RTF): 0,50",
        "Giờ của từng chữ: tốt (14/14",
        "Cách viết: toàn chữ thường, không có dấu câu, số viết bằng chữ.",
        "Kết luận: dùng tốt",
    ):
        assert part in text
    assert "Mô hình kèm sẵn" not in text
    told = json.loads(json.dumps(report_as_json(report), allow_nan=False))
    assert (told["usable"], told["verdict"], told["error"]) == (True, "good", None)
    assert told["measures"]["wer"]["value"] == 0
    assert (told["rtf"], told["peak_memory_bytes"]) == (0.5, 700 * 1024 * 1024)
    assert told["word_times"]["grade"] == "good"
    assert told["style"] == {"capitals": False, "punctuation": False, "digits": False}


def test_the_report_says_why_a_model_is_of_no_use(tmp_path: Path) -> None:
    assert "không phải mô hình nghe được tiếng Việt" in report_as_text(
        measured(tmp_path / "foreign", "hello and welcome to all of you")
    )
    misled = report_as_text(
        measured(tmp_path / "misled", "mời bà con họp lúc bảy giờ", misplaced=9)
    )
    assert "Giờ của từng chữ: hỏng" in misled
    assert "Sửa “alignment_heads”" in misled
    model = check_folder(write_model(tmp_path / "m", 80))
    died = ModelReport(model, failure=EngineFailed("engine_died", exit=-11))
    assert "dừng đột ngột khi dùng mô hình này" in report_as_text(died)
    no_card = ModelReport(model, failure=TaskFailed("engine_device_missing"))
    assert "không có card đồ họa" in report_as_text(no_card)
    assert report_as_json(no_card)["error"] == "engine_device_missing"


@pytest.mark.model
def test_the_bundled_model_loads_and_is_chosen_and_is_called_a_draft(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_CACHE_DIR", str(shared_cache()))
    assert run(["model", "check", "--no-samples", "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert "Mô hình: whisper-base (kèm sẵn), cỡ base, lưu dạng float16" in out
    assert "docs/models.md" in out
    (original,) = [path for path in (data / "models").iterdir() if path.is_dir()]
    (data / "models" / "khac").mkdir()
    for path in original.iterdir():
        os.link(path, data / "models" / "khac" / path.name)
    (data / "loa.toml").write_text("# của xã\n")
    assert run(["model", "use", "khac", "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert "Đã chọn khac" in out
    assert "khởi động lại" in out
    chosen = f'# của xã\nmodel = "{data / "models" / "khac"}"\n'
    assert (data / "loa.toml").read_text() == chosen
    assert run(["model", "use", "khac", "--data", str(data)]) == 0
    assert "từ trước" in capsys.readouterr().out
    assert (data / "loa.toml").read_text() == chosen
