from pathlib import Path

import pytest

from publish.site import GONE_MARKER
from tests.web.conftest import Browser, Office

AUDIO = bytes(range(256)) * 8


@pytest.fixture
def site(office: Office) -> Path:
    """A portal's folder as publishing leaves it."""
    root = office.settings.site_dir
    item = root / "xa-mau" / "0123456789ab"
    gone = root / "xa-mau" / "ba9876543210"
    for folder in (item, gone, root / "assets"):
        folder.mkdir(parents=True)
    (root / "xa-mau" / "index.html").write_text("<h1>Bản tin loa xã Mẫu</h1>")
    (root / "xa-mau" / "feed.xml").write_text("<rss/>")
    (root / "404.html").write_text("<h1>Không có trang này</h1>")
    (root / "assets" / "loa-0123456789.css").write_text("body{}")
    (item / "index.html").write_text("<h1>Lịch tiêm chủng</h1>")
    (item / "audio-0123456789ab.mp3").write_bytes(AUDIO)
    (item / "audio-0123456789ab.webm").write_bytes(AUDIO)
    (item / "captions-0123456789ab.vtt").write_text("WEBVTT\n\nXin chào")
    (item / ".index.html.tmp").write_text("half a page")
    (gone / "index.html").write_text("<h1>Bản tin này đã được gỡ</h1>")
    (gone / GONE_MARKER).write_bytes(b"")
    (office.settings.data_dir / "secret.txt").write_text("secret")
    return root


@pytest.fixture
def resident(office: Office, site: Path) -> Browser:
    return office.browser()


def test_the_only_portal_is_the_front_page(resident: Browser) -> None:
    answer = resident.get("/")
    assert answer.status_code == 302
    assert answer.location == "/xa-mau/"


def test_several_portals_are_listed(resident: Browser, site: Path) -> None:
    (site / "index.html").write_text("<h1>Chọn nơi của bà con</h1>")
    (site / "xa-hai").mkdir()
    (site / "xa-hai" / "index.html").write_text("x")
    assert "Chọn nơi" in resident.text("/")


def test_before_anything_is_published_the_front_page_says_so(office: Office) -> None:
    assert "Chưa có bản tin nào" in office.browser().text("/")


def test_a_folder_is_its_index_and_wants_its_slash(resident: Browser) -> None:
    assert "Lịch tiêm chủng" in resident.text("/xa-mau/0123456789ab/")
    answer = resident.get("/xa-mau/0123456789ab")
    assert answer.status_code == 308
    assert answer.location == "/xa-mau/0123456789ab/"


@pytest.mark.parametrize(
    ("path", "kind", "cached", "shared"),
    [
        ("/xa-mau/", "text/html; charset=utf-8", False, False),
        ("/xa-mau/feed.xml", "application/rss+xml; charset=utf-8", False, True),
        ("/assets/loa-0123456789.css", "text/css; charset=utf-8", True, False),
        ("/xa-mau/0123456789ab/audio-0123456789ab.mp3", "audio/mpeg", True, False),
        ("/xa-mau/0123456789ab/audio-0123456789ab.webm", "audio/webm", True, False),
        ("/xa-mau/0123456789ab/captions-0123456789ab.vtt", "text/vtt; charset=utf-8", True, True),
    ],
)
def test_files_have_their_type_their_caching_and_an_etag(
    resident: Browser, path: str, kind: str, cached: bool, shared: bool
) -> None:
    answer = resident.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert ("immutable" in answer.headers["Cache-Control"]) == cached
    assert ("no-cache" in answer.headers["Cache-Control"]) != cached
    assert (answer.headers.get("Access-Control-Allow-Origin") == "*") == shared
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = resident.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_sound_is_served_in_ranges(resident: Browser) -> None:
    path = "/xa-mau/0123456789ab/audio-0123456789ab.mp3"
    whole = resident.get(path)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = resident.get(path, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.data == AUDIO[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(AUDIO)}"
    assert resident.get(path, headers={"Range": "bytes=-10"}).data == AUDIO[-10:]
    beyond = resident.get(path, headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416


def test_a_withdrawn_page_is_410_even_to_who_has_it_already(resident: Browser) -> None:
    path = "/xa-mau/ba9876543210/"
    answer = resident.get(path)
    assert answer.status_code == 410
    assert "đã được gỡ" in answer.get_data(as_text=True)
    again = resident.get(path, headers={"If-None-Match": answer.headers.get("ETag", "x")})
    assert again.status_code == 410
    assert "đã được gỡ" in again.get_data(as_text=True)
    assert resident.get(f"{path}{GONE_MARKER}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/xa-mau/khong-co/",
        "/xa-mau/0123456789ab/.index.html.tmp",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/xa-mau/%2e%2e/%2e%2e/secret.txt",
        "/xa-mau/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/assets/",
        "/xa-mau/" + "a" * 300,
        "/xa-mau/" + "ă" * 150 + "/",
        "/\x00",
    ],
)
def test_nothing_outside_the_published_pages_is_served(resident: Browser, path: str) -> None:
    answer = resident.get(path, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "secret" not in page
    assert "Không có trang này" in page


def test_only_reading_is_offered(resident: Browser) -> None:
    assert resident.ask("POST", "/xa-mau/").status_code == 405
    assert resident.ask("DELETE", "/xa-mau/").status_code == 405
    assert resident.ask("HEAD", "/xa-mau/").status_code == 200


def test_residents_get_no_cookie_and_one_page_for_all(resident: Browser) -> None:
    for path in ("/", "/xa-mau/", "/xa-mau/khong-co/"):
        answer = resident.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_the_portal_stays_up_without_the_database(office: Office, site: Path) -> None:
    browser = office.browser("editor")
    office.services.db.dispose()
    (office.settings.data_dir / "loa.db").unlink()
    assert "xã Mẫu" in browser.text("/xa-mau/")
