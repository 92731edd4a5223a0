"""What the tests of `bridge` share: a real Valkey, several processes at once, made-up lives."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy.orm import Session

from bridge.db import Database
from bridge.media import MediaStore
from bridge.settings import Settings
from tests.bridge.lifecycle import Life, new_life
from tests.conftest import DATABASES, Templates

_CROWD = Path(__file__).with_name("crowd.py")

# `together("job", argument, …)` runs the job of crowd.py in several processes at once.
Together = Callable[..., list[Any]]


@pytest.fixture(scope="module", params=DATABASES)
def shared_database(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One database of each kind for all tests of a module that commit nothing."""
    database = Database(templates.new_url(request.param, tmp_path_factory.mktemp("shared")))
    yield database
    database.dispose()


@pytest.fixture
def uncommitted(shared_database: Database) -> Iterator[Session]:
    """A write transaction that is thrown away after the test: cheaper than a database each."""
    with Session(shared_database.write_engine) as session:
        yield session


@pytest.fixture
def life(shared_database: Database, tmp_path: Path) -> Life:
    """A commune of the test's own in the shared database."""
    return new_life(shared_database, MediaStore(tmp_path / "media"))


@pytest.fixture
def own_life(database: Database, settings: Settings) -> Life:
    """A commune in a database of the test's own, for what looks at all units at once."""
    return new_life(database, MediaStore(settings.media_dir))


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for Unix sockets, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="loa-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def queue_settings(settings: Settings, valkey: Redis, valkey_url: str) -> Settings:
    """The test's settings with a queue that answers."""
    return replace(settings, redis_url=valkey_url)


@pytest.fixture
def together() -> Iterator[Together]:
    started: list[subprocess.Popen[str]] = []

    def run(job: str, *arguments: object, processes: int = 4) -> list[Any]:
        command = [sys.executable, str(_CROWD), job, *map(str, arguments)]
        crowd = [
            subprocess.Popen(
                command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
            )
            for _ in range(processes)
        ]
        started.extend(crowd)
        for process in crowd:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in crowd:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=300)[0] for process in crowd]
        assert [process.returncode for process in crowd] == [0] * processes
        return [json.loads(output) for output in outputs]

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
