"""The search page that the application answers."""

import shutil

import pytest

from bridge.accounts import create_user
from bridge.units import find_unit
from publish.search_files import write_search
from publish.site import open_site
from tests.bridge.search_texts import BULLETINS, publish_bulletin
from tests.publish.pages import Page, read_page
from tests.web.conftest import Browser, Office


@pytest.fixture
def board(office: Office) -> Browser:
    """A resident before a portal on which every bulletin of the shared set stands."""
    with office.services.db.writing() as session:
        user = create_user(session, email="b@localhost", name="Người B", password_hash="unusable")
        for bulletin in BULLETINS:
            publish_bulletin(session, office.unit.id, user.id, bulletin)
        site = open_site(office.settings)
        write_search(session, site, find_unit(session, office.unit.slug))
    return office.browser()


def look(board: Browser, query: str) -> Page:
    answer = board.get(f"/xa-mau/tim/{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    return read_page(answer.data)


def test_before_anything_is_asked_the_page_says_what_can_be_asked(board: Browser) -> None:
    page = look(board, "")
    assert "Tìm trong mọi bản tin đã phát" in page.text
    assert page.all("input", name="q", type="search")
    assert page.all("select", name="loai")
    assert not [one for one in page.all("script") if "search" in one["src"]]


def test_what_is_found_leads_to_its_moment(board: Browser) -> None:
    page = look(board, "?q=tiem+ga")
    assert "Tìm thấy 1 bản tin" in page.text
    (bulletin,) = [one for one in BULLETINS if one.key == "ga"]
    links = [link["href"] for link in page.all("a")]
    assert f"../{bulletin.id}/" in links
    assert f"../{bulletin.id}/#t=0" in links
    # Whatever was asked, it is this one page to a crawler.
    (canonical,) = page.all("link", rel="canonical")
    assert canonical["href"].endswith("/xa-mau/tim/")
    assert len(page.all("mark")) >= 2


def test_the_form_keeps_what_was_asked_and_markup_in_it_stays_text(board: Browser) -> None:
    page = look(board, "?q=%3Cb%3E%22h%E1%BB%8Dp%22&loai=Y+t%E1%BA%BF&tu=2026-11-01")
    assert page.all("input", name="q", value='<b>"họp"')
    assert page.all("input", name="tu", value="2026-11-01")
    assert page.all("details")[0].get("open") is not None
    assert "Không tìm thấy bản tin nào" in page.text
    assert "Viết ít chữ hơn" in page.text


def test_the_filters_offer_what_there_is(board: Browser) -> None:
    answer = board.text("/xa-mau/tim/?q=&loai=Y+t%E1%BA%BF")
    assert "<option selected>Y tế</option>" in answer
    assert "<option>Thôn Đông</option>" in answer
    assert "Tìm thấy 2 bản tin" in answer


def test_pages_lead_on_with_what_was_asked(board: Browser) -> None:
    page = look(board, "?q=x%C3%A3&tu=2026-11-01")
    (following,) = page.all("a", rel="next")
    assert following["href"] == "?q=x%C3%A3&tu=2026-11-01&trang=2"
    second = look(board, following["href"])
    assert "trang 2/" in second.text
    assert second.all("a", rel="prev")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?q=h&tu=hom+qua", "Không đọc được ngày “hom qua”"),
        ("?q=h&tu=9999-12-31", "Không đọc được ngày"),
        ("?q=h&tu=2026-11-02&den=2026-11-01", "Ngày sau lại đứng trước ngày đầu"),
        ("?q=%22%22%22%00", "Không tìm thấy bản tin nào"),
        ("?q=" + "a%20" * 5000, "Không tìm thấy bản tin nào"),
        ("?q=họp&trang=-3", "Tìm thấy 2 bản tin"),
        ("?q=họp&trang=99999999999999999999", "Tìm thấy 2 bản tin"),
        ("?q=họp&tu=1/11/2026&den=30/11/2026", "Tìm thấy 2 bản tin"),
    ],
)
def test_a_mistake_is_told_in_words(board: Browser, query: str, said: str) -> None:
    assert said in look(board, query).text


def test_the_address_without_its_slash_leads_there(board: Browser) -> None:
    answer = board.get("/xa-mau/tim?q=h%E1%BB%8Dp")
    assert answer.status_code == 308
    assert answer.location == "/xa-mau/tim/?q=h%E1%BB%8Dp"
    # A browser would take a backslash for the beginning of another site's address.
    assert "\\" not in board.get("/%5Cexample.org/tim").location


def test_a_portal_that_is_not_there_has_no_search(board: Browser) -> None:
    assert board.get("/xa-khac/tim/?q=a").status_code == 404


def test_without_the_database_the_page_searches_by_itself(board: Browser, office: Office) -> None:
    office.services.db.dispose()
    if office.services.db.is_sqlite:
        path = office.settings.sqlite_path
        shutil.move(path, path.with_suffix(".away"))
        path.mkdir()
    else:
        pytest.skip("the tests' PostgreSQL is shared")
    page = read_page(board.get("/xa-mau/tim/?q=a").data)
    assert page.all("script", type="module")
    assert page.all("form", role="search")
