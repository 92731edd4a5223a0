"""The archive: which pages it has, what a change touches, and how little that costs."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.details import Particulars
from bridge.editing import save_details
from bridge.media import WORKING_COPY
from bridge.models import Announcement, Listing, ListingShelf, Shelf
from bridge.portal_lists import Browse, ListedItem, ShelfInfo
from bridge.units import list_units
from publish.archive import PAGE_LINES, ListPage, every_page, every_place, month_pages
from publish.inspection import inspect_site
from publish.pages import Pages
from publish.portal import write_every_list, write_home
from publish.rebuilding import rebuild_site
from publish.site import open_site
from tests.publish.pages import read_page
from tests.publish.sounds import speech_like, write_working_copy
from tests.publish.test_jobs import Portal

BASE = "https://loa.example"
YTE = ShelfInfo("shelf0000001", "category", "y-te", "Y tế", 2)
AT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_working_copy(tmp_path_factory.mktemp("sound") / WORKING_COPY, speech_like(2))


@pytest.fixture
def portal(settings, database, unit, person, recording):
    return Portal(settings, database, unit, person, recording)


def files(portal):
    """Every file below the unit's folder with its content."""
    root = portal.root / "xa-mau"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def faults(portal):
    with portal.life.db.reading() as session:
        site = open_site(portal.context.settings)
        return [(one.code, one.data) for one in inspect_site(session, site, deep=True)]


def say(portal, announcement_id, **details):
    """Save details; what is not given stays."""
    view = portal.life.view(announcement_id)
    said = {
        "title": view.work.title,
        "category": view.category,
        "area": view.area,
        "priority": view.work.priority,
        "broadcast_at": view.work.broadcast_at,
        "particulars": Particulars(),
        **details,
    }
    with portal.life.db.writing() as session:
        save_details(
            session,
            announcement_id=announcement_id,
            expected_version=view.version,
            actor_id=portal.editor.id,
            **said,
        )


def line(number, **more):
    values = {
        "title": f"Tin {number}",
        "broadcast_at": AT - number * timedelta(hours=7),
        "priority": "normal",
        "category": "Y tế",
        "area": "thôn Mẫu",
        "duration_ms": 9000,
        **more,
    }
    return ListedItem(f"item{number:08}", **values)


def test_a_list_says_what_it_holds_under_its_days(unit_info):
    lines = (line(0), line(1, priority="urgent"), line(2))
    page = ListPage("muc/y-te/2026-11", YTE, "2026-11", lines, older="trang-1/")
    read = read_page(Pages(BASE).listing(unit_info, page, None))
    for expected in ("Y tế", "Tháng 11/2026", "Thứ Bảy, 21/11/2026", "05:30 Tin 0", "KHẨN CẤP"):
        assert expected in read.text
    assert read.all("a", href="../../../item00000001/")
    assert read.all("a", href="trang-1/", rel="next")
    assert read.all("a", href="../../../muc/y-te/")
    assert read.all("link", rel="canonical")[0]["href"] == f"{BASE}/xa-mau/muc/y-te/2026-11/"
    sheet = read.all("link", rel="stylesheet")[0]["href"]
    assert sheet.startswith("../../../../assets/")


def test_about_and_overview_answer_without_any_announcement(unit_info):
    about = read_page(Pages(BASE).about(unit_info, None))
    for expected in ("Điện thoại: 0200 000 000", "Báo chỗ sai", "Thông tin cá nhân"):
        assert expected in about.text
    overview = read_page(Pages(BASE).overview(unit_info, Browse(), None))
    assert "Chưa có bản tin nào." in overview.text


def test_what_is_published_stands_under_month_category_and_each_area(portal):
    one = portal.reviewable(b"one")
    say(portal, one, category="Y tế", area="thôn Hoa, thôn Hòa", broadcast_at=AT)
    portal.publish(one)
    written = files(portal)
    for place in (
        "thang/2026-11",
        "muc/y-te",
        "muc/y-te/2026-11",
        "khu/thon-hoa",
        "khu/thon-hoa-2",
    ):
        assert f"{one}/".encode() in written[f"{place}/index.html"], place
    assert "Thôn Hòa".lower() in written["khu/thon-hoa-2/index.html"].decode().lower()
    assert b"muc/y-te/" in written["index.html"]
    assert faults(portal) == []


def test_a_correction_moves_its_lines_and_a_withdrawal_takes_them(portal):
    one, two = portal.reviewable(b"one"), portal.reviewable(b"two")
    for place, announcement in enumerate((one, two)):
        at = AT + place * timedelta(hours=1)
        say(portal, announcement, category="Y tế", area="thôn Mẫu", broadcast_at=at)
        portal.publish(announcement)
    say(portal, one, category="Nông nghiệp", broadcast_at=AT - timedelta(days=60))
    portal.publish(one)
    written = files(portal)
    assert one.encode() not in written["muc/y-te/index.html"]
    assert one.encode() in written["muc/nong-nghiep/2026-09/index.html"]
    assert one.encode() in written["khu/thon-mau/2026-09/index.html"]
    assert one.encode() in written[f"{two}/index.html"]
    assert faults(portal) == []
    portal.withdraw(one)
    with portal.life.db.reading() as session:
        assert session.query(Listing).count() == 1
    rebuild_site(portal.life.db, open_site(portal.context.settings))
    written = files(portal)
    assert not [name for name in written if "nong-nghiep" in name or "2026-09" in name]
    assert one.encode() not in written[f"{two}/index.html"]
    assert faults(portal) == []


def test_publishing_and_rebuilding_write_the_same_bytes(portal):
    for number in range(3):
        announcement = portal.reviewable(str(number).encode())
        area = "thôn Mẫu, tổ 1" if number else "thôn Mẫu"
        say(portal, announcement, area=area, broadcast_at=AT - number * timedelta(days=20))
        portal.publish(announcement)
    step_by_step = files(portal)
    for path in (portal.root / "xa-mau").rglob("index.html"):
        path.unlink()
    rebuild_site(portal.life.db, open_site(portal.context.settings))
    assert files(portal) == step_by_step


def test_pages_of_a_long_month_stay_as_they_are_when_something_is_added(portal):
    """Counted from the oldest: only the newest page, and once its neighbour, are other."""
    template = portal.life.reviewable(b"template")
    with portal.life.db.writing() as session:
        month = Shelf(
            unit_id=portal.life.unit.id, kind="month", key="2026-11", slug="2026-11", name="2026-11"
        )
        session.add(month)
        session.flush()
        shelf = ShelfInfo(month.id, "month", "2026-11", "2026-11")
        sizes, pages = [], {}
        for number in range(3 * PAGE_LINES + 1):
            _list(session, portal, template, month.id, number)
            if number + 1 in (
                2 * PAGE_LINES - 1,
                2 * PAGE_LINES,
                3 * PAGE_LINES,
                3 * PAGE_LINES + 1,
            ):
                session.flush()
                counts = {"2026-11": number + 1}
                made = list(month_pages(session, shelf, "2026-11", counts))
                sizes.append([len(one.lines) for one in made])
                pages[number + 1] = {one.place: one for one in made}
        session.rollback()
    full = PAGE_LINES
    assert sizes == [[2 * full - 1], [full, full], [full, full, full], [full, full, full + 1]]
    first = "thang/2026-11/trang-1"
    assert pages[3 * full][first] == pages[3 * full + 1][first]
    assert pages[2 * full][first].lines == pages[3 * full][first].lines


def _list(session, portal, template, shelf_id, number):

    own = session.get_one(Announcement, template)
    columns = {one.name: getattr(own, one.name) for one in Announcement.__table__.columns}
    columns |= {"id": f"n{number:011}", "start_ms": 0, "continues_id": None}
    session.add(Announcement(**columns))
    session.flush()
    at = AT - timedelta(days=10) + number * timedelta(minutes=1)
    session.add(
        Listing(
            announcement_id=columns["id"],
            unit_id=own.unit_id,
            broadcast_at=at,
            title=f"Tin {number}",
            category="",
            area="",
            priority="normal",
            duration_ms=1000,
        )
    )
    session.add(
        ListingShelf(
            announcement_id=columns["id"], shelf_id=shelf_id, month="2026-11", broadcast_at=at
        )
    )


def test_a_rebuilding_writes_no_list_twice_and_none_that_is_empty(portal):
    portal.publish(portal.reviewable(b"one"))
    with portal.life.db.writing() as session:
        site = open_site(portal.context.settings)

        (unit,) = list_units(session)
        places = [page.place for page in every_page(session, unit.id)]
        assert len(places) == len(set(places))
        assert set(places) == every_place(session, unit.id)
        stale = portal.root / "xa-mau" / "muc" / "cu" / "2020-01"
        stale.mkdir(parents=True)
        (stale / "index.html").write_text("old")
        write_every_list(session, site, unit)
        write_home(session, site, unit)
    assert not stale.parent.exists()
    assert (portal.root / "xa-mau" / "thang" / "index.html").is_file()
