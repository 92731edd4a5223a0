import re

import pytest
from sqlalchemy import select

from bridge.models import Task, Unit
from bridge.review import approve_announcement
from bridge.tasks import claim_task, end_attempt
from tests.bridge.lifecycle import nothing_to_check
from tests.conftest import DATABASES
from tests.web.conftest import TEXTS, Browser, Office

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def open_tasks(office: Office, kind: str) -> list[Task]:
    with office.services.db.reading() as session:
        return list(session.scalars(select(Task).where(Task.kind == kind, Task.state == "queued")))


def details(office: Office, announcement: str, **changed: str) -> dict[str, str]:
    view = office.view(announcement)
    return {
        "version": str(view.version),
        "title": "Lịch tiêm chủng tháng 11",
        "category": "Y tế",
        "area": "toàn xã",
        "priority": "urgent",
        "broadcast_at": "21/11/2026 05:30",
        **changed,
    }


def approve(browser: Browser, office: Office, announcement: str):  # type: ignore[no-untyped-def]
    office.confirm(announcement)
    digest = office.view(announcement).digest
    return browser.post(f"{page_of(announcement)}/duyet", {"digest": digest})


@both_databases
def test_details_are_saved_and_shown(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    answer = browser.post(f"{page_of(announcement)}/thong-tin", details(office, announcement))
    assert answer.status_code == 303
    work = office.view(announcement).work
    assert (work.title, work.priority) == ("Lịch tiêm chủng tháng 11", "urgent")
    assert work.broadcast_at.isoformat() == "2026-11-20T22:30:00+00:00"
    assert "KHẨN CẤP" in browser.text(page_of(announcement))


@pytest.mark.parametrize(
    ("field", "value", "status", "words"),
    [
        ("title", "  ", 400, "chưa có tiêu đề"),
        ("title", "x" * 301, 400, "dài quá 300 chữ cái"),
        ("priority", "rất gấp", 400, "Chọn một trong ba mức"),
        ("broadcast_at", "", 400, "Giờ phát chưa đúng"),
        ("broadcast_at", "11/21/2026 05:30", 400, "Giờ phát chưa đúng"),
        ("version", "77", 412, "Người khác vừa sửa"),
        ("version", "", 400, "chưa đúng"),
    ],
)
def test_wrong_details_come_back_with_the_reason_and_what_was_typed(
    office: Office, field: str, value: str, status: int, words: str
) -> None:
    announcement = office.in_review()
    fields = details(office, announcement, area="thôn Đông", **{field: value})
    answer = office.browser("editor").post(f"{page_of(announcement)}/thong-tin", fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert words in page
    assert 'value="thôn Đông"' in page
    assert office.view(announcement).work.title == "Lịch tiêm chủng"


@both_databases
def test_approving_the_text_that_was_shown_queues_its_publishing(office: Office) -> None:
    announcement = office.in_review()
    office.confirm(announcement)
    browser = office.browser("approver")
    shown = re.search(r'name="digest" value="(\w{64})"', browser.text(page_of(announcement)))
    assert shown is not None
    answer = browser.post(f"{page_of(announcement)}/duyet", {"digest": shown.group(1)})
    assert answer.status_code == 303
    assert office.view(announcement).work.state == "approved"
    assert len(open_tasks(office, "publish")) == 1
    assert "Trang đang được tạo." in browser.text(page_of(announcement))


def test_a_text_that_changed_after_it_was_read_is_not_approved(office: Office) -> None:
    announcement = office.in_review()
    read = office.view(announcement).digest
    editor = office.browser("editor")
    editor.post(f"{page_of(announcement)}/thong-tin", details(office, announcement))
    answer = office.browser("approver").post(f"{page_of(announcement)}/duyet", {"digest": read})
    assert answer.status_code == 409
    assert "đã thay đổi sau khi bạn đọc" in answer.get_data(as_text=True)
    assert office.view(announcement).work.state == "in_review"


def test_operators_and_editors_neither_see_the_button_nor_get_through(office: Office) -> None:
    announcement = office.in_review()
    for role in ("operator", "editor"):
        browser = office.browser(role)
        assert "Duyệt và đăng" not in browser.text(page_of(announcement))
        answer = approve(browser, office, announcement)
        assert answer.status_code == 403
        assert "người duyệt" in answer.get_data(as_text=True)
    assert office.view(announcement).work.state == "in_review"


def test_the_last_editor_is_told_that_another_person_must_approve(office: Office) -> None:
    announcement = office.in_review()
    person = office.person("editor", "approver")
    browser = office.browser_of(person)
    browser.post(f"{page_of(announcement)}/thong-tin", details(office, announcement))
    page = browser.text(page_of(announcement))
    assert "Duyệt và đăng" not in page
    assert "cần một người khác duyệt" in page
    assert approve(browser, office, announcement).status_code == 403
    with office.services.db.writing() as session:
        session.get_one(Unit, office.unit.id).editor_may_approve = True
    assert "Duyệt và đăng" in browser.text(page_of(announcement))
    assert approve(browser, office, announcement).status_code == 303


@both_databases
def test_withdrawing_asks_for_a_reason_and_reopening_brings_it_back(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("approver")
    answer = browser.post(f"{page_of(announcement)}/go", {"reason": "   "})
    assert answer.status_code == 400
    assert "Cho biết lý do gỡ" in answer.get_data(as_text=True)
    assert browser.post(f"{page_of(announcement)}/go", {"reason": "Sai ngày"}).status_code == 303
    page = browser.text(page_of(announcement))
    assert "gỡ, lý do: Sai ngày" in page
    assert "Duyệt và đăng" not in page
    assert browser.post(f"{page_of(announcement)}/mo-lai", {}).status_code == 303
    assert office.view(announcement).work.state == "in_review"


def test_editors_do_not_withdraw(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    assert "Gỡ bản tin" not in browser.text(page_of(announcement))
    answer = browser.post(f"{page_of(announcement)}/go", {"reason": "thử"})
    assert answer.status_code == 403


def test_a_failed_transcription_shows_why_and_can_be_tried_again(office: Office) -> None:
    announcement = office.failed("engine_out_of_memory")
    browser = office.browser("operator")
    page = browser.text(page_of(announcement))
    assert "thiếu bộ nhớ" in page
    assert browser.post(f"{page_of(announcement)}/thu-lai", {}).status_code == 303
    assert office.view(announcement).work.state == "queued"
    assert "Thử lại</button>" not in browser.text(page_of(announcement))


@both_databases
def test_hearing_is_stopped_and_goes_on_when_somebody_wants_it(office: Office) -> None:
    announcement, _run = office.transcribing()
    browser = office.browser("operator")
    assert "Dừng chép</button>" in browser.text(page_of(announcement))
    answer = browser.post(f"{page_of(announcement)}/dung", {"next": "https://evil.example/"})
    assert (answer.status_code, answer.location) == (303, page_of(announcement))
    page = browser.text(page_of(announcement))
    assert "Đã dừng chép" in page
    assert "phần chữ đã chép vẫn còn" in page
    assert TEXTS[0] in page
    assert "Dừng chép</button>" not in page
    assert "shape-failed" not in page.split('id="main"')[1]  # nothing went wrong
    told = browser.ask("GET", f"{page_of(announcement)}/trang-thai").get_json()
    assert (told["word"], told["moving"]) == ("Đã dừng chép", False)
    assert "Chép tiếp</button>" in page
    assert browser.post(f"{page_of(announcement)}/thu-lai", {}).status_code == 303
    assert office.view(announcement).work.state == "queued"


def test_what_is_heard_already_is_not_stopped(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    assert "Dừng chép" not in browser.text(page_of(announcement))
    answer = browser.post(f"{page_of(announcement)}/dung", {})
    assert answer.status_code == 409
    assert "chưa thể dừng chép" in answer.get_data(as_text=True)


def test_a_failed_publishing_shows_why_and_can_be_tried_again(office: Office) -> None:
    announcement = office.in_review()
    db = office.services.db
    with db.writing() as session:
        task_id = approve_announcement(
            session,
            announcement_id=announcement,
            digest=office.view(announcement).digest,
            actor_id=office.person("approver").id,
            must_check=nothing_to_check,
        )
    run = claim_task(db, task_id, worker="test", lease_s=60)
    assert run is not None
    with db.writing() as session:
        end_attempt(session, run, code="media_missing", detail="", final=True)
    browser = office.browser("approver")
    page = browser.text(page_of(announcement))
    assert "Không thấy tệp tiếng gốc" in page
    assert "data-moving" not in page
    assert browser.post(f"{page_of(announcement)}/thu-lai", {}).status_code == 303
    assert len(open_tasks(office, "publish")) == 1


@pytest.mark.parametrize(
    "act", ["thong-tin", "duyet", "go", "mo-lai", "thu-lai", "loi", "chon", "dung"]
)
def test_a_foreign_announcement_does_not_exist_for_any_decision(office: Office, act: str) -> None:
    announcement = office.in_review()
    other = office.unit_named("xa-khac", "Xã Khác")
    browser = office.browser("operator", "editor", "approver", "admin", unit=other)
    fields = {"reason": "x", "digest": office.view(announcement).digest}
    assert browser.post(f"{page_of(announcement)}/{act}", fields).status_code == 404
    assert browser.post(f"{page_of('khong-co')}/{act}", fields).status_code == 404


def test_a_script_gets_its_refusal_in_json(office: Office) -> None:
    announcement = office.in_review()
    answer = office.browser("approver").ask(
        "POST", f"{page_of(announcement)}/duyet", data={"digest": "0" * 64}
    )
    assert answer.status_code == 409
    assert answer.get_json()["error"]["code"] == "text_changed"
