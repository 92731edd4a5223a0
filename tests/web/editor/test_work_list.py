import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bridge.db import utc_now
from bridge.editing import save_segment_text
from bridge.models import Announcement, AuditEntry, Task
from bridge.returns import return_announcement
from bridge.review import withdraw_announcement
from bridge.tasks import report_progress
from tests.web.conftest import Browser, Office
from web.editor.waiting import say_waited
from web.editor.work_list import PAGE_SIZE

LIST = "/lam-viec/"


def row_of(page: str, announcement_id: str) -> str:
    found = re.search(rf'<tr data-id="{announcement_id}".*?</tr>', page, re.S)
    assert found is not None
    return found.group()


def test_an_empty_list_says_what_this_place_is_for_and_what_to_do(office: Office) -> None:
    page = office.browser("operator").text(LIST)
    assert "Chưa có bản tin nào" in page
    assert "Gửi bản ghi đầu tiên" in page
    assert "Gửi bản ghi đầu tiên" not in office.browser("approver").text(LIST)


def test_who_has_no_role_is_told_whom_to_ask(office: Office) -> None:
    page = office.browser_of(office.person()).text(LIST)
    assert "Bạn chưa được giao việc" in page
    assert "người quản trị" in page


def test_every_line_shows_its_state_as_a_word_and_a_shape(office: Office) -> None:
    reviewed, failed = office.in_review(), office.failed()
    page = office.browser("editor").text(LIST)
    assert "Chờ duyệt" in row_of(page, reviewed)
    assert "#shape-review" in row_of(page, reviewed)
    assert "Chưa chép được" in row_of(page, failed)
    assert "#shape-failed" in row_of(page, failed)
    assert "loa doctor" in row_of(page, failed)  # the reason, with the next step


def test_progress_is_shown_and_told_to_the_pages_script(office: Office) -> None:
    browser = office.browser("editor")
    announcement, run = office.transcribing()
    row = row_of(browser.text(LIST), announcement)
    assert "Đã nghe 0:03 / 0:09" in row
    assert 'value="40"' in row
    report_progress(office.services.db, run, 6_750, 9_000)
    with office.services.db.writing() as session:
        session.get_one(Task, run.id).remaining_s = 170
    (told,) = browser.ask("GET", "/lam-viec/tien-do").get_json()["items"]
    assert (told["id"], told["percent"], told["moving"]) == (announcement, 75, True)
    assert told["detail"] == "Đã nghe 0:06 / 0:09, còn khoảng 3 phút"
    assert told["remaining"] == "còn khoảng 3 phút"


def test_what_waits_tells_how_many_come_before_it(office: Office) -> None:
    browser = office.browser("editor")
    first, second = office.received(), office.received()
    page = browser.text(LIST)
    assert "Máy sẽ chép khi đến lượt." in row_of(page, first.announcement_id)
    assert "Đang chờ: trước đó còn 1 bản tin." in row_of(page, second.announcement_id)


def test_hearing_is_stopped_from_the_list(office: Office) -> None:
    announcement, _run = office.transcribing()
    reviewed = office.in_review()
    browser = office.browser("operator")
    page = browser.text(LIST)
    assert "Dừng chép" in row_of(page, announcement)
    assert "Dừng chép" not in row_of(page, reviewed)
    path = f"/lam-viec/ban-tin/{announcement}/dung"
    answer = browser.post(path, {"next": f"{LIST}?nhom=dang-chep"})
    assert (answer.status_code, answer.location) == (303, f"{LIST}?nhom=dang-chep")
    row = row_of(browser.text(LIST), announcement)
    assert "Đã dừng chép" in row
    assert "Chép tiếp" in row
    assert "data-moving" not in row


def test_the_script_is_told_how_what_it_still_shows_as_moving_has_ended(office: Office) -> None:
    reviewed, other = office.in_review(), office.in_review()
    told = office.browser("editor").ask("GET", f"/lam-viec/tien-do?ids={reviewed}").get_json()
    assert [item["id"] for item in told["items"]] == [reviewed]
    assert told["items"][0]["word"] == "Chờ duyệt"
    assert other not in str(told["items"])


def test_the_list_can_be_filtered_by_what_is_waited_for(office: Office) -> None:
    reviewed, failed = office.in_review(), office.failed()
    browser = office.browser("editor")
    page = browser.text(f"{LIST}?nhom=vuong")
    assert f'data-id="{failed}"' in page
    assert f'data-id="{reviewed}"' not in page
    assert "Chưa có bản tin nào bị gỡ" in browser.text(f"{LIST}?nhom=da-go")
    assert reviewed in browser.text(f"{LIST}?nhom=khong-co-nhom-nay")


def test_what_is_done_never_pushes_what_waits_off_the_page(office: Office) -> None:
    waiting = office.in_review()
    approver = office.person("approver")
    for _ in range(7):
        done = office.in_review()
        with office.services.db.writing() as session:
            withdraw_announcement(session, announcement_id=done, reason="thử", actor_id=approver.id)
    browser = office.browser("editor")
    page = browser.text(LIST)
    assert waiting in page
    assert page.count("Không còn trên trang tin.") == 5
    assert "Xem cả 7 bản tin" in page
    assert browser.text(f"{LIST}?nhom=da-go").count("Không còn trên trang tin.") == 7


def test_foreign_announcements_are_not_on_the_list(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    foreign, own = office.in_review(unit=other), office.in_review()
    browser = office.browser("editor")
    page = browser.text(LIST)
    assert own in page
    assert foreign not in page
    assert foreign not in browser.get(f"/lam-viec/tien-do?ids={foreign}").get_data(as_text=True)


def waiting(browser: Browser) -> list[str]:
    told: list[str] = browser.ask("GET", "/lam-viec/tien-do").get_json()["waiting"]
    return told


def section(page: str, key: str) -> str:
    """What stands under a heading; nothing where the heading is not there."""
    found = re.search(rf'aria-labelledby="group-{key}".*?</section>', page, re.S)
    return found.group() if found else ""


def change(office: Office, announcement_id: str, **values: object) -> None:
    with office.services.db.writing() as session:
        session.execute(
            update(Announcement).where(Announcement.id == announcement_id).values(**values)
        )


def edit_first(office: Office, announcement_id: str, actor_id: str) -> None:
    segment = office.view(announcement_id).segments[0]
    with office.services.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text="Kính thưa toàn thể bà con.",
            actor_id=actor_id,
        )


@pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
def test_what_waits_depends_on_who_looks(office: Office) -> None:
    operator, editor, approver = (office.browser(one) for one in ("operator", "editor", "approver"))
    failed, asks, calm = office.failed(), office.in_review(), office.in_review(texts=["Xin chào."])
    office.received()
    assert waiting(operator) == [failed]
    assert set(waiting(editor)) == {asks, calm}  # nobody has touched them
    assert waiting(approver) == [calm]  # the other has an hour that somebody must hear
    office.confirm(asks)
    assert set(waiting(approver)) == {asks, calm}
    assert waiting(editor) == [calm]
    with office.services.db.writing() as session:
        return_announcement(
            session,
            announcement_id=asks,
            comment="Nghe lại giờ tiêm.",
            actor_id=office.person("approver").id,
        )
    assert set(waiting(editor)) == {asks, calm}
    assert waiting(approver) == [calm]
    page = editor.text(LIST)
    assert "Nghe lại giờ tiêm." in row_of(section(page, "cho-toi"), asks)
    assert asks not in section(page, "cho-duyet")  # each stands once
    assert failed in section(page, "vuong")


def test_ones_own_text_waits_for_another_approver(office: Office) -> None:
    announcement, person = office.in_review(texts=["Xin chào."]), office.person("approver")
    edit_first(office, announcement, person.id)
    assert waiting(office.browser_of(person)) == []
    assert waiting(office.browser("approver")) == [announcement]


def test_a_line_says_how_long_it_has_waited_and_since_when(office: Office) -> None:
    announcement = office.in_review()
    with office.services.db.reading() as session:
        since = session.scalars(
            select(AuditEntry.at).where(AuditEntry.action == "transcribe")
        ).one()
    row = row_of(office.browser("editor").text(LIST), announcement)
    assert "vừa mới đến" in row
    assert f'datetime="{since.isoformat()}"' in row
    assert re.search(r'title="Từ \d\d:\d\d, \d\d/\d\d/\d{4}"', row)
    for waited, words in (
        (timedelta(seconds=61), "chờ 1 phút"),
        (timedelta(minutes=119), "chờ 1 giờ"),
        (timedelta(hours=73), "chờ 3 ngày"),
    ):
        with office.app.test_request_context(headers={"Cookie": "loa_language=vi"}):
            assert say_waited(waited) == words


def test_filters_combine_and_stand_in_the_address(office: Office) -> None:
    office.unit_named("xa-khac", "Xã Khác")
    power, vaccine = office.in_review(title="Cắt điện"), office.in_review(title="Tiêm chủng")
    failed = office.failed()
    change(office, power, priority="urgent", category="Đời sống")
    change(office, vaccine, broadcast_at=utc_now() - timedelta(days=30))
    browser = office.browser("editor")
    for address, found in (
        ("tim=tiem+CHUNG", {vaccine, failed}),  # the failed one is called so too
        ("tim=tiem&nhom=cho-duyet", {vaccine}),
        ("khan=1", {power}),
        ("loai=Đời+sống&nhom=cho-toi", {power}),
        ("loai=Y+tế", set()),
        (f"tu={utc_now():%d/%m/%Y}&tim=tiem", {failed}),
        (f"den={utc_now() - timedelta(days=20):%d/%m/%Y}", {vaccine}),
        ("don-vi=xa-khac&tim=dien", {power}),  # not one of the person's: passed over
        ("toi=1", set()),
    ):
        page = browser.text(f"{LIST}?{address}")
        assert set(re.findall(r'<tr data-id="(\w+)"', page)) == found, address
    page = browser.text(f"{LIST}?tim=tiem&khan=1")
    assert "Không tìm thấy bản tin nào" in page
    assert 'href="/lam-viec/?nhom=vuong&amp;tim=tiem&amp;khan=1"' in page  # the rest stays
    assert "Ngày chưa đúng" in browser.text(f"{LIST}?tu=32/13/2026")


def test_every_group_that_is_empty_says_what_to_do(office: Office) -> None:
    browser = office.browser("editor")
    said = set()
    for key in ("cho-toi", "cho-duyet", "vuong", "dang-chep", "da-dang", "da-go"):
        said |= set(re.findall(r"<h2>(.*?)</h2>\s*<p>", browser.text(f"{LIST}?nhom={key}")))
    assert len(said) == 6
    office.received()
    assert "Không có bản tin nào đang chờ bạn." in browser.text(LIST)


def test_a_long_list_has_pages_and_no_end_that_is_cut_off(office: Office) -> None:
    first = office.view(office.received().announcement_id)
    count = 2 * PAGE_SIZE + 1
    with office.services.db.writing() as session:
        recording_id = session.get_one(Announcement, first.work.id).recording_id
        for number in range(count):
            session.add(
                Announcement(
                    unit_id=office.unit.id,
                    recording_id=recording_id,
                    end_ms=9_000,
                    start_ms=0,
                    title=f"Tin số {number}",
                    broadcast_at=utc_now(),
                )
            )
    browser = office.browser("editor")
    seen = []
    for number in (1, 2, 3):
        page = browser.text(f"{LIST}?tim=tin+so&trang={number}")
        assert f"Trang {number} trên 3" in page
        seen += re.findall(r'<tr data-id="(\w+)"', page)
    assert len(seen) == len(set(seen)) == count
    assert first.work.id not in seen
    assert "Trang 3 trên 3" in browser.text(f"{LIST}?tim=tin&trang=99")
    assert "Trang 1 trên 3" in browser.text(f"{LIST}?nhom=dang-chep&trang=x")


@pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
def test_what_was_chosen_is_tried_again_each_by_itself(office: Office) -> None:
    failed, also, reviewed = office.failed(), office.failed(), office.in_review(title="Cắt điện")
    other = office.unit_named("xa-khac", "Xã Khác")
    foreign = office.in_review(unit=other, title="Chuyện của xã khác")
    browser = office.browser("operator")
    page = browser.text(f"{LIST}?nhom=vuong")
    assert page.count('form="retry-chosen" data-choose') == 2
    answer = browser.post(
        "/lam-viec/thu-lai",
        {"ban-tin": [failed, reviewed, foreign, also, failed], "next": f"{LIST}?nhom=vuong"},
    )
    assert (answer.status_code, answer.location) == (303, f"{LIST}?nhom=vuong")
    assert {office.view(one).work.state for one in (failed, also)} == {"queued"}
    assert office.view(reviewed).work.state == "in_review"
    page = browser.text(f"{LIST}?nhom=vuong")
    assert "Đã cho thử lại 2 bản tin." in page
    assert "Chưa thử lại được 2 bản tin:" in page
    assert re.search(r"“Cắt điện”: Bản tin đang ở bước “Chờ duyệt” nên chưa thể thử lại", page)
    assert "Chuyện của xã khác" not in page
    browser.post("/lam-viec/thu-lai", {})
    assert "Chưa chọn bản tin nào" in browser.text(LIST)
