"""A key in a real browser, with a device that Chromium plays: made, used, stopped, refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import CDPSession, Page, expect

from bridge.models import User
from tests.web.conftest import PASSWORD, Office, lend_session

pytestmark = pytest.mark.browser

ACCOUNT, LOGIN = "/lam-viec/tai-khoan", "/lam-viec/dang-nhap"


@pytest.fixture
def named(address: str) -> str:
    """The office by a name: no key is for a bare number."""
    return address.replace("127.0.0.1", "localhost")


@pytest.fixture
def device(chromium: Chromium) -> Iterator[tuple[Page, CDPSession, str]]:
    """A page in a browser of its own, with a device that says yes."""
    context = chromium.new_context(locale="vi-VN")
    context.set_default_timeout(30_000)
    page = context.new_page()
    control = context.new_cdp_session(page)
    control.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = control.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page, control, made["authenticatorId"]
    context.close()


def account_page(office: Office, page: Page, named: str, user: User) -> None:
    lend_session(page.context, office.browser_of(user), named)
    page.goto(named + ACCOUNT)


def add_key(page: Page, name: str) -> None:
    page.get_by_label("Tên của khóa").fill(name)
    page.get_by_role("button", name="Thêm khóa truy cập").click()


def test_a_key_is_made_after_the_password_and_signs_in(
    office: Office,
    named: str,
    device: tuple[Page, CDPSession, str],
    complaints: list[str],
) -> None:
    page, _control, _id = device
    page.on("pageerror", lambda error: complaints.append(str(error)))
    account_page(office, page, named, office.person("editor"))
    add_key(page, "Máy ở đài")
    page.wait_for_url("**/lam-viec/xac-nhan**")  # the password was typed long ago
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Tiếp tục").click()
    page.wait_for_url(f"**{ACCOUNT}")
    add_key(page, "Máy ở đài")
    expect(page.get_by_role("status")).to_contain_text("Đã thêm khóa truy cập")
    expect(page.locator(".logins b", has_text="Máy ở đài")).to_be_visible()
    add_key(page, "Lần nữa")
    expect(page.locator("[data-told]")).to_contain_text("Máy này đã có khóa")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url(f"**{LOGIN}")  # going elsewhere before that would take the request back
    page.goto(f"{named}{LOGIN}?next=/lam-viec/tinh-trang")
    page.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    page.wait_for_url("**/lam-viec/tinh-trang")
    assert complaints == []


def test_who_stops_or_has_no_key_is_told_so_and_may_try_again(
    office: Office,
    named: str,
    device: tuple[Page, CDPSession, str],
) -> None:
    page, control, authenticator_id = device
    control.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator_id, "isUserVerified": False}
    )
    page.goto(named + LOGIN)
    button = page.get_by_role("button", name="Đăng nhập bằng khóa truy cập")
    button.click()
    expect(page.locator("[data-told]")).to_contain_text("Bấm để thử lại")
    expect(button).to_be_enabled()


def test_without_a_name_no_key_is_offered(
    office: Office, address: str, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    page, _user = sign_in("editor", path=ACCOUNT)
    expect(page.get_by_role("button", name="Thêm khóa truy cập")).to_be_hidden()
    expect(page.get_by_text("không dùng được khóa truy cập")).to_be_visible()
