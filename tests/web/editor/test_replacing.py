"""Finding and replacing on the desk: what a script is answered, and what is refused."""

from typing import Any

import pytest

from bridge.flags import NewFlag, save_flags
from tests.web.conftest import Browser, Office
from tests.web.desk import page_of, texts

TEXTS = ("Trạm sá xã thông báo.", "Mời đến trạm sá hoặc trạm sá cũ.", "Xin cảm ơn.")


def find(browser: Browser, announcement: str, query: str, mode: str = "tone") -> dict[str, Any]:
    place = {"chu": query, "kieu": mode}
    answer = browser.ask("GET", f"{page_of(announcement)}/tim", query_string=place)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def body(found: dict[str, Any], **changed: Any) -> dict[str, Any]:
    hits = [
        {name: hit[name] for name in ("id", "version", "first", "end")} for hit in found["hits"]
    ]
    return {
        "query": "trạm sá",
        "mode": "tone",
        "replacement": "trạm xá",
        "hits": hits,
        **changed,
    }


def test_places_are_shown_with_the_words_around_them(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    found = find(office.browser("editor"), announcement, "TRẠM SÁ")
    assert (found["count"], found["segments"]) == (3, 2)
    shown = [(hit["before"], hit["found"], hit["after"]) for hit in found["hits"]]
    assert shown == [
        ("", "Trạm sá", "xã thông báo."),
        ("Mời đến", "trạm sá", "hoặc trạm sá cũ."),
        ("Mời đến trạm sá hoặc", "trạm sá", "cũ."),
    ]
    assert find(office.browser("editor"), announcement, "tram sa", "folded")["count"] == 3
    assert find(office.browser("editor"), announcement, "trạm sá", "exact")["count"] == 2
    assert find(office.browser("editor"), announcement, "bệnh viện")["hits"] == []


def test_chosen_places_are_replaced_and_one_undoing_takes_them_back(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    found = find(browser, announcement, "trạm sá")
    done = browser.ask("POST", f"{page_of(announcement)}/thay", json=body(found)).get_json()
    assert [change["text"] for change in done["changes"]] == [
        "Trạm xá xã thông báo.",
        "Mời đến trạm xá hoặc trạm xá cũ.",
    ]
    assert done["lines"].count("data-segment=") == 2
    assert "Đã thay ở 2 đoạn." in done["notice"]
    undo = done["undo"].partition('name="undo" value="')[2].partition('"')[0]
    back = browser.post(f"{page_of(announcement)}/hoan-tac", {"undo": undo})
    assert back.status_code == 303
    assert texts(office, announcement) == list(TEXTS)


def test_what_was_changed_meanwhile_is_told(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    found = find(browser, announcement, "trạm sá")
    other = office.browser("editor")
    one = {**found, "hits": found["hits"][:1]}
    other.ask("POST", f"{page_of(announcement)}/thay", json=body(one, replacement="bệnh viện"))
    done = browser.ask("POST", f"{page_of(announcement)}/thay", json=body(found)).get_json()
    assert "1 chỗ vừa được sửa nên để nguyên" in done["notice"]
    assert texts(office, announcement)[0] == "Bệnh viện xã thông báo."


def test_what_waits_for_a_decision_is_told(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    asked = office.view(announcement).segments[1].id
    with office.services.db.writing() as session:
        loop = {"text": "trạm sá", "times": 2}
        save_flags(session, announcement, [NewFlag(asked, "loop", 2, 4, loop)])
    found = find(browser, announcement, "trạm sá")
    done = browser.ask("POST", f"{page_of(announcement)}/thay", json=body(found)).get_json()
    assert "Đã thay ở 1 đoạn. 1 đoạn đang chờ chọn giữ lại hay ẩn" in done["notice"]
    assert texts(office, announcement)[1] == TEXTS[1]


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"mode": "folded"}, 400, "chỉ để tìm"),
        ({"mode": "nghe"}, 400, "Chọn một trong các cách tìm"),
        ({"query": "a" * 201}, 400, "dài quá 200"),
        ({"replacement": "a" * 1001}, 400, ""),
        ({"replacement": None}, 400, ""),
        ({"hits": "tất cả"}, 400, ""),
        ({"hits": [{"id": 1, "version": 1, "first": 0, "end": 1}]}, 400, ""),
        ({"hits": [{"id": "a", "version": True, "first": 0, "end": 1}]}, 400, ""),
    ],
)
def test_what_is_refused(office: Office, changed: dict[str, Any], status: int, words: str) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    found = find(browser, announcement, "trạm sá")
    answer = browser.ask("POST", f"{page_of(announcement)}/thay", json=body(found, **changed))
    assert answer.status_code == status
    assert words in answer.get_json()["error"]["message"]
    assert texts(office, announcement) == list(TEXTS)


def test_a_body_that_is_none_is_refused(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    answer = office.browser("editor").ask("POST", f"{page_of(announcement)}/thay", data="xin")
    assert answer.status_code == 400


def test_only_editors_replace_and_foreign_announcements_do_not_exist(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    operator = office.browser("operator")
    found = find(operator, announcement, "trạm sá")
    answer = operator.ask("POST", f"{page_of(announcement)}/thay", json=body(found))
    assert answer.status_code == 403
    stranger = office.browser("editor", unit=office.unit_named("xa-khac", "Xã Khác"))
    assert stranger.ask("GET", f"{page_of(announcement)}/tim?chu=a&kieu=tone").status_code == 404
    foreign = stranger.ask("POST", f"{page_of(announcement)}/thay", json=body(found))
    assert foreign.status_code == 404
