"""The script on the desk: attached, used, taken back, dropped, by forms alone."""

import io
import re

import pytest

from tests.conftest import DATABASES
from tests.transcribe.documents import document
from tests.web.conftest import TEXTS, Browser, Office

# What the office's engine heard, as its script has it: one word more, one spelled otherwise.
SCRIPT = (
    "Kính thưa toàn thể bà con.",
    "Trạm Y tế xã tiêm chủng lúc 7 giờ 30 phút.",
    "Xin trân trọng cảm ơn.",
)
OTHER = (
    "Điện lực tạm ngừng cấp điện để sửa chữa đường dây khu vực chợ cũ vào buổi chiều. Học sinh "
    "khối mầm non được nghỉ vì rét đậm."
)


def place(announcement_id: str, rest: str = "") -> str:
    return f"/lam-viec/ban-tin/{announcement_id}{rest}"


def attach(browser: Browser, announcement_id: str, **fields: object) -> tuple[int, str]:
    answer = browser.post(
        place(announcement_id, "/van-ban"),
        fields,
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    return answer.status_code, answer.get_data(as_text=True)


def texts(office: Office, announcement_id: str) -> list[str]:
    return [segment.text for segment in office.view(announcement_id).segments]


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize("office", DATABASES, indirect=True)
def test_a_pasted_script_becomes_the_text_and_can_be_taken_back(office: Office) -> None:
    announcement_id, browser = office.in_review(), office.browser("editor")
    page = browser.text(place(announcement_id))
    assert "Gắn văn bản người đọc đã dùng" in page
    status, page = attach(browser, announcement_id, script_text="\r\n".join(SCRIPT))
    assert status == 200
    assert texts(office, announcement_id) == list(SCRIPT)
    shown = plain(page)
    assert "Chữ dán vào" in shown
    assert "lấy từ văn bản này ở 3 đoạn" in shown
    assert "Không thấy chỗ nào người đọc nói khác văn bản." in shown
    assert "Nguyễn An lấy lời bản tin từ văn bản đã duyệt" in shown
    answer = browser.post(place(announcement_id, "/van-ban/tro-lai"), {}, follow_redirects=True)
    assert texts(office, announcement_id) == list(TEXTS)
    assert "Văn bản đang để riêng." in plain(answer.get_data(as_text=True))
    browser.post(place(announcement_id, "/van-ban/dung"), {})
    assert texts(office, announcement_id) == list(SCRIPT)


def test_a_document_is_read_and_its_name_shown(office: Office) -> None:
    announcement_id, browser = office.in_review(), office.browser("approver")
    content = document(*SCRIPT)
    file = (io.BytesIO(content), "C:\\Bản tin\\bài đọc.docx")
    status, page = attach(browser, announcement_id, script_file=file)
    assert status == 200
    assert "bài đọc.docx" in page
    assert "Bản tin\\" not in page
    assert texts(office, announcement_id) == list(SCRIPT)


def test_departures_are_counted_and_lead_to_the_questions(office: Office) -> None:
    announcement_id, browser = office.in_review(), office.browser("editor")
    script = "\n".join(SCRIPT).replace("7 giờ", "8 giờ")
    _, page = attach(browser, announcement_id, script_text=script)
    assert "Người đọc nói khác văn bản ở 1 chỗ." in plain(page)
    assert "Còn 1 chỗ cần xem" in plain(page)
    assert "Người đọc nói “7 giờ 30 phút.”, văn bản ghi “8 giờ 30 phút.”" in plain(page)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"script_text": OTHER}, "khác hẳn lời trong bản ghi"),
        ({"script_text": "  "}, "Văn bản không có chữ nào"),
        ({}, "Văn bản không có chữ nào"),
        ({"script_file": (b"%PDF-1.7", "a.pdf")}, "Chỉ nhận văn bản .docx hoặc .txt"),
        ({"script_file": (b"PK\x03\x04", "a.docx")}, "Không mở được văn bản này"),
        ({"script_file": ("Céng hßa x· héi chñ nghÜa".encode("latin-1"), "a.txt")}, "TCVN3"),
        ({"script_file": (b"ab " * 100_000, "a.txt")}, "Văn bản quá dài"),
    ],
)
def test_what_cannot_be_used_is_explained_and_changes_nothing(
    office: Office, fields: dict[str, object], words: str
) -> None:
    announcement_id, browser = office.in_review(), office.browser("editor")
    before = office.view(announcement_id)
    sent = {
        name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    status, page = attach(browser, announcement_id, **sent)
    assert status == 400
    assert words in page
    assert office.view(announcement_id) == before
    if fields.get("script_text") == OTHER:
        assert OTHER in page  # nothing typed is lost


def test_before_the_text_is_there_it_waits_and_an_operator_may_drop_it(office: Office) -> None:
    announcement_id = office.received().announcement_id
    browser = office.browser("operator")
    status, page = attach(browser, announcement_id, script_text="\n".join(SCRIPT))
    assert status == 200
    assert "Văn bản sẽ thành lời bản tin khi máy chép xong." in plain(page)
    page = browser.post(place(announcement_id, "/van-ban/bo"), {}, follow_redirects=True).get_data(
        as_text=True
    )
    assert "Văn bản sẽ thành" not in plain(page)


def test_a_script_asks_in_json_and_is_answered_so(office: Office) -> None:
    browser = office.browser("editor")
    waiting, heard = office.received().announcement_id, office.in_review()
    for announcement_id, applied in ((waiting, False), (heard, True)):
        answer = browser.ask(
            "POST",
            place(announcement_id, "/van-ban"),
            data={"script_text": "\n".join(SCRIPT)},
            content_type="multipart/form-data",
        )
        assert answer.get_json() == {"announcement": announcement_id, "applied": applied}
    answer = browser.ask("POST", place(waiting, "/van-ban"), data={"script_text": ""})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "script_empty")


def test_once_there_is_text_operators_see_the_script_without_the_buttons(office: Office) -> None:
    announcement_id, operator = office.in_review(), office.browser("operator")
    assert "script_text" not in operator.text(place(announcement_id))
    assert attach(operator, announcement_id, script_text="\n".join(SCRIPT))[0] == 403
    attach(office.browser("editor"), announcement_id, script_text="\n".join(SCRIPT))
    page = operator.text(place(announcement_id))
    assert "Lời bản tin lấy từ văn bản này" in plain(page)
    assert "/van-ban/tro-lai" not in page
    for action in ("/van-ban/tro-lai", "/van-ban/dung", "/van-ban/bo"):
        assert operator.post(place(announcement_id, action), {}).status_code in (403, 404, 409)
    assert texts(office, announcement_id) == list(SCRIPT)


def test_strangers_see_no_announcement_at_all(office: Office) -> None:
    announcement_id = office.in_review()
    stranger = office.browser("editor", unit=office.unit_named("xa-khac", "Xã Khác"))
    for rest in ("", "/dung", "/tro-lai", "/bo"):
        answer = stranger.post(place(announcement_id, f"/van-ban{rest}"), {"script_text": "x"})
        assert answer.status_code == 404


def test_writes_without_the_form_token_are_refused(office: Office) -> None:
    announcement_id, browser = office.in_review(), office.browser("editor")
    answer = browser.client.post(place(announcement_id, "/van-ban"), data={"script_text": "x"})
    assert answer.status_code == 400
    assert texts(office, announcement_id) == list(TEXTS)
