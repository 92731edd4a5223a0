"""The unit's page of what the work took, and the ways in which time and marks come to be in it."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bridge.db import utc_now
from bridge.effort import ApprovedWork, Judged
from bridge.models import Announcement, Unit, WorkResult, WorkTime
from tests.web.conftest import Browser, Office
from web.editor.effort import month_begins, periods_of, week_begins
from web.tables import safe_cell

PAGE = "/lam-viec/cong-suc"
TABLE = "/lam-viec/cong-suc.csv"


def long_ago(office: Office, announcement_id: str) -> None:
    """Let it have come in an hour ago, so that there was time to work."""
    with office.services.db.writing() as session:
        session.execute(
            update(Announcement)
            .where(Announcement.id == announcement_id)
            .values(created_at=utc_now() - timedelta(hours=1))
        )


def times(office: Office) -> dict[str, int]:
    with office.services.db.reading() as session:
        rows = session.execute(select(WorkTime.segment_id, WorkTime.active_ms))
        return {row.segment_id: row.active_ms for row in rows}


def save(browser: Browser, announcement: str, segment: str, version: int, **body: object) -> None:
    answer = browser.ask(
        "PATCH",
        f"/lam-viec/ban-tin/{announcement}/doan/{segment}",
        json=body,
        headers={"If-Match": f'"{version}"'},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)


def approve(office: Office, announcement: str) -> None:
    office.confirm(announcement)
    answer = office.browser("approver").post(
        f"/lam-viec/ban-tin/{announcement}/duyet", {"digest": office.view(announcement).digest}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)


@pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
def test_what_a_page_says_with_its_saves_is_on_the_page_of_the_unit(office: Office) -> None:
    announcement = office.in_review()
    long_ago(office, announcement)
    first, second, third = (one.id for one in office.view(announcement).segments)
    editor = office.browser("editor")
    for _again in range(2):  # the first answer was lost
        save(editor, announcement, first, 1, text="Kính thưa toàn thể bà con.", active_ms=6_000)
    save(editor, announcement, second, 1, text="Tiêm lúc 8 giờ.", active_ms="nhiều")
    told = editor.ask(
        "POST",
        f"/lam-viec/ban-tin/{announcement}/cong",
        json={"active": {third: 3_000, "khong-co": 9_000, second: -5}},
    )
    assert told.get_json() == {"counted_ms": 3_000}
    assert times(office) == {first: 6_000, third: 3_000}
    approve(office, announcement)
    page = editor.text(PAGE)
    assert ">0,1</td>" in page  # minutes, of 9 seconds of sound
    assert 'class="good">1,00 ×</td>' in page  # 9 seconds of work
    assert "mục tiêu ở đây là không quá 1,6 lần" in page
    row = next(csv.DictReader(io.StringIO(editor.get(TABLE).get_data(as_text=True)[1:])))
    assert (row["Đơn vị"], row["Kỳ"], row["Bản tin được duyệt"]) == ("Xã Mẫu", "tuần", "1")
    assert (row["Giây bản ghi"], row["Giây làm việc"]) == ("9", "9")
    with office.services.db.reading() as session:
        result = session.get_one(WorkResult, announcement)
    assert (row["Chỗ sửa"], row["Tiếng máy chép"]) == (str(result.edits), str(result.words))
    assert result.edits >= 3
    assert result.checks_right < result.checks  # the hour was another one
    assert "Nguyễn An" not in page.split("<main", 1)[1]


def test_nobody_adds_time_who_may_not_edit_and_none_to_what_is_not_under_review(
    office: Office,
) -> None:
    announcement, waiting = office.in_review(), office.received().announcement_id
    long_ago(office, announcement)
    segment = office.view(announcement).segments[0].id
    other = office.unit_named("xa-khac", "Xã Khác")
    path = f"/lam-viec/ban-tin/{announcement}/cong"
    body = {"active": {segment: 1_000}}
    assert office.browser("operator").ask("POST", path, json=body).status_code == 403
    assert office.browser("editor", unit=other).ask("POST", path, json=body).status_code == 404
    editor = office.browser("editor")
    for wrong in ({}, {"active": [segment]}, [], {"active": {str(n): 1 for n in range(3001)}}):
        assert editor.ask("POST", path, json=wrong).status_code == 400
    elsewhere = f"/lam-viec/ban-tin/{waiting}/cong"
    assert editor.ask("POST", elsewhere, json=body).get_json() == {"counted_ms": 0}
    assert times(office) == {}


def test_without_work_the_page_says_what_it_is_for(office: Office) -> None:
    page = office.browser("approver").text(PAGE)
    assert "Chưa có số liệu" in page
    assert "không so người với người" in page
    assert TABLE not in page
    nobody = office.browser_of(office.person())
    assert "Bạn chưa được giao việc" in nobody.text(PAGE)
    assert nobody.get(TABLE).status_code == 404
    assert office.browser("editor").get(f"{PAGE}?don-vi=xa-khac").status_code == 404


def test_a_spreadsheet_takes_no_text_for_a_formula(office: Office) -> None:
    for text in ("=1+1", "+84", "-2", "@a", "\t=1", "\r=1", "\n=1"):
        assert safe_cell(text) == f"'{text}"
    assert safe_cell("Xã Mẫu") == "Xã Mẫu"
    with office.services.db.writing() as session:
        session.get_one(Unit, office.unit.id).name = '=HYPERLINK("http://x.example")'
    answer = office.browser("editor").get(TABLE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cong-suc-xa-mau.csv"'
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True)[1:])))
    assert len(lines) == 1 + 8 + 12
    assert {line[0] for line in lines[1:]} == {'\'=HYPERLINK("http://x.example")'}


def test_weeks_and_months_are_those_of_the_units_clock() -> None:
    today = date(2026, 1, 7)  # a Wednesday
    assert week_begins(today, 2) == [date(2026, 1, 5), date(2025, 12, 29)]
    assert month_begins(today, 3) == [date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1)]
    late = datetime(2026, 1, 4, 17, 30, tzinfo=UTC)  # Monday half past midnight in Hanoi
    judged = Judged(words=100, edits=6, doubts=4, doubts_wrong=3)
    work = [
        ApprovedWork(late, 60_000, 90_000, judged),
        ApprovedWork(late, 240_000, 0, None),  # nothing was measured: in no ratio
        ApprovedWork(late - timedelta(hours=1), 60_000, 60_000, None),
    ]
    this, before = periods_of(
        work, "Asia/Ho_Chi_Minh", week_begins(today, 2), lambda first: first + timedelta(days=6)
    )
    assert (this.announcements, this.timed, before.announcements) == (2, 1, 1)
    assert (this.ratio, this.edits_per_minute, this.doubts_wrong_percent) == (1.5, 6, 75)
    assert (before.ratio, before.edits_per_minute, before.checks_right_percent) == (1, None, None)
