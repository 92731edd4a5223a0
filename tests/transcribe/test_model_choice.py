"""Which models there are, and choosing one: what is written down and what is refused."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import BridgeError, ModelUnavailable, NotFound
from bridge.settings import Settings, load_settings
from tests.transcribe.model_folders import write_model
from transcribe.model_choice import list_models, resolve_model, use_model, where_model_is_set
from transcribe.speech_model import BUNDLED, find_model


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOA_DATA", "LOA_CONFIG", "LOA_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def kept(model_settings: Settings, limits: Settings) -> Path:
    """A data folder with the bundled model put together and a copy of it by another name."""
    original = find_model(model_settings).path
    for folder in (limits.models_dir / original.name, limits.models_dir / "khac"):
        folder.mkdir(parents=True)
        for path in original.iterdir():
            os.link(path, folder / path.name)
    return limits.models_dir / "khac"


def test_a_name_is_a_folder_or_one_of_the_models_folder_or_of_the_hub(
    limits: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(limits.models_dir / "nha", 80)
    write_model(tmp_path / "here", 80)
    monkeypatch.chdir(tmp_path)
    assert resolve_model(BUNDLED, limits) == BUNDLED
    assert resolve_model("nha", limits) == str(limits.models_dir / "nha")
    assert resolve_model("here", limits) == str(tmp_path / "here")
    assert resolve_model("./here", limits) == str(tmp_path / "here")
    assert resolve_model("large-v3-turbo", limits) == "large-v3-turbo"
    assert resolve_model("ai/mo-hinh", limits) == "ai/mo-hinh"


@pytest.mark.parametrize("name", ["/nowhere/x", "./not-there", "~/not-there", "../not-there"])
def test_a_path_to_nothing_is_no_name_of_the_hub(name: str, limits: Settings) -> None:
    with pytest.raises(NotFound) as caught:
        resolve_model(name, limits)
    assert caught.value.code == "folder_unknown"


def test_nothing_is_made_by_listing(limits: Settings) -> None:
    (only,) = list_models(limits)
    assert (only.name, only.in_use) == (BUNDLED, True)
    assert not limits.data_dir.exists()


def test_folders_are_listed_with_what_is_wrong_with_them(limits: Settings, tmp_path: Path) -> None:
    whole = write_model(limits.models_dir / "a-whole", 80)
    write_model(limits.models_dir / "b-broken", 80, leave_out="config.json")
    write_model(limits.models_dir / ".draft", 80)
    snapshot = limits.models_dir / "hub" / "models--ai--mo-hinh" / "snapshots" / "0f"
    write_model(snapshot, 80)
    elsewhere = write_model(tmp_path / "elsewhere", 80)
    listed = {entry.name: entry for entry in list_models(replace(limits, model=str(elsewhere)))}
    assert list(listed) == [BUNDLED, "a-whole", "b-broken", "ai/mo-hinh", str(elsewhere)]
    assert [name for name, entry in listed.items() if entry.in_use] == [str(elsewhere)]
    assert listed["b-broken"].error is not None
    assert listed["b-broken"].error.code == "model_incomplete"
    model = listed["a-whole"].model
    assert model is not None
    assert (model.path, model.bundled) == (whole, False)
    assert listed["ai/mo-hinh"].path == snapshot


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("ai/mo-hinh", "ai/mo-hinh"),
        ("large-v3-turbo", "large-v3-turbo"),
        # A bare name is sought on the hub, whatever the models folder holds.
        ("nha", "nha"),
    ],
)
def test_a_model_of_the_hub_in_use_is_listed(setting: str, name: str, limits: Settings) -> None:
    write_model(limits.models_dir / "hub" / "models--ai--mo-hinh" / "snapshots" / "0f", 80)
    write_model(limits.models_dir / "nha", 80)
    used = [entry for entry in list_models(replace(limits, model=setting)) if entry.in_use]
    assert [entry.name for entry in used] == [name]
    assert (used[0].path is None) == (name != "ai/mo-hinh")


def test_a_folder_in_use_that_is_gone_is_listed_as_missing(limits: Settings) -> None:
    used = [entry for entry in list_models(replace(limits, model="/nowhere/x")) if entry.in_use]
    assert [(entry.name, entry.error and entry.error.code) for entry in used] == [
        ("/nowhere/x", "model_folder_missing")
    ]


@pytest.mark.model
def test_a_model_is_chosen_and_given_back_with_every_comment_kept(
    kept: Path, limits: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = limits.data_dir / "loa.toml"
    assert not use_model(limits, BUNDLED).changed
    assert not file.exists()  # the default need not be written down
    file.write_text("# của xã\nport = 8080  # cổng\n")
    choice = use_model(limits, "khac")
    assert (choice.changed, choice.value, choice.overridden_by) == (True, str(kept), None)
    chosen = load_settings({}, data_dir=limits.data_dir)
    assert (chosen.model, chosen.port) == (str(kept), 8080)
    assert find_model(chosen).path == kept
    assert where_model_is_set(chosen) == file
    monkeypatch.setenv("LOA_MODEL", str(kept))
    back = use_model(chosen, BUNDLED)
    assert (back.changed, back.overridden_by) == (True, "LOA_MODEL")
    assert file.read_text() == '# của xã\nport = 8080  # cổng\nmodel = "bundled"\n'
    assert load_settings({}, data_dir=limits.data_dir).model == BUNDLED


@pytest.mark.parametrize(
    ("name", "code"),
    [("cut", "model_incomplete"), ("hollow", "model_damaged"), ("/nowhere/x", "folder_unknown")],
)
def test_a_model_that_fails_is_not_written_down(name: str, code: str, limits: Settings) -> None:
    write_model(limits.models_dir / "cut", 80, leave_out="config.json")
    write_model(limits.models_dir / "hollow", 80)  # looks whole, and is no model
    with pytest.raises(BridgeError) as caught:
        use_model(limits, name)
    assert caught.value.code == code
    assert isinstance(caught.value, ModelUnavailable | NotFound)
    assert not (limits.data_dir / "loa.toml").exists()
