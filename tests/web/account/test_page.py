"""A person's own page: their logins and their password."""

import re
from dataclasses import replace

import pytest

from bridge.models import User
from tests.web.conftest import PASSWORD, Browser, Office

ACCOUNT, LIST, LOGIN = "/lam-viec/tai-khoan", "/lam-viec/", "/lam-viec/dang-nhap"
NEW = "trâu bò qua cầu khỉ"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
_END = re.compile(r'action="(/lam-viec/tai-khoan/dang-nhap/\w+/ket-thuc)"')


@pytest.fixture(autouse=True)
def _in_the_clear(office: Office) -> None:
    """The places of these tests come by way of a proxy without HTTPS."""
    services = office.app.extensions["loa"]
    settings = replace(services.settings, plain_http=True)
    office.app.extensions["loa"] = replace(services, settings=settings)


def signed_in(office: Office, user: User, agent: str, address: str) -> Browser:
    browser = Browser(office.app)
    # By way of a proxy of this machine, as in earnest.
    browser.client.environ_base.update(HTTP_USER_AGENT=agent, HTTP_X_FORWARDED_FOR=address)
    assert browser.sign_in(user.email).location == LIST
    return browser


def change(browser: Browser, old: str, new: str, again: str | None = None) -> tuple[int, str]:
    fields = {"old": old, "new": new, "again": new if again is None else again}
    answer = browser.post(f"{ACCOUNT}/mat-khau", fields)
    found = re.search(r'role="alert">(.*?)</p>', answer.get_data(as_text=True), re.S)
    return answer.status_code, re.sub(r"<.*?>", "", found.group(1)) if found else ""


def test_it_says_who_one_is_and_where_one_is_signed_in(office: Office) -> None:
    user = office.person("editor")
    browser = signed_in(office, user, WINDOWS, "192.0.2.7")
    page = browser.text(ACCOUNT)
    assert "Chrome trên Windows" in page
    assert "192.0.2.7" in page
    assert "biên tập" in page.lower()
    assert user.email in page
    assert "Đăng xuất nơi đó" not in page
    signed_in(office, user, "", "198.51.100.9")
    page = browser.text(ACCOUNT)
    assert "trình duyệt khác" in page
    assert "NƠI MỚI" in page
    assert len(_END.findall(page)) == 1


def test_a_new_place_is_told_on_the_list_until_one_has_said_who_it_was(office: Office) -> None:
    user = office.person("editor")
    office_browser = signed_in(office, user, WINDOWS, "192.0.2.7")
    assert "nơi mới" not in office_browser.text(LIST)
    other = signed_in(office, user, "Firefox/150 (Android)", "198.51.100.9")
    assert "nơi mới" not in other.text(LIST)
    page = office_browser.text(LIST)
    assert "Firefox trên Android" in page
    assert "198.51.100.9" in page
    [end] = _END.findall(page)
    assert office_browser.post(end.replace("ket-thuc", "biet-roi"), {}).location == LIST
    assert "nơi mới" not in office_browser.text(LIST)
    assert other.get(LIST).status_code == 200
    assert office_browser.post(end, {}).location == ACCOUNT
    assert other.get(LIST).status_code == 302


def test_all_others_are_ended_at_once_and_nobody_elses(office: Office) -> None:
    user = office.person("editor")
    mine = [signed_in(office, user, WINDOWS, f"192.0.2.{number}") for number in (1, 2, 3)]
    theirs = office.browser("editor")
    assert mine[0].post(f"{ACCOUNT}/ket-thuc-noi-khac", {}).location == ACCOUNT
    assert [one.get(LIST).status_code for one in (*mine, theirs)] == [200, 302, 302, 200]
    foreign = _END.findall(signed_in(office, user, WINDOWS, "192.0.2.9").text(ACCOUNT))[0]
    assert theirs.post(foreign, {}).status_code == 404
    assert mine[0].get(LIST).status_code == 200


def test_a_copied_cookie_ends_with_signing_out(office: Office) -> None:
    user = office.person("editor")
    browser = signed_in(office, user, WINDOWS, "192.0.2.7")
    cookie = browser.client.get_cookie("loa_session")
    assert cookie is not None
    thief = Browser(office.app)
    thief.client.set_cookie(cookie.key, cookie.value)
    assert thief.get(LIST).status_code == 200
    browser.post("/lam-viec/dang-xuat", {})
    assert thief.get(LIST).status_code == 302


def test_a_password_is_changed_by_whoever_knows_it(office: Office) -> None:
    user = office.person("editor")
    browser = signed_in(office, user, WINDOWS, "192.0.2.7")
    other = signed_in(office, user, WINDOWS, "192.0.2.8")
    assert change(browser, PASSWORD, NEW)[0] == 303
    assert browser.get(LIST).status_code == 200  # whoever changed it goes on
    assert other.get(LIST).status_code == 302
    again = Browser(office.app)
    assert again.sign_in(user.email).status_code == 200
    assert again.sign_in(user.email, NEW).location == LIST


def test_what_cannot_be_changed_is_said_and_nothing_changes(office: Office) -> None:
    user = office.person("editor")
    browser = office.browser_of(user)
    for old, new, again, words in (
        ("không phải", NEW, NEW, "Mật khẩu đang dùng không đúng"),
        (PASSWORD, NEW, NEW + "!", "không giống nhau"),
        (PASSWORD, "ngắn", "ngắn", "ít nhất 12 chữ"),
        (PASSWORD, "Nguyễn An 1", "Nguyễn An 1", "ít nhất 12 chữ"),
        (PASSWORD, "Nguyễn An Xã Mẫu", "Nguyễn An Xã Mẫu", "dễ đoán"),
        (PASSWORD, "x" * 300, "x" * 300, "dài quá 200"),
        (PASSWORD, "", "", "ít nhất 12 chữ"),
    ):
        status, said = change(browser, old, new, again)
        assert (status, words in said) == (400, True), said
    assert Browser(office.app).sign_in(user.email).location == LIST


def test_guessing_the_old_password_on_the_page_is_slowed_down_too(office: Office) -> None:
    browser = office.browser("editor")
    for _ in range(5):
        assert change(browser, "không phải", NEW)[0] == 400
    status, said = change(browser, PASSWORD, NEW)
    assert status == 429
    assert "Chờ 1 phút" in said
