"""Keys instead of passwords: made, used, refused where anything about them is not right."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from bridge.db import utc_now
from bridge.models import AuditEntry, Passkey, User
from bridge.passkeys import MOST_PASSKEYS
from bridge.people import drop_second_factor
from tests.web.account.soft_key import PRESENT, SoftKey
from tests.web.conftest import Browser, Office
from web.passkeys import HOLDS_S

KEYS, LOGIN = "/lam-viec/tai-khoan/khoa", "/lam-viec/tai-khoan/khoa/dang-nhap"
ACCOUNT, LIST, PASSWORD_LOGIN = "/lam-viec/tai-khoan", "/lam-viec/", "/lam-viec/dang-nhap"


def fresh(office: Office, user: User) -> Browser:
    """A browser in which the password was typed just now."""
    browser = office.browser_of(user)
    with browser.client.session_transaction() as cookie:
        cookie["fs_paa"] = time.time()
    return browser


def make(browser: Browser, key: SoftKey, name: str = "Điện thoại") -> tuple[int, Any]:
    asked = browser.ask("POST", f"{KEYS}/bat-dau").get_json()
    credential = key.make(asked["options"])
    body = {"name": name, "state": asked["state"], "credential": credential}
    answer = browser.ask("POST", KEYS, json=body)
    return answer.status_code, answer.get_json()


def ask_to_sign(browser: Browser) -> dict[str, Any]:
    answer = browser.ask("POST", f"{LOGIN}/bat-dau")
    assert answer.status_code == 200
    return dict(answer.get_json())


def sign_in(browser: Browser, key: SoftKey, **changed: Any) -> tuple[int, Any]:
    asked = ask_to_sign(browser)
    body = {"state": asked["state"], "credential": key.sign(asked["options"]), **changed}
    answer = browser.ask("POST", LOGIN, json=body)
    return answer.status_code, answer.get_json()


def code_of(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


@pytest.fixture
def owner(office: Office) -> User:
    return office.person("approver")


@pytest.fixture
def key(office: Office, owner: User) -> SoftKey:
    """A key that its owner has just made."""
    made = SoftKey(b"key of the owner")
    assert make(fresh(office, owner), made)[0] == 201
    return made


def test_a_key_is_made_shown_and_signs_in_without_password_or_code(
    office: Office, owner: User, key: SoftKey
) -> None:
    page = office.browser_of(owner).text(ACCOUNT)
    assert "Điện thoại" in page
    assert "chưa dùng lần nào" in page
    browser = Browser(office.app)
    status, answer = sign_in(browser, key, next="/lam-viec/tinh-trang")
    assert (status, answer["next"]) == (200, "/lam-viec/tinh-trang")
    assert browser.get(LIST).status_code == 200  # though approvers must have a second factor
    assert "dùng gần nhất" in browser.text(ACCOUNT)
    with office.services.db.reading() as session:
        done = select(AuditEntry.action).where(AuditEntry.actor_id == owner.id)
        assert "add_passkey" in session.scalars(done).all()
        [kept] = session.scalars(select(Passkey))
        assert kept.transports == ["internal"]


def test_the_way_back_leads_nowhere_else(office: Office, key: SoftKey) -> None:
    status, answer = sign_in(Browser(office.app), key, next="https://la.example/")
    assert (status, answer["next"]) == (200, LIST)


WRONG: dict[str, Callable[[SoftKey], SoftKey]] = {
    "signed for another address": lambda key: replace(key, origin="https://localhost.la.example"),
    "signed for another host": lambda key: replace(key, host="la.example"),
    "without finger, face or PIN": lambda key: replace(key, flags=PRESENT),
    "with nobody before it": lambda key: replace(key, flags=0x04),
    "signed by another key": lambda key: SoftKey(key.credential_id, handle=key.handle),
    "a key that is nobody's": lambda key: replace(key, credential_id=b"somebody else"),
    "a key kept for somebody else": lambda key: replace(key, handle=b"000000000000"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_right_opens_nothing(office: Office, key: SoftKey, name: str) -> None:
    browser = Browser(office.app)
    assert code_of(sign_in(browser, WRONG[name](key))) == (400, "passkey_unfit")
    assert browser.get(LIST).status_code == 302


def test_nothing_that_was_signed_counts_twice(office: Office, key: SoftKey) -> None:
    asked = ask_to_sign(Browser(office.app))
    body = {"state": asked["state"], "credential": key.sign(asked["options"])}
    assert Browser(office.app).ask("POST", LOGIN, json=body).status_code == 200
    again = Browser(office.app).ask("POST", LOGIN, json=body)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "passkey_reused")


def test_a_copied_key_whose_count_goes_back_is_refused(office: Office, key: SoftKey) -> None:
    for count, status in ((5, 200), (6, 200), (6, 400), (5, 400), (7, 200)):
        assert sign_in(Browser(office.app), replace(key, count=count))[0] == status, count


def test_what_was_asked_for_is_signed_in_time(office: Office, key: SoftKey) -> None:
    browser = Browser(office.app)
    asked = ask_to_sign(browser)
    body = {"state": asked["state"], "credential": key.sign(asked["options"])}
    with time_machine.travel(utc_now() + timedelta(seconds=HOLDS_S + 2), tick=True):
        answer = browser.ask("POST", LOGIN, json=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "passkey_late")


def test_what_was_asked_for_one_thing_is_no_good_for_another(
    office: Office, owner: User, key: SoftKey
) -> None:
    mine, other = fresh(office, owner), fresh(office, office.person("editor"))
    asked = mine.ask("POST", f"{KEYS}/bat-dau").get_json()
    body = {
        "name": "x",
        "state": asked["state"],
        "credential": SoftKey(b"new").make(asked["options"]),
    }
    assert other.ask("POST", KEYS, json=body).get_json()["error"]["code"] == "passkey_late"
    signed = {"state": asked["state"], "credential": key.sign(asked["options"])}
    assert mine.ask("POST", LOGIN, json=signed).get_json()["error"]["code"] == "passkey_late"
    assert mine.ask("POST", KEYS, json=body).status_code == 201


@pytest.mark.parametrize(
    "changed",
    [
        {"credential": None},
        {"credential": {}},
        {"credential": {"rawId": "é", "response": "x"}},
        {"credential": {"rawId": "AAAA", "response": {"userHandle": ["x"]}}},
        {"state": "made up"},
        {"state": None},
    ],
)
def test_answers_that_are_nothing_are_refused(
    office: Office, key: SoftKey, changed: dict[str, Any]
) -> None:
    status, answer = sign_in(Browser(office.app), key, **changed)
    assert (status, answer["error"]["code"].split("_")[0]) == (400, "passkey")
    for body in (b"", b"[]", b"\xff", b"{}" + b" " * 100_000):
        sent = Browser(office.app).ask("POST", LOGIN, data=body, content_type="application/json")
        assert sent.status_code in (400, 413)


def test_who_has_left_does_not_get_in(office: Office, owner: User, key: SoftKey) -> None:
    with office.services.db.writing() as session:
        session.get_one(User, owner.id).active = False
    assert code_of(sign_in(Browser(office.app), key)) == (400, "passkey_unfit")


def test_the_password_comes_first_before_a_key_is_made(office: Office, owner: User) -> None:
    browser = office.browser_of(owner)
    with browser.client.session_transaction() as cookie:
        cookie["fs_paa"] = time.time() - 3 * 3600
    assert browser.ask("POST", f"{KEYS}/bat-dau").status_code == 401
    assert Browser(office.app).ask("POST", f"{KEYS}/bat-dau").status_code == 401


def test_a_password_alone_sets_up_nothing_beside_a_key(
    office: Office, owner: User, key: SoftKey
) -> None:
    browser = Browser(office.app)
    answer = browser.sign_in(owner.email)
    assert "đăng nhập bằng khóa truy cập" in answer.get_data(as_text=True).lower()
    assert browser.get(LIST).status_code == 302
    # An admin helps whoever lost the device: then it begins anew.
    with office.services.db.writing() as session:
        drop_second_factor(session, unit_id=office.unit.id, user_id=owner.id)
    assert "/hai-lop/" in browser.sign_in(owner.email).location
    assert code_of(sign_in(Browser(office.app), key)) == (400, "passkey_unfit")


def test_names_and_numbers(office: Office) -> None:
    browser = fresh(office, office.person("editor"))
    for name in ("", "  ", "x" * 61):
        assert code_of(make(browser, SoftKey(b"a"), name)) == (400, "passkey_name")
    for number in range(MOST_PASSKEYS):
        assert make(browser, SoftKey(bytes([number])), f"Máy {number}")[0] == 201
    assert code_of(make(browser, SoftKey(b"one more"))) == (409, "passkeys_many")
    other = fresh(office, office.person("editor"))
    assert code_of(make(other, SoftKey(bytes([0])))) == (409, "passkey_known")


def test_a_key_is_taken_away_by_its_person_alone(office: Office, owner: User, key: SoftKey) -> None:
    with office.services.db.reading() as session:
        [passkey_id] = session.scalars(select(Passkey.id))
    stranger = office.browser("editor")
    assert stranger.post(f"{KEYS}/{passkey_id}/bo", {}).status_code == 404
    browser = office.browser_of(owner)
    assert browser.post(f"{KEYS}/{passkey_id}/bo", {}).location == ACCOUNT
    assert "chưa dùng lần nào" not in browser.text(ACCOUNT)
    assert code_of(sign_in(Browser(office.app), key)) == (400, "passkey_unfit")
