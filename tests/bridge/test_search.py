"""Searching what stands on the portal: one answer on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, product

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bridge.accounts import create_unit, create_user
from bridge.db import Database, new_id
from bridge.models import SearchDocument, Unit
from bridge.place_names import add_place_name
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.search import Filters, Results, search_announcements
from bridge.search_index import complete_search, rebuild_search
from tests.bridge.lifecycle import Life
from tests.bridge.search_cases import CASES
from tests.bridge.search_texts import BULLETINS, PLACE_NAMES, publish_bulletin
from tests.conftest import DATABASES, Templates


@pytest.fixture(scope="module", params=DATABASES)
def archive(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, str]]:
    """A database in which every bulletin stands on the portal of one unit; the unit's id."""
    db = Database(templates.new_url(request.param, tmp_path_factory.mktemp("archive")))
    with db.writing() as session:
        unit = create_unit(session, slug="xa-mau", name="Xã Mẫu")
        user = create_user(session, email="a@localhost", name="Người A", password_hash="unusable")
        for bulletin in BULLETINS:
            publish_bulletin(session, unit.id, user.id, bulletin)
        for old, new in PLACE_NAMES:
            add_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=None)
    yield db, unit.id
    db.dispose()


@pytest.fixture
def reading(archive: tuple[Database, str]) -> Iterator[Session]:
    with archive[0].reading() as session:
        yield session


def keys(results: Results) -> str:
    """The keys of what was found, in order."""
    by_id = {bulletin.id: bulletin.key for bulletin in BULLETINS}
    return " ".join(by_id[hit.announcement_id] for hit in results.hits)


def test_the_shared_set_is_large_enough() -> None:
    asked = [query for query, _ in CASES]
    assert len(asked) == len(set(asked)) >= 120


def test_every_query_of_the_shared_set_finds_what_it_should_in_order(reading: Session) -> None:
    found = {query: search_announcements(reading, query, page_size=100) for query, _ in CASES}
    assert {query: keys(one) for query, one in found.items()} == dict(CASES)
    assert all(one.total == len(one.hits) for one in found.values())


def test_pages_follow_each_other_without_gap_or_repetition(reading: Session) -> None:
    whole = search_announcements(reading, "bà con", page_size=100)
    pages = [
        search_announcements(reading, "bà con", page=page, page_size=3) for page in range(1, 5)
    ]
    assert [len(page.hits) for page in pages[:3]] == [3, 3, whole.total - 6]
    assert {(page.total, page.pages) for page in pages} == {(whole.total, 3)}
    assert " ".join(keys(page) for page in pages[:3]) == keys(whole)
    # One too far is the last.
    assert (pages[3].page, pages[3].hits) == (3, pages[2].hits)


def test_a_page_may_run_from_one_rank_into_the_next(reading: Session) -> None:
    """đường: two that say it in the title, one that does not, on three pages of one."""
    pages = [search_announcements(reading, "đường", page=one, page_size=1) for one in (1, 2, 3)]
    assert " ".join(map(keys, pages)) == dict(CASES)["đường"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(category="Y tế"), "ga tiem"),
        (Filters(category="y te"), "ga tiem"),
        (Filters(area="thôn đông"), "duong hop nuoc"),
        (Filters(area="Thôn Đông", category="Mời họp"), "hop"),
        (Filters(begin=datetime(2026, 11, 21, tzinfo=UTC)), "nghiavu luong"),
        (Filters(end=datetime(2026, 11, 2, 22, 30, tzinfo=UTC)), "nuoc"),
        (
            Filters(
                begin=datetime(2026, 11, 2, 22, 30, tzinfo=UTC),
                end=datetime(2026, 11, 3, 22, 30, 1, tzinfo=UTC),
            ),
            "hop tiem",
        ),
        (Filters(category="không có"), ""),
    ],
)
def test_filters_alone_list_what_is_left_newest_first(
    reading: Session, filters: Filters, expected: str
) -> None:
    assert keys(search_announcements(reading, "", filters=filters)) == expected


def test_filters_narrow_what_is_found(reading: Session) -> None:
    day = Filters(begin=datetime(2026, 11, 4, tzinfo=UTC), end=datetime(2026, 11, 5, tzinfo=UTC))
    assert keys(search_announcements(reading, "họp", filters=day)) == "hopsau"
    area = Filters(area="Thôn Đông")
    assert keys(search_announcements(reading, "họp", filters=area)) == "hop"


def test_another_unit_finds_nothing_of_this_one(archive: tuple[Database, str]) -> None:
    db, unit_id = archive
    with db.reading() as session:
        assert search_announcements(session, "họp", unit_id=unit_id).total == 2
        assert search_announcements(session, "họp", unit_id=new_id()).total == 0


def test_a_hit_opens_a_second_before_it_is_heard(reading: Session) -> None:
    """«đúng giờ đúng nơi» runs from the second segment into the third."""
    (hit,) = search_announcements(reading, '"giờ đúng nơi"').hits
    marked = [piece.text for piece in hit.snippet.pieces if piece.is_hit]
    assert marked == ["giờ, đúng nơi"]
    assert hit.snippet.start_ms is not None
    assert 5_000 < hit.snippet.start_ms < 10_000
    assert hit.second == (hit.snippet.start_ms - 1_000) // 1_000


def test_what_is_found_by_its_title_alone_shows_where_the_text_begins(reading: Session) -> None:
    (hit,) = search_announcements(reading, "khẩn cấp").hits
    assert [piece.text for piece in hit.title if piece.is_hit] == ["khẩn", "cấp"]
    assert hit.second is None
    assert hit.snippet.pieces[0].text.startswith("Bão số 5 vào bờ")


def found_by(life: Life, asked: str) -> list[str]:
    with life.db.reading() as session:
        results = search_announcements(session, asked, unit_id=life.unit.id)
    return [hit.announcement_id for hit in results.hits]


def index_rows(db: Database) -> tuple[int, int]:
    with db.reading() as session:
        entries = session.scalar(text("SELECT count(*) FROM search_index"))
        return session.query(SearchDocument).count(), int(entries or 0)


def test_the_index_follows_what_stands_on_the_portal(own_life: Life) -> None:
    approver = own_life.person("editor", "approver")
    announcement_id = own_life.reviewable(title="Tiêm phòng")
    assert found_by(own_life, "tiêm phòng") == []  # nobody approved it yet
    task_id = own_life.approve(announcement_id, own_life.person("approver"))
    own_life.publish(task_id)
    assert found_by(own_life, "tiêm phòng") == [announcement_id]
    with own_life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=announcement_id, reason="Sai giờ", actor_id=approver
        )
    assert found_by(own_life, "tiêm phòng") == []
    assert index_rows(own_life.db) == (0, 0)
    with own_life.db.writing() as session:
        reopen_announcement(session, announcement_id=announcement_id, actor_id=approver)
    assert found_by(own_life, "tiêm phòng") == []
    own_life.publish(own_life.approve(announcement_id, own_life.person("approver")))
    assert found_by(own_life, "tiêm phòng") == [announcement_id]
    assert index_rows(own_life.db) == (1, 1)


def test_a_rebuild_makes_the_index_that_publishing_made(own_life: Life) -> None:
    announcement_id = own_life.published(own_life.person("approver"), title="Tiêm phòng")
    with own_life.db.writing() as session:
        session.execute(text("DELETE FROM search_index"))
        session.execute(text("DELETE FROM search_document"))
    assert found_by(own_life, "tiêm phòng") == []
    told: list[tuple[int, int]] = []
    assert complete_search(own_life.db) == 1
    assert complete_search(own_life.db) == 0
    assert rebuild_search(own_life.db, lambda done, total: told.append((done, total))) == 1
    assert told == [(1, 1)]
    assert found_by(own_life, "tiêm phòng") == [announcement_id]
    assert index_rows(own_life.db) == (1, 1)


def test_a_broadcast_of_hours_is_indexed_as_far_as_the_database_takes_it(
    database: Database, unit: Unit
) -> None:
    """Each word another: far more entries than PostgreSQL holds for one text."""
    letters = "bcdghklmn"
    words = ("".join(one) for one in product(letters, repeat=5))
    long = replace(BULLETINS[0], texts=tuple(" ".join(islice(words, 20)) for _ in range(2_500)))
    with database.writing() as session:
        user = create_user(session, email="a@localhost", name="Người A", password_hash="unusable")
        publish_bulletin(session, unit.id, user.id, long)
    with database.reading() as session:
        assert keys(search_announcements(session, "cấp nước sạch")) == "nuoc"
