"""The steps that docs/huong-dan-bien-tap.md goes through, as pictures; `tests.pictures` takes them.

The weeks of work on the page "Công sức biên tập" are drawn: the example commune is a minute old.
"""

import hashlib
import random
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import find_user
from bridge.db import Database, new_id, utc_now
from bridge.models import Announcement, Approval, Recording, Unit, WorkResult, WorkTime
from tests.functional.running import APPROVER

if TYPE_CHECKING:
    from playwright.sync_api import Page

COMMENT = "Nghe lại ngày gieo trà chính: tôi nghe là từ ngày 10, ở đây ghi ngày 15."
WEEKS = 7
WIDE, TALL = ({"width": 1366, "height": height} for height in (900, 1900))
SOUND_MS = (95_000, 240_000)  # shortest and longest of the drawn announcements

Shot = Callable[..., None]  # of a name, and of a part of the page where it is not all of it


def take_guide(page: "Page", desk: str, many: str, shot: Shot) -> None:
    """From the page of one announcement (`desk`) and of a recording with several news (`many`)."""
    take_desk(page, desk, shot)
    take_parting(page, many, shot)
    take_template(page, many, shot)


def take_desk(page: "Page", desk: str, shot: Shot) -> None:
    """Correcting a line, its versions, covering, finding, comparing."""
    page.goto(desk, wait_until="networkidle")
    page.locator(".lines [data-text]").first.focus()
    page.keyboard.press("Enter")
    shot("line")
    page.get_by_role("button", name="Các bản trước").click()
    shot("versions")
    page.keyboard.press("Escape")
    page.locator(".lines [data-text]").nth(2).focus()
    page.get_by_role("button", name="Không đăng đoạn này").click()
    shot("cover")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+h")
    page.get_by_label("Tìm", exact=True).fill("giống")
    page.get_by_label("Thay bằng").fill("thóc giống")
    shot("find")
    page.keyboard.press("Escape")
    page.goto(f"{desk}/so-voi-may", wait_until="networkidle")
    shot("compare")


def take_parting(page: "Page", many: str, shot: Shot) -> None:
    """One recording on its way to three announcements."""
    page.goto(f"{many}/tach", wait_until="networkidle")
    for opening, title in (
        ("Điện lực", "Tạm ngừng cấp điện thôn Trung từ 8 giờ ngày 23/11"),
        ("Mời đại diện", ""),
    ):
        line = page.locator(".part-lines li", has_text=opening).first
        line.get_by_label("Bắt đầu bản tin mới ở đây").check()
        if title:
            page.locator("[data-plan] textarea").last.fill(title)
    shot("parting")


def take_template(page: "Page", many: str, shot: Shot) -> None:
    """Details that a template has filled in, before anything of them is saved."""
    page.set_viewport_size(TALL)  # so that the bar covers nothing of it
    page.goto(many, wait_until="networkidle")
    form = page.locator("[data-details]")
    for name in ("title", "category"):
        form.locator(f"[name={name}]").fill("")
    form.get_by_label("Mẫu có sẵn").select_option(label="Tiêm chủng")
    form.get_by_role("button", name="Điền").click()
    form.locator("details.more[open]").wait_for()  # the template says how long it holds
    page.mouse.move(0, 0)
    box = form.bounding_box()
    end = form.locator("#valid_until_form").bounding_box()
    assert box is not None
    assert end is not None
    top = box["y"] - 48  # the heading too
    height = end["y"] + end["height"] + 12 - top
    left = box["x"] - 16
    shot("template", {"x": left, "y": top, "width": WIDE["width"] - left, "height": height})
    page.set_viewport_size(WIDE)


def take_returned(page: "Page", desk: str, shot: Shot) -> None:
    """What the editor sees after the approver sent it back."""
    page.goto(desk, wait_until="networkidle")
    page.get_by_label("Trả lời người duyệt").fill("Đã nghe lại, loa đọc đúng là ngày 15.")
    shot("return")


def take_effort(page: "Page", address: str, shot: Shot) -> None:
    """What the work took, by week and by month."""
    page.goto(address, wait_until="networkidle")
    shot("effort")


def draw_weeks(database: Database) -> None:
    """Approved announcements of the last weeks with the work on them, drawn the same each time.

    Of this week are those of the other pictures, whose every line was written anew.
    """
    draw = random.Random(7)  # noqa: S311  no secret is drawn
    with database.writing() as session:
        unit_id = session.scalars(select(Unit.id)).one()
        approver_id = find_user(session, APPROVER).id
        for announcement_id in session.scalars(select(Approval.announcement_id)).all():
            add_work(session, session.get_one(Announcement, announcement_id), 0, draw)
        for week in range(1, WEEKS + 1):
            for _ in range(draw.randint(4, 9)):
                announcement = add_announcement(session, unit_id, draw.randint(*SOUND_MS))
                approval = Approval(
                    announcement_id=announcement.id,
                    user_id=approver_id,
                    digest="0" * 64,
                    announcement_version=1,
                    created_at=utc_now() - timedelta(weeks=week, hours=draw.randint(0, 40)),
                )
                session.add(approval)
                add_work(session, announcement, week, draw)


def add_announcement(session: Session, unit_id: str, length_ms: int) -> Announcement:
    recording = Recording(
        unit_id=unit_id,
        sha256=hashlib.sha256(new_id().encode()).hexdigest(),
        size_bytes=length_ms * 4,
        file_name="loa.mp3",
        container="mp3",
        codec="mp3",
        sample_rate=24_000,
        channels=1,
        duration_ms=length_ms,
    )
    session.add(recording)
    session.flush()
    announcement = Announcement(
        unit_id=unit_id,
        recording_id=recording.id,
        start_ms=0,
        end_ms=length_ms,
        state="published",
        title="Bản tin sáng",
        broadcast_at=utc_now(),
    )
    session.add(announcement)
    session.flush()
    return announcement


def add_work(session: Session, announcement: Announcement, week: int, draw: random.Random) -> None:
    """What it took: practice makes quicker, and the glossary makes fewer names wrong."""
    length_ms = announcement.duration_ms
    ratio = draw.uniform(1.15, 1.5) + week * 0.07
    doubts, checks = length_ms // 9_000 + 1, length_ms // 7_000 + 1
    session.add(
        WorkTime(
            segment_id=new_id(),
            announcement_id=announcement.id,
            active_ms=int(length_ms * ratio),
            counted_at=utc_now(),
        )
    )
    session.merge(
        WorkResult(
            announcement_id=announcement.id,
            words=length_ms // 340,
            edits=round(length_ms / 60_000 * (draw.uniform(3.5, 5) + week * 0.25)),
            doubts=doubts,
            doubts_wrong=round(doubts * draw.uniform(0.4, 0.55)),
            checks=checks,
            checks_right=round(checks * draw.uniform(0.84, 0.95)),
        )
    )
