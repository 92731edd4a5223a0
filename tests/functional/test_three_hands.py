"""From an empty folder to a published announcement, through three people's hands, in real browsers.

The first start prints an address; behind it somebody makes the unit and becomes its admin, sets up
a second factor, and invites an operator, an editor and an approver, who set their own passwords.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from passlib.totp import TOTP

from tests.conftest import Templates
from tests.functional.conftest import CACHE
from tests.functional.running import RunningLoa, wait_for
from tests.functional.test_whole_way import (
    CORRECTION,
    correct_first_word,
    hear_what_must_be_right,
    upload,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.model]

PASSWORD = "trâu bò qua cầu khỉ"
PEOPLE = {
    "Cán bộ đài": ("Lê Văn Loa", "loa@xa-dau.example"),
    "Biên tập viên": ("Trần Thị Chữ", "chu@xa-dau.example"),
    "Người duyệt": ("Phạm Văn Duyệt", "duyet@xa-dau.example"),
}
_FIRST = re.compile(r"http://\S+/lien-ket\?ma=\S+")


@pytest.fixture
def fresh(tmp_path: Path, templates: Templates, model: Path) -> Iterator[RunningLoa]:
    """`loa up` on an empty folder, as it is for whoever has just installed it."""
    running = RunningLoa(tmp_path / "data", "", CACHE, settings={"LOA_SECOND_FACTOR": "approvers"})
    running.lend_model(model)
    running.start()
    yield running
    running.close()


@pytest.fixture
def new_person(chromium: "Browser") -> Iterator[Callable[[], "Page"]]:
    """A browser of its own for each."""
    contexts = []

    def make() -> "Page":
        contexts.append(chromium.new_context(locale="vi-VN"))
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


def set_password(page: "Page", address: str, **fields: str) -> None:
    page.goto(address)
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Gõ lại mật khẩu mới").fill(PASSWORD)
    name = "Lập đơn vị và tài khoản" if fields else "Đặt mật khẩu"
    page.get_by_role("button", name=name).click()
    page.get_by_text("Đã đặt mật khẩu. Mời bạn đăng nhập.").wait_for()


def sign_in(page: "Page", email: str) -> None:
    page.get_by_label("Địa chỉ thư").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def enrol(page: "Page") -> tuple[TOTP, int]:
    """Set the second factor up with the key that the page shows to whoever cannot scan.

    The app, and the time step of the code that is spent.
    """
    page.get_by_role("button", name="Bắt đầu cài đặt").click()
    page.get_by_text("Không quét được").click()
    totp = TOTP(key=page.locator("code").inner_text().replace("-", ""))
    code = totp.generate()
    page.get_by_label("Mã 6 chữ số").fill(str(code.token))
    page.get_by_role("button", name="Xong").click()
    page.wait_for_url("**/lam-viec/")
    return totp, int(code.counter)


def invite(admin: "Page", role: str, name: str, email: str) -> str:
    """The address that is to be given to the invited person."""
    form = admin.locator("form", has=admin.get_by_role("heading", name="Mời một người"))
    form.get_by_label("Họ và tên").fill(name)
    form.get_by_label("Địa chỉ thư").fill(email)
    form.get_by_label(role).check()
    form.get_by_role("button", name="Mời").click()
    told = admin.locator(".done", has_text=name)  # not the one before
    return told.locator("code").inner_text()


def test_from_an_empty_folder_to_the_portal(
    fresh: RunningLoa, new_person: Callable[[], "Page"], short_clip: Path
) -> None:
    [first] = _FIRST.findall((fresh.data.parent / "loa-up.log").read_text())
    admin = new_person()
    name, email = "Nguyễn Thị Đầu", "dau@xa-dau.example"
    set_password(admin, first, Tên_đơn_vị="Xã Đầu", Họ_và_tên_của_bạn=name, Địa_chỉ_thư=email)
    sign_in(admin, email)
    totp, spent = enrol(admin)
    admin.get_by_role("link", name="Người làm việc").click()

    pages = {}
    for role, (name, address) in PEOPLE.items():
        link = invite(admin, role, name, address)
        pages[role] = new_person()
        set_password(pages[role], link)
        sign_in(pages[role], address)
    operator, editor, approver = pages.values()
    operator.wait_for_url("**/lam-viec/")
    editor.wait_for_url("**/lam-viec/")
    enrol(approver)

    announcement = upload(operator, fresh, short_clip)
    wait_for(lambda: fresh.state(announcement) == "in_review", 240, "the text")
    editor.goto(f"{fresh.url}/lam-viec/ban-tin/{announcement}")
    editor.locator("[data-segment] [data-text]").first.wait_for()
    correct_first_word(editor)
    assert editor.get_by_role("button", name="Duyệt và đăng").count() == 0
    operator.goto(f"{fresh.url}/lam-viec/ban-tin/{announcement}")
    assert operator.locator(".lines textarea").count() == 0

    approver.goto(f"{fresh.url}/lam-viec/ban-tin/{announcement}")
    hear_what_must_be_right(approver)
    approver.get_by_role("button", name="Duyệt và đăng").click()
    approver.get_by_role("link", name="Xem trang đã đăng").click(timeout=120_000)
    approver.wait_for_url(f"{fresh.url}/xa-dau/{announcement}/")
    assert CORRECTION in approver.locator("article").inner_text()

    # Who did it stands in the log; and the next time the code is asked for.
    admin.goto(f"{fresh.url}/lam-viec/nhat-ky/xa-dau?viec=dang")
    assert "Phạm Văn Duyệt duyệt bản tin" in " ".join(admin.locator("main").inner_text().split())
    admin.get_by_role("button", name="Đăng xuất").click()
    sign_in(admin, email)
    wait_for(lambda: totp.generate().counter > spent, 60, "the next code")
    admin.get_by_label("Mã 6 chữ số").fill(str(totp.generate().token))
    admin.get_by_role("button", name="Đăng nhập").click()
    admin.wait_for_url("**/lam-viec/")
