"""What the tests of sound to text share: settings without a database, one warm engine."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.db import Database
from bridge.media import MediaStore
from bridge.models import Unit
from bridge.settings import Settings, load_settings
from bridge.tasks import TaskContext
from tests.samples import shared_cache, speech_samples
from tests.transcribe.desk import Desk
from transcribe.copies import WorkingCopy, write_copies
from transcribe.engine_client import EngineClient
from transcribe.samples import Sample
from transcribe.sound import MODEL_RATE, cut_pieces
from transcribe.speech_model import find_model


@pytest.fixture
def limits(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own and the usual limits; no database."""
    return load_settings({}, data_dir=tmp_path / "data", cache_dir=shared_cache())


@pytest.fixture(scope="session")
def engine(model_settings: Settings) -> Iterator[EngineClient]:
    """One warm engine with the real model, for every test that does it no harm."""
    client = EngineClient(find_model(model_settings), model_settings)
    yield client
    client.close()


@pytest.fixture(scope="session")
def clips() -> list[Sample]:
    """The human clips."""
    return speech_samples()


@pytest.fixture(scope="session")
def clip_pcm(clips: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first clip as the engine takes it: raw mono 16 kHz s16le."""
    folder = tmp_path_factory.mktemp("clip")
    data = clips[0].wav_path.read_bytes()
    write_copies([data[44:]], folder / "working.flac")
    piece = next(cut_pieces(WorkingCopy(folder / "working.flac"), 0, 60_000))
    assert piece.samples.size > MODEL_RATE
    piece.write_pcm(folder / "clip.pcm")
    return folder / "clip.pcm"


@pytest.fixture
def desk(settings: Settings, database: Database, unit: Unit, model_settings: Settings) -> Desk:
    """A desk whose model is the one assembled for all tests."""
    settings = replace(settings, model=str(find_model(model_settings).path))
    return Desk(TaskContext(settings, database, MediaStore(settings.media_dir)), unit.id)
