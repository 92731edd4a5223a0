"""The second factor: six figures from a telephone after the password, or a code kept on paper.

The steps are Flask-Security's; here is who must go through them, where what they need is kept, and
how often one may guess. Nobody who may publish gets in by a password alone, unless the settings
say so.
"""

import base64
import hashlib
import time
from typing import Any

from flask import Flask, abort, flash, request, session
from flask_login import current_user
from flask_security import Security, TwoFactorVerifyCodeForm, VerifyForm
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.totp import Totp
from passlib.exc import UsedTokenError
from sqlalchemy import CursorResult, or_, update

from bridge.accounts import roles_by_unit
from bridge.models import User
from bridge.secret_keys import read_second_factor_keys
from bridge.settings import Settings
from web.context import current_services
from web.labels import mark, say
from web.signing_in import password_wait, password_was_right, say_wait

ISSUER = "Loa"
RECOVERY_CODES = 8
STEP_SECONDS = 600  # between the right password and the code
_STEP_BEGAN = "loa_step_began"
_ROLES = frozenset({"approver", "admin"})  # of those that the setting "approvers" means

CODE_WRONG = mark("Mã không đúng hoặc đã dùng rồi. Chờ mã mới hiện trên điện thoại rồi gõ lại.")
RECOVERY_WRONG = mark("Mã dự phòng không đúng hoặc đã dùng rồi. Kiểm tra lại rồi gõ lại.")
PASSWORD_WRONG = mark("Mật khẩu không đúng. Gõ lại rồi thử lần nữa.")
GET_CODES = mark(
    "Đã bật lớp xác minh thứ hai. Lấy mã dự phòng ngay ở trang Tài khoản, phòng khi mất điện thoại."
)
TOO_LATE = mark("Đã quá lâu từ lúc gõ mật khẩu. Đăng nhập lại từ đầu.")

# Flask-Security's steps that need no login: what came before is in the session.
OPEN_STEPS = frozenset(
    {
        "security.two_factor_setup",
        "security.two_factor_token_validation",
        "security.mf_recovery",
    }
)
# Those that are not offered: help by mail, and a choice where there is nothing to choose.
_CLOSED_STEPS = frozenset({"security.two_factor_rescue", "security.tf_select"})


class StaffTotp(Totp):
    """Codes that are taken once: Flask-Security leaves that to whoever keeps the time steps."""

    def get_last_counter(self, user: Any) -> int | None:
        """The time step of the last code that was taken."""
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Raises what counts as a wrong code when another request has used this one.

        What lies under a former key (`loa keys rotate`) is put under the newest here.
        """
        counter = int(tmatch.counter)
        moved = {"tf_totp_secret": tmatch.totp.to_json(encrypt=True)} if tmatch.totp.changed else {}
        with current_services().db.writing() as db_session:
            taken = db_session.execute(
                update(User)
                .where(
                    User.id == user.id,
                    or_(User.tf_last_counter.is_(None), User.tf_last_counter < counter),
                )
                .values(tf_last_counter=counter, **moved)
            )
        if not (isinstance(taken, CursorResult) and taken.rowcount == 1):
            raise UsedTokenError


class _Guessed:
    """A form whose field may not be guessed at will; `wrong` is said of any mistake."""

    wrong = CODE_WRONG
    is_step = True  # of signing in: only for a while after the password

    def validate(self, **options: Any) -> bool:
        form: Any = self
        if self.is_step and not _is_signed_in() and not _is_step_young():
            form.form_errors.append(say(TOO_LATE))
            return False
        account = self._account()
        wait = password_wait(current_services().db, account)
        if wait is not None:
            form.form_errors.append(say_wait(wait))
            return False
        if not super().validate(**options):  # type: ignore[misc]
            form.form_errors.append(say(self.wrong))
            return False
        password_was_right(current_services().db, account)
        return True

    def _account(self) -> str:
        form: Any = self
        return f"{form.user.email} 2" if form.user is not None else "2"


class StaffCodeForm(_Guessed, TwoFactorVerifyCodeForm):
    """The six figures; spaces between them do no harm."""

    def validate(self, **options: Any) -> bool:
        if isinstance(self.code.data, str):
            self.code.data = "".join(self.code.data.split())
        if super().validate(**options):
            return True
        if self.is_setup:  # the page goes back to where setting up begins
            flash(self.form_errors[0])
        return False


class StaffRecoveryForm(_Guessed, MfRecoveryForm):
    """A code from paper, however it is typed."""

    wrong = RECOVERY_WRONG

    def validate(self, **options: Any) -> bool:
        if isinstance(self.code.data, str):
            bare = "".join(filter(str.isalnum, self.code.data.lower()))
            self.code.data = "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))
        return super().validate(**options)


class StaffVerifyForm(_Guessed, VerifyForm):
    """The password again, before something that a stranger at an open desk must not do."""

    wrong = PASSWORD_WRONG
    is_step = False

    def _account(self) -> str:
        return str(self.user.email)


class SecondFactorMixin:
    """What Flask-Security asks a person about their second factor."""

    tf_phone_number = None  # never by telephone message

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a right password is followed by a second step. Called right after it."""
        session[_STEP_BEGAN] = time.time()
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether this person may not be without a second factor."""
        return must_have_second_factor(str(self.id))  # type: ignore[attr-defined]


def must_have_second_factor(person_id: str) -> bool:
    """As the settings say: whoever may publish, everybody, or nobody."""
    services = current_services()
    who = services.settings.second_factor
    if who != "approvers":
        return who == "everybody"
    with services.db.reading() as db_session:
        held = roles_by_unit(db_session, person_id).values()
    return any(_ROLES & roles for roles in held)


def second_factor_config(settings: Settings) -> dict[str, Any]:
    """Flask-Security's settings for all of this."""
    keys = read_second_factor_keys(settings)
    derived = [hashlib.sha256(f"recovery codes {key}".encode()).digest() for key in keys]
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/lam-viec/hai-lop/cai-dat",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/lam-viec/hai-lop",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/lam-viec/hai-lop/nho-giup",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/lam-viec/hai-lop/chon",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/lam-viec/tai-khoan",
        "SECURITY_TWO_FACTOR_ERROR_VIEW": "/lam-viec/dang-nhap",
        # The one with the highest number is used for what is new.
        "SECURITY_TOTP_SECRETS": {str(number): key for number, key in enumerate(keys, 1)},
        "SECURITY_TOTP_ISSUER": ISSUER,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [
            base64.urlsafe_b64encode(one) for one in reversed(derived)
        ],
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/lam-viec/hai-lop/ma-du-phong",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/lam-viec/hai-lop/dung-ma-du-phong",
        "SECURITY_VERIFY_URL": "/lam-viec/xac-nhan",
        "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (CODE_WRONG, "error"),
        "SECURITY_MSG_INVALID_RECOVERY_CODE": (RECOVERY_WRONG, "error"),
        "SECURITY_MSG_INVALID_PASSWORD": (PASSWORD_WRONG, "error"),
    }


def install_second_factor(app: Flask, security: Security) -> None:
    """Close the steps that are not offered; show again what is still to be scanned."""
    app.before_request(_refuse_closed_steps)
    security.tf_token_validation_context_processor(lambda: _to_scan_again(security))


def _to_scan_again(security: Security) -> dict[str, str]:
    """Whoever mistypes the first code ever is shown the same picture: they may have missed it."""
    if session.get("tf_state") != "validating_profile" or _is_signed_in() or not _is_step_young():
        return {}
    user = security.datastore.find_user(fs_uniquifier=session.get("tf_user_id"))
    if user is None:
        return {}
    values = security.totp_factory.fetch_setup_values(session["tf_totp_secret"], user)
    return {"authr_qrcode": values["image"], "authr_key": values["key"]}


def _refuse_closed_steps() -> None:
    if request.endpoint in _CLOSED_STEPS:
        abort(404)


def _is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def _is_step_young() -> bool:
    return time.time() - float(session.get(_STEP_BEGAN, 0)) < STEP_SECONDS
