"""Changing keys: nobody is thrown out by it, and what was kept stays readable."""

import os
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from bridge.models import AuditEntry, User
from bridge.secret_keys import (
    FORMER_KEY,
    FORMER_KEY_S,
    SECOND_FACTOR_KEY,
    SECRET_KEY,
    read_former_key,
    read_second_factor_keys,
    read_secret_key,
)
from bridge.settings import Settings
from tests.web.conftest import PASSWORD, Browser, Office
from tests.web.test_second_factor import _CODE, CODES, LIST, PAPER, STEP, enrolled
from web.app import create_app


def restarted(office: Office) -> Flask:
    """The application as it comes up again on the same data folder."""
    app = create_app(office.settings)
    app.jinja_env.bytecode_cache = office.app.jinja_env.bytecode_cache
    return app


def carry(browser: Browser, app: Flask) -> Browser:
    """The same browser, with its cookie, before another application."""
    other = Browser(app)
    cookie = browser.client.get_cookie("loa_session")
    assert cookie is not None
    other.client.set_cookie(cookie.key, cookie.value)
    return other


def mode(settings: Settings, name: str) -> int:
    return (settings.data_dir / name).stat().st_mode & 0o777


def test_a_changed_session_key_ends_no_session_for_a_day(
    office: Office, loa: Callable[..., tuple[int, str, str]]
) -> None:
    settings, browser = office.settings, office.browser("editor")
    before = read_secret_key(settings)
    assert loa("keys", "rotate")[0] == 0
    assert read_secret_key(settings) != before
    assert read_former_key(settings) == before
    assert {mode(settings, name) for name in (SECRET_KEY, FORMER_KEY)} == {0o600}
    assert carry(browser, restarted(office)).get(LIST).status_code == 200
    old = time.time() - FORMER_KEY_S - 1
    os.utime(settings.data_dir / FORMER_KEY, (old, old))
    assert read_former_key(settings) is None
    assert carry(browser, restarted(office)).get(LIST).status_code == 302
    with office.services.db.reading() as session:
        assert "change_key" in session.scalars(select(AuditEntry.action)).all()


def test_second_factors_stay_under_a_changed_key_and_move_to_it(
    office: Office, loa: Callable[..., tuple[int, str, str]]
) -> None:
    user, phone = enrolled(office, "approver")
    mine = office.browser_of(user)
    mine.post("/lam-viec/xac-nhan", {"password": PASSWORD})
    codes = _CODE.findall(mine.post(CODES, {}).get_data(as_text=True))

    def kept() -> str:
        with office.services.db.reading() as session:
            return session.get_one(User, user.id).tf_totp_secret or ""

    before = kept()
    assert loa("keys", "rotate", "--second-factor")[0] == 0
    assert len(read_second_factor_keys(office.settings)) == 2
    assert mode(office.settings, SECOND_FACTOR_KEY) == 0o600
    browser = Browser(restarted(office))
    assert STEP in browser.sign_in(user.email).location
    answer = browser.post(STEP, {"code": phone.code(timedelta(seconds=30))})
    assert answer.status_code == 302
    assert browser.get(LIST).status_code == 200
    assert kept() != before
    again = Browser(restarted(office))
    again.sign_in(user.email)
    assert again.post(PAPER, {"code": codes[0]}).location == LIST


def test_no_draft_of_a_key_stays(office: Office, loa: Callable[..., tuple[int, str, str]]) -> None:
    for options in ((), ("--second-factor",)):
        assert loa("keys", "rotate", *options)[0] == 0
    kept = {path.name for path in office.settings.data_dir.glob("se*")}
    assert kept == {SECRET_KEY, FORMER_KEY, SECOND_FACTOR_KEY}
