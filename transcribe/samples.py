"""Six human clips with their texts, for the demo and for tests: fetched once, never committed.

They come from the wheel of PyPI's `vieneu` (Apache-2.0), by pip itself, so that whatever index
this machine uses serves them; the wheel's hash is pinned.
"""

import logging
import secrets
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bridge.errors import BridgeError
from transcribe.sound import join_wavs

logger = logging.getLogger(__name__)

_REQUIREMENT = "vieneu==3.8.3"
_WHEEL_SHA256 = "7388d166e65746f5bb075bf8094d324f8131a82393680b712260d6f2f983ef06"
_FOLDER_IN_WHEEL = PurePosixPath("vieneu/assets/samples")
_FETCH_S = 180.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip: WAV, 24 kHz, mono, a few seconds, and what is said in it."""

    name: str
    wav_path: Path
    text: str


def fetch_samples(cache_dir: Path) -> list[Sample]:
    """The clips, in the order of their names; from the cache, else from the package index.

    Raises BridgeError `samples_unreachable` when they are neither here nor to be had.
    """
    folder = cache_dir.expanduser() / f"samples-{_WHEEL_SHA256[:12]}"
    if not folder.is_dir():
        _fetch(folder)
    return [
        Sample(path.stem, path, path.with_suffix(".txt").read_text(encoding="utf-8").strip())
        for path in sorted(folder.glob("*.wav"))
        if path.with_suffix(".txt").is_file()
    ]


def join_samples(
    samples: Sequence[Sample], path: Path, pause_ms: int = 700, repeat: int = 1
) -> None:
    """Write the clips one after the other as one announcement: WAV, 24 kHz, mono, 16 bit."""
    join_wavs([sample.wav_path for sample in samples], path, pause_ms, repeat)


def _fetch(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="loa-samples-") as scratch:
        wheel = _download(Path(scratch))
        # Unpacked beside its place and renamed: a second process sees all of it or nothing.
        draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        try:
            _unpack(wheel, draft)
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was quicker, with the same files
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _download(scratch: Path) -> Path:
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{_REQUIREMENT} --hash=sha256:{_WHEEL_SHA256}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"]
    command += ["--dest", str(scratch), "--requirement", str(requirements)]
    try:
        finished = subprocess.run(  # noqa: S603  our own interpreter's pip
            command, capture_output=True, timeout=_FETCH_S, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise BridgeError("samples_unreachable", package=_REQUIREMENT) from error
    wheels = sorted(scratch.glob("*.whl"))
    if finished.returncode != 0 or not wheels:
        logger.warning("pip: %s", finished.stderr.decode("utf-8", "replace").strip())
        raise BridgeError("samples_unreachable", package=_REQUIREMENT)
    return wheels[0]


def _unpack(wheel: Path, folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            inside = PurePosixPath(entry.filename)
            if inside.parent == _FOLDER_IN_WHEEL and inside.suffix in {".wav", ".txt"}:
                (folder / inside.name).write_bytes(archive.read(entry))
