import gzip
from pathlib import Path

import pytest

from publish.files import write_whole
from publish.site import GONE_MARKER
from tests.web.conftest import Browser, Office

AUDIO = bytes(range(256)) * 8
LONG_AUDIO = bytes(range(256)) * 4096  # more than is kept in memory


@pytest.fixture
def site(office: Office) -> Path:
    """A portal's folder as publishing leaves it."""
    root = office.settings.site_dir
    item = root / "xa-mau" / "0123456789ab"
    gone = root / "xa-mau" / "ba9876543210"
    for folder in (item, gone, root / "assets"):
        folder.mkdir(parents=True)
    (root / "xa-mau" / "index.html").write_text("<h1>Bản tin loa xã Mẫu</h1>")
    for name in ("feed.xml", "feed-2026-11-1.xml", "feed.atom", "feed.json", "sitemap.xml"):
        (root / "xa-mau" / name).write_text("<rss/>")
    (root / "xa-mau" / "alerts").mkdir()
    (root / "xa-mau" / "alerts" / "0123456789ab.cap").write_text("<alert/>")
    (root / "app.webmanifest").write_text("{}")
    (root / "404.html").write_text("<h1>Không có trang này</h1>")
    (root / "assets" / "loa-0123456789.css").write_text("body{}")
    (item / "index.html").write_text("<h1>Lịch tiêm chủng</h1>")
    (item / "audio-0123456789ab.mp3").write_bytes(AUDIO)
    (item / "audio-0123456789ab.webm").write_bytes(LONG_AUDIO)
    (item / "nhung.html").write_text("<h1>Trong khung</h1>")
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
        ("/xa-mau/feed-2026-11-1.xml", "application/rss+xml; charset=utf-8", False, True),
        ("/xa-mau/feed.atom", "application/atom+xml; charset=utf-8", False, True),
        ("/xa-mau/feed.json", "application/json", False, True),
        ("/xa-mau/sitemap.xml", "application/xml; charset=utf-8", False, True),
        ("/xa-mau/alerts/0123456789ab.cap", "application/cap+xml; charset=utf-8", False, True),
        ("/app.webmanifest", "application/manifest+json", False, False),
        ("/assets/loa-0123456789.css", "text/css; charset=utf-8", True, False),
        ("/xa-mau/0123456789ab/audio-0123456789ab.mp3", "audio/mpeg", True, True),
        ("/xa-mau/0123456789ab/audio-0123456789ab.webm", "audio/webm", True, True),
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


def test_a_long_sound_is_read_from_its_file(resident: Browser) -> None:
    path = "/xa-mau/0123456789ab/audio-0123456789ab.webm"
    whole = resident.get(path)
    assert whole.data == LONG_AUDIO
    part = resident.get(path, headers={"Range": "bytes=70000-270000"})
    assert (part.status_code, part.data) == (206, LONG_AUDIO[70000:270001])
    current = {"Range": "bytes=0-9", "If-Range": whole.headers["ETag"]}
    assert resident.get(path, headers=current).status_code == 206
    other = resident.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (other.status_code, len(other.data)) == (200, len(LONG_AUDIO))
    several = resident.get(path, headers={"Range": "bytes=0-9,20-29"})
    assert (several.status_code, len(several.data)) == (200, len(LONG_AUDIO))
    assert resident.get(path, headers={"If-None-Match": "*"}).status_code == 304


PAGE = "Lời bản tin. " * 200


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip, br", True), ("br;q=1, GZIP;q=0.2", True), ("gzip; q=0.0", False), ("br", False)],
)
def test_a_page_is_sent_compressed_to_who_can_read_that(
    resident: Browser, site: Path, accepted: str, is_packed: bool
) -> None:
    write_whole(site / "xa-mau" / "index.html", PAGE.encode())
    answer = resident.get("/xa-mau/", headers={"Accept-Encoding": accepted})
    assert ("Content-Encoding" in answer.headers) == is_packed
    assert (gzip.decompress(answer.data) if is_packed else answer.data) == PAGE.encode()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Vary"] == "Accept-Encoding"
    known = {"Accept-Encoding": accepted, "If-None-Match": answer.headers["ETag"]}
    assert resident.get("/xa-mau/", headers=known).status_code == 304
    # One form's mark is not the other's.
    other = {**known, "Accept-Encoding": "identity" if is_packed else "gzip"}
    assert resident.get("/xa-mau/", headers=other).status_code == 200


def test_a_changed_page_is_seen_at_once(resident: Browser, site: Path) -> None:
    page = site / "xa-mau" / "index.html"
    for number in range(3):
        write_whole(page, f"{number} {PAGE}".encode())
        for accepted in ("gzip", "identity"):
            answer = resident.get("/xa-mau/", headers={"Accept-Encoding": accepted})
            text = gzip.decompress(answer.data) if accepted == "gzip" else answer.data
            assert text.startswith(str(number).encode())


def test_compressed_copies_have_no_address_of_their_own(resident: Browser, site: Path) -> None:
    write_whole(site / "xa-mau" / "index.html", PAGE.encode())
    assert resident.get("/xa-mau/index.html.gz").status_code == 404


def test_only_the_small_page_may_stand_in_frames_of_others(resident: Browser) -> None:
    policy = "Content-Security-Policy"
    framed = resident.get("/xa-mau/0123456789ab/nhung.html").headers[policy]
    assert "frame-ancestors *" in framed
    page = resident.get("/xa-mau/0123456789ab/").headers[policy]
    assert "frame-ancestors 'self'" in page


def test_a_head_request_gets_the_headers_alone(resident: Browser) -> None:
    path = "/xa-mau/0123456789ab/audio-0123456789ab.mp3"
    head, whole = resident.ask("HEAD", path), resident.get(path)
    assert head.data == b""
    assert resident.ask("HEAD", path.replace("mp3", "webm")).data == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name]


def test_an_answer_carries_the_request_s_id_and_is_counted(resident: Browser) -> None:
    answer = resident.get("/xa-mau/", headers={"X-Request-ID": "abc-123"})
    assert answer.headers["X-Request-ID"] == "abc-123"
    assert 'area="public"' in resident.text("/metrics")


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
