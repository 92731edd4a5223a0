"""Suggestions put away, and the button that takes the latest step back, over HTTP."""

import html
import re

import pytest

from bridge.glossary import add_term, list_terms
from tests.conftest import DATABASES
from tests.web.conftest import Browser, Office

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)

SPOKEN = (
    "Mời bà con thôn Suân Lãng đến lúc bảy giờ.",
    "Thôn Suân Lãng họp lúc mười một giờ.",
    "Xin cảm ơn.",
)


def path_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def step_of(page: str) -> tuple[str, str, str, str]:
    """The step's button: its words, address, field and value; empty ones where there is none."""
    slot = page.partition("data-undo>")[2].partition("</span>")[0] or page
    words = re.search(r"Hoàn tác: ([^<]*)</button>", slot)
    address = re.search(r'formaction="([^"]*)"', slot)
    field = re.search(r'name="(\w+)" value="([^"]*)"', slot)
    return (
        words.group(1) if words else "",
        html.unescape(address.group(1)) if words and address else "",
        field.group(1) if words and field else "",
        html.unescape(field.group(2)) if words and field else "",
    )


def values(page: str) -> list[str]:
    """What the buttons of the suggestions send, each of which has two."""
    found = re.findall(r'name="take" value="([^"]*)"', page)
    return [html.unescape(value) for value in dict.fromkeys(found)]


def texts(office: Office, announcement: str) -> list[str]:
    return [segment.text for segment in office.view(announcement).segments]


@pytest.fixture
def browser(office: Office) -> Browser:
    with office.services.db.writing() as session:
        add_term(session, unit_id=office.unit.id, text="Xuân Lãng", kind="place")
    return office.browser("editor")


@both_databases
def test_a_refused_suggestion_does_not_come_back_until_it_is_wanted(
    office: Office, browser: Browser
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    before = values(browser.text(path_of(announcement)))
    assert len(before) == 4  # a name and a number in each of two segments
    answer = browser.post(f"{path_of(announcement)}/bo-goi-y", {"take": before[0]})
    assert answer.status_code == 303
    page = browser.text(path_of(announcement))
    assert values(page) == before[1:]
    assert "Đã bỏ qua gợi ý 1 lần." in page
    assert texts(office, announcement) == list(SPOKEN)
    # Nor does it after its segment was written otherwise elsewhere.
    segment = office.view(announcement).segments[0]
    browser.ask(
        "PATCH",
        f"{path_of(announcement)}/doan/{segment.id}",
        json={"text": SPOKEN[0] + " Xin nhắc lại."},
        headers={"If-Match": '"1"'},
    )
    assert len(values(browser.text(path_of(announcement)))) == 3
    words, address, field, value = step_of(browser.text(path_of(announcement)))
    assert (words, field) == ("bỏ qua gợi ý", "refusal")
    assert browser.post(address, {field: value}).status_code == 303
    assert len(values(browser.text(path_of(announcement)))) == 4


@both_databases
def test_all_of_a_name_are_taken_or_refused_at_once(office: Office, browser: Browser) -> None:
    announcement = office.in_review(texts=SPOKEN)
    page = browser.text(path_of(announcement))
    assert 'data-name="Xuân Lãng"' in page
    seen = {"seen": str(office.view(announcement).version), "name": "Xuân Lãng"}
    taken = browser.ask("POST", f"{path_of(announcement)}/goi-y-so", data=seen).get_json()
    assert "Đã dùng gợi ý ở 2 đoạn." in taken["notice"]
    assert texts(office, announcement)[1] == "Thôn Xuân Lãng họp lúc mười một giờ."

    def accepted() -> int:
        with office.services.db.reading() as session:
            return list_terms(session, office.unit.id)[0].accepted

    assert accepted() == 2
    words, address, field, value = step_of(taken["undo"])
    assert words == "viết tên ở 2 đoạn"
    browser.ask("POST", address, data={field: value})
    assert texts(office, announcement) == list(SPOKEN)
    assert accepted() == 0
    refused = browser.ask(
        "POST", f"{path_of(announcement)}/bo-goi-y", data={"name": "Xuân Lãng"}
    ).get_json()
    assert "bảy giờ" in "".join(refused["rows"].values())
    assert "Xuân Lãng" not in "".join(refused["rows"].values())
    page = browser.text(path_of(announcement))
    assert 'data-name="' not in page
    browser.post(f"{path_of(announcement)}/bo-goi-y", {})
    assert values(browser.text(path_of(announcement))) == []
    browser.post(f"{path_of(announcement)}/hien-goi-y", {})
    assert len(values(browser.text(path_of(announcement)))) == 4


def test_a_stale_suggestion_is_not_refused_in_the_place_of_another(
    office: Office, browser: Browser
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    value = values(browser.text(path_of(announcement)))[0]
    late = value.replace("version=1", "version=9")
    refuse = f"{path_of(announcement)}/bo-goi-y"
    assert browser.ask("POST", refuse, data={"take": late}).status_code == 409
    elsewhere = f"{path_of(office.in_review())}/bo-goi-y"
    assert browser.ask("POST", elsewhere, data={"take": value}).status_code == 404
    operator = office.browser("operator")
    assert operator.ask("POST", refuse, data={"take": value}).status_code == 403
    assert len(values(browser.text(path_of(announcement)))) == 4


def test_the_latest_step_can_be_taken_back_from_a_page_that_was_opened_anew(
    office: Office, browser: Browser
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    segment = office.view(announcement).segments[0]
    made = browser.ask(
        "POST",
        f"{path_of(announcement)}/doan/{segment.id}/tach",
        json={"at": 3},
        headers={"If-Match": '"1"'},
    ).get_json()
    assert step_of(made["undo"])[0] == "tách đoạn"
    page = browser.text(path_of(announcement))
    words, address, field, _value = step_of(page)
    assert (words, field) == ("tách đoạn", "")
    # Nobody else is offered it.
    assert step_of(office.browser("editor").text(path_of(announcement)))[0] == ""
    assert browser.post(address, {}).status_code == 303  # a plain form comes back to the page
    assert texts(office, announcement) == list(SPOKEN)
    latest = browser.ask("GET", f"{path_of(announcement)}/buoc-cuoi").get_json()
    assert latest == {"undo": ""}


def test_a_save_is_repeated_under_its_key(office: Office, browser: Browser) -> None:
    announcement = office.in_review(texts=SPOKEN)
    address = f"{path_of(announcement)}/doan/{office.view(announcement).segments[0].id}"

    def save(text: str, version: int, key: str) -> tuple[int, int | None]:
        headers = {"If-Match": f'"{version}"', "Idempotency-Key": key}
        answer = browser.ask("PATCH", address, json={"text": text}, headers=headers)
        return answer.status_code, answer.get_json().get("version")

    assert save("Câu một.", 1, "key-of-the-first") == (200, 2)
    assert save("Câu hai.", 2, "key-of-the-second") == (200, 3)
    assert save("Câu một.", 1, "key-of-the-first") == (200, 2)
    assert save("Câu ba.", 3, "key-of-the-first")[0] == 409
    for wrong in ("x", "a" * 65, "có dấu của tiếng Việt".encode().decode("latin-1")):
        assert save("Câu ba.", 3, wrong)[0] == 400
    assert texts(office, announcement)[0] == "Câu hai."


@both_databases
def test_what_was_cut_or_hidden_is_taken_back_by_name_and_not_twice(
    office: Office, browser: Browser
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    first, second, _third = office.view(announcement).segments
    decide = f"{path_of(announcement)}/doan/%s/chon"
    browser.post(decide % first.id, {"decision": "hide"})
    browser.post(decide % second.id, {"decision": "cut"})
    page = browser.text(path_of(announcement))
    words, address, field, value = step_of(page)
    assert (words, field) == ("cắt cả tiếng và chữ", "undo")
    assert 'formnovalidate form="decide">' in page  # what is typed is saved first, as there
    answer = browser.post(address, {field: value})
    assert answer.location == f"{path_of(announcement)}#doan-{second.id}"
    assert [one.cover for one in office.view(announcement).segments] == [None] * 3
    again = browser.post(address, {field: value})
    assert again.status_code == 409
    assert "Không hoàn tác được nữa" in again.get_data(as_text=True)
    page = browser.text(path_of(announcement))
    assert "hoàn tác việc cắt đoạn 0:03" in page
    words, address, field, value = step_of(page)
    assert words == "ẩn đoạn"
    assert office.browser("operator").post(address, {field: value}).status_code == 403
    browser.post(address, {field: value})
    assert not any(one.hidden for one in office.view(announcement).segments)
    assert step_of(browser.text(path_of(announcement)))[0] == ""
