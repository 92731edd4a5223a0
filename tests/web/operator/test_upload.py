import io
import re

import pytest

from bridge.tasks import queued_ids
from tests.conftest import DATABASES
from tests.web.conftest import Browser, Office, wav_bytes

PAGE = "/lam-viec/tai-len"


def send_raw(browser: Browser, content: bytes, **about: str):  # type: ignore[no-untyped-def]
    return browser.ask(
        "POST",
        PAGE,
        query_string={"name": "loa sáng.wav", **about},
        data=content,
        content_type="application/octet-stream",
    )


@pytest.mark.parametrize("office", DATABASES, indirect=True)
def test_a_script_sends_the_bare_file_and_gets_its_address(office: Office) -> None:
    browser = office.browser("operator")
    answer = send_raw(
        browser,
        wav_bytes(1.0),
        unit=office.unit.id,
        title="  Lịch   tiêm chủng ",
        broadcast_at="21/11/2026 05:30",
    )
    assert answer.status_code == 201
    told = answer.get_json()
    assert told["state"] == "queued"
    assert told["word"] == "Chờ chép lời"
    assert told["duplicate_of"] is None
    view = office.view(told["announcement"])
    assert view.work.title == "Lịch tiêm chủng"
    assert view.work.broadcast_at.isoformat() == "2026-11-20T22:30:00+00:00"
    assert view.file_name == "loa sáng.wav"
    assert "Lịch tiêm chủng" in browser.text(told["url"])


def test_the_same_file_twice_is_told_and_leads_to_the_first(office: Office) -> None:
    browser = office.browser("operator")
    first = send_raw(browser, wav_bytes(1.0)).get_json()
    answer = send_raw(browser, wav_bytes(1.0), title="lần hai")
    assert answer.status_code == 200
    assert answer.get_json()["duplicate_of"] == first["announcement"]
    assert answer.get_json()["url"] == first["url"]


def test_a_plain_form_works_without_script(office: Office) -> None:
    browser = office.browser("editor")
    fields = {"file": (io.BytesIO(wav_bytes(1.0)), "loa.wav"), "title": "Họp thôn", "unit": ""}
    fields["priority"] = "urgent"
    page = browser.post(PAGE, fields).get_data(as_text=True)
    assert "Đã nhận tệp." in page
    link = re.search(r'href="(/lam-viec/ban-tin/\w+)"', page)
    assert link is not None
    desk = browser.text(link.group(1))
    assert "Họp thôn" in desk
    assert "KHẨN CẤP" in desk
    fields = {"file": (io.BytesIO(wav_bytes(1.0)), "loa.wav")}
    again = browser.post(PAGE, fields).get_data(as_text=True)
    assert "đã được gửi trước đây" in again
    assert link.group(1) in again


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "Tệp rỗng"),
        (b"khong phai tieng " * 300, 422, "Không đọc được tệp này"),
        (wav_bytes(0.1), 422, "ngắn hơn 0,5 giây"),
        (b"\0" * 230_000, 413, "lớn hơn mức cho phép"),
    ],
)
def test_bad_files_get_a_clear_sentence_from_script_and_form(
    office: Office, content: bytes, status: int, words: str
) -> None:
    browser = office.browser("operator")
    answer = send_raw(browser, content)
    assert answer.status_code == status
    assert words in answer.get_json()["error"]["message"]
    answer = browser.post(PAGE, {"file": (io.BytesIO(content), "x.mp3")})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


def test_far_too_large_a_body_is_refused_by_its_length_alone(office: Office) -> None:
    browser = office.browser("operator")
    answer = browser.ask(
        "POST",
        PAGE,
        data=b"x" * 400_000,
        content_type="application/octet-stream",
    )
    assert answer.status_code == 413


def test_a_form_without_a_file_says_so_and_keeps_the_page(office: Office) -> None:
    answer = office.browser("operator").post(PAGE, {"title": "x"})
    assert answer.status_code == 400
    assert "Chưa chọn tệp" in answer.get_data(as_text=True)


def test_a_wrong_hour_is_refused_before_the_file_is_taken(office: Office) -> None:
    browser = office.browser("operator")
    answer = send_raw(browser, wav_bytes(1.0), broadcast_at="sáng mai")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "broadcast_at_invalid"
    assert not list(office.settings.media_dir.rglob("*.part"))


def test_who_has_several_units_must_choose_and_cannot_choose_a_foreign_one(office: Office) -> None:
    second = office.unit_named("xa-hai", "Xã Hai")
    foreign = office.unit_named("xa-ba", "Xã Ba")
    user = office.person("operator")
    from bridge.accounts import grant_role

    with office.services.db.writing() as session:
        grant_role(session, user_id=user.id, unit_id=second.id, role="operator")
    browser = office.browser_of(user)
    page = browser.text(PAGE)
    assert "Xã Hai" in page
    assert "Xã Ba" not in page
    for unit in ("", foreign.id, "khong-co"):
        answer = send_raw(browser, wav_bytes(1.0), unit=unit)
        assert answer.get_json()["error"]["code"] == "unit_missing"
    assert send_raw(browser, wav_bytes(1.0), unit=second.id).status_code == 201


def test_a_refused_form_keeps_what_was_typed(office: Office) -> None:
    fields = {"file": (io.BytesIO(b"chu"), "x.mp3"), "title": "Họp “thôn” Đông"}
    fields["broadcast_at"] = "20/11/2026 17:00"
    page = office.browser("operator").post(PAGE, fields).get_data(as_text=True)
    assert 'value="Họp “thôn” Đông"' in page
    assert 'value="20/11/2026 17:00"' in page


def test_an_unknown_priority_is_refused_in_words_and_takes_nothing(office: Office) -> None:
    fields = {"file": (io.BytesIO(wav_bytes(1.0)), "x.wav"), "title": "Bão", "priority": "gấp"}
    answer = office.browser("operator").post(PAGE, fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Chọn một trong ba mức" in page
    assert 'value="Bão"' in page
    assert not any(office.settings.media_dir.rglob("*.wav"))
    with office.services.db.reading() as session:
        assert not list(queued_ids(session))


def test_only_who_may_send_has_the_page_in_the_menu(office: Office) -> None:
    assert PAGE in office.browser("operator").text("/lam-viec/")
    assert PAGE not in office.browser("approver").text("/lam-viec/")


def test_an_approver_alone_has_nothing_to_send(office: Office) -> None:
    browser = office.browser("approver")
    answer = browser.get(PAGE)
    assert answer.status_code == 403
    assert "cán bộ đài, biên tập viên" in answer.get_data(as_text=True)
    assert send_raw(browser, wav_bytes(1.0)).status_code == 403


def test_the_page_says_what_it_takes_and_shows_the_hour_in_the_house_style(office: Office) -> None:
    page = office.browser("operator").text(PAGE)
    assert re.search(r'name="broadcast_at"[^>]*value="\d\d/\d\d/\d{4} \d\d:\d\d"', page)
    assert 'data-max-bytes="200000"' in page
