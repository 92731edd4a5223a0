"""Which speech models there are on this machine, which one is used, and how to change that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.errors import BridgeError, ModelUnavailable, NotFound
from bridge.settings import Settings, deciding_place, settings_file, write_setting
from transcribe.model_check import probe_model
from transcribe.speech_model import (
    BUNDLED,
    HUB_FOLDER,
    SpeechModel,
    bundled_model,
    check_folder,
    find_model,
    is_hub_name,
)

_SETTING = "model"
_SNAPSHOT = "models--*/snapshots/*"  # of the hub's cache: models--OWNER--NAME/snapshots/REVISION


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that `loa model use` takes by `name`.

    `model` is None where nothing is to be loaded: a folder with a fault (`error`), or a name on the
    hub that is downloaded at first use.
    """

    name: str
    in_use: bool
    path: Path | None = None
    model: SpeechModel | None = None
    error: BridgeError | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What `use_model` did: the setting's new value, whether it was another one before, the file.

    `overridden_by` names a variable that wins over the file, if there is one.
    """

    value: str
    model: SpeechModel
    changed: bool
    file: Path
    overridden_by: str | None


def resolve_model(name: str, settings: Settings) -> str:
    """The value of the setting `model` that a person's words mean.

    `bundled`; a folder, then made absolute; the name of a folder in the models folder; a name on
    the hub. Raises NotFound `folder_unknown` (`path`) for what looks like a path and is none.
    """
    if name == BUNDLED:
        return name
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder.absolute())
    kept = settings.models_dir / name
    if Path(name).name == name and kept.is_dir():
        return str(kept.absolute())
    if is_hub_name(name):
        return name
    raise NotFound("folder_unknown", path=str(folder))


def list_models(settings: Settings) -> list[ListedModel]:
    """The bundled model, the folders of the models folder, what came from the hub, the one in use.

    Nothing is downloaded or put together for it; weights are hashed.
    """
    wanted = settings.model
    bundled = bundled_model(settings.models_dir)
    listed = [ListedModel(BUNDLED, wanted == BUNDLED, bundled.path, bundled)]
    used = None if wanted == BUNDLED or is_hub_name(wanted) else Path(wanted).expanduser()
    folders = list(_folders(settings.models_dir, bundled.path))
    if used is not None and not any(used.absolute() == path.absolute() for _, path in folders):
        folders.append((str(used.absolute()), used.absolute()))
    for name, path in folders:
        # A folder's name alone would be sought on the hub; only the hub's own names have a slash.
        from_hub = "/" in name and name == wanted
        in_use = from_hub or (used is not None and used.absolute() == path.absolute())
        listed.append(_look_at(name, path, in_use))
    if not any(entry.in_use for entry in listed):
        listed.append(ListedModel(wanted, True))
    return listed


def use_model(settings: Settings, name: str) -> Choice:
    """Make a model the one that is used from the next start on: try it, then write it down.

    Text that was heard before stays as it is. Running it twice changes nothing more. Raises as
    `resolve_model`, `find_model`, `probe_model` and `bridge.settings.write_setting`; nothing is
    written then. Main thread only.
    """
    value = resolve_model(name, settings)
    wanted = replace(settings, model=value)
    model = find_model(wanted, verify=True)
    probe_model(model, wanted)
    file = settings_file(settings.data_dir)
    place = deciding_place(settings.data_dir, _SETTING)
    changed = False
    if value != BUNDLED or place is not None:  # the default need not be written down
        changed = write_setting(file, _SETTING, value)
    return Choice(value, model, changed, file, place if isinstance(place, str) else None)


def where_model_is_set(settings: Settings) -> str | Path | None:
    """What decides on the model: a variable's name, the settings file, or None for the default."""
    return deciding_place(settings.data_dir, _SETTING)


def _folders(models_dir: Path, bundled: Path) -> Iterator[tuple[str, Path]]:
    if not models_dir.is_dir():
        return
    for path in sorted(models_dir.iterdir()):
        # What begins with a dot is being put together.
        other = path.name.startswith(".") or path.name == HUB_FOLDER or path == bundled
        if path.is_dir() and not other:
            yield path.name, path
    for path in sorted((models_dir / HUB_FOLDER).glob(_SNAPSHOT)):
        repository = path.parent.parent.name.removeprefix("models--")
        yield repository.replace("--", "/", 1), path


def _look_at(name: str, path: Path, in_use: bool) -> ListedModel:
    if not path.is_dir():
        error = ModelUnavailable("model_folder_missing", path=str(path))
        return ListedModel(name, in_use, path, error=error)
    try:
        return ListedModel(name, in_use, path, check_folder(path))
    except ModelUnavailable as error:
        return ListedModel(name, in_use, path, error=error)
