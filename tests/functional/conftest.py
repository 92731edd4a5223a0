"""The running product, the sample clips and a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.running import RunningLoa
from transcribe.samples import Sample, fetch_samples, join_samples

CACHE = Path(os.environ.get("LOA_CACHE_DIR", "~/.cache/loa")).expanduser()


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    """The six human clips; fetched once for this machine."""
    return fetch_samples(CACHE)


@pytest.fixture
def short_clip(samples: list[Sample], tmp_path: Path) -> Path:
    """One clip of under three seconds."""
    path = tmp_path / "thong-bao.wav"
    shutil.copy(min(samples, key=lambda sample: sample.wav_path.stat().st_size).wav_path, path)
    return path


@pytest.fixture
def announcement_sound(samples: list[Sample], tmp_path: Path) -> Path:
    """All six clips with pauses: an announcement of about half a minute."""
    path = tmp_path / "ban-tin.wav"
    join_samples(samples, path)
    return path


@pytest.fixture
def loa(tmp_path: Path, database_url: str) -> Iterator[RunningLoa]:
    """A prepared data folder; `start()` it. Everything is gone afterwards."""
    running = RunningLoa(tmp_path / "data", database_url, CACHE)
    running.prepare()
    yield running
    running.close()
