"""Signing in: how often one may try, and the row without which a cookie opens nothing."""

import hashlib
import hmac
import logging
import math
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask, after_this_request, current_app, request, session
from flask_login import user_logged_out
from flask_security import LoginForm, user_authenticated
from flask_security.utils import set_request_attr
from sqlalchemy.exc import DBAPIError

from bridge.db import Database, utc_now
from bridge.errors import NotFound
from bridge.letters import order_letter
from bridge.login_attempts import begin_attempt, forget_attempts
from bridge.logins import begin_login, end_login, note_seen, open_login
from bridge.models import User
from bridge.passkeys import list_passkeys
from web.client import client_address
from web.context import current_services
from web.labels import mark, say
from web.requests import safe_local_path

LOGIN_LATER = mark(
    "Đã thử sai nhiều lần. Chờ %(count)s phút rồi đăng nhập lại, hoặc nhờ người quản trị của "
    "đơn vị đặt lại mật khẩu."
)
PASSKEY_FIRST = mark(
    "Tài khoản này đăng nhập bằng khóa truy cập. Bấm “Đăng nhập bằng khóa truy cập”. Mất máy giữ "
    "khóa thì nhờ người quản trị của đơn vị."
)
LOGIN_KEY = "loa_login"  # in the cookie: which row of `login` stands for it

logger = logging.getLogger(__name__)


class StaffLoginForm(LoginForm):
    """Address and password. No "remember me": these are shared machines."""

    remember = None

    def validate_next(self, field: Any) -> None:
        """Forget a way back that leads elsewhere; signing in itself did not go wrong."""
        if field.data and not safe_local_path(field.data, ""):
            field.data = ""

    def validate(self, **options: Any) -> bool:
        """Refuse who guesses too often, then look at the password."""
        account = self.email.data if isinstance(self.email.data, str) else ""
        if not account or not self.password.data:
            return bool(super().validate(**options))  # says what is missing
        wait = password_wait(current_services().db, account)
        if wait is not None:
            _note_refused(account, "too many tries")
            self.form_errors.append(say_wait(wait))
            return False
        if not super().validate(**options):
            _note_refused(account, "a wrong password, or nobody's account")
            return False
        password_was_right(current_services().db, account)
        if _needs_passkey(self.user):
            self.form_errors.append(say(PASSKEY_FIRST))
            return False
        return True


def install_signing_in(app: Flask, login_manager: Any, person_class: type[User]) -> None:
    """Let a cookie count only with its row, and make and end that row."""
    login_manager.user_loader(partial(_load_person, person_class))
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)


def _note_refused(account: str, why: str) -> None:
    """A line in the log. Not the account as it was typed: people type their password there."""
    key, said = str(current_app.secret_key).encode(), account.strip().lower().encode()
    mark = hmac.new(key, said, hashlib.sha256).hexdigest()[:12]
    logger.warning("a sign-in was refused from %s, account %s: %s", client_address(), mark, why)


def _needs_passkey(person: Any) -> bool:
    """Whether a password must not be enough even to set up a second factor: the person has one
    already, in a device.
    """
    if person.tf_primary_method or not person.check_tf_required_setup():
        return False
    with current_services().db.reading() as open_session:
        return bool(list_passkeys(open_session, person.id))


def own_login_id() -> str:
    """The login by which this request came; empty where nobody is signed in."""
    return str(session.get(LOGIN_KEY, ""))


def password_wait(db: Database, account: str) -> timedelta | None:
    """Count a try of a password from where the request comes; or how long to wait first."""
    with db.writing() as open_session:
        return begin_attempt(open_session, account, client_address())


def password_was_right(db: Database, account: str) -> None:
    """Forget this account's tries from where the request comes."""
    with db.writing() as open_session:
        forget_attempts(open_session, account, client_address())


def say_wait(wait: timedelta) -> str:
    """In words how long to wait; the answer gets the status 429."""
    seconds = max(1, math.ceil(wait.total_seconds()))

    @after_this_request
    def _too_many(answer: Any) -> Any:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(seconds)
        return answer

    return say(LOGIN_LATER) % {"count": math.ceil(seconds / 60)}


def go_on_as(user: User) -> None:
    """Keep this very browser signed in after its person's sessions were all ended."""
    session["_user_id"] = user.fs_uniquifier


def _load_person(person_class: type[User], fs_uniquifier: str | None) -> User | None:
    """The person of a cookie; None where its login has ended or never was."""
    login_id = own_login_id()
    if not login_id or not fs_uniquifier:
        return None
    db = current_services().db
    with db.reading() as open_session:
        found = open_login(open_session, login_id, str(fs_uniquifier), person_class=person_class)
    if found is None:
        return None
    if found.is_due:
        try:
            with db.writing() as open_session:
                note_seen(open_session, login_id)
        except DBAPIError as error:  # a full disk must not close the pages that tell of it
            logger.warning("a login's last use was not written down: %s", error)
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return found.user


def _begin(_app: Flask, user: User, **_more: Any) -> None:
    services, address = current_services(), client_address()
    with services.db.writing() as open_session:
        begun = begin_login(
            open_session, user_id=user.id, address=address, browser=request.user_agent.string
        )
        session[LOGIN_KEY] = begun.id
        if begun.is_new_place and services.settings.sends_letters:
            # The reaper hands it over: nobody waits for a mail server here.
            order_letter(
                open_session,
                kind="new_login",
                user_id=user.id,
                address=address,
                happened_at=utc_now(),
            )


def _end(_app: Flask, user: Any, **_more: Any) -> None:
    login_id = session.pop(LOGIN_KEY, None)
    person_id = getattr(user, "id", None)
    if not login_id or not person_id:
        return
    try:
        with current_services().db.writing() as open_session:
            end_login(open_session, login_id=str(login_id), user_id=str(person_id))
    except NotFound:
        current_app.logger.warning("a login without a row was ended")
