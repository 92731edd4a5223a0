import re

from bridge.models import Task
from bridge.review import withdraw_announcement
from bridge.tasks import report_progress
from tests.web.conftest import Office

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
    assert other not in str(told)


def test_the_list_can_be_filtered_by_what_is_waited_for(office: Office) -> None:
    reviewed, failed = office.in_review(), office.failed()
    browser = office.browser("editor")
    page = browser.text(f"{LIST}?nhom=vuong")
    assert failed in page
    assert reviewed not in page
    assert "Không có bản tin nào ở bước này" in browser.text(f"{LIST}?nhom=da-go")
    assert reviewed in browser.text(f"{LIST}?nhom=khong-co-nhom-nay")


def test_what_is_done_never_pushes_what_waits_off_the_page(office: Office) -> None:
    waiting = office.in_review()
    approver = office.person("approver")
    for _ in range(7):
        done = office.in_review()
        with office.services.db.writing() as session:
            withdraw_announcement(session, announcement_id=done, reason="thử", actor_id=approver.id)
    page = office.browser("editor").text(LIST)
    assert waiting in page
    assert page.count("Không còn trên trang tin.") == 5
    assert "Xem thêm" in page


def test_foreign_announcements_are_not_on_the_list(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    foreign, own = office.in_review(unit=other), office.in_review()
    browser = office.browser("editor")
    page = browser.text(LIST)
    assert own in page
    assert foreign not in page
    assert foreign not in browser.get(f"/lam-viec/tien-do?ids={foreign}").get_data(as_text=True)
