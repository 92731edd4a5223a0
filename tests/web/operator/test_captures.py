import hashlib
import io
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from bridge.db import new_id
from bridge.models import Capture, Membership, Script, Task
from bridge.tasks import queued_ids
from tests.conftest import DATABASES
from tests.web.conftest import Browser, Office, wav_bytes

ADDRESS = "/api/v1/captures"
both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)


def begin(browser: Browser, **about: Any) -> TestResponse:
    body = {"key": f"key-{new_id()}", "kind": "recorder", "file_name": "loa.webm", **about}
    return browser.ask("POST", ADDRESS, json=body)


def begun(browser: Browser, **about: Any) -> str:
    answer = begin(browser, **about)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def put(
    browser: Browser, capture_id: str, number: int, content: bytes, **headers: str
) -> TestResponse:
    return browser.ask(
        "PUT",
        f"{ADDRESS}/{capture_id}/chunks/{number}",
        data=content,
        content_type="application/octet-stream",
        headers={"X-Chunk-Sha256": hashlib.sha256(content).hexdigest(), **headers},
    )


def finish(browser: Browser, capture_id: str, **how: Any) -> TestResponse:
    return browser.ask("POST", f"{ADDRESS}/{capture_id}/finish", json=how)


def state_of(browser: Browser, capture_id: str) -> dict[str, Any]:
    answer = browser.ask("GET", f"{ADDRESS}/{capture_id}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def code_of(answer: TestResponse) -> tuple[int, str]:
    error = answer.get_json()["error"]
    assert error["message"]
    return answer.status_code, error["code"]


@both_databases
def test_a_recording_goes_from_its_first_chunk_to_an_announcement(office: Office) -> None:
    browser = office.browser("operator")
    content = wav_bytes(1.0)
    answer = begin(
        browser,
        key="key-of-page",
        title="  Họp  thôn ",
        broadcast_at="2026-11-21T05:30",
        priority="priority",
    )
    assert answer.status_code == 201
    first = answer.get_json()
    assert (first["state"], first["received"], first["announcement"]) == ("open", [], None)
    assert first["chunk_bytes"] == 8 * 1024 * 1024
    again = begin(browser, key="key-of-page")
    assert (again.status_code, again.get_json()["id"]) == (200, first["id"])
    assert again.get_json()["priority"] == "priority"  # kept, whatever page goes on with it
    browser.ask("PATCH", f"{ADDRESS}/{first['id']}", json={"priority": "urgent"})

    parts = [content[:9_000], content[9_000:]]
    assert put(browser, first["id"], 1, parts[1]).status_code == 201
    assert put(browser, first["id"], 1, parts[1]).status_code == 200
    assert state_of(browser, first["id"])["received"] == [[1, 1]]
    answer = finish(browser, first["id"], chunks=2)
    assert code_of(answer) == (409, "capture_incomplete")
    assert answer.get_json()["error"]["data"]["missing"] == [[0, 0]]
    put(browser, first["id"], 0, parts[0], **{"X-Chunk-Milliseconds": "560"})
    assert state_of(browser, first["id"])["sound_ms"] == 560

    earlier = office.received()
    answer = finish(browser, first["id"], chunks=2, sha256=hashlib.sha256(content).hexdigest())
    assert answer.status_code == 201
    receipt = answer.get_json()
    assert (receipt["state"], receipt["word"]) == ("queued", "Chờ chép lời")
    assert receipt["duplicate_of"] is None
    repeated = finish(browser, first["id"], chunks=2)
    assert (repeated.status_code, repeated.get_json()) == (200, receipt)
    view = office.view(receipt["announcement"])
    assert (view.work.title, view.work.priority) == ("Họp thôn", "urgent")
    with office.services.db.reading() as session:
        first_task = session.get_one(Task, next(iter(queued_ids(session))))
    assert first_task.announcement_id == receipt["announcement"] != earlier.announcement_id
    assert view.work.broadcast_at.isoformat() == "2026-11-20T22:30:00+00:00"
    assert office.services.media.original(view.sha256).read_bytes() == content
    ended = state_of(browser, first["id"])
    assert (ended["state"], ended["receipt"], ended["url"]) == ("finished", receipt, receipt["url"])
    assert "Họp thôn" in browser.text(receipt["url"])


def test_what_a_person_has_not_finished_is_listed_for_that_person_alone(office: Office) -> None:
    browser, other = office.browser("operator"), office.browser("editor")
    kept, gone = begun(browser), begun(browser)
    begun(other)
    assert browser.ask("DELETE", f"{ADDRESS}/{gone}").status_code == 204
    listed = browser.ask("GET", ADDRESS).get_json()["captures"]
    assert [one["id"] for one in listed] == [kept]
    listed = browser.ask("GET", f"{ADDRESS}?state=open&state=discarded").get_json()["captures"]
    assert [one["id"] for one in listed] == [gone, kept]
    for method, path, options in (
        ("GET", f"/{kept}", {}),
        ("PATCH", f"/{kept}", {"json": {}}),
        ("DELETE", f"/{kept}", {}),
        ("POST", f"/{kept}/finish", {"json": {"chunks": 1}}),
        ("POST", f"/{kept}/script", {"data": {"script_text": "x"}}),
    ):
        answer = other.ask(method, ADDRESS + path, **options)  # type: ignore[arg-type]
        assert code_of(answer) == (404, "capture_unknown")
    assert code_of(put(other, kept, 0, b"x")) == (404, "capture_unknown")


def test_notes_are_kept_and_a_sign_of_life_changes_nothing_else(office: Office) -> None:
    browser = office.browser("operator")
    capture_id = begun(browser, title="cũ")
    before = state_of(browser, capture_id)
    answer = browser.ask(
        "PATCH",
        f"{ADDRESS}/{capture_id}",
        json={"title": "mới", "broadcast_at": "21/11/2026 05:30", "bookmarks": [900, 100]},
    )
    assert answer.status_code == 200
    noted = answer.get_json()
    assert (noted["title"], noted["bookmarks"]) == ("mới", [100, 900])
    assert noted["broadcast_at"] == "2026-11-20T22:30:00+00:00"
    answer = browser.ask("PATCH", f"{ADDRESS}/{capture_id}", json={"priority": "gấp"})
    assert code_of(answer) == (400, "priority_unknown")
    alive = browser.ask("PATCH", f"{ADDRESS}/{capture_id}", json={"alive": True}).get_json()
    assert alive["touched_at"] > noted["touched_at"] > before["touched_at"]
    assert {**alive, "touched_at": ""} == {**noted, "touched_at": ""}


def test_a_script_goes_with_the_sound_into_the_announcement(office: Office) -> None:
    browser = office.browser("operator")
    content = wav_bytes(1.0)
    capture_id = begun(browser, script="Kính thưa bà con.")
    answer = browser.ask(
        "POST",
        f"{ADDRESS}/{capture_id}/script",
        data={"script_file": (io.BytesIO("Xin chào bà con.".encode()), "bài.txt")},
    )
    assert answer.status_code == 200
    put(browser, capture_id, 0, content)
    announcement_id = finish(browser, capture_id, chunks=1).get_json()["announcement"]
    with office.services.db.reading() as session:
        script = session.scalars(
            select(Script).where(Script.announcement_id == announcement_id)
        ).one()
    assert (script.text, script.file_name) == ("Xin chào bà con.", "bài.txt")
    late = browser.ask("POST", f"{ADDRESS}/{capture_id}/script", data={"script_text": "muộn"})
    assert code_of(late) == (409, "capture_closed")


def test_every_refusal_has_its_status_and_a_sentence(office: Office) -> None:
    browser = office.browser("operator")
    capture_id = begun(browser)
    assert put(browser, capture_id, 0, b"x").status_code == 201
    wrong_hash = {"X-Chunk-Sha256": hashlib.sha256(b"y").hexdigest()}
    for answer, expected in (
        (put(browser, capture_id, 0, b"y"), (409, "chunk_differs")),
        (put(browser, capture_id, 1, b"x", **wrong_hash), (422, "chunk_corrupt")),
        (put(browser, capture_id, 1, b"x", **{"X-Chunk-Sha256": "ừ"}), (422, "chunk_corrupt")),
        (put(browser, capture_id, 1, b""), (422, "media_empty")),
        (put(browser, capture_id, 1, b"x" * 200_001), (413, "media_too_large")),
        (put(browser, capture_id, 1, b"x" * (8 * 2**20 + 1)), (413, "chunk_too_large")),
        (
            put(browser, capture_id, 1, b"x", **{"X-Chunk-Milliseconds": "-1"}),
            (400, "capture_invalid"),
        ),
        (
            put(browser, capture_id, 1, b"x", **{"X-Chunk-Milliseconds": "9999999"}),
            (201, ""),
        ),
        (
            put(browser, capture_id, 2, b"x", **{"X-Chunk-Milliseconds": "9999999"}),
            (413, "media_too_long"),
        ),
        (put(browser, "khongco00000", 0, b"x"), (404, "capture_unknown")),
        (finish(browser, capture_id), (400, "capture_invalid")),
        (finish(browser, capture_id, chunks="2"), (400, "capture_invalid")),
        (finish(browser, capture_id, chunks=2), (422, "media_unreadable")),
        (begin(browser, key="x"), (400, "capture_invalid")),
        (begin(browser, kind="line"), (400, "capture_invalid")),
        (begin(browser, unit="khong-co"), (400, "unit_missing")),
        (begin(browser, broadcast_at="sáng mai"), (400, "broadcast_at_invalid")),
        (begin(browser, priority="gấp"), (400, "priority_unknown")),
        (begin(browser, kind="upload", size_bytes=200_001), (413, "media_too_large")),
        (begin(browser, kind="upload", size_bytes=True), (400, "capture_invalid")),
        (browser.ask("POST", ADDRESS, data="[1"), (400, "capture_invalid")),
        (browser.ask("POST", ADDRESS, json=[1]), (400, "capture_invalid")),
        (
            browser.ask("PATCH", f"{ADDRESS}/{capture_id}", json={"bookmarks": ["1"]}),
            (400, "capture_invalid"),
        ),
    ):
        if expected[0] == 201:
            assert answer.status_code == 201
        else:
            assert code_of(answer) == expected
    failure = state_of(browser, capture_id)["failure"]
    assert failure["code"] == "media_unreadable"
    assert failure["sentence"].startswith("Không đọc được tệp này")


def test_a_sentence_about_a_failure_keeps_its_numbers(office: Office) -> None:
    browser = office.browser("operator")
    capture_id = begun(browser)
    put(browser, capture_id, 0, wav_bytes(0.1))
    answer = finish(browser, capture_id, chunks=1)
    assert code_of(answer) == (422, "media_too_short")
    assert "0,5 giây" in state_of(browser, capture_id)["failure"]["sentence"]


def test_too_many_open_captures_are_refused_for_a_while(office: Office) -> None:
    browser = office.browser("operator")
    for _ in range(office.settings.max_open_captures):
        begun(browser)
    answer = begin(browser)
    assert code_of(answer) == (429, "too_many_captures")
    assert answer.headers["Retry-After"] == "60"
    assert "50 lần gửi" in answer.get_json()["error"]["message"]


def test_a_full_house_says_when_to_come_again(office: Office) -> None:
    browser = office.browser("operator")
    capture_id = begun(browser)
    places = office.app.extensions["loa_crowds"]
    taken = 0
    while places["chunks"].acquire(blocking=False):
        taken += 1
    assert taken == office.settings.web_threads * 3 // 4
    answer = put(browser, capture_id, 0, b"x")
    assert code_of(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "1"
    assert state_of(browser, capture_id)["received"] == []  # looking is always possible
    places["chunks"].release()
    for _ in range(3):  # a place is given back, also after a refusal
        put(browser, capture_id, 0, b"y")
    assert put(browser, capture_id, 1, b"x").status_code == 201


def test_a_stranger_and_who_may_not_send_get_nothing(office: Office) -> None:
    assert office.browser().ask("GET", ADDRESS).status_code == 401
    refused = begin(office.browser("approver"), unit=office.unit.id)
    assert code_of(refused) == (403, "role_missing")
    foreign = office.unit_named("xa-khac", "Xã Khác")
    assert code_of(begin(office.browser("operator"), unit=foreign.id)) == (400, "unit_missing")
    browser = office.browser("operator")
    answer = browser.client.put(f"{ADDRESS}/{begun(browser)}/chunks/0", data=b"x")
    assert code_of(answer) == (400, "page_too_old")  # without the form's token


def test_who_lost_the_role_meanwhile_makes_no_announcement(office: Office) -> None:
    person = office.person("operator")
    browser = office.browser_of(person)
    capture_id = begun(browser)
    put(browser, capture_id, 0, wav_bytes())
    with office.services.db.writing() as session:
        session.execute(
            update(Membership).where(Membership.user_id == person.id).values(role="approver")
        )
    address = f"{ADDRESS}/{capture_id}"
    for answer in (
        put(browser, capture_id, 1, b"y"),
        browser.ask("PATCH", address, json={"title": "khác"}),
        browser.post(f"{address}/script", {"script_text": "Kính thưa bà con."}),
        finish(browser, capture_id, chunks=1),
    ):
        assert code_of(answer) == (403, "role_missing")
    with office.services.db.writing() as session:
        session.execute(
            update(Membership).where(Membership.user_id == person.id).values(role="operator")
        )
    state = state_of(browser, capture_id)  # what came stays
    assert (state["state"], state["received"], state["title"]) == ("open", [[0, 0]], "")


def test_what_the_server_finished_by_itself_is_told_to_who_comes_back(office: Office) -> None:
    browser = office.browser("operator")
    announcement_id = office.received().announcement_id
    capture_id = begun(browser)
    put(browser, capture_id, 0, b"x")
    with office.services.db.writing() as session:
        session.execute(
            update(Capture).values(
                state="finished", by_silence=True, announcement_id=announcement_id, missing=[[1, 2]]
            )
        )
    told = state_of(browser, capture_id)
    assert (told["by_silence"], told["missing"], told["received"]) == (True, [[1, 2]], [[0, 0]])
    assert told["announcement"] == announcement_id
    assert put(browser, capture_id, 1, b"y").status_code == 201
    assert state_of(browser, capture_id)["state"] == "open"


def test_a_whole_file_in_one_request_is_for_small_ones(office: Office) -> None:
    """No byte of the body is needed to refuse it."""
    browser = office.browser("operator")
    answer = browser.client.post(
        "/lam-viec/tai-len",
        headers={"X-CSRFToken": browser.token()},
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(68 * 2**20)},
        input_stream=io.BytesIO(b""),
    )
    assert answer.status_code == 413
    assert "JavaScript" in answer.get_data(as_text=True)
