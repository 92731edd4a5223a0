"""Takes the pictures in docs/pictures from the running product: `make pictures`.

`python -m tests.pictures guide-effort upload …` takes those alone whose names begin so. All states
that the pages show are made either way.

The sound is that of the sample clips and was really transcribed; an editor then typed the texts
of a made-up commune's announcements over it, so that the pages read as they would in use.
"""

import itertools
import random
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from playwright.sync_api import sync_playwright

from bridge.accounts import find_user
from bridge.db import Database
from bridge.editing import save_details, save_segment_text
from bridge.queries import announcement_view
from bridge.settings import load_settings
from tests.functional.running import APPROVER, EDITOR, PASSWORD, RunningLoa, wait_for
from tests.guide_pictures import COMMENT, draw_weeks, take_effort, take_guide, take_returned
from tests.portal_pictures import ADMIN, QUESTION, draw_public
from transcribe.samples import Sample, fetch_samples, join_samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Page

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = datetime(2026, 11, 21, tzinfo=ZONE)
FAKE_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
WIDE, NARROW = {"width": 1366, "height": 900}, {"width": 360, "height": 740}


# Said over whatever the machine heard beyond the example's own lines.
CLOSING = ("Đề nghị bà con chú ý theo dõi và thực hiện.", "Xin trân trọng cảm ơn.")


@dataclass(frozen=True)
class Example:
    """One announcement of the example commune."""

    title: str
    category: str
    area: str
    at: datetime
    priority: str
    lines: tuple[str, ...]
    approved: bool = True


EXAMPLES = (
    Example(
        "Nước sông lên báo động 2: bà con thôn Đông, thôn Bến chuyển đồ đạc lên cao",
        "Thiên tai",
        "thôn Đông, thôn Bến",
        DAY + timedelta(hours=13, minutes=5),
        "urgent",
        (
            "Ban chỉ huy phòng thủ dân sự xã thông báo khẩn.",
            "Lúc 12 giờ 30 phút, mực nước sông đã lên báo động 2 và còn lên.",
            "Bà con thôn Đông, thôn Bến chuyển đồ đạc, thóc giống, vật nuôi lên cao ngay.",
            "Không đi qua đập tràn, không vớt củi trên sông.",
        ),
    ),
    Example(
        "Lịch tiêm chủng mở rộng tháng 11 tại trạm y tế xã",
        "Y tế",
        "toàn xã",
        DAY + timedelta(hours=5, minutes=30),
        "normal",
        (
            "Kính thưa toàn thể bà con nhân dân trong xã.",
            "Trạm y tế xã thông báo lịch tiêm chủng mở rộng tháng 11 năm 2026.",
            "Thời gian từ 7 giờ 30 phút đến 11 giờ, ngày 25 tháng 11.",
            "Địa điểm tại trạm y tế xã.",
            "Các gia đình có trẻ em dưới năm tuổi đưa các cháu đến đúng giờ, mang theo sổ tiêm.",
            "Mọi thắc mắc xin liên hệ trạm y tế xã. Xin trân trọng cảm ơn.",
        ),
    ),
    Example(
        "Tạm ngừng cấp điện thôn Trung từ 8 giờ đến 11 giờ ngày 23/11",
        "Điện nước",
        "thôn Trung",
        DAY + timedelta(hours=5, minutes=34),
        "normal",
        (
            "Điện lực thông báo tạm ngừng cấp điện để sửa đường dây.",
            "Thời gian từ 8 giờ đến 11 giờ, thứ Hai ngày 23 tháng 11.",
            "Phạm vi toàn bộ thôn Trung.",
        ),
    ),
    Example(
        "Họp thôn Đông bàn việc mở rộng đường liên gia, 19 giờ 30 tại nhà văn hóa",
        "Thông báo",
        "thôn Đông",
        DAY + timedelta(hours=-7),
        "normal",
        (
            "Mời đại diện các hộ thôn Đông đến dự họp thôn.",
            "Nội dung bàn việc mở rộng đường liên gia.",
            "Thời gian 19 giờ 30 phút tối nay, tại nhà văn hóa thôn.",
        ),
    ),
    Example(
        "Gieo mạ vụ xuân: lịch và giống lúa khuyến cáo",
        "Nông nghiệp",
        "toàn xã",
        DAY + timedelta(hours=16, minutes=30),
        "normal",
        (
            "Hợp tác xã thông báo lịch gieo mạ vụ xuân.",
            "Trà chính gieo từ ngày 15 đến ngày 25 tháng 12, giống đã báo ở loa sáng.",
            "Mỗi sào ngâm 2 kg thóc giống, giữ ấm khi trời dưới 15 độ.",
            "Cần hỏi thêm xin gọi ông Trần Thử, số 0912 345 678.",
        ),
        approved=False,
    ),
    Example(
        "Bản tin trưa: tiêm chủng, cắt điện, họp thôn",
        "Thông báo",
        "toàn xã",
        DAY + timedelta(hours=11, minutes=30),
        "normal",
        (
            "Trạm y tế xã mời các gia đình có trẻ dưới 5 tuổi đưa cháu đi tiêm chủng.",
            "Tiêm từ 7 giờ 30 phút đến 11 giờ, ngày 25 tháng 11, tại trạm y tế xã.",
            "Điện lực tạm ngừng cấp điện thôn Trung từ 8 giờ đến 11 giờ, ngày 23 tháng 11.",
            "Bà con rút phích cắm các đồ dùng điện trước giờ cắt.",
            "Mời đại diện các hộ thôn Đông dự họp lúc 19 giờ 30 tối nay, tại nhà văn hóa.",
            "Nội dung bàn việc mở rộng đường liên gia.",
        ),
        approved=False,
    ),
)


def main() -> None:
    """Fill an example commune, then photograph its pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cache = Path("~/.cache/loa").expanduser()
    with tempfile.TemporaryDirectory(prefix="loa-pictures-") as folder:
        loa = RunningLoa(Path(folder) / "data", "", cache)
        loa.prepare()
        loa.start()
        try:
            ids = fill(loa, fetch_samples(cache), Path(folder))
            draw_public(loa.database, ids[:4])
            item = loa.data / "site" / "xa-mau" / ids[1] / "index.html"
            wait_for(lambda: QUESTION in item.read_text(encoding="utf-8"), 60, "the answer")
            with sync_playwright() as playwright:
                speech = f"--use-file-for-fake-audio-capture={Path(folder) / 'ban-tin-1.wav'}"
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium",
                    args=["--no-sandbox", "--disable-gpu", *FAKE_MICROPHONE, speech],
                )
                photograph(loa, browser, ids)
                browser.close()
        finally:
            loa.close()


def fill(loa: RunningLoa, samples: list[Sample], folder: Path) -> list[str]:
    """Send, correct and publish every example; their ids in order."""
    shuffled = random.Random(4)  # noqa: S311 - any order, the same each time
    ids = []
    for number, example in enumerate(EXAMPLES):
        sound = folder / f"ban-tin-{number}.wav"
        clips = shuffled.sample(samples, max(3, len(example.lines)))
        join_samples(clips, sound, pause_ms=400 + 40 * number)
        ids.append(loa.json("ingest", sound, "--title", example.title)["announcement"])
    for announcement, example in zip(ids, EXAMPLES, strict=True):
        wait_for(lambda: loa.state(announcement) == "in_review", 120, "the text")  # noqa: B023
        correct(loa, announcement, example)
        if example.approved:
            loa.approve(announcement)
            wait_for(lambda: loa.state(announcement) == "published", 60, "the page")  # noqa: B023
    return ids


def correct(loa: RunningLoa, announcement: str, example: Example) -> None:
    """What the editor does: details, and the lines over what was heard."""
    settings = load_settings({}, data_dir=loa.data)
    database = Database(settings.effective_database_url)
    with database.writing() as session:
        editor = find_user(session, EDITOR)
        view = announcement_view(session, announcement)
        save_details(
            session,
            announcement_id=announcement,
            expected_version=view.version,
            actor_id=editor.id,
            title=example.title,
            category=example.category,
            area=example.area,
            priority=example.priority,
            broadcast_at=example.at,
        )
        lines = itertools.chain(example.lines, itertools.cycle(CLOSING))
        for segment, line in zip(view.segments if example.lines else (), lines, strict=False):
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=line,
                actor_id=editor.id,
            )
    database.dispose()


def photograph(loa: RunningLoa, browser: "Browser", ids: list[str]) -> None:
    """Every page, wide and narrow, light and dark."""
    home, work = f"{loa.url}/xa-mau", f"{loa.url}/lam-viec"
    addresses = {
        "portal": f"{home}/",
        "item": f"{home}/{ids[1]}/",
        "month": f"{home}/thang/2026-11/",
        "category": f"{home}/muc/y-te/",
        "archive": f"{home}/thang/",
        "about": f"{home}/gioi-thieu/",
        "search": f"{home}/tim?q=nha+van+hoa+thon",
        "search-nothing": f"{home}/tim?q=xe+lửa",
        "feedback": f"{home}/phan-anh?tin={ids[1]}",
        "embed": f"{home}/{ids[1]}/nhung.html",
        "missing": f"{home}/khong-co/",
        "offline": f"{home}/khong-co-mang/",
        "login": f"{work}/dang-nhap",
    }
    staff = {
        "list": f"{work}/",
        "desk": f"{work}/ban-tin/{ids[4]}",
        "upload": f"{work}/tai-len",
        "status": f"{work}/tinh-trang",
        "messages": f"{work}/phan-anh",
        "audience": f"{work}/luot-nghe",
    }
    admin = {"glossary": f"{work}/tu-dien/xa-mau", "connections": f"{work}/ket-noi/xa-mau"}
    admin["own-portal"] = f"{work}/trang-tin/xa-mau"
    for size, viewport in (("", WIDE), ("-360", NARROW)):
        for scheme in ("light", "dark"):
            look = {"viewport": viewport, "color_scheme": scheme, "locale": "vi-VN"}
            suffix = size + ("-dark" if scheme == "dark" else "")
            context = browser.new_context(**look)
            page = context.new_page()
            take(page, addresses, suffix)
            if not suffix:
                take_print(page, addresses["item"])
                page.set_viewport_size(WIDE)
            sign_in(page, loa, EDITOR)
            take(page, staff, suffix)
            if wanted(f"recorder{suffix}"):
                take_recording(page, f"{work}/thu-am", suffix)
            if (size, scheme) == ("-360", "dark"):  # it changes what the others show
                page.set_viewport_size(WIDE)
                page.emulate_media(color_scheme="light")
                photograph_guide(loa, page, ids)
            context.close()
            context = browser.new_context(**look)
            page = context.new_page()
            sign_in(page, loa, ADMIN)
            take(page, admin, suffix)
            context.close()


def sign_in(page: "Page", loa: RunningLoa, email: str) -> None:
    page.goto(f"{loa.url}/lam-viec/")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button.button-main")
    page.wait_for_url("**/lam-viec/")


def photograph_guide(loa: RunningLoa, page: "Page", ids: list[str]) -> None:
    """What the guide shows, the announcement that is sent back last."""

    def shot(name: str, part: "FloatRect | None" = None) -> None:
        page.wait_for_timeout(800)  # for what the server still answers
        keep(page, f"guide-{name}", clip=part)

    desk, many = (f"{loa.url}/lam-viec/ban-tin/{ids[place]}" for place in (4, 5))
    take_guide(page, desk, many, shot)
    loa.succeed("announcement", "return", ids[4], "--by", APPROVER, "--comment", COMMENT)
    take_returned(page, desk, shot)
    draw_weeks(loa.database)
    take_effort(page, f"{loa.url}/lam-viec/cong-suc", shot)


def wanted(name: str) -> bool:
    """Whether the command line asks for this picture; without names for all."""
    return not sys.argv[1:] or name.startswith(tuple(sys.argv[1:]))


def keep(
    page: "Page", name: str, *, full_page: bool = False, clip: "FloatRect | None" = None
) -> None:
    if wanted(name):
        page.screenshot(path=FOLDER / f"{name}.png", full_page=full_page, clip=clip)


def take_recording(page: "Page", address: str, suffix: str) -> None:
    """The recorder at work; what it recorded stays in the list."""
    page.goto(address, wait_until="networkidle")
    page.fill("#title", "Mời họp thôn Đông tối nay")
    main = page.locator("[data-main]")
    main.click()
    page.wait_for_selector('[data-recorder][data-phase="recording"]')
    page.wait_for_timeout(6_000)
    page.locator("[data-mark]").click()
    page.wait_for_timeout(1_500)
    keep(page, f"recorder{suffix}", full_page=True)
    main.click()
    page.wait_for_selector('[data-recorder][data-phase="done"]', timeout=60_000)


def take_print(page: "Page", address: str) -> None:
    """An announcement as it is printed for the notice board, on A4 at 96 dots an inch."""
    page.goto(address, wait_until="networkidle")
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": 794, "height": 1123})
    keep(page, "item-print", full_page=True)
    page.emulate_media(media="screen")


def take(page: "Page", addresses: dict[str, str], suffix: str) -> None:
    for name, address in addresses.items():
        page.goto(address, wait_until="networkidle")
        keep(page, f"{name}{suffix}")


if __name__ == "__main__":
    main()
