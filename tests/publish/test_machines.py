"""Feeds with their archive, alerts and sitemaps of a unit with a history, over real databases."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest

from bridge.archive import month_of
from bridge.feed_pages import PAGE_ITEMS, ArchivePage, archive_pages, months
from bridge.media import MediaStore
from bridge.models import Announcement, Publication
from bridge.units import UnitInfo, list_units
from publish.files import write_whole
from publish.machines import (
    names_of_unit,
    newest_documents,
    remove_strays,
    unit_documents,
    unit_pages,
    write_changed,
    write_documents,
)
from publish.site import Site
from publish.sitemaps import SITEMAP
from tests.bridge.lifecycle import Life
from tests.publish.schemas import rss_faults

BASE = "https://loa.example"
# 31 October, 17:30 in Greenwich, is the first of November in the commune.
EDGE = datetime(2026, 10, 31, 17, 30, tzinfo=UTC)


class House:
    """A unit's portal whose publications are rows alone, copied from one real publication."""

    def __init__(self, settings, database, unit, person):
        self.db = database
        self.site = Site(settings.site_dir, BASE)
        self.life = Life(database, MediaStore(settings.media_dir), unit)
        self.first = self.life.published(person("approver").id, title="Tin đầu")
        with database.writing() as session:
            row = session.query(Publication).one()
            row.published_at = EDGE - timedelta(days=40)
            (self.unit,) = list_units(session)

    def copies(self, count: int, begin: datetime) -> list[str]:
        """So many more items, a minute apart."""
        with self.db.writing() as session:
            return [self._copy(session, begin + timedelta(minutes=one)) for one in range(count)]

    def _copy(self, session, moment):
        made = []
        for kind, where in ((Announcement, "id"), (Publication, "announcement_id")):
            source = session.query(kind).filter(getattr(kind, where) == self.first).one()
            names = [column.key for column in kind.__mapper__.column_attrs if column.key != "id"]
            made.append(kind(**{name: getattr(source, name) for name in names}))
        announcement, publication = made
        session.add(announcement)
        session.flush()
        publication.announcement_id, publication.published_at = announcement.id, moment
        session.add(publication)
        session.flush()
        return announcement.id

    def write_all(self) -> None:
        with self.db.writing() as session:
            write_documents(self.site, self.unit, unit_documents(session, self.site, self.unit))

    def changed(self, announcement_id: str) -> set[str]:
        """What a change of this one writes."""
        before = self.stamps()
        with self.db.writing() as session:
            write_changed(session, self.site, self.unit, announcement_id)
        after = self.stamps()
        return {name for name in after if before.get(name) != after[name]}

    def stamps(self) -> dict[str, int]:
        folder = self.site.root / self.unit.slug
        found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz"]
        return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in found}

    def read(self, address: str) -> bytes:
        assert address.startswith(f"{BASE}/xa-mau/")
        return (self.site.root / address.removeprefix(f"{BASE}/")).read_bytes()


@pytest.fixture
def house(settings, database, unit, person):
    return House(settings, database, unit, person)


def links_of(feed) -> dict[str, str]:
    return {link.rel: link.href for link in feed.links if link.rel.endswith("archive")}


@pytest.mark.parametrize("ending", ["xml", "atom"])
def test_the_chain_of_archives_holds_everything_that_stands(house, ending):
    ids = house.copies(PAGE_ITEMS + 20, EDGE) + house.copies(10, EDGE + timedelta(days=20))
    house.write_all()
    address, seen, newer = f"{BASE}/xa-mau/feed.{ending}", [], None
    while address is not None:
        content = house.read(address)
        if ending == "xml":
            assert rss_faults(content) == []
        parsed = feedparser.parse(content)
        assert not parsed.bozo
        links = links_of(parsed.feed)
        assert links.get("next-archive") == newer
        seen.append([entry.id for entry in parsed.entries])
        newer = address if len(seen) > 1 else None
        address = links.get("prev-archive")
    # The first lists the newest; behind it each page once.
    assert [len(page) for page in seen] == [50, 30, PAGE_ITEMS, 1]
    assert seen[0][:30] == seen[1]
    assert [one for page in seen[1:] for one in page][::-1] == [
        f"loa:{one}" for one in (house.first, *ids)
    ]


def test_the_json_feed_goes_on_page_by_page(house):
    ids = house.copies(PAGE_ITEMS + 1, EDGE)
    house.write_all()
    address, found = f"{BASE}/xa-mau/feed.json", {}
    while address is not None:
        feed = json.loads(house.read(address))
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["feed_url"] == address
        for item in feed["items"]:
            assert item["url"].endswith(f"/{item['id'].removeprefix('loa:')}/")
            assert item["attachments"][0]["mime_type"] == "audio/mpeg"
            assert item["content_text"]
            found[item["id"]] = item
        address = feed.get("next_url")
    assert set(found) == {f"loa:{one}" for one in (house.first, *ids)}


def test_one_more_item_touches_the_newest_documents_and_its_page(house):
    house.copies(PAGE_ITEMS - 1, EDGE)
    house.write_all()
    newest = {"feed.xml", "feed.atom", "feed.json"}
    (last,) = house.copies(1, EDGE + timedelta(hours=3))
    pages = {f"feed-2026-11-1.{ending}" for ending in ("xml", "atom", "json")}
    assert house.changed(last) == newest | pages | {"sitemap-2026-11.xml"}
    # The next one begins a page, which the former newest now names.
    (more,) = house.copies(1, EDGE + timedelta(hours=4))
    pages |= {f"feed-2026-11-2.{ending}" for ending in ("xml", "atom")}
    pages -= {"feed-2026-11-1.json"}  # JSON feeds only look back
    pages |= {"feed-2026-11-2.json"}
    assert house.changed(more) == newest | pages | {"sitemap-2026-11.xml"}


def test_what_is_withdrawn_leaves_its_page_and_moves_nothing(house):
    ids = house.copies(PAGE_ITEMS + 5, EDGE)
    house.write_all()
    later = house.read(f"{BASE}/xa-mau/feed-2026-11-2.xml")
    with house.db.writing() as session:
        gone = session.query(Publication).filter_by(announcement_id=ids[3]).one()
        gone.withdrawn_at, gone.withdrawn_reason = EDGE + timedelta(days=9), "Ghi nhầm."
    changed = house.changed(ids[3])
    assert "feed-2026-11-1.xml" in changed
    assert house.read(f"{BASE}/xa-mau/feed-2026-11-2.xml") == later
    for name in ("feed-2026-11-1.xml", "feed-2026-11-1.json", "sitemap-2026-11.xml"):
        assert ids[3].encode() not in house.read(f"{BASE}/xa-mau/{name}")
        assert ids[4].encode() in house.read(f"{BASE}/xa-mau/{name}")


def test_pages_follow_the_month_on_the_unit_s_clock(house):
    (early,), (late,) = house.copies(1, EDGE - timedelta(hours=1)), house.copies(1, EDGE)
    assert month_of(EDGE, "Asia/Ho_Chi_Minh") == "2026-11"
    with house.db.reading() as session:
        assert list(months(session, house.unit).items()) == [
            ("2026-09", 1),
            ("2026-10", 1),
            ("2026-11", 1),
        ]
        assert archive_pages(session, house.unit, "2026-10") == {ArchivePage("2026-10", 1): [early]}
        assert archive_pages(session, house.unit, "2026-11") == {ArchivePage("2026-11", 1): [late]}


def test_a_unit_s_sitemaps_name_every_page_that_stands(house):
    ids = house.copies(3, EDGE)
    house.write_all()
    index = ElementTree.fromstring(house.read(f"{BASE}/xa-mau/sitemap.xml"))  # noqa: S314  our own
    assert index.tag == f"{{{SITEMAP}}}sitemapindex"
    named = [one.text or "" for one in index.iter(f"{{{SITEMAP}}}loc")]
    assert named == [f"{BASE}/xa-mau/sitemap-2026-{month}.xml" for month in ("09", "11")]
    found = [ElementTree.fromstring(house.read(one)) for one in named]  # noqa: S314  our own
    pages = [loc.text for root in found for loc in root.iter(f"{{{SITEMAP}}}loc")]
    assert set(pages) == {f"{BASE}/xa-mau/{one}/" for one in (house.first, *ids)}
    assert {one.text for one in found[1].iter(f"{{{SITEMAP}}}lastmod")} == {
        f"2026-10-31T17:{minute}:00Z" for minute in (30, 31, 32)
    }


def test_pages_of_former_days_are_taken_away_and_the_rest_stays(house):
    house.copies(2, EDGE)
    house.write_all()
    before = house.stamps()
    folder = house.site.root / "xa-mau"
    for name in ("feed-2025-01-1.xml", "sitemap-2025-01.xml", "alerts/zzzzzzzzzzzz.cap"):
        (folder / name).parent.mkdir(exist_ok=True)
        write_whole(folder / name, b"old " * 500)
    with house.db.reading() as session:
        remove_strays(house.site, house.unit, names_of_unit(session, house.unit))
    assert house.stamps() == before
    assert not list(folder.rglob("*2025*"))


def test_an_empty_unit_has_feeds_too(settings, database, unit):
    site = Site(settings.site_dir, BASE)
    with database.reading() as session:
        (info,) = list_units(session)
        assert isinstance(info, UnitInfo)
        assert unit_pages(session, info) == []
        found = dict(newest_documents(session, site, info))
    assert set(found) == {"feed.xml", "feed.atom", "feed.json", "alerts.atom", "sitemap.xml"}
    assert rss_faults(found["feed.xml"]) == []
    for name in ("feed.xml", "feed.atom", "alerts.atom"):
        parsed = feedparser.parse(found[name])
        assert (parsed.bozo, parsed.entries) == (False, [])
