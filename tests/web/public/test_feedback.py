"""What residents send, from the form to the answer that all may read."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from bridge.db import utc_now
from bridge.errors import TooMany
from bridge.models import AuditEntry, Feedback, SenderDay, SenderMark, Task
from bridge.publications import published_item
from bridge.senders import count_sending, network_of
from bridge.tasks import TaskContext, claim_task
from publish.inspection import inspect_site
from publish.jobs import refresh_item
from publish.site import open_site
from tests.bridge.lifecycle import Life
from tests.web.conftest import Browser, Office

both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
FORM = "/xa-mau/phan-anh"
TEXT = "Loa ở thôn Mẫu nhỏ quá.\nGọi tôi: 0912 345 678"


def fields(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return dict(found[: 2 if 'name="tin"' in page else 1])


def send(resident: Browser, path: str = FORM, wait_s: float = 10, **more: str) -> tuple[int, str]:
    """Fill in the form as it is and send it so many seconds later; status and page."""
    opened_at = utc_now() - timedelta(seconds=wait_s)
    with time_machine.travel(opened_at, tick=False) as clock:
        given = fields(resident.text(path))
        clock.shift(wait_s)
        answer = resident.client.post(FORM, data={**given, "noi_dung": TEXT, **more})
    return answer.status_code, answer.get_data(as_text=True)


def code_in(page: str) -> str:
    return re.findall(r"<strong>([0-9A-Z]{5}-[0-9A-Z]{5})</strong>", page)[0]


def kept(office: Office) -> list[Feedback]:
    with office.services.db.reading() as session:
        return list(session.scalars(select(Feedback)))


def published(office: Office) -> str:
    life = Life(office.services.db, office.services.media, office.unit)
    return life.published(life.person("approver"), title="Lịch tiêm chủng")


@both_databases
def test_a_message_is_answered_and_question_and_answer_are_shown_to_all(office: Office) -> None:
    announcement_id, resident = published(office), Browser(office.app)
    path = f"{FORM}?tin={announcement_id}"
    assert "Lịch tiêm chủng" in resident.text(path)
    status, page = send(resident, path, lien_he="0912 345 678")
    assert status == 200
    code = code_in(page)
    looked = resident.client.post(f"{FORM}/tra-loi", data={"ma": code.lower().replace("-", " ")})
    assert "Chưa có câu trả lời" in looked.get_data(as_text=True)

    editor, approver = office.browser("editor"), office.browser("approver")
    assert "Có 1 phản ánh của bà con chưa trả lời" in editor.text("/lam-viec/")
    listed = editor.text("/lam-viec/phan-anh")
    assert "0912 345 678" in listed
    (row,) = kept(office)
    decide = f"/lam-viec/phan-anh/{row.id}"
    assert editor.post(decide, {"act": "publish", "question": "Loa nhỏ?"}).status_code == 403
    assert approver.post(decide, {"act": "publish", "question": "Loa nhỏ?"}).status_code == 409
    assert editor.post(decide, {"act": "answer", "answer": "Đã vặn to."}).status_code == 303
    assert editor.post(decide, {"act": "forget"}).status_code == 303
    looked = resident.client.post(f"{FORM}/tra-loi", data={"ma": code})
    assert "Đã vặn to." in looked.get_data(as_text=True)
    assert approver.post(decide, {"act": "publish", "question": "Loa nhỏ?"}).status_code == 303

    services = office.services
    context = TaskContext(services.settings, services.db, services.media)
    with services.db.reading() as session:
        task_id = session.scalars(select(Task.id).where(Task.kind == "refresh_item")).one()
    run = claim_task(services.db, task_id, worker="test", lease_s=60)
    assert run is not None
    refresh_item(context, run)
    item_page = open_site(services.settings).root / "xa-mau" / announcement_id / "index.html"
    html = item_page.read_text()
    assert "Loa nhỏ?" in html
    assert "Đã vặn to." in html
    assert "0912" not in html
    with services.db.reading() as session:
        told = [one.code for one in inspect_site(session, open_site(services.settings), deep=True)]
    assert "page_differs" not in told
    (row,) = kept(office)
    assert (row.text, row.contact) == (TEXT, "")
    with services.db.reading() as session:
        acts = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_type == "feedback")
        ).all()
    assert acts == ["receive_feedback", "answer_feedback", "forget_contact", "publish_feedback"]


def test_another_answer_is_not_out_before_an_approver_says_so(office: Office) -> None:
    announcement_id = published(office)
    send(Browser(office.app), f"{FORM}?tin={announcement_id}")
    (row,) = kept(office)
    decide, approver = f"/lam-viec/phan-anh/{row.id}", office.browser("approver")
    approver.post(decide, {"act": "answer", "answer": "Một."})
    approver.post(decide, {"act": "publish", "question": "Hỏi?"})
    office.browser("editor").post(decide, {"act": "answer", "answer": "Hai."})
    with office.services.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert item.answers == ()


def test_general_answers_stand_on_the_page_itself_and_hidden_ones_nowhere(office: Office) -> None:
    resident, approver = Browser(office.app), office.browser("approver")
    _status, page = send(resident)
    send(resident, noi_dung="<script>x</script>")
    rude = next(row for row in kept(office) if row.text.startswith("<"))
    fine = next(row for row in kept(office) if row.id != rude.id)
    approver.post(f"/lam-viec/phan-anh/{fine.id}", {"act": "answer", "answer": "Đã <b>vặn</b>."})
    approver.post(f"/lam-viec/phan-anh/{fine.id}", {"act": "publish", "question": "Loa nhỏ?"})
    approver.post(f"/lam-viec/phan-anh/{rude.id}", {"act": "hide"})
    shown = resident.text(FORM)
    assert "Loa nhỏ?" in shown
    assert "Đã &lt;b&gt;vặn&lt;/b&gt;." in shown
    assert code_in(page) not in shown
    assert "&lt;script&gt;" in approver.text("/lam-viec/phan-anh?xem=hidden")
    assert approver.post(f"/lam-viec/phan-anh/{rude.id}", {"act": "reopen"}).status_code == 303
    assert "Không có phản ánh nào chờ" not in approver.text("/lam-viec/phan-anh")


def test_pressing_twice_makes_one_message_with_one_receipt(office: Office) -> None:
    resident = Browser(office.app)
    with time_machine.travel(utc_now() - timedelta(seconds=10)):
        given = {**fields(resident.text(FORM)), "noi_dung": TEXT}
    first = resident.client.post(FORM, data=given).get_data(as_text=True)
    second = resident.client.post(FORM, data=given).get_data(as_text=True)
    assert code_in(first) == code_in(second)
    assert len(kept(office)) == 1


@pytest.mark.parametrize(
    ("wait_s", "more", "told"),
    [
        (0, {}, "vài giây"),
        (90_000, {}, "mở đã lâu"),
        (10, {"dau": "x"}, "chưa nhận ra"),
        (10, {"trang_web": "http://spam.example"}, "để trống"),
        (10, {"noi_dung": " \n "}, "Chưa có nội dung"),
        (10, {"noi_dung": "a" * 2001}, "2000"),
        (10, {"lien_he": "a" * 201}, "200"),
    ],
)
def test_what_no_person_sends_is_refused_and_what_was_typed_stays(
    office: Office, wait_s: float, more: dict[str, str], told: str
) -> None:
    status, page = send(Browser(office.app), wait_s=wait_s, **more)
    assert status == 400
    assert told in page
    assert more.get("noi_dung", TEXT.splitlines()[0]).strip() in page
    assert kept(office) == []


def test_who_was_too_quick_only_presses_again(office: Office) -> None:
    resident = Browser(office.app)
    _status, page = send(resident, wait_s=0)
    with time_machine.travel(utc_now() + timedelta(seconds=10)):
        again = resident.client.post(FORM, data={**fields(page), "noi_dung": TEXT})
    assert again.status_code == 200
    assert len(kept(office)) == 1


@both_databases
def test_one_sender_is_stopped_for_the_day_and_forgotten_the_next(office: Office) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    db = office.services.db
    with db.writing() as session:
        for _ in range(3):
            count_sending(session, "203.0.113.7", limit=3, now=noon)
        count_sending(session, "203.0.113.8", limit=3, now=noon)
    with pytest.raises(TooMany), db.writing() as session:
        count_sending(session, "203.0.113.7", limit=3, now=noon)
    with db.writing() as session:
        assert session.query(SenderMark).count() == 2
        before = session.scalars(select(SenderMark.mark)).all()
        count_sending(session, "203.0.113.7", limit=3, now=noon + timedelta(days=1))
        (left,) = session.scalars(select(SenderMark.mark))
        assert left not in before
        assert session.query(SenderDay).count() == 1


def test_a_household_is_one_sender() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:3::") != network_of("2001:db8:1:2::")
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.7")


def test_of_a_foreign_unit_nothing_is_read_or_decided(office: Office) -> None:
    send(Browser(office.app))
    (row,) = kept(office)
    other = office.unit_named("xa-khac", "Xã Khác")
    stranger = office.browser("admin", unit=other)
    assert "Loa ở thôn" not in stranger.text("/lam-viec/phan-anh")
    refused = stranger.post(f"/lam-viec/phan-anh/{row.id}", {"act": "hide"})
    assert refused.status_code == 404
    bare = office.browser("editor").client.post(
        f"/lam-viec/phan-anh/{row.id}", data={"act": "hide"}
    )
    assert bare.status_code == 400  # without the form token
    code = {"ma": row.code}
    elsewhere = Browser(office.app).client.post("/xa-khac/phan-anh/tra-loi", data=code)
    assert elsewhere.status_code == 404


def test_the_form_keeps_nothing_in_the_browser_and_needs_no_script(office: Office) -> None:
    answer = Browser(office.app).get(FORM)
    page = answer.get_data(as_text=True)
    assert "<script" not in page
    assert "Set-Cookie" not in answer.headers
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert Browser(office.app).get("/khong-co/phan-anh").status_code == 404
    assert Browser(office.app).get("/xa%00mau/phan-anh").status_code == 404
