"""The second factor: who must have it, the codes, the paper, and what a guesser meets."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from bridge.models import AuditEntry, User
from tests.web.conftest import PASSWORD, Browser, Office
from web.second_factor import STEP_SECONDS

LIST, LOGIN, ACCOUNT = "/lam-viec/", "/lam-viec/dang-nhap", "/lam-viec/tai-khoan"
SETUP, STEP = "/lam-viec/hai-lop/cai-dat", "/lam-viec/hai-lop"
CODES, PAPER = "/lam-viec/hai-lop/ma-du-phong", "/lam-viec/hai-lop/dung-ma-du-phong"
_KEY = re.compile(r"<code>([A-Z2-7-]{16,})</code>")
_CODE = re.compile(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>")
_PICTURE = re.compile(r'src="(data:image/[^"]+)"')
_ACTION = re.compile(r'action="(/lam-viec/hai-lop[^"]*)"')


class Phone:
    """An app that makes codes, with a clock of its own."""

    def __init__(self, key: str) -> None:
        self.totp = TOTP(key=key.replace("-", ""))

    def code(self, after: timedelta = timedelta()) -> str:
        return str(self.totp.generate(datetime.now(UTC) + after).token)


def alert(page: str) -> str:
    return re.sub(r"<.*?>", "", "".join(re.findall(r'role="alert">(.*?)</p>', page, re.S)))


def enrolled(office: Office, *roles: str) -> tuple[User, Phone]:
    """Somebody who has just set it up, in a browser that has been closed since."""
    user = office.person(*roles)
    browser = Browser(office.app)
    browser.sign_in(user.email)
    page = browser.post(SETUP, {"setup": "authenticator"}).get_data(as_text=True)
    phone = Phone(_KEY.findall(page)[0])
    [action] = [one for one in _ACTION.findall(page) if one != SETUP]
    assert browser.post(action, {"code": phone.code()}).status_code == 302
    assert browser.get(LIST).status_code == 200
    return user, phone


@pytest.mark.parametrize(
    ("roles", "who", "must"),
    [
        (("editor",), "approvers", False),
        (("operator", "editor"), "approvers", False),
        (("approver",), "approvers", True),
        (("admin",), "approvers", True),
        (("editor",), "everybody", True),
        (("admin",), "nobody", False),
    ],
)
def test_who_may_publish_does_not_get_in_without_one(
    office: Office, roles: tuple[str, ...], who: str, must: bool
) -> None:
    _set(office.app, who)
    user = office.person(*roles)
    browser = Browser(office.app)
    assert browser.sign_in(user.email).location == (SETUP if must else LIST)
    assert (browser.get(LIST).status_code == 200) != must
    if must:
        assert "Người duyệt và người quản trị cần thêm" in browser.text(SETUP)
        assert "disable" not in browser.text(SETUP)


def test_it_is_set_up_at_the_first_login_and_asked_for_from_then_on(office: Office) -> None:
    user, phone = enrolled(office, "approver")
    browser = Browser(office.app)
    assert browser.sign_in(user.email, next="/lam-viec/tinh-trang").location.startswith(STEP)
    assert browser.get(LIST).status_code == 302
    assert "6 chữ số" in browser.text(STEP)
    later = timedelta(seconds=30)
    with time_machine.travel(datetime.now(UTC) + later, tick=False):
        code = phone.code()
        spaced = f" {code[:3]} {code[3:]} "
        assert browser.post(STEP, {"code": spaced}).location == LIST
        assert browser.get(LIST).status_code == 200
        # The same code opens nothing again.
        other = Browser(office.app)
        other.sign_in(user.email)
        answer = other.post(STEP, {"code": code})
        assert "đã dùng rồi" in alert(answer.get_data(as_text=True))
        assert other.get(LIST).status_code == 302
    with office.services.db.reading() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_id == user.id)
        ).all()
        stored = session.get_one(User, user.id)
    assert "set_second_factor" in actions
    assert phone.totp.base32_key not in str(stored.tf_totp_secret)  # encrypted


def test_without_the_password_no_step_opens(office: Office) -> None:
    user, phone = enrolled(office, "approver")
    browser = Browser(office.app)
    for path in (STEP, SETUP, PAPER):
        assert browser.get(path).location.startswith(LOGIN)
        assert browser.post(path, {"code": phone.code(), "setup": "disable"}).status_code == 302
    assert browser.sign_in(user.email, "sai mật khẩu").status_code == 200
    assert browser.post(STEP, {"code": phone.code()}).status_code == 302
    assert browser.get(LIST).status_code == 302
    working = office.browser_of(user)
    for path in ("/lam-viec/hai-lop/nho-giup", "/lam-viec/hai-lop/chon"):
        browser.sign_in(user.email)
        assert browser.post(path, {"help_setup": "help"}).location.startswith(LOGIN)
        assert working.post(path, {"help_setup": "help"}).status_code == 404


def test_who_mistypes_the_first_code_is_shown_the_same_picture_again(office: Office) -> None:
    user = office.person("approver")
    browser = Browser(office.app)
    browser.sign_in(user.email)
    page = browser.post(SETUP, {"setup": "authenticator"}).get_data(as_text=True)
    again = browser.post(STEP, {"code": "000000"}).get_data(as_text=True)
    assert "Mã không đúng" in alert(again)
    assert _PICTURE.findall(again) == _PICTURE.findall(page) != []
    assert _KEY.findall(again) == _KEY.findall(page)
    assert PAPER not in again  # there is none yet
    assert browser.post(STEP, {"code": Phone(_KEY.findall(page)[0]).code()}).status_code == 302
    assert "Lấy mã dự phòng ngay ở trang Tài khoản" in browser.text(LIST)
    settled, _phone = enrolled(office, "approver")
    other = Browser(office.app)
    other.sign_in(settled.email)
    later = other.post(STEP, {"code": "000000"}).get_data(as_text=True)
    assert PAPER in later
    assert not _PICTURE.findall(later)  # what was set up once is never shown again


def test_codes_are_not_to_be_guessed(office: Office) -> None:
    user, phone = enrolled(office, "approver")
    browser = Browser(office.app)
    browser.sign_in(user.email)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=False) as clock:
        for _ in range(5):
            assert browser.post(STEP, {"code": "000000"}).status_code == 200
        answer = browser.post(STEP, {"code": phone.code()})
        assert answer.status_code == 429
        assert "Chờ 1 phút" in alert(answer.get_data(as_text=True))
        clock.shift(31)
        assert browser.post(STEP, {"code": phone.code()}).location == LIST


def test_the_step_does_not_wait_for_ever(office: Office) -> None:
    user, phone = enrolled(office, "approver")
    browser = Browser(office.app)
    browser.sign_in(user.email)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=STEP_SECONDS), tick=False):
        answer = browser.post(STEP, {"code": phone.code()})
        assert "Đăng nhập lại từ đầu" in alert(answer.get_data(as_text=True))
        assert browser.get(LIST).status_code == 302


def test_a_code_from_paper_opens_once(office: Office) -> None:
    user, _phone = enrolled(office, "approver")
    browser = office.browser_of(user)
    browser.post("/lam-viec/xac-nhan", {"password": PASSWORD})
    page = browser.post(CODES, {}).get_data(as_text=True)
    codes = _CODE.findall(page)
    assert len(set(codes)) == 8
    assert _CODE.findall(browser.text(f"{CODES}?show_codes=1")) == codes
    assert _CODE.findall(browser.text(CODES)) == []
    with office.services.db.reading() as session:
        kept = session.get_one(User, user.id).mf_recovery_codes
    assert kept is not None
    assert not set(kept) & set(codes)  # encrypted
    typed = codes[3].upper().replace("-", " ")
    lost = Browser(office.app)
    lost.sign_in(user.email)
    assert "không đúng" in alert(lost.post(PAPER, {"code": "0000"}).get_data(as_text=True))
    assert lost.post(PAPER, {"code": typed}).location == LIST
    assert lost.get(LIST).status_code == 200
    again = Browser(office.app)
    again.sign_in(user.email)
    assert "không đúng" in alert(again.post(PAPER, {"code": typed}).get_data(as_text=True))
    assert "Còn 7 mã" in browser.text(CODES)
    with office.services.db.reading() as session:
        noted = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
    assert (noted.count("make_recovery_codes"), noted.count("use_recovery_code")) == (1, 1)


def test_an_editor_may_turn_it_on_and_off(office: Office) -> None:
    user, phone = enrolled(office, "editor")
    browser = Browser(office.app)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False):
        assert browser.sign_in(user.email).location.startswith(STEP)
        assert browser.post(STEP, {"code": phone.code()}).location == LIST
        assert "Đang bật" in browser.text(ACCOUNT)
        assert browser.post(SETUP, {"setup": "disable"}).location == ACCOUNT
        assert "Đang tắt" in browser.text(ACCOUNT)
        assert Browser(office.app).sign_in(user.email).location == LIST


def test_whoever_must_have_one_does_not_turn_it_off(office: Office) -> None:
    user, phone = enrolled(office, "approver")
    browser = Browser(office.app)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False):
        browser.sign_in(user.email)
        browser.post(STEP, {"code": phone.code()})
        assert browser.post(SETUP, {"setup": "disable"}).status_code == 200
        assert "Đang bật" in browser.text(ACCOUNT)


def test_a_wrong_code_while_changing_leaves_the_old_one(office: Office) -> None:
    user, phone = enrolled(office, "approver")
    browser = Browser(office.app)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False) as clock:
        browser.sign_in(user.email)
        browser.post(STEP, {"code": phone.code()})
        page = browser.post(SETUP, {"setup": "authenticator"}).get_data(as_text=True)
        [action] = [one for one in _ACTION.findall(page) if one != SETUP]
        assert browser.post(action, {"code": "000000"}).location == SETUP
        assert "Mã không đúng" in browser.text(SETUP)
        clock.shift(60)
        other = Browser(office.app)
        other.sign_in(user.email)
        assert other.post(STEP, {"code": phone.code()}).location == LIST


def test_changing_how_one_signs_in_asks_for_the_password_again(office: Office) -> None:
    browser = office.browser("editor")  # its cookie does not say when the password was typed
    for path in (SETUP, CODES):
        assert browser.get(path).location.startswith("/lam-viec/xac-nhan")
    asked = f"/lam-viec/xac-nhan?next={SETUP}"
    answer = browser.post(asked, {"password": "không phải"})
    assert "Mật khẩu không đúng" in alert(answer.get_data(as_text=True))
    assert browser.post(asked, {"password": PASSWORD}).location == SETUP
    assert "Bắt đầu cài đặt" in browser.text(SETUP)


def test_an_admin_helps_whoever_lost_the_telephone(office: Office) -> None:
    user, _phone = enrolled(office, "approver")
    working = office.browser_of(user)
    admin = office.browser("admin")
    place = f"/lam-viec/nguoi/xa-mau/{user.id}/bo-xac-minh"
    assert "có lớp xác minh thứ hai" in admin.text("/lam-viec/nguoi/xa-mau")
    assert office.browser("editor").post(place, {}).status_code == 403
    assert admin.post(place, {}).status_code == 303
    assert working.get(LIST).status_code == 302
    assert Browser(office.app).sign_in(user.email).location == SETUP


def _set(app: Flask, who: str) -> None:
    services = app.extensions["loa"]
    changed = replace(services.settings, second_factor=who)
    app.extensions["loa"] = replace(services, settings=changed)
