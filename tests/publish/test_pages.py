"""The portal's pages, parsed strictly."""

import gettext
import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.portal_lists import Browse, ShelfInfo
from bridge.publications import PublishedSegment
from publish.pages import HOME_SLIPS, Pages, arrange_home
from tests.publish.pages import read_page

BASE = "https://loa.example"
EVIL = """<script>alert('1')</script> "&' </title>"""


@pytest.fixture
def pages():
    return Pages(BASE)


def test_a_slip_tells_hour_title_subject_and_length(pages, unit_info, make_item):
    page = read_page(pages.home(unit_info, [make_item(duration_ms=134_000)], None))
    for expected in (
        "Ủy ban nhân dân xã Mẫu",
        "Bản tin loa truyền thanh",
        "Thứ Bảy, 21/11/2026",
        "05:30",
        "Lịch tiêm chủng",
        "Y tế · toàn xã",
        "2:14",
    ):
        assert expected in page.text
    assert page.all("time")[0]["datetime"] == "2026-11-21T05:30:00+07:00"
    assert page.all("a", href="b3d8t6w1cevr/")


def test_home_plays_without_script_by_leading_to_the_item(pages, unit_info, make_item):
    page = read_page(pages.home(unit_info, [make_item()], None))
    (link,) = page.all("a", **{"class": "play"})
    assert link["href"] == "b3d8t6w1cevr/#nghe"
    assert link["aria-label"] == "Nghe: Lịch tiêm chủng"
    (button,) = page.all("button", type="button")
    assert "hidden" in button
    (audio,) = page.all("audio")
    assert audio == {"preload": "none"}


def test_days_follow_each_other_newest_first(pages, unit_info, make_item):
    items = [
        make_item(id=f"item0000000{n}", broadcast_at=datetime(2026, 11, day, 10, tzinfo=UTC))
        for n, day in enumerate((21, 21, 20, 18))
    ]
    home = arrange_home(items, unit_info.time_zone)
    assert [(day, len(listed)) for day, listed in home.days] == [
        ("Thứ Bảy, 21/11/2026", 2),
        ("Thứ Sáu, 20/11/2026", 1),
        ("Thứ Tư, 18/11/2026", 1),
    ]


def test_an_urgent_item_heads_the_page_for_a_day(pages, unit_info, make_item):
    urgent = make_item(id="urgent000001", priority="urgent", title="Nước sông lên")
    page = read_page(pages.home(unit_info, [make_item(), urgent], None))
    assert page.text.count("KHẨN CẤP") == 1
    assert page.all("section", **{"class": "urgent"})
    assert "Phát lúc 5 giờ 30 phút, Thứ Bảy, 21/11/2026 · 4 giây" in page.text
    later = make_item(broadcast_at=urgent.broadcast_at + timedelta(hours=24))
    page = read_page(pages.home(unit_info, [later, urgent], None))
    assert not page.all("section", **{"class": "urgent"})
    assert page.all("article", **{"class": "slip slip-urgent"})
    assert page.text.count("KHẨN CẤP") == 1


def test_home_shows_its_newest_and_leads_to_the_rest(pages, unit_info, make_item):
    items = [
        make_item(
            id=f"item{n:08}", broadcast_at=datetime(2026, 11, 21, tzinfo=UTC) - n * timedelta(1)
        )
        for n in range(HOME_SLIPS + 5)
    ]
    held = Browse(
        (ShelfInfo("1", "month", "2026-11", "2026-11", 21),),
        (ShelfInfo("2", "category", "y-te", "Y tế", 20),),
        (ShelfInfo("3", "area", "thon-mau", "Thôn Mẫu", 9),),
    )
    page = read_page(pages.home(unit_info, items, None, browse=held))
    assert len(page.all("article")) == HOME_SLIPS
    for address in ("thang/2026-11/", "muc/y-te/", "khu/thon-mau/", "thang/", "gioi-thieu/"):
        assert page.all("a", href=address)
    assert "Tháng 11/2026 21" in page.text


def test_a_full_home_page_is_light(pages, unit_info, make_item):
    waves = [bytes((n * 7 + i * i) % 256 for i in range(900)) for n in range(60)]
    items = [
        make_item(id=f"item{n:08}", title=f"Bản tin số {n}", peaks=waves[n % 60])
        for n in range(HOME_SLIPS)
    ]
    shelves = tuple(ShelfInfo(str(n), "area", f"thon-{n}", f"Thôn {n}", n) for n in range(300))
    browse = Browse(shelves, shelves, shelves)
    assert len(gzip.compress(pages.home(unit_info, items, None, browse=browse))) < 42_000


def test_an_empty_home_says_what_it_is_for(pages, unit_info):
    page = read_page(pages.home(unit_info, [], None))
    assert "Chưa có bản tin nào" in page.text
    assert "bà con xã Mẫu nghe lại và đọc những gì loa đã phát" in page.text
    assert not page.all("article")


def test_an_item_can_be_heard_read_and_taken_along(pages, make_item):
    item = make_item("Kính thưa bà con.", "Sáng 25 tháng 11 tiêm chủng.", duration_ms=134_000)
    page = read_page(pages.item(item, None))
    (audio,) = page.all("audio")
    assert audio == {"controls": "", "preload": "none"}
    assert [source["type"] for source in page.all("source")] == [
        "audio/webm; codecs=opus",
        "audio/mpeg",
    ]
    (track,) = page.all("track")
    assert track["src"] == f"captions-{item.digest[:12]}.vtt"
    assert (track["kind"], track["srclang"]) == ("captions", "vi")
    assert "Phát lúc 05:30, Thứ Bảy, 21/11/2026 · Y tế · toàn xã" in page.text
    assert "Kính thưa bà con. Sáng 25 tháng 11 tiêm chủng." in page.text
    assert "Tải tiếng (804 kB)" in page.text
    assert "Tải chữ (1 kB)" in page.text
    assert (
        "Lời ghi do máy chép từ tiếng, Ban biên tập xã Mẫu đã nghe và kiểm tra. "
        "Nếu chữ và tiếng khác nhau, xin theo tiếng." in page.text
    )
    (address,) = page.all("a", **{"class": "address"})
    assert address["href"] == f"{BASE}/xa-mau/b3d8t6w1cevr/"
    downloads = [link["download"] for link in page.all("a") if "download" in link]
    assert downloads == ["lich-tiem-chung.mp3", "lich-tiem-chung.txt"]


def test_times_in_the_margin_are_real_links(pages, make_item):
    item = make_item()
    far = PublishedSegment("far", "speech", 73_400, 75_000, "Xin hết.", ())
    near = replace(far, id="near", kind="music", start_ms=73_100, end_ms=73_300, text="[nhạc]")
    page = read_page(pages.item(replace(item, segments=(*item.segments, near, far)), None))
    links = [link["href"] for link in page.all("a") if link["href"].startswith("#t=")]
    assert links == ["#t=0", "#t=73", "#t=73"]  # one place, and no id twice
    assert [one["data-at"] for one in page.all("span") if "data-at" in one][-1] == "73400"


def test_without_script_no_button_is_shown(pages, make_item):
    page = read_page(pages.item(make_item(), None))
    hidden = [found for _, found in page.elements if "data-scripted" in found]
    assert len(hidden) == 4
    hidden += [found for _, found in page.elements if "data-more" in found]
    assert all("hidden" in found for found in hidden)


def test_priority_is_said_in_words(pages, make_item):
    assert "KHẨN CẤP" in read_page(pages.item(make_item(priority="urgent"), None)).text
    raised = read_page(pages.item(make_item(priority="priority", category="", area=""), None))
    assert "21/11/2026 · Ưu tiên" in raised.text
    ordinary = read_page(pages.item(make_item(category="", area=""), None)).text
    assert "KHẨN CẤP" not in ordinary
    assert "21/11/2026 Lịch" in ordinary


def test_a_correction_is_noted(pages, make_item):
    first = read_page(pages.item(make_item(), None))
    assert "Đính chính" not in first.text
    assert "đã được sửa" not in first.text
    noted = read_page(pages.item(make_item(revision=2, public_note="giờ là 7 giờ 30 phút."), None))
    assert "Đính chính lúc 08:30, 21/11/2026: giờ là 7 giờ 30 phút." in noted.text
    silent = read_page(pages.item(make_item(revision=2), None))
    assert "Bản tin này đã được sửa lúc 08:30, 21/11/2026." in silent.text


def test_a_page_introduces_itself_to_those_who_link_to_it(pages, make_item):
    page = read_page(pages.item(make_item("Một câu rất dài. " * 30), None))
    described = {tag["property"]: tag["content"] for tag in page.all("meta") if "property" in tag}
    assert described["og:title"] == "Lịch tiêm chủng"
    assert described["og:url"] == f"{BASE}/xa-mau/b3d8t6w1cevr/"
    assert described["og:audio"].endswith(".mp3")
    assert described["og:image"].startswith(f"{BASE}/assets/cover-")
    assert described["article:published_time"] == "2026-11-21T06:30:00+07:00"
    (snippet,) = page.all("textarea")
    assert "readonly" in snippet
    assert f'<iframe src="{BASE}/xa-mau/b3d8t6w1cevr/nhung.html"' in page.text
    assert described["og:description"].endswith("…")
    assert len(described["og:description"]) <= 161


def test_whatever_people_write_stays_text(pages, unit_info, make_item):
    unit = replace(unit_info, name=EVIL, authority=EVIL, contact=EVIL)
    item = make_item(
        EVIL, title=EVIL, category=EVIL, area=EVIL, public_note=EVIL, revision=2, unit=unit
    )
    gone = replace(item, withdrawn_at=item.published_at, withdrawn_reason=EVIL)
    for content in (
        pages.item(item, None),
        pages.home(unit, [item], None),
        pages.withdrawn(gone, None),
        pages.portals([unit]),
    ):
        page = read_page(content)
        assert len(page.all("title")) == 1
        assert b"<script>alert" not in content
        assert "<script>alert('1')</script>" in page.text


def test_a_withdrawn_item_leaves_only_the_reason(pages, make_item):
    item = make_item(
        "Lời cũ.",
        withdrawn_at=datetime(2026, 11, 21, 3, 24, tzinfo=UTC),
        withdrawn_reason="Ghi nhầm ngày họp.",
    )
    page = read_page(pages.withdrawn(item, None))
    assert "Bản tin này đã được gỡ" in page.text
    assert "lúc 10:24, 21/11/2026" in page.text
    assert "Lý do: Ghi nhầm ngày họp." in page.text
    assert item.title not in page.text
    assert "Lời cũ" not in page.text
    assert not page.all("audio")
    assert page.all("meta", name="robots", content="noindex")


def test_the_page_for_wrong_addresses_works_at_any_depth():
    page = read_page(Pages("https://xa.example/loa").missing())
    assert all(link["href"].startswith(("/loa/", "#")) for link in page.all("a"))
    assert all(link["href"].startswith("/loa/assets/") for link in page.all("link"))


def test_the_list_of_portals_leads_to_each(pages, unit_info):
    other = replace(unit_info, slug="phuong-mau", name="Phường Mẫu")
    page = read_page(pages.portals([unit_info, other]))
    assert page.all("a", href="xa-mau/")
    assert page.all("a", href="phuong-mau/")
    assert "Chưa có trang bản tin nào" in read_page(pages.portals([])).text


def test_every_page_can_be_walked_by_keyboard_and_voice(pages, unit_info, make_item):
    for content in (pages.home(unit_info, [make_item()], None), pages.item(make_item(), None)):
        page = read_page(content)
        assert page.all("html", lang="vi")
        assert page.all("a", href="#main")[0]["class"] == "skip"
        assert page.all("main", id="main")
        assert len(page.all("h1")) == 1
        for graphic in page.all("svg"):
            assert graphic["aria-hidden"] == "true"
        for button in page.all("button"):
            assert button["type"] in ("button", "submit")


def test_a_unit_s_own_sheet_comes_after_the_shared_one(pages, unit_info):
    page = read_page(pages.home(unit_info, [], "assets/unit-0123456789.css"))
    sheets = [link["href"] for link in page.all("link", rel="stylesheet")]
    assert sheets[1:] == ["../assets/unit-0123456789.css"]


def test_the_same_input_gives_the_same_bytes(unit_info, make_item):
    assert Pages(BASE).item(make_item(), None) == Pages(BASE).item(make_item(), None)
    assert Pages(BASE).home(unit_info, [make_item()], None) == Pages(BASE).home(
        unit_info, [make_item()], None
    )


def test_pages_speak_another_language_through_the_catalogue(unit_info, make_item):
    class Shouting(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper() if "%" not in message else message

    page = read_page(Pages(BASE, Shouting()).item(make_item(), None))
    assert "LÙI 10 GIÂY" in page.text
    assert "Lịch tiêm chủng" in page.text
