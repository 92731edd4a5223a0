"""Sending back, approving with conditions, going out later: by plain forms and in a browser."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from bridge.db import utc_now
from bridge.flags import cover_segment
from bridge.models import Announcement, Approval, Task, User
from bridge.returns import return_announcement
from tests.bridge.lifecycle import Life
from tests.conftest import DATABASES
from tests.web.conftest import Browser, Office

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def life_of(office: Office) -> Life:
    return Life(office.services.db, office.services.media, office.unit)


def ready(office: Office, **options: Any) -> str:
    """An announcement in review of which everything was heard."""
    announcement = office.in_review(**options)
    office.confirm(announcement)
    return announcement


def published(office: Office) -> str:
    """One that is on the portal and was corrected since."""
    life, announcement = life_of(office), ready(office)
    life.publish(life.approve(announcement, office.person("approver").id))
    browser, segment = office.browser("editor"), office.view(announcement).segments[2]
    answer = browser.ask(
        "PATCH",
        f"{page_of(announcement)}/doan/{segment.id}",
        json={"text": "Xin trân trọng cảm ơn."},
        headers={"If-Match": f'"{segment.version}"'},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    office.confirm(announcement)
    return announcement


def approve(browser: Browser, office: Office, announcement: str, **fields: str) -> Any:
    fields = {"digest": office.view(announcement).digest, "when": "now", **fields}
    return browser.post(f"{page_of(announcement)}/duyet", fields)


def local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%d/%m/%Y %H:%M")


def standing(office: Office, announcement: str) -> Approval:
    with office.services.db.reading() as session:
        return session.scalars(
            select(Approval).where(
                Approval.announcement_id == announcement, Approval.voided_at.is_(None)
            )
        ).one()


def hold_until(office: Office, announcement: str, valid_until: datetime) -> None:
    with office.services.db.writing() as session:
        session.get_one(Announcement, announcement).valid_until = valid_until


def main_part(page: str) -> str:
    return page.split('id="main"')[1]


@both_databases
def test_sent_back_answered_and_approved(office: Office) -> None:
    announcement = ready(office)
    approver, editor = office.browser("approver"), office.browser("editor")
    answer = approver.post(f"{page_of(announcement)}/tra-lai", {"comment": "  "})
    assert answer.status_code == 400
    assert "Cho biết cần sửa gì" in answer.get_data(as_text=True)
    comment = {"comment": "Nghe lại <giờ>.\nViết hoa tên thôn."}
    assert approver.post(f"{page_of(announcement)}/tra-lai", comment).status_code == 303
    page = main_part(editor.text(page_of(announcement)))
    assert page.index("Nghe lại &lt;giờ&gt;.\nViết hoa tên thôn.") < page.index('class="lines"')
    assert "Đã sửa, trình lại" in page
    assert "Duyệt và đăng" not in page
    answered = {"reply": "Đã nghe lại, đúng."}
    assert editor.post(f"{page_of(announcement)}/trinh-lai", answered).status_code == 303
    page = main_part(editor.text(page_of(announcement)))
    assert "Đã sửa, trình lại" not in page
    assert "sửa xong, trình lại: Đã nghe lại, đúng." in page
    assert "trả lại để sửa: Nghe lại &lt;giờ&gt;." in page  # it stays in the history
    assert approve(approver, office, announcement).status_code == 303


def test_approving_what_is_sent_back_has_to_say_so(office: Office) -> None:
    announcement, approver = ready(office), office.browser("approver")
    approver.post(f"{page_of(announcement)}/tra-lai", {"comment": "Sai tên."})
    page = main_part(approver.text(page_of(announcement)))
    assert "1 lời nhắn trả lại để sửa coi như đã xong" in page
    assert page.count("Duyệt và đăng</button>") == 1  # not in the bar, where nothing is said
    answer = approve(approver, office, announcement)
    assert answer.status_code == 409
    assert "còn 1 lời nhắn chưa có trả lời" in answer.get_data(as_text=True)
    answer = approve(approver, office, announcement, resolve_returns="on")
    assert answer.status_code == 303
    assert "coi như đã xong 1 lời nhắn" in approver.text(page_of(announcement))


@both_databases
def test_approved_for_later_it_says_when_and_goes_out_at_once_when_wanted(office: Office) -> None:
    announcement, approver = ready(office), office.browser("approver")
    moment = local(utc_now() + timedelta(days=2))
    answer = approve(approver, office, announcement, when="later", publish_at=moment)
    assert answer.status_code == 303
    shown = f"{moment[-5:]}, {moment[:10]}"
    page = main_part(approver.text(page_of(announcement)))
    assert f"Sẽ đăng lúc {shown}." in page
    assert f"duyệt bản tin: hẹn đăng lúc {shown}" in page
    assert "Đang tạo" not in page
    assert "data-moving" not in page
    told = approver.ask("GET", f"{page_of(announcement)}/trang-thai").get_json()
    assert (told["word"], told["moving"]) == ("Đã duyệt, hẹn giờ đăng", False)
    assert f"Sẽ đăng lúc {shown}." in approver.text("/lam-viec/")
    assert "Đăng ngay</button>" not in office.browser("editor").text(page_of(announcement))
    assert approver.post(f"{page_of(announcement)}/dang-ngay", {}).status_code == 303
    page = main_part(approver.text(page_of(announcement)))
    assert ("data-moving" in page, "Sẽ đăng lúc" in page) == (True, False)
    assert standing(office, announcement).publish_at is None


def test_an_hour_taken_back_leads_back_to_review(office: Office) -> None:
    announcement, approver = ready(office), office.browser("approver")
    moment = local(utc_now() + timedelta(days=2))
    approve(approver, office, announcement, when="later", publish_at=moment)
    assert approver.post(f"{page_of(announcement)}/huy-hen-gio", {}).status_code == 303
    assert office.view(announcement).work.state == "in_review"
    assert "hủy hẹn giờ đăng" in approver.text(page_of(announcement))
    answer = approver.post(f"{page_of(announcement)}/huy-hen-gio", {})
    assert answer.status_code == 409
    assert "chưa thể hủy hẹn giờ đăng" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Chưa điền giờ đăng"),
        ("sáng mai", "Giờ đăng chưa đúng"),
        ("21/11/2020 05:30", "Giờ đăng đã qua"),
    ],
)
def test_a_wrong_hour_comes_back_with_what_was_typed(office: Office, typed: str, told: str) -> None:
    announcement, approver = ready(office), office.browser("approver")
    answer = approve(approver, office, announcement, when="later", publish_at=typed)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, told in page) == (400, True)
    assert f'value="{typed}"' in page
    assert office.view(announcement).work.state == "in_review"


def test_what_no_longer_holds_is_told_and_not_offered_for_later(office: Office) -> None:
    announcement, approver = ready(office), office.browser("approver")
    hold_until(office, announcement, utc_now() + timedelta(days=1))
    assert "lúc bản tin hết hiệu lực" in approver.text(page_of(announcement))
    late = local(utc_now() + timedelta(days=2))
    answer = approve(approver, office, announcement, when="later", publish_at=late)
    assert answer.status_code == 400
    assert "Chọn giờ sớm hơn, hoặc sửa ô" in answer.get_data(as_text=True)
    assert approver.text(page_of(announcement)).count("Duyệt và đăng</button>") == 1  # on top

    hold_until(office, announcement, utc_now() - timedelta(days=1))
    page = approver.text(page_of(announcement))
    assert "Bản tin đã hết hiệu lực lúc" in page
    assert 'name="publish_at"' not in page
    assert "Đến phần duyệt" in page  # so that nobody presses the button above without having read
    approve(approver, office, announcement)
    assert standing(office, announcement).publish_at is None


def test_an_hour_in_the_field_counts_only_with_its_own_button(office: Office) -> None:
    announcement, approver = ready(office), office.browser("approver")
    approve(approver, office, announcement, publish_at="21/11/2020 05:30")
    assert standing(office, announcement).publish_at is None


def test_a_page_that_is_left_open_asks_again_when_the_hour_is_near(office: Office) -> None:
    announcement, approver = ready(office), office.browser("approver")
    moment = local(utc_now() + timedelta(days=2))
    approve(approver, office, announcement, when="later", publish_at=moment)
    with office.services.db.writing() as session:
        soon = utc_now() + timedelta(minutes=5)
        session.execute(update(Task).where(Task.kind == "publish").values(not_before=soon))
    page = main_part(approver.text(page_of(announcement)))
    assert "Sẽ đăng lúc" in page
    assert "data-moving" in page
    assert "data-working" not in page  # nothing works at it yet


@both_databases
def test_a_correction_asks_what_residents_are_told(office: Office) -> None:
    announcement, approver = published(office), office.browser("approver")
    page = main_part(approver.text(page_of(announcement)))
    assert page.count("Duyệt và đăng</button>") == 1
    assert "Lời đính chính" in page
    answer = approve(approver, office, announcement, public_note=" ")
    assert answer.status_code == 400
    assert "Viết lời đính chính cho bà con" in answer.get_data(as_text=True)
    note = "Lời cảm ơn ghi thiếu."
    assert approve(approver, office, announcement, public_note=note).status_code == 303
    approval = standing(office, announcement)
    assert (approval.public_note, approval.spelling_only) == (note, False)
    assert f"duyệt bản tin: đính chính: {note}" in approver.text(page_of(announcement))


def test_a_correction_of_spelling_alone_is_the_approvers_word(office: Office) -> None:
    announcement, approver = published(office), office.browser("approver")
    assert approve(approver, office, announcement, spelling_only="on").status_code == 303
    assert standing(office, announcement).spelling_only
    assert "chỉ sửa chính tả" in approver.text(page_of(announcement))


def test_a_first_publication_is_not_asked_for_a_note(office: Office) -> None:
    page = office.browser("approver").text(page_of(ready(office)))
    assert "Lời đính chính" not in page


def test_the_panel_leads_to_all_that_is_to_be_looked_at(office: Office) -> None:
    announcement = ready(office)
    segments = office.view(announcement).segments
    with office.services.db.writing() as session:
        editor = office.person("editor").id
        cover_segment(session, segment_id=segments[2].id, cover="cut", actor_id=editor)
    page = main_part(office.browser("approver").text(page_of(announcement)))
    panel = page.split('id="duyet"')[1].split("</section>")[0]
    assert f'href="{page_of(announcement)}/so-voi-may"' in panel
    assert 'href="#must-title"' in panel
    assert "1 đoạn không đăng hoặc che tiếng" in panel
    assert f'href="#doan-{segments[2].id}"' in panel
    assert "cắt cả tiếng và chữ" in panel
    assert 'id="duyet"' not in office.browser("editor").text(page_of(announcement))


@both_databases
def test_what_waits_to_be_heard_is_made_urgent_and_back(office: Office) -> None:
    announcement = office.received().announcement_id
    browser = office.browser("operator")
    assert "Khẩn cấp, chép trước</button>" in browser.text(page_of(announcement))
    answer = browser.post(f"{page_of(announcement)}/muc-khan", {"priority": "urgent"})
    assert (answer.status_code, answer.location) == (303, page_of(announcement))
    page = browser.text(page_of(announcement))
    assert "KHẨN CẤP" in page
    assert "Thôi khẩn cấp</button>" in page
    assert "đổi mức khẩn: khẩn cấp" in page
    assert browser.post(f"{page_of(announcement)}/muc-khan", {"priority": "x"}).status_code == 400
    in_review = office.in_review()
    assert "chép trước" not in browser.text(page_of(in_review))
    answer = browser.post(f"{page_of(in_review)}/muc-khan", {"priority": "urgent"})
    assert answer.status_code == 409


@pytest.mark.parametrize("act", ["tra-lai", "trinh-lai", "dang-ngay", "huy-hen-gio", "muc-khan"])
def test_a_foreign_announcement_does_not_exist_for_any_of_it(office: Office, act: str) -> None:
    announcement = office.in_review()
    other = office.unit_named("xa-khac", "Xã Khác")
    browser = office.browser("operator", "editor", "approver", "admin", unit=other)
    fields = {"comment": "x", "priority": "urgent"}
    assert browser.post(f"{page_of(announcement)}/{act}", fields).status_code == 404


@pytest.mark.parametrize("act", ["tra-lai", "dang-ngay", "huy-hen-gio"])
def test_an_editor_does_not_decide_as_an_approver(office: Office, act: str) -> None:
    announcement = office.in_review()
    fields = {"comment": "x"}
    browser = office.browser("editor")
    assert browser.post(f"{page_of(announcement)}/{act}", fields).status_code == 403


@pytest.mark.browser
def test_on_a_telephone_it_is_approved_for_later(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = ready(office)
    with office.services.db.writing() as session:
        return_announcement(
            session,
            announcement_id=announcement,
            comment="Nghe lại giờ tiêm. " * 20,
            actor_id=office.person("approver").id,
        )
    hold_until(office, announcement, utc_now() + timedelta(days=2))
    page, _user = sign_in("approver", path=page_of(announcement))
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("link", name="Đến phần duyệt").click()
    panel = page.locator("#duyet")
    expect(panel.get_by_role("heading", name="Duyệt")).to_be_in_viewport()
    panel.get_by_label("coi như đã xong").check()
    panel.get_by_text("Hẹn giờ đăng", exact=True).click()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    sizes = panel.locator("button:visible, input:visible:not([type=checkbox]), summary:visible")
    assert all((box or {}).get("height", 0) >= 44 for box in map(_box, sizes.all()))
    moment = local(utc_now() + timedelta(days=1))
    told = panel.get_by_text("Đến giờ đăng này bản tin đã hết hiệu lực.")
    for typed, is_late in ((local(utc_now() + timedelta(days=3)), True), (moment, False)):
        panel.get_by_label("Đăng lúc").fill(typed)
        expect(told).to_be_visible(visible=is_late)
    panel.get_by_role("button", name="Duyệt và hẹn giờ đăng").click()
    expect(page.get_by_text(re.compile("^Sẽ đăng lúc "))).to_be_visible()
    approval = standing(office, announcement)
    assert approval.publish_at is not None
    assert local(approval.publish_at) == moment
    page.get_by_role("button", name="Hủy hẹn giờ").click()
    expect(page.get_by_role("button", name="Duyệt và đăng")).to_be_visible()
    assert complaints == []


def _box(found: Any) -> Any:
    return found.bounding_box()


def name_it(office: Office, announcement: str, title: str) -> None:
    with office.services.db.writing() as session:
        session.get_one(Announcement, announcement).title = title


def test_what_a_title_says_is_decided_and_the_decision_noted(office: Office) -> None:
    announcement = ready(office)
    name_it(office, announcement, "Gọi 0912 345 678")
    browser = office.browser("approver")
    page = browser.text(page_of(announcement))
    assert "Tiêu đề có số điện thoại: “0912 345 678”." in page
    assert "Đến phần duyệt" in page  # nothing is approved with one press
    refused = approve(browser, office, announcement)
    assert refused.status_code == 409
    assert "đã xem và vẫn đăng" in refused.get_data(as_text=True)
    assert office.view(announcement).work.state == "in_review"
    assert approve(browser, office, announcement, keep_details="on").status_code == 303
    assert office.view(announcement).work.state == "approved"
    page = browser.text(page_of(announcement))
    assert "vẫn đăng số điện thoại ở phần tiêu đề" in page


def test_a_title_of_covered_words_is_seen(office: Office) -> None:
    announcement = ready(office)
    segment = office.view(announcement).segments[0]
    name_it(office, announcement, segment.text)
    with office.services.db.writing() as session:
        cover_segment(
            session, segment_id=segment.id, cover="beep", actor_id=office.person("editor").id
        )
    browser = office.browser("approver")
    assert "Tiêu đề nhắc lại lời đã che hoặc bỏ" in browser.text(page_of(announcement))
    assert approve(browser, office, announcement).status_code == 409
    name_it(office, announcement, "Lịch tiêm chủng")
    assert "Xem lại phần Thông tin trước khi đăng" not in browser.text(page_of(announcement))
    assert approve(browser, office, announcement).status_code == 303
