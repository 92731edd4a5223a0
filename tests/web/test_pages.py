"""Every staff page, in both languages, in every state."""

import re
from html.parser import HTMLParser

import pytest

from bridge.review import approve_announcement, withdraw_announcement
from tests.bridge.lifecycle import nothing_to_check
from tests.web.conftest import Browser, Office
from web.catalogue import read_catalogue, texts_of

_SILENT = {"script", "style", "svg", "head"}
_SPOKEN = ("aria-label", "placeholder", "title", "alt")


class VisibleText(HTMLParser):
    """Collects what a person sees or hears, except in elements that name another language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        silent = tag in _SILENT or named.get("lang", self.language) != self.language
        silent = silent or any(was for _tag, was in self.open)
        if tag not in {"input", "meta", "link", "br", "use", "path", "rect"}:
            self.open.append((tag, silent))
        if not silent:
            self.texts += [value for name, value in attrs if name in _SPOKEN and value]
            if "data-words" in named:
                self.texts += re.findall(r'": "([^"]*)"', named["data-words"] or "")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(silent for _tag, silent in self.open):
            self.texts.append(" ".join(data.split()))


def visible(page: str, language: str) -> list[str]:
    parser = VisibleText(language)
    parser.feed(page)
    return parser.texts


def english_words() -> set[str]:
    """Words that only the English catalogue has: none of them may stand on a Vietnamese page."""
    english, vietnamese = set(), set()
    for message in texts_of(read_catalogue()):
        english |= set(re.findall(r"[a-z]{3,}", str(message.string).lower()))
        named = re.sub(r"[a-z]+(_[a-z]+)+", "", str(message.id).lower())  # smtp_password
        vietnamese |= set(re.findall(r"[a-z]{3,}", named))
    return english - vietnamese


@pytest.fixture
def pages(office: Office) -> list[str]:
    """Addresses of all pages; the announcements stand in every state."""
    approver = office.person("approver").id
    reviewed, approved, withdrawn = (office.in_review() for _ in range(3))
    with office.services.db.writing() as session:
        digest = office.view(approved).digest
        approve_announcement(
            session,
            announcement_id=approved,
            digest=digest,
            actor_id=approver,
            must_check=nothing_to_check,
        )
        withdraw_announcement(
            session, announcement_id=withdrawn, reason="Đã hết hạn", actor_id=approver
        )
    shown = [
        office.received(title="").announcement_id,
        office.transcribing()[0],
        reviewed,
        approved,
        withdrawn,
        office.failed(),
    ]
    lists = [f"/lam-viec/?nhom={key}" for key in ("cho-toi", "vuong", "da-go", "dang-chep")]
    lists.append("/lam-viec/?tim=khong+co&khan=1&tu=32/13/2026")
    items = [f"/lam-viec/ban-tin/{one}" for one in shown]
    return [
        "/lam-viec/",
        *lists,
        "/lam-viec/tai-len",
        "/lam-viec/thu-am",
        "/lam-viec/tu-dien/xa-mau",
        "/lam-viec/tinh-trang",
        "/lam-viec/cong-suc",
        "/lam-viec/ket-noi/xa-mau",
        "/lam-viec/phan-anh",
        "/lam-viec/luot-nghe",
        *items,
        f"{items[3]}?sua=1",
    ]


def test_every_page_opens_in_vietnamese_without_an_english_word(
    office: Office, pages: list[str]
) -> None:
    browser = office.browser("operator", "editor", "approver", "admin")
    foreign = english_words()
    assert {"approve", "withdraw", "password"} <= foreign
    for path in pages:
        texts = visible(browser.text(path), "vi")
        assert len(texts) > 10, path
        words = set(re.findall(r"[a-z]{3,}", " ".join(texts).lower()))
        assert words & foreign == set(), path


def test_every_page_opens_in_english_without_a_vietnamese_sentence(
    office: Office, pages: list[str]
) -> None:
    browser = office.browser("operator", "editor", "approver", "admin")
    browser.client.set_cookie("loa_language", "en")
    for path in pages:
        texts = visible(browser.text(path), "en")
        assert len(texts) > 10, path
        rest = " ".join(texts)
        for written in ("Nguyễn An", "Xã Mẫu", "phát thanh sáng.wav", "Đã hết hạn"):
            rest = rest.replace(written, "")  # what people wrote stays as they wrote it
        assert re.findall(r"\S*[À-ÖØ-öø-ỹ]\S*", rest) == [], path


def test_the_login_and_error_pages_open_in_both_languages(office: Office) -> None:
    for language, word in (("vi", "Đăng nhập"), ("en", "Sign in")):
        browser = Browser(office.app)
        browser.client.set_cookie("loa_language", language)
        assert word in browser.text("/lam-viec/dang-nhap")
        assert browser.get("/lam-viec/nowhere").status_code == 404


def test_every_field_has_a_label_and_every_id_stands_once(office: Office, pages: list[str]) -> None:
    browser = office.browser("operator", "editor", "approver", "admin")
    for path in pages:
        page = browser.text(path)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
        for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", page):
            if 'type="hidden"' in tag:
                continue
            named = re.search(r'\bid="([^"]+)"', tag)
            labelled = named is not None and f'<label for="{named.group(1)}"' in page
            assert labelled or "aria-label=" in tag, (path, tag)
        for used in re.findall(r'<use href="#([^"]+)"', page):
            assert used in ids, (path, used)
