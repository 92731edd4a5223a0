"""The drill: back up while people work, lose everything, restore, and have the same again."""

import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text

from bridge.audit import find_break
from bridge.db import Database
from bridge.media import WORKING_COPY, MediaStore
from bridge.models import Recording
from bridge.portal_lists import around
from bridge.publications import published_items
from bridge.settings import load_settings
from bridge.units import find_unit, list_units
from tests.bridge.installations import PROGRAMS, new_postgresql, rows
from tests.bridge.lifecycle import Life, sha256
from tests.functional.busy_office import BusyOffice
from tests.functional.running import RunningLoa, wait_for
from tests.publish.sounds import speech_like, write_working_copy

PUBLIC_URL = "https://xa-mau.example"


@pytest.fixture
def office(loa: RunningLoa, tmp_path: Path) -> BusyOffice:
    """The example commune with some announcements on its portal."""
    loa.settings |= {"LOA_PUBLIC_URL": PUBLIC_URL, "LOA_POSTGRESQL_PROGRAMS": str(PROGRAMS)}
    settings = load_settings(
        {"LOA_PUBLIC_URL": PUBLIC_URL},
        data_dir=loa.data,
        database_url=loa.database_url,
        min_free_bytes=0,
    )
    loa.data.mkdir(exist_ok=True)
    with loa.database.reading() as session:
        unit = find_unit(session, "xa-mau")
    sound = write_working_copy(tmp_path / WORKING_COPY, speech_like(1))
    office = BusyOffice(settings, Life(loa.database, MediaStore(settings.media_dir), unit), sound)
    office.publish()
    return office


def restored(loa: RunningLoa, backups: Path, data: Path, url: str) -> RunningLoa:
    """An installation restored into `data`."""
    house = RunningLoa(data, url, loa.cache, loa.settings, port=loa.port)
    assert "Đã khôi phục" in house.succeed("restore", backups)
    return house


def portal(data: Path) -> dict[str, bytes]:
    site = data / "site"
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }


def lost_sounds(db: Database, data: Path) -> list[str]:
    """Every recording whose original is not there, bit for bit."""
    with db.reading() as session:
        digests = list(session.scalars(select(Recording.sha256)))
    assert digests
    paths = {digest: data / "media" / "store" / digest[:2] / digest for digest in digests}
    return [
        digest
        for digest, path in paths.items()
        if not path.is_file() or sha256(path.read_bytes()) != digest
    ]


def silent_items(db: Database, data: Path) -> list[str]:
    with db.reading() as session:
        items = [item for unit in list_units(session) for item in published_items(session, unit.id)]
    assert items
    return [
        item.id
        for item in items
        for sound in item.audio.values()
        if sha256((data / "site" / item.unit.slug / item.id / sound["name"]).read_bytes())
        != sound["sha256"]
    ]


def destroy(loa: RunningLoa) -> None:
    loa.close()
    loa._database = None
    shutil.rmtree(loa.data)
    if loa.database_url.startswith("postgresql"):
        url = make_url(load_settings({}, database_url=loa.database_url).effective_database_url)
        engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{url.database}" WITH (FORCE)'))
        engine.dispose()


def empty_database(loa: RunningLoa, data: Path, postgresql_url: str) -> str:
    if loa.database_url.startswith("sqlite"):
        return f"sqlite:///{data}/loa.db"
    return new_postgresql(postgresql_url)


def test_nothing_acknowledged_is_lost_when_all_is_destroyed(
    loa: RunningLoa, office: BusyOffice, tmp_path: Path, postgresql_url: str
) -> None:
    backups = tmp_path / "sao-luu"
    office.start()
    try:
        wait_for(lambda: len(office.promises) > 20, 180, "some work")
        before = time.monotonic()
        first = loa.apart("backup", backups)
        after = time.monotonic()
    finally:
        office.stop()
    assert first.returncode == 0, first.stderr
    told = [promise for promise in office.promises if promise.at < before]
    assert len(told) > 20
    assert [promise for promise in office.promises if before < promise.at < after]

    # What was promised before the backup under load began is in it, and all in it is whole.
    data = tmp_path / "after-load"
    house = restored(loa, backups, data, empty_database(loa, data, postgresql_url))
    assert [item.what for item in told if not item.is_kept(house.database, data)] == []
    assert lost_sounds(house.database, data) == []
    assert silent_items(house.database, data) == []
    with house.database.reading() as session:
        assert find_break(session) is None
        known = {
            (item.id, item.digest, item.withdrawn_at, around(session, item.unit.id, item.id))
            for item in published_items(session, office.life.unit.id, withdrawn=True)
        }
    with loa.database.reading() as session:
        unchanged = [
            item
            for item in published_items(session, office.life.unit.id, withdrawn=True)
            if (item.id, item.digest, item.withdrawn_at, around(session, item.unit.id, item.id))
            in known
        ]
    assert unchanged  # and the announcements before and after each are the same
    live, again = portal(loa.data), portal(data)
    for item in unchanged:
        place = f"xa-mau/{item.id}/"
        assert {name: live[name] for name in live if name.startswith(place)} == {
            name: again[name] for name in again if name.startswith(place)
        }
    house.close()

    # At rest, everything comes back as it was, byte for byte; only what is new was copied.
    assert "Đã sao lưu" in loa.succeed("backup", backups)
    all_rows = rows(loa.database)
    destroy(loa)
    house = restored(loa, backups, loa.data, empty_database(loa, loa.data, postgresql_url))
    assert portal(loa.data) == live
    assert rows(house.database) == all_rows
    assert [
        item.what for item in office.promises if not item.is_kept(house.database, loa.data)
    ] == []
    assert house.succeed("audit", "verify")
    house.close()
