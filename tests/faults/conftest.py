"""A house for each database, the sounds, and the ledger that the table is made of."""

import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.db import new_id
from bridge.settings import Settings
from tests.conftest import DATABASES, Templates
from tests.faults.house import QUICK, House, Workshop, new_sound
from tests.faults.ledger import Entry, new_entry, run_number, write_entry
from tests.samples import shared_cache
from tests.transcribe.conftest import clips, desk
from transcribe.samples import Sample, join_samples
from transcribe.speech_model import find_model

__all__ = ["clips", "desk"]

MakeHouse = Callable[..., House]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-runs", type=int, default=1, help="every fault so many times")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(name, expected): one row of the fault table")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One whole run after another in one process, which share the model and PostgreSQL's server."""
    runs = metafunc.config.getoption("--fault-runs", 1)
    if runs > 1:
        metafunc.fixturenames.append("run_number")
        names = [f"run-{number}" for number in range(1, runs + 1)]
        metafunc.parametrize("run_number", range(1, runs + 1), ids=names)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=run_number)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    entry = getattr(item, "fault_entry", None)
    if entry is not None and call.when == "call":
        entry.passed = call.excinfo is None
        if call.excinfo is not None:
            entry.saw(str(call.excinfo.value).partition("\n")[0][:200] or call.excinfo.typename)
        write_entry(entry)
    elif call.when == "setup" and call.excinfo and item.get_closest_marker("fault"):
        failed = new_entry(item)
        failed.saw("could not be set up")
        write_entry(failed)
    return report


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Entry:
    """Where a test says what it saw."""
    request.node.fault_entry = new_entry(request.node)
    return request.node.fault_entry


@pytest.fixture(scope="session", params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every fault is met once on each database."""
    return str(request.param)


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for Unix sockets."""
    folder = Path(tempfile.mkdtemp(prefix="loa-f-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def make_house(
    short_folder: Path, database_kind: str, templates: Templates, model_settings: Settings
) -> MakeHouse:
    """Makes a prepared, stopped house; the caller closes it. Settings by their LOA_ names."""
    model = str(find_model(model_settings).path)

    def make(kind: type[House] = House, *, folder: Path | None = None, **settings: str) -> House:
        root = folder or Path(tempfile.mkdtemp(dir=short_folder))
        house = kind(root / "data", templates.new_url(database_kind, root / "data"), shared_cache())
        house.settings = {"LOA_MODEL": model, **QUICK, **settings}
        house.prepare()
        return house

    return make


@pytest.fixture(scope="session")
def clear_away(templates: Templates) -> Callable[[House], None]:
    """Ends a house and takes it off the disk: twenty runs make hundreds of them."""

    def clear(house: House) -> None:
        house.close()
        templates.drop(house.database_url)
        shutil.rmtree(house.data.parent, ignore_errors=True)

    return clear


@pytest.fixture(scope="module")
def standing(make_house: MakeHouse, clear_away: Callable[[House], None]) -> Iterator[House]:
    """One house for the tests of a module, with two workers.

    Its leases are long enough for a machine that is too busy to renew one in three seconds: what
    its tests do to it is seen by others, and a task that is begun again for want of time would be
    taken for one that is done twice. Leases that run out have tests of their own.
    """
    house = make_house(LOA_WORKERS="2", LOA_LEASE_S="15")
    yield house
    clear_away(house)


@pytest.fixture
def house(standing: House) -> House:
    """The module's house, running; what former tests sent is their own business."""
    if not standing.is_running():
        standing.start()
    standing.acknowledged.clear()
    return standing


@pytest.fixture(scope="module")
def workshop(make_house: MakeHouse, clear_away: Callable[[House], None]) -> Iterator[Workshop]:
    """A Valkey and a database for workers that a test starts by itself."""
    shop = make_house(Workshop)
    assert isinstance(shop, Workshop)
    shop.open()
    yield shop
    clear_away(shop)


@pytest.fixture
def shop(workshop: Workshop) -> Iterator[Workshop]:
    """The module's workshop; the workers that a test leaves are killed."""
    workshop.acknowledged.clear()
    valkey = workshop.started[:1]
    yield workshop
    for worker in workshop.started[1:]:
        workshop.end(worker)
    workshop.started = valkey


@pytest.fixture
def make_own(make_house: MakeHouse, clear_away: Callable[[House], None]) -> Iterator[MakeHouse]:
    """Makes houses for this test alone; they are closed after it."""
    made: list[House] = []

    def make(*arguments: Any, **settings: Any) -> House:
        made.append(make_house(*arguments, **settings))
        return made[-1]

    yield make
    for house in made:
        clear_away(house)


@pytest.fixture
def sounds(tmp_path: Path) -> Callable[..., list[Path]]:
    """Makes so many short tones, each unlike any other."""

    def make(count: int, seconds: float = 0.6) -> list[Path]:
        return [new_sound(tmp_path, seconds) for _ in range(count)]

    return make


@pytest.fixture
def speech(clips: list[Sample], tmp_path: Path) -> Callable[[], Path]:
    """Makes some ten seconds that people spoke, unlike any other: some seconds of work."""
    shortest = sorted(clips, key=lambda clip: clip.wav_path.stat().st_size)[:3]

    def make() -> Path:
        path = tmp_path / f"loi-noi-{new_id()}.wav"
        join_samples(shortest, path)
        with path.open("ab") as file:  # a chunk that no decoder knows: other bytes, the same sound
            file.write(b"text" + struct.pack("<I", 12) + new_id().encode())
        return path

    return make
