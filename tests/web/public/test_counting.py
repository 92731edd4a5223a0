"""What is counted, what is not, and that nobody is known by it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text

from bridge.counting import add_counts, sums_by_day
from bridge.db import new_id, utc_now
from bridge.models import CountBatch, ItemCount
from tests.bridge.lifecycle import Life
from tests.web.conftest import Office
from web.public import tally_of
from web.public.tally import MOST_OF_ONE_ITEM

both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
PERSON = {"User-Agent": "Mozilla/5.0 (Linux; Android 9) Zalo/23"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Counts are by day: none of these tests runs over a midnight, the unit's or Greenwich's."""
    with time_machine.travel((utc_now() + timedelta(days=1)).replace(hour=5)):  # 12:00 there
        yield


def published(office: Office, content: bytes = b"sound") -> str:
    life = Life(office.services.db, office.services.media, office.unit)
    return life.published(life.person("approver"), content, title="Lịch tiêm chủng")


def tell(client: FlaskClient, words: str, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post("/dem", data=words, headers={**PERSON, **named})
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Set-Cookie" not in answer.headers


def counted(office: Office) -> dict[str, tuple[int, int, int]]:
    tally_of(office.app).flush()
    with office.services.db.reading() as session:
        rows = session.scalars(select(ItemCount)).all()
    return {row.announcement_id: (row.views, row.plays, row.downloads) for row in rows}


@both_databases
def test_views_plays_and_downloads_add_up_by_announcement(office: Office) -> None:
    item, client = published(office), office.app.test_client()
    for words in ("xem", "xem", "nghe", "tai"):
        tell(client, f"{words} {item}")
    assert counted(office) == {item: (2, 1, 1)}
    tell(client, f"nghe {item}", Origin="http://localhost", Sec_Fetch_Site="same-origin")
    assert counted(office) == {item: (2, 2, 1)}
    assert counted(office) == {item: (2, 2, 1)}


@pytest.mark.parametrize(
    "headers",
    [
        {"DNT": "1"},
        {"Sec_GPC": "1"},
        {"User_Agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"},
        {"User_Agent": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_who_does_not_want_to_be_counted_or_is_no_reader_is_not(
    office: Office, headers: dict[str, str]
) -> None:
    item = published(office)
    tell(office.app.test_client(), f"nghe {item}", **headers)
    assert counted(office) == {}


@pytest.mark.parametrize(
    "words",
    ["", "nghe", "nghe 0123456789ab", "doc {item}", "nghe {item}x", "nghe {item}" + " " * 90],
)
def test_what_names_nothing_published_counts_nothing(office: Office, words: str) -> None:
    tell(office.app.test_client(), words.format(item=published(office)))
    tell(office.app.test_client(), f"nghe {office.in_review()}")
    assert counted(office) == {}


def test_one_address_counts_so_much_and_the_next_day_again(office: Office) -> None:
    item, client = published(office), office.app.test_client()
    for _ in range(MOST_OF_ONE_ITEM + 5):
        tell(client, f"nghe {item}")
    assert counted(office)[item][1] == MOST_OF_ONE_ITEM
    with time_machine.travel(utc_now() + timedelta(days=1)):
        tell(client, f"nghe {item}")
        assert sum(one.plays for one in _rows(office)) == MOST_OF_ONE_ITEM + 1


def _rows(office: Office) -> list[ItemCount]:
    tally_of(office.app).flush()
    with office.services.db.reading() as session:
        return list(session.scalars(select(ItemCount)))


@both_databases
def test_a_batch_that_comes_twice_counts_once_on_its_own_day(office: Office) -> None:
    item, db = published(office), office.services.db
    late = datetime(2026, 11, 20, 18, tzinfo=UTC)  # one in the morning of the 21st there
    batch = {"batch_id": "b1", "counts": {(item, "plays"): 3}, "counted_at": late}
    assert add_counts(db, **batch)  # type: ignore[arg-type]
    assert not add_counts(db, **batch)  # type: ignore[arg-type]
    day = late.date() + timedelta(days=1)
    with db.reading() as session:
        sums = sums_by_day(session, office.unit.id, late.date(), day)
    assert [one.plays for one in sums.values()] == [0, 3]
    again = late + timedelta(days=3)
    assert add_counts(db, batch_id="b2", counts={}, counted_at=again)
    with db.reading() as session:
        assert session.scalars(select(CountBatch.id)).all() == ["b2"]


def test_while_the_database_is_away_counts_wait_and_are_added_once(office: Office) -> None:
    item, client = published(office), office.app.test_client()
    tell(client, f"xem {item}")
    rename = "ALTER TABLE {} RENAME TO {}"
    with office.services.db.write_engine.begin() as connection:
        connection.execute(text(rename.format("item_count", "away")))
    tally_of(office.app).flush()
    tell(client, f"xem {item}")
    with office.services.db.write_engine.begin() as connection:
        connection.execute(text(rename.format("away", "item_count")))
    assert counted(office) == {item: (2, 0, 0)}


def test_no_address_is_in_the_database(office: Office) -> None:
    item = published(office)
    tell(office.app.test_client(), f"nghe {item}", X_Forwarded_For="198.51.100.77")
    assert counted(office) == {item: (0, 1, 0)}
    office.services.db.dispose()
    for path in office.settings.data_dir.glob("loa.db*"):
        assert b"198.51.100.77" not in path.read_bytes()


def test_the_staff_sees_charts_a_table_and_a_file(office: Office) -> None:
    browser = office.browser("operator")
    assert "Chưa có số liệu" in browser.text("/lam-viec/luot-nghe")
    item = published(office)
    for _ in range(3):
        tell(office.app.test_client(), f"nghe {item}")
    tally_of(office.app).flush()
    page = browser.text("/lam-viec/luot-nghe?ngay=90")
    assert page.count("<rect") == 1
    assert "Lịch tiêm chủng" in page
    table = browser.get("/lam-viec/luot-nghe.csv?ngay=30").get_data(as_text=True)
    lines = table.splitlines()
    assert len(lines) == 1 + 30 + 1
    assert lines[-1].endswith("Lịch tiêm chủng,0,3,0")
    other = office.unit_named(f"xa-{new_id()}", "Xã Khác")
    assert browser.get(f"/lam-viec/luot-nghe?don-vi={other.slug}").status_code == 404
