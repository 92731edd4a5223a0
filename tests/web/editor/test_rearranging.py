"""Cutting and joining segments over HTTP."""

import re

import pytest
from werkzeug.test import TestResponse

from tests.conftest import DATABASES
from tests.web.conftest import TEXTS, Browser, Office


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def ask(
    browser: Browser, path: str, body: object, version: int | None = 1, method: str = "POST"
) -> TestResponse:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return browser.ask(method, path, json=body, headers=headers)


def split(browser: Browser, office: Office, announcement: str, place: int, at: object, **more: int):  # type: ignore[no-untyped-def]
    segment = office.view(announcement).segments[place]
    return ask(browser, f"{page_of(announcement)}/doan/{segment.id}/tach", {"at": at}, **more)


def texts(office: Office, announcement: str) -> list[str]:
    return [segment.text for segment in office.view(announcement).segments]


@pytest.mark.parametrize("office", DATABASES, indirect=True)
def test_the_answer_brings_the_lines_that_stand_now(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    gone = office.view(announcement).segments[0].id
    answer = split(browser, office, announcement, 0, 2)
    assert answer.status_code == 200
    told = answer.get_json()
    view = office.view(announcement)
    left, right = view.segments[:2]
    assert [left.text, right.text] == ["Kính thưa", "bà con."]
    assert told["removed"] == [gone]
    assert told["changed"] == [left.id, right.id]
    assert told["announcement_version"] == view.version
    assert [told["lines"].count(f'data-segment="{one.id}"') for one in (left, right)] == [1, 1]
    assert view.segments[2].id not in told["lines"]
    assert "bà con." in told["lines"]
    assert len(told["saved_at"]) == 5

    path = f"{page_of(announcement)}/doan/{left.id}/ghep"
    joined = ask(browser, path, {"next_version": right.version}).get_json()
    assert joined["removed"] == [left.id, right.id]
    assert texts(office, announcement) == list(TEXTS)
    path = f"{page_of(announcement)}/hoan-tac-doan/{joined['change']}"
    back = ask(browser, path, {}, None).get_json()
    assert back["changed"] == [left.id, right.id]
    assert back["removed"] == joined["changed"]
    assert texts(office, announcement)[:2] == ["Kính thưa", "bà con."]
    page = browser.text(page_of(announcement))
    assert re.search(r"tách đoạn, đoạn mới từ 0:0\d", page)
    assert "hoàn tác việc ghép đoạn ở 0:00" in page


def test_a_line_can_be_had_by_itself(office: Office) -> None:
    announcement = office.in_review()
    segment = office.view(announcement).segments[1]
    path = f"{page_of(announcement)}/doan/{segment.id}/dong"
    line = office.browser("editor").ask("GET", path).get_json()["lines"]
    assert line.count("<li id=") == 1
    assert 'class="must"' in line  # its hour
    assert (
        office.browser("editor", unit=office.unit_named("xa-khac", "Xã Khác")).get(path).status_code
        == 404
    )


def test_what_is_wrong_changes_nothing_and_is_said(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    segments = office.view(announcement).segments
    place = f"{page_of(announcement)}/doan/{segments[0].id}"
    for path, body, version, status, code in (
        (f"{place}/tach", {"at": 2}, None, 428, "version_missing"),
        (f"{place}/tach", {"at": 2}, 7, 412, "version_conflict"),
        (f"{place}/tach", {"at": 0}, 1, 400, "split_nothing"),
        (f"{place}/tach", {"at": "2"}, 1, 400, "invalid_input"),
        (f"{place}/tach", {"at": True}, 1, 400, "invalid_input"),
        (f"{place}/tach", [], 1, 400, "invalid_input"),
        (f"{place}/ghep", {"next_version": 7}, 1, 412, "version_conflict"),
        (f"{page_of(announcement)}/hoan-tac-doan/abc", {}, None, 404, "rearrangement_unknown"),
        (f"{page_of(announcement)}/doan/abc/tach", {"at": 1}, 1, 404, "segment_unknown"),
    ):
        answer = ask(browser, path, body, version)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code), path
    last = f"{page_of(announcement)}/doan/{segments[-1].id}/ghep"
    assert ask(browser, last, {"next_version": 1}).get_json()["error"]["code"] == "merge_nothing"
    assert texts(office, announcement) == list(TEXTS)


def test_only_editors_of_the_unit_rearrange(office: Office) -> None:
    announcement = office.in_review()
    assert split(office.browser("operator"), office, announcement, 0, 2).status_code == 403
    other = office.unit_named("xa-khac", "Xã Khác")
    assert (
        split(office.browser("editor", unit=other), office, announcement, 0, 2).status_code == 404
    )
    assert texts(office, announcement) == list(TEXTS)
