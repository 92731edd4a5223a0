"""The running product, the sample clips and a real browser."""

import itertools
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.settings import Settings
from tests.conftest import Templates
from tests.functional.running import RunningLoa
from tests.samples import shared_cache, speech_samples
from transcribe.samples import Sample, join_samples
from transcribe.speech_model import find_model

CACHE = shared_cache()
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    """The six human clips; fetched once for this machine."""
    return speech_samples()


@pytest.fixture(scope="session")
def model(model_settings: Settings) -> Path:
    """The folder of the bundled model, for `RunningLoa.lend_model`."""
    return find_model(model_settings).path


@pytest.fixture
def short_clip(samples: list[Sample], tmp_path: Path) -> Path:
    """One clip of under three seconds, of which no other test has the bytes."""
    path = tmp_path / "thong-bao.wav"
    clip = min(samples, key=lambda sample: sample.wav_path.stat().st_size)
    with wave.open(str(clip.wav_path), "rb") as source, wave.open(str(path), "wb") as target:
        target.setparams(source.getparams())
        target.writeframes(source.readframes(source.getnframes()))
        target.writeframes(bytes(source.getsampwidth() * next(_numbers)))
    return path


@pytest.fixture
def announcement_sound(samples: list[Sample], tmp_path: Path) -> Path:
    """All six clips with pauses: an announcement of about half a minute."""
    path = tmp_path / "ban-tin.wav"
    join_samples(samples, path)
    return path


@pytest.fixture
def loa(tmp_path: Path, database_url: str, model: Path) -> Iterator[RunningLoa]:
    """A prepared data folder; `start()` it. Everything is gone afterwards."""
    running = RunningLoa(tmp_path / "data", database_url, CACHE)
    running.prepare()
    running.lend_model(model)
    yield running
    running.close()


@pytest.fixture(scope="session")
def standing(
    tmp_path_factory: pytest.TempPathFactory, templates: Templates, model: Path
) -> Iterator[RunningLoa]:
    """One `loa up` on SQLite for all tests that send something of their own and leave it running.

    As in production, but a recording counts as left after three seconds.
    """
    folder = tmp_path_factory.mktemp("standing")
    quick = {"LOA_CAPTURE_SILENCE_S": "3", "LOA_RENEW_S": "1", "LOA_REAP_S": "1"}
    url = templates.new_url("sqlite", folder / "data")
    running = RunningLoa(folder / "data", url, CACHE, settings=quick)
    running.prepare()
    running.lend_model(model)
    running.start()
    yield running
    running.close()
