"""Who is asking: passwords, sessions, and the rule that everything is closed unless opened here.

Flask-Security checks passwords and signs people in and out; it has no registration and no
recovery yet. What a person may *do* is never decided here: memberships say it, and the use cases
in `bridge` ask them.
"""

import hashlib
import unicodedata
from datetime import timedelta
from typing import Any, cast

from argon2 import PasswordHasher
from flask import Flask, abort, flash, redirect, request, url_for
from flask import Response as FlaskResponse
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import current_user
from flask_security import MailUtil, RoleMixin, Security, UserMixin
from flask_security.datastore import UserDatastore
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from bridge import models
from bridge.audit import write_entry
from bridge.db import Database
from bridge.errors import Conflict
from bridge.logins import LIFETIME
from bridge.secret_keys import read_former_key, read_secret_key
from bridge.settings import Settings
from web.context import current_services
from web.labels import mark, say
from web.requests import SESSIONLESS_BLUEPRINTS, needs_person, wants_json
from web.second_factor import (
    GET_CODES,
    OPEN_STEPS,
    SecondFactorMixin,
    StaffCodeForm,
    StaffRecoveryForm,
    StaffTotp,
    StaffVerifyForm,
    install_second_factor,
    second_factor_config,
)
from web.signing_in import StaffLoginForm, install_signing_in
from web.transport import install_transport, is_https

# Areas that anyone may reach. Every other endpoint needs a login.
# `intake` asks for a token of its own.
OPEN_BLUEPRINTS = SESSIONLESS_BLUEPRINTS | {
    *("public", "oembed", "search", "language", "assets", "health"),
}
OPEN_ENDPOINTS = OPEN_STEPS | {
    *("security.login", "security.logout"),
    *("account.link", "account.use", "account.forgotten", "account.ask_for_letter"),
    *("account.begin_passkey_login", "account.passkey_login"),
}
# Columns of a person that Flask-Security writes.
_CHANGED_BY_IT = ("password", "tf_primary_method", "tf_totp_secret", "mf_recovery_codes")

LOGIN_FAILED = mark("Địa chỉ thư hoặc mật khẩu không đúng. Kiểm tra lại rồi thử lần nữa.")
LOGIN_NEEDED = mark("Đăng nhập để mở trang này.")


class StaffUser(SecondFactorMixin, UserMixin, models.User):  # type: ignore[misc]
    """A member of staff as Flask-Security sees one: the same row, with its methods added."""


class StaffDatastore(UserDatastore):
    """Finds people for Flask-Security, each time in a short transaction of its own.

    A session kept open for the whole request would hold an old view of the database, and on
    SQLite a growing write-ahead log, for as long as an upload takes. People come back detached.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(StaffUser, RoleMixin)  # roles are memberships; this one is never made
        self.db = db

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> StaffUser | None:
        """The person with this `email` or `fs_uniquifier`, or None."""
        name, value = wanted.popitem()
        if name == "email":
            value = value.strip().lower()  # kept in lower case
        column = {"email": StaffUser.email, "fs_uniquifier": StaffUser.fs_uniquifier}[name]
        with self.db.reading() as session:
            user = session.scalar(select(StaffUser).where(column == value))
            if user is not None:
                session.expunge(user)
        return user

    def put(self, model: StaffUser) -> StaffUser:
        """Store what Flask-Security changed: a password hashed again with newer parameters, a
        second factor. Nothing else of what it read long ago.
        """
        # What it hands over may be a stand-in for the person of the request.
        facts = inspect(getattr(model, "_get_current_object", lambda: model)())
        changed = [name for name in _CHANGED_BY_IT if facts.attrs[name].history.has_changes()]
        with self.db.writing() as session:
            row = session.get(models.User, model.id)
            for name in changed if row is not None else ():
                setattr(row, name, getattr(model, name))
            if row is not None and row.mf_recovery_codes and "mf_recovery_codes" in changed:
                _note(session, row, "make_recovery_codes")
            if row is not None and "tf_totp_secret" in changed:
                is_set = row.tf_totp_secret is not None
                _note(session, row, "set_second_factor" if is_set else "drop_second_factor")
                if is_set and not row.mf_recovery_codes:
                    flash(say(GET_CODES))
        return model

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:
        """A recovery code opens once. Raises Conflict `code_used` when another was quicker."""
        code = (user.mf_recovery_codes or [])[idx]
        with self.db.writing() as session:
            row = session.get_one(models.User, user.id)
            left = list(row.mf_recovery_codes or [])
            if code not in left:
                raise Conflict("code_used")
            left.remove(code)
            row.mf_recovery_codes = left
            _note(session, row, "use_recovery_code")
        return True

    def commit(self) -> None:
        """Nothing waits: `put` has committed."""


def _note(session: Session, user: models.User, action: str) -> None:
    """What people do with their own way in stands in the log."""
    write_entry(session, actor_id=user.id, action=action, subject_type="user", subject_id=user.id)


class StaffMailUtil(MailUtil):
    """Takes addresses as the office wrote them, `.local` and the like included."""

    def normalize(self, email: str) -> str:
        return email.strip().lower()

    def validate(self, email: str) -> str:
        return self.normalize(email)


class StaffSessions(SecureCookieSessionInterface):
    """Sessions that leave the portal's answers alone.

    Flask-Login looks into the session after every request, which would mark each portal page as
    depending on the visitor's cookie and so keep it out of shared caches.
    """

    digest_method = staticmethod(hashlib.sha256)  # Flask's own is SHA-1

    def get_cookie_secure(self, app: Flask) -> bool:
        """Over HTTPS the cookie is never sent in the clear, whatever the settings forgot."""
        return bool(app.config["SESSION_COOKIE_SECURE"]) or is_https()

    def get_cookie_name(self, app: Flask) -> str:
        """With a prefix that browsers let nobody else set: for this very host, over HTTPS."""
        name = str(app.config["SESSION_COOKIE_NAME"])
        return f"__Host-{name}" if self.get_cookie_secure(app) else name

    def save_session(self, app: Flask, session: SessionMixin, response: FlaskResponse) -> None:
        if request.blueprint in SESSIONLESS_BLUEPRINTS:
            return  # a template may have looked who is signed in
        if needs_person() or session.modified:
            super().save_session(app, session, response)


def install_security(app: Flask, settings: Settings, db: Database) -> None:
    """Close the application, then open its login. Call it before any other before_request."""
    app.config.update(_config(app, settings))
    app.session_interface = StaffSessions()
    # The order matters: a stranger is refused before CSRFProtect reads, and so stores, the body.
    install_transport(app)
    app.before_request(require_login)
    CSRFProtect(app)
    security = Security(
        app,
        StaffDatastore(db),
        login_form=StaffLoginForm,
        two_factor_verify_code_form=StaffCodeForm,
        mf_recovery_form=StaffRecoveryForm,
        verify_form=StaffVerifyForm,
        mail_util_cls=StaffMailUtil,
        totp_cls=StaffTotp,
    )
    install_second_factor(app, security)
    # Sessions are the only way in: no token in a header or, worse, in an address.
    security.login_manager.request_loader(_no_token)
    install_signing_in(app, security.login_manager, StaffUser)
    # Roles are rows of `membership`; asking Principal for them would touch the session, and so
    # mark every portal page as private to one visitor.
    security.principal.identity_loaders.clear()
    app.context_processor(lambda: {"person": current_person()})


def _config(app: Flask, settings: Settings) -> dict[str, Any]:
    """Sessions, passwords and addresses, as Flask and Flask-Security read them."""
    return dict(
        SECRET_KEY=read_secret_key(settings),
        SECRET_KEY_FALLBACKS=[key for key in [read_former_key(settings)] if key],
        SESSION_COOKIE_NAME="loa_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.secure_cookies,
        # A page left open over lunch must still save; the token ends with the session.
        WTF_CSRF_TIME_LIMIT=None,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        # No HMAC before argon2: a key that is lost or changed must not void every password.
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_LOGIN_URL="/lam-viec/dang-nhap",
        SECURITY_LOGOUT_URL="/lam-viec/dang-xuat",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/lam-viec/",
        SECURITY_POST_LOGOUT_VIEW="/lam-viec/dang-nhap",
        SECURITY_STATIC_FOLDER=None,
        # What changes how one signs in asks for the password again after a while.
        SECURITY_FRESHNESS=timedelta(minutes=30),
        SECURITY_FRESHNESS_GRACE_PERIOD=timedelta(minutes=10),
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        SECURITY_I18N_DOMAIN="messages",
        SECURITY_I18N_DIRNAME=[f"{app.root_path}/translations"],
        SECURITY_MSG_GENERIC_AUTHN_FAILED=(LOGIN_FAILED, "error"),
        SECURITY_MSG_UNAUTHENTICATED=(LOGIN_NEEDED, "error"),
        **second_factor_config(settings),
    )


def require_login() -> Response | None:
    """Refuse whoever has not signed in, unless the endpoint is open to all."""
    if request.endpoint is None or request.blueprint in OPEN_BLUEPRINTS:
        return None
    if request.endpoint in OPEN_ENDPOINTS or current_user.is_authenticated:
        return None
    if wants_json():
        raise Unauthorized
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return redirect(url_for("security.login", next=back))


def current_person() -> StaffUser | None:
    """The person who is signed in, or None. Asks the session only on pages that need it."""
    if not needs_person() or not current_user.is_authenticated:
        return None
    return cast(StaffUser, current_user._get_current_object())


def staff_by_id(person_id: str) -> StaffUser | None:
    """A person as Flask-Security signs them in, or None."""
    with current_services().db.reading() as session:
        person = session.get(StaffUser, person_id)
        if person is not None:
            session.expunge(person)
    return person


def current_person_id() -> str:
    """The id of the person who is signed in. Views behind `require_login` always have one."""
    person = current_person()
    if person is None:
        abort(401)
    return str(person.id)


def hash_password(plain: str) -> str:
    """Hash a password as Flask-Security will verify it, without an application or a request.

    NFKD, so that the same letters typed on another keyboard are the same password, then argon2id.
    """
    return PasswordHasher().hash(as_hashed(plain))


def as_hashed(plain: str) -> str:
    """A password in the form that is hashed and compared."""
    return unicodedata.normalize("NFKD", plain)


def _no_token(_request: object) -> None:
    return None
