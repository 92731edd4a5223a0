"""What the machine may have made up: shown, decided, undone."""

import re

import pytest

from bridge.flags import NewFlag, save_flags
from tests.conftest import DATABASES
from tests.web.conftest import TEXTS, Office
from tests.web.editor.test_announcement import page_of, publish

LOOP = {"text": "xin cảm ơn", "times": 5}
SENTENCES = [
    ("known_phrase", {"phrase": "hẹn * video"}, "“Xin cảm” là câu hay gặp trong video trên mạng"),
    ("loop", LOOP, "lặp lại “xin cảm ơn” 5 lần"),
    ("loop", {"text": "a " * 300, "times": 4}, "a a…” 4 lần"),
    ("too_fast", {"syllables": 60, "duration_ms": 2800}, "60 tiếng trong 2,8 giây"),
    ("too_slow", {"syllables": 3, "duration_ms": 12000}, "chỉ có 3 tiếng trong 12 giây"),
    ("script_added", {"spoken": "xin chào", "script": ""}, "Người đọc nói thêm: “xin chào”"),
    ("script_skipped", {"spoken": "", "script": "xin chào"}, "Người đọc bỏ qua: “xin chào”"),
    (
        "script_changed",
        {"spoken": "tám giờ", "script": "bảy giờ"},
        "Người đọc nói “tám giờ”, văn bản ghi “bảy giờ”",
    ),
]


def flag(
    office: Office, announcement: str, number: int = 2, kind: str = "loop", reason: object = LOOP
) -> str:
    """Flag the segment of this number; the segment's id."""
    segment = office.view(announcement).segments[number]
    assert isinstance(reason, dict)
    with office.services.db.writing() as session:
        save_flags(session, announcement, [NewFlag(segment.id, kind, 0, 2, reason)], kinds=())
    return segment.id


def line_of(page: str, segment_id: str) -> str:
    found = re.search(rf'<li id="doan-{segment_id}".*?</li>', page, re.S)
    assert found is not None
    return found.group()


def choice(announcement: str, segment_id: str) -> str:
    return f"{page_of(announcement)}/doan/{segment_id}/chon"


@pytest.mark.parametrize(("kind", "reason", "words"), SENTENCES)
def test_a_flag_is_said_in_words(
    office: Office, kind: str, reason: dict[str, object], words: str
) -> None:
    announcement = office.in_review()
    segment = flag(office, announcement, kind=kind, reason=reason)
    line = line_of(office.browser("editor").text(page_of(announcement)), segment)
    assert words in line
    assert ("Đoạn này có thể do máy tự nghĩ ra:" in line) == (not kind.startswith("script"))


@pytest.mark.parametrize("office", DATABASES, indirect=True)
def test_a_flagged_passage_is_folded_and_keeps_it_from_being_approved(office: Office) -> None:
    announcement = office.in_review()
    segment = flag(office, announcement)
    approver = office.browser("approver")
    page = approver.text(page_of(announcement))
    line = line_of(page, segment)
    assert "<details" in line
    assert "Giữ lại" in line
    assert "Ẩn khỏi bản tin" in line
    assert "<details" not in line_of(page, office.view(announcement).segments[0].id)
    assert "Còn 1 đoạn cần chọn" in page
    assert re.search(r"data-approve hidden>", page)
    digest = office.view(announcement).digest
    answer = approver.post(f"{page_of(announcement)}/duyet", {"digest": digest})
    assert answer.status_code == 409
    assert "Còn 1 đoạn chưa chọn" in answer.get_data(as_text=True)


def test_a_passage_is_hidden_and_shown_again_by_plain_forms(office: Office) -> None:
    announcement = office.in_review()
    segment = flag(office, announcement)
    browser = office.browser("editor")
    answer = browser.post(choice(announcement, segment), {"decision": "hide"})
    assert answer.status_code == 303
    assert answer.location == f"{page_of(announcement)}#doan-{segment}"
    page = browser.text(page_of(announcement))
    assert "Đã ẩn khỏi bản tin: lặp lại" in line_of(page, segment)
    assert "Đổi ý, cho hiện lại" in line_of(page, segment)
    assert "data-undecided" not in page
    assert "ẩn đoạn 0:06 khỏi bản tin" in page  # in the history
    browser.post(choice(announcement, segment), {"decision": "keep"})
    line = line_of(browser.text(page_of(announcement)), segment)
    assert "<details" not in line
    assert "Đã giữ lại. Máy ngờ: lặp lại" in line
    assert "Đổi ý, ẩn khỏi bản tin" in line


def test_what_is_published_lacks_the_hidden_text(office: Office) -> None:
    announcement = office.in_review()
    segment = flag(office, announcement)
    office.browser("editor").post(choice(announcement, segment), {"decision": "hide"})
    publish(office, announcement)
    browser = office.browser("operator")
    assert "Đã ẩn khỏi bản tin:" in line_of(browser.text(page_of(announcement)), segment)
    assert "Đổi ý" not in browser.text(page_of(announcement))
    told = browser.get(f"/api/v1/work/announcements/{announcement}").get_json()["segments"]
    assert [(item["text"], item["hidden"]) for item in told] == [
        (TEXTS[0], False),
        (TEXTS[1], False),
        (TEXTS[2], True),
    ]


def test_several_of_a_kind_are_decided_at_once(office: Office) -> None:
    announcement = office.in_review()
    for number in (1, 2):
        flag(office, announcement, number)
    browser = office.browser("editor")
    page = browser.text(page_of(announcement))
    assert "2 đoạn lặp đi lặp lại" in page
    fields = {"kind": "loop", "decision": "hide"}
    assert browser.post(f"{page_of(announcement)}/chon", fields).status_code == 303
    assert [item.hidden for item in office.view(announcement).segments] == [False, True, True]
    assert "ẩn 2 đoạn khỏi bản tin" in browser.text(page_of(announcement))


def test_a_text_saved_by_the_script_tells_how_many_still_wait(office: Office) -> None:
    announcement = office.in_review()
    segments = [flag(office, announcement, number) for number in (1, 2)]
    answer = office.browser("editor").ask(
        "PATCH",
        f"{page_of(announcement)}/doan/{segments[0]}",
        json={"text": "Chữ mới."},
        headers={"If-Match": '"1"'},
    )
    assert answer.get_json()["undecided"] == 1
    page = office.browser("editor").text(page_of(announcement))
    assert "Đã sửa chữ." in line_of(page, segments[0])


def test_wrong_choices_and_foreign_passages_are_refused(office: Office) -> None:
    announcement, other = office.in_review(), office.in_review()
    segment = flag(office, announcement)
    browser = office.browser("editor")
    answer = browser.post(choice(announcement, segment), {"decision": "burn"})
    assert answer.status_code == 400
    assert "Chọn giữ lại hoặc ẩn" in answer.get_data(as_text=True)
    assert browser.post(choice(other, segment), {"decision": "hide"}).status_code == 404
    stranger = office.browser("editor", "admin", unit=office.unit_named("xa-khac", "Xã Khác"))
    assert stranger.post(choice(announcement, segment), {"decision": "hide"}).status_code == 404
    operator = office.browser("operator")
    assert "Giữ lại</button>" not in operator.text(page_of(announcement))
    assert operator.post(choice(announcement, segment), {"decision": "hide"}).status_code == 403
    assert not office.view(announcement).segments[2].hidden
