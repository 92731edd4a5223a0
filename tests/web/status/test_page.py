"""The status page: who sees what, and what each figure is called."""

import json
import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bridge import tasks
from bridge.db import new_id, utc_now
from bridge.intake import cancel_transcription
from bridge.models import Capture, Source, Task, WorkerBeat
from bridge.status import DiskStatus, LastBackup, WorkStatus, backup_note
from tests.bridge.lifecycle import Life
from tests.web.conftest import Office
from web.status.facts import Facts
from web.status.parts import (
    BACKUP_OLD_AFTER,
    GIB,
    STUCK_AFTER,
    Level,
    Part,
    all_parts,
    say_age,
    say_size,
    short_parts,
    summary,
)

PAGE = "/lam-viec/tinh-trang"
ZONE = "Asia/Ho_Chi_Minh"
NOW = datetime.fromisoformat("2026-11-21T10:24:00+07:00")
ROW = re.compile(r'<th scope="row">(.*?)</th>.*?data-word>(.*?)</span>', re.DOTALL)


def facts(
    *,
    workers: int = 1,
    running: int = 0,
    waiting_s: float | None = None,
    free: int = 100 * GIB,
    backup_age: timedelta | None = timedelta(hours=8),
    queue_answers: bool = True,
    backup_problems: int = 0,
) -> Facts:
    """A good installation, but for what is named."""
    counts = {("transcribe", "running"): running}
    oldest_at = None
    if waiting_s is not None:
        counts["transcribe", "queued"] = 2
        oldest_at = NOW - timedelta(seconds=waiting_s)
    backup = None
    if backup_age is not None:
        backup = LastBackup(NOW - backup_age, "/mnt/b", 3 * GIB, 12, backup_problems)
    return Facts(
        at=NOW,
        workers=("w",) * workers,
        work=WorkStatus(counts, oldest_at, {"transcribe": NOW - timedelta(hours=1)}),
        disk=DiskStatus(200 * GIB, free, GIB // 2),
        backup=backup,
        queue_answers=queue_answers,
    )


def rows(page: str) -> dict[str, str]:
    """The word beside the name of each part."""
    return dict(ROW.findall(page))


def parts_of(office: Office, found: Facts) -> dict[str, Part]:
    with office.app.test_request_context(PAGE):
        return {part.name: part for part in all_parts(found, office.settings, ZONE)}


def test_a_good_installation_is_good_in_every_part(office: Office) -> None:
    parts = parts_of(office, facts())
    assert {part.level for part in parts.values()} == {Level.GOOD}
    assert [part.advice for part in parts.values() if part.advice] == []
    assert parts["Làm xong gần nhất"].fact == "Chép lời: 09:24, 21/11/2026."
    assert "(8 giờ trước), 12 tệp, 3 GB, ở /mnt/b." in parts["Bản sao lưu"].fact
    with office.app.test_request_context(PAGE):
        assert summary(list(parts.values())) == "Mọi phần đang chạy tốt."


@pytest.mark.parametrize(
    ("found", "name", "level"),
    [
        (facts(workers=0), "Máy chép lời", Level.BAD),
        (facts(waiting_s=STUCK_AFTER.seconds + 1), "Việc đang chờ", Level.WATCH),
        (facts(queue_answers=False), "Giao việc cho máy chép", Level.WATCH),
        (facts(free=GIB // 2), "Ổ đĩa", Level.BAD),
        (facts(free=GIB // 2 + 100_000), "Ổ đĩa", Level.WATCH),
        (facts(backup_age=None), "Bản sao lưu", Level.BAD),
        (facts(backup_problems=2), "Bản sao lưu", Level.BAD),
        (facts(backup_age=BACKUP_OLD_AFTER + timedelta(hours=1)), "Bản sao lưu", Level.WATCH),
    ],
)
def test_what_is_not_good_is_the_only_part_said_so_with_what_to_do(
    office: Office, found: Facts, name: str, level: Level
) -> None:
    parts = parts_of(office, found)
    wrong = {part.name: part.level for part in parts.values() if part.level is not Level.GOOD}
    assert wrong == {name: level}
    assert parts[name].advice


@pytest.mark.parametrize(
    "found",
    [
        facts(waiting_s=30),  # it will be delivered in a moment
        facts(waiting_s=7200, running=1),  # a long queue before a busy machine is no fault
        facts(backup_age=BACKUP_OLD_AFTER - timedelta(hours=1)),
        facts(free=GIB // 2 + 200_001),  # min_free_bytes and the largest file of this office
    ],
)
def test_what_only_looks_bad_is_good(office: Office, found: Facts) -> None:
    assert {part.level for part in parts_of(office, found).values()} == {Level.GOOD}


def test_the_short_form_tells_no_paths_sizes_or_commands(office: Office) -> None:
    with office.app.test_request_context(PAGE):
        for found in (facts(), facts(workers=0, waiting_s=9999, free=0, backup_age=None)):
            parts = short_parts(found, ZONE)
            told = " ".join(part.fact + part.advice for part in parts)
            assert [part.name for part in parts] == [
                "Máy chép lời",
                "Việc đang chờ",
                "Nhận tệp tiếng",
            ]
            assert not re.search(r"loa \w+|/mnt|GB", told)
        assert [part.level for part in parts] == [Level.BAD, Level.WATCH, Level.BAD]
        assert summary(parts) == "Có 3 phần cần xem."


def test_ages_and_sizes_read_as_a_clerk_would_say_them(office: Office) -> None:
    with office.app.test_request_context(PAGE):
        ages = (-5, 0, 59, 60, 3599, 3600, 47.9 * 3600, 48 * 3600, 20 * 86_400)
        assert [say_age(timedelta(seconds=age)) for age in ages] == [
            *["chưa đến 1 phút"] * 3,
            "1 phút",
            "59 phút",
            "1 giờ",
            "47 giờ",
            "2 ngày",
            "20 ngày",
        ]
    assert [say_size(size) for size in (0, 1, 2048, 5 * 2**20, 3 * GIB // 2)] == [
        "0 KB",
        "1 KB",
        "2 KB",
        "5 MB",
        "1,5 GB",
    ]


@pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
def test_the_admin_sees_every_part_failure_and_capture_of_the_unit(office: Office) -> None:
    failed = office.failed("engine_out_of_memory")
    page = office.browser("admin").text(PAGE)
    assert rows(page)["Máy chép lời"] == "Cần sửa ngay"
    assert rows(page)["Bản sao lưu"] == "Cần sửa ngay"
    assert f"/lam-viec/ban-tin/{failed}" in page
    assert "Máy chủ thiếu bộ nhớ để chép lời." in page
    assert "Không có bản ghi nào đang gửi dở." in page

    now = utc_now()
    sender = office.person("operator")
    with office.services.db.writing() as session:
        session.add(WorkerBeat(name="h:up:1:1", seen_at=now))
        for state, code in (("open", None), ("failed", "media_too_short")):
            session.add(
                Capture(
                    unit_id=office.unit.id,
                    user_id=sender.id,
                    kind="recorder",
                    client_key=new_id(),
                    file_name=f"thu-am-{state}.webm",
                    chunk_bytes=1,
                    state=state,
                    failure_code=code,
                    failure_data={"duration_ms": 100, "limit_ms": 500} if code else {},
                    received_bytes=3 * 2**20,
                    sound_ms=125_000,
                    touched_at=now - timedelta(minutes=7),
                )
            )
    note = {"finished_at": now.isoformat(), "folder": "/mnt/b", "bytes": 1, "files": 1}
    office.settings.run_dir.mkdir(exist_ok=True)
    backup_note(office.settings).write_text(json.dumps(note))
    page = office.browser("admin").text(PAGE)
    assert rows(page)["Máy chép lời"] == "Tốt"
    assert rows(page)["Bản sao lưu"] == "Tốt"
    assert "thu-am-open.webm" in page
    assert "Đã nhận 3 MB (2:05)" in page
    assert "lần cuối có tin 7 phút trước" in page
    assert "Chưa đọc được" in page
    assert "Tiếng ngắn hơn 0,5 giây" in page


def test_the_admin_sees_how_the_lines_that_record_by_themselves_fare(office: Office) -> None:
    assert "Nguồn tiếng tự thu" not in office.browser("admin").text(PAGE)
    now = utc_now()
    with office.services.db.writing() as session:
        for name, state, problem, seen_at in (
            ("Đài tỉnh mẫu", "lost", "line_refused", now),
            ("Đài xã mẫu", "listening", None, now),
            ("Đường cũ", "listening", None, now - timedelta(hours=1)),  # its recorder was killed
        ):
            session.add(
                Source(
                    unit_id=office.unit.id,
                    name=name,
                    kind="stream",
                    address=f"https://dai-{state}-{seen_at.hour}.example/",
                    line_state=state,
                    problem=problem,
                    problem_data={"status": 503} if problem else {},
                    seen_at=seen_at,
                )
            )
    page = office.browser("admin").text(PAGE)
    section = page[page.index('id="sources"') :]
    words = re.findall(
        r'class="fares-name" lang="vi">(.*?)<.*?data-word>(.*?)<', section, re.DOTALL
    )
    assert words == [
        ("Đài tỉnh mẫu", "Mất tiếng"),
        ("Đài xã mẫu", "Đang nghe"),
        ("Đường cũ", "Không thu"),
    ]
    assert "Máy phát luồng từ chối, mã 503." in section
    assert "Đài xã mẫu" not in office.browser("editor").text(PAGE)


def test_the_failure_can_be_tried_again_from_the_page(office: Office) -> None:
    failed = office.failed("engine_died")
    browser = office.browser("admin")
    action = re.search(r'action="(/lam-viec/ban-tin/[^"]+)"', browser.text(PAGE))
    assert action is not None
    assert browser.post(action.group(1), {}).status_code == 303
    assert office.view(failed).work.state == "queued"
    assert "Không có bản tin nào vướng." in browser.text(PAGE)


def failed_capture(office: Office) -> str:
    capture = Capture(
        unit_id=office.unit.id,
        kind="line",
        client_key=new_id(),
        file_name="dai-xa.wav",
        chunk_bytes=1,
        state="failed",
        failure_code="media_unreadable",
        touched_at=utc_now() - timedelta(hours=1),
    )
    with office.services.db.writing() as session:
        session.add(capture)
        session.flush()
        return capture.id


def state_of(office: Office, capture_id: str) -> str:
    with office.services.db.reading() as session:
        return session.get_one(Capture, capture_id).state


@pytest.mark.parametrize(("choice", "state"), [("thu-lai", "open"), ("bo", "discarded")])
def test_a_capture_that_was_given_up_can_be_tried_again_or_thrown_away_from_the_page(
    office: Office, choice: str, state: str
) -> None:
    capture_id = failed_capture(office)
    action = f"{PAGE}/ban-ghi/{capture_id}/{choice}"
    assert office.browser("editor").post(action, {}).status_code == 403
    assert state_of(office, capture_id) == "failed"
    browser = office.browser("admin")
    page = browser.text(PAGE)
    assert f'action="{action}"' in page
    assert "không lấy lại được" in page
    assert browser.post(action, {}).status_code == 303
    assert state_of(office, capture_id) == state
    assert browser.post(action, {}).status_code == 409


def test_what_a_person_stopped_is_no_failure(office: Office) -> None:
    editor = office.person("editor")
    announcement, _run = office.transcribing()
    with office.services.db.writing() as session:
        cancel_transcription(session, announcement_id=announcement, actor_id=editor.id)
    assert announcement not in office.browser("admin").text(PAGE)


def test_a_publishing_that_gave_up_can_be_tried_again(office: Office) -> None:
    announcement = office.in_review()
    office.confirm(announcement)
    browser = office.browser("admin")
    digest = office.view(announcement).digest
    browser.post(f"/lam-viec/ban-tin/{announcement}/duyet", {"digest": digest})
    with office.services.db.reading() as session:
        task_id, _prepare_id = tasks.queued_ids(session)
    run = tasks.claim_task(office.services.db, task_id, worker="w", lease_s=60)
    assert run is not None
    with office.services.db.writing() as session:
        tasks.end_attempt(session, run, code="media_missing", detail="", final=True)
    page = browser.text(PAGE)
    assert announcement in page
    assert "khôi phục từ bản sao lưu" in page


def test_what_waits_for_its_hour_is_told_and_not_called_stuck(office: Office) -> None:
    announcement = office.in_review()
    Life(office.services.db, office.services.media, office.unit).approve(
        announcement, office.person("approver").id, publish_at=utc_now() + timedelta(days=3)
    )
    with office.services.db.writing() as session:
        session.execute(update(Task).values(created_at=utc_now() - timedelta(days=2)))
    browser = office.browser("admin")
    page = browser.text(PAGE)
    assert "Không có việc nào chờ. 1 bản tin hẹn giờ đăng." in page
    metrics = browser.text("/metrics")
    assert 'loa_tasks{kind="publish",state="scheduled"} 1.0' in metrics
    assert 'loa_tasks{kind="publish",state="queued"} 0.0' in metrics
    assert "loa_oldest_waiting_task_age_seconds 0.0" in metrics


def test_others_see_the_short_form_and_nothing_of_other_units(office: Office) -> None:
    failed = office.failed()
    other = office.unit_named("xa-khac", "Xã Khác")
    for browser in (office.browser("operator"), office.browser("editor", "approver")):
        page = browser.text(PAGE)
        assert set(rows(page)) == {"Máy chép lời", "Việc đang chờ", "Nhận tệp tiếng"}
        assert failed not in page
    page = office.browser("admin", unit=other).text(PAGE)
    assert "Bản sao lưu" in rows(page)
    assert failed not in page


def test_who_belongs_to_no_unit_is_refused_and_the_menu_leads_here(office: Office) -> None:
    assert office.browser_of(office.person()).get(PAGE).status_code == 403
    assert f'href="{PAGE}"' in office.browser("operator").text("/lam-viec/")
