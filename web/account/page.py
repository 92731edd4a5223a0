"""A person's own page: their logins, each to be ended, and their password."""

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bridge.accounts import own_roles, set_password
from bridge.errors import InvalidInput
from bridge.logins import (
    end_login,
    end_other_logins,
    news_of_logins,
    open_logins,
    settle_login,
)
from bridge.models import User
from bridge.passkeys import list_passkeys
from bridge.passwords import check_password
from bridge.units import UnitInfo, list_units
from web.account.area import area
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error, role_word
from web.security import as_hashed, current_person_id, hash_password
from web.signing_in import go_on_as, own_login_id, password_wait, password_was_right, say_wait


@area.get("")
def account() -> str:
    """The page."""
    return _page()


@area.post("/mat-khau")
def change_password() -> ResponseReturnValue:
    """A new password, by whoever knows the old one; every other login of theirs ends."""
    services, person_id = current_services(), current_person_id()
    old, new = request.form.get("old", ""), request.form.get("new", "")
    with services.db.reading() as session:
        person = session.get_one(User, person_id)
        about = [person.email, person.name, *(unit.name for unit, _ in _roles(session, person_id))]
    wait = password_wait(services.db, person.email)
    if wait is not None:
        return _page(problem=say_wait(wait))
    try:
        if not _is_right(person, old):
            raise InvalidInput("password_wrong")
        password_was_right(services.db, person.email)
        if new != request.form.get("again", ""):
            raise InvalidInput("password_differs")
        check_password(new, about)
    except InvalidInput as error:
        return _page(problem=describe_error(error)), status_of(error)
    with services.db.writing() as session:
        set_password(
            session, user_id=person_id, password_hash=hash_password(new), actor_id=person_id
        )
        end_other_logins(session, user_id=person_id, kept=own_login_id())
        go_on_as(session.get_one(User, person_id))
    flash(str(gettext("Đã đổi mật khẩu. Những nơi khác đang đăng nhập đã bị đăng xuất.")))
    return _back()


@area.post("/dang-nhap/<login_id>/ket-thuc")
def end(login_id: str) -> ResponseReturnValue:
    """End one login; the person's own as well."""
    with current_services().db.writing() as session:
        end_login(session, login_id=login_id, user_id=current_person_id())
    flash(str(gettext("Đã đăng xuất nơi đó. Nếu không phải bạn đăng nhập, hãy đổi mật khẩu.")))
    return _back()


@area.post("/dang-nhap/<login_id>/biet-roi")
def settle(login_id: str) -> ResponseReturnValue:
    """It was the person who signed in there."""
    with current_services().db.writing() as session:
        settle_login(session, login_id=login_id, user_id=current_person_id())
    return redirect(url_for("editor.work_list"), code=303)


@area.post("/ket-thuc-noi-khac")
def end_others() -> ResponseReturnValue:
    """End every login but this one."""
    with current_services().db.writing() as session:
        count = end_other_logins(session, user_id=current_person_id(), kept=own_login_id())
    flash(str(gettext("Đã đăng xuất %(count)s nơi khác.", count=count)))
    return _back()


def _page(problem: str | None = None) -> str:
    person_id = current_person_id()
    with current_services().db.reading() as session:
        return render_template(
            "account/page.html",
            roles=[
                (unit, ", ".join(role_word(role) for role in sorted(held)))
                for unit, held in _roles(session, person_id)
            ],
            logins=open_logins(session, person_id),
            news={login.id for login in news_of_logins(session, person_id, own_login_id())},
            own=own_login_id(),
            passkeys=list_passkeys(session, person_id),
            problem=problem,
        )


def _roles(session: Session, person_id: str) -> list[tuple[UnitInfo, frozenset[str]]]:
    held = own_roles(session, person_id)
    return [(unit, held[unit.id]) for unit in list_units(session) if unit.id in held]


def _is_right(person: User, password: str) -> bool:
    try:
        return PasswordHasher().verify(person.password or "", as_hashed(password))
    except VerificationError:
        return False


def _back() -> Response:
    return redirect(url_for("account.account"), code=303)
