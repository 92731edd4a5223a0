"""oEmbed as another site's program asks it: from an item page's links to a frame that shows."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import pytest

from bridge.models import Publication
from bridge.publications import published_item
from bridge.unit_settings import UnitWords, change_unit
from publish.site import open_site
from tests.bridge.lifecycle import Life
from tests.publish.pages import read_page
from tests.web.conftest import Browser, Office


class Frame(HTMLParser):
    """The one element of a snippet."""

    def __init__(self, snippet: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(snippet)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def announcement(office: Office) -> str:
    """An announcement on the portal, with its page."""
    life = Life(office.services.db, office.services.media, office.unit)
    announcement_id = life.published(office.person("approver").id, title='Lịch "tiêm" <chủng>')
    with office.services.db.reading() as session:
        item = published_item(session, announcement_id)
        assert item is not None
        open_site(office.settings).write_item(item)
    return announcement_id


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_a_site_that_is_given_a_page_finds_how_to_show_it(
    office: Office, announcement: str
) -> None:
    resident = office.browser()
    page = read_page(resident.get(f"/xa-mau/{announcement}/").data)
    (link,) = page.all("link", type="application/json+oembed")
    answer = resident.get(path_of(link["href"]))
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "public" in answer.headers["Cache-Control"]
    told = answer.get_json()
    assert (told["version"], told["type"]) == ("1.0", "rich")
    assert told["title"] == 'Lịch "tiêm" <chủng>'
    ((tag, frame),) = Frame(told["html"]).found
    assert (tag, frame["title"]) == ("iframe", told["title"])
    assert (frame["width"], frame["height"]) == (str(told["width"]), str(told["height"]))
    shown = resident.get(path_of(frame["src"] or ""))
    assert shown.status_code == 200
    assert "frame-ancestors *" in shown.headers["Content-Security-Policy"]
    framed = read_page(shown.data)
    assert told["title"] in framed.text
    assert framed.all("audio")
    # The page offers the same snippet to people.
    assert told["html"] in page.text


def test_the_answer_is_xml_for_who_asks_for_it(office: Office, announcement: str) -> None:
    resident = office.browser()
    page = read_page(resident.get(f"/xa-mau/{announcement}/").data)
    (link,) = page.all("link", type="text/xml+oembed")
    assert parse_qs(urlsplit(link["href"]).query)["format"] == ["xml"]
    answer = resident.get(path_of(link["href"]))
    assert answer.mimetype == "text/xml"
    root = ElementTree.fromstring(answer.data)  # noqa: S314  our own
    told = {one.tag: one.text for one in root}
    assert root.tag == "oembed"
    as_json = resident.get(path_of(link["href"]).replace("xml", "json")).get_json()
    assert told == {name: str(value) for name, value in as_json.items()}


def test_a_frame_is_never_larger_than_there_is_room_for(office: Office, announcement: str) -> None:
    resident = office.browser()
    url = f"{office.settings.effective_public_url}/xa-mau/{announcement}/"
    asked = f"/api/oembed?url={quote(url)}"
    assert resident.get(f"{asked}&maxwidth=320").get_json()["width"] == 320
    for small in ("maxwidth=100", "maxheight=50"):
        told = resident.get(f"{asked}&{small}").get_json()
        assert told["type"] == "link"
        assert "html" not in told


def test_nothing_else_is_shown(office: Office, announcement: str) -> None:
    resident = office.browser()
    base = office.settings.effective_public_url
    own = f"{base}/xa-mau/{announcement}/"
    for status, url in (
        (400, ""),
        (404, f"{base}/xa-mau/"),
        (404, f"{base}/xa-khac/{announcement}/"),
        (404, f"https://other.example/xa-mau/{announcement}/"),
        (404, f"{base}/xa-mau/zzzzzzzzzzzz/"),
        (404, "javascript:alert(1)"),
        (400, "http://[bad/"),
        (200, own),
        (200, own.rstrip("/")),
        (200, f"{own}nhung.html"),
    ):
        assert resident.get(f"/api/oembed?url={quote(url)}").status_code == status, url
    assert resident.get(f"/api/oembed?url={quote(own)}&format=yaml").status_code == 501
    with office.services.db.writing() as session:
        row = session.query(Publication).one()
        row.withdrawn_at, row.withdrawn_reason = row.published_at, "Nhầm."
    assert resident.get(f"/api/oembed?url={quote(own)}").status_code == 404


def test_a_portal_under_its_own_name_answers_for_both(office: Office, announcement: str) -> None:
    own = "https://loa.xa-mau.example"
    with office.services.db.writing() as session:
        change_unit(session, slug="xa-mau", words=UnitWords(portal_url=own))
    resident = office.browser()
    common = office.settings.effective_public_url
    for base, status in ((own, 200), (common, 200), ("https://la.example", 404)):
        asked = quote(f"{base}/xa-mau/{announcement}/", safe="")
        answer = resident.get(f"/api/oembed?url={asked}")
        assert answer.status_code == status, base
        if status == 200:
            assert answer.get_json()["author_url"] == f"{own}/xa-mau/"
    by_name = {"base_url": own}
    assert resident.get("/", **by_name).location == "/xa-mau/"
    assert resident.get("/xa-mau/", **by_name).status_code in (200, 404)


def test_it_asks_for_no_cookie(office: Office, announcement: str) -> None:
    resident: Browser = office.browser()
    url = f"{office.settings.effective_public_url}/xa-mau/{announcement}/"
    assert "Set-Cookie" not in resident.get(f"/api/oembed?url={quote(url)}").headers
