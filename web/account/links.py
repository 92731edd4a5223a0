"""Addresses that work once: taking up an invitation, a forgotten password, the first admin.

What stands behind `?ma=` is the whole secret: requests are logged without it, and no other site
gets to see the address.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.archive import slug_base
from bridge.errors import BridgeError, InvalidInput
from bridge.passwords import check_password
from bridge.people import OpenLink, open_link, use_first, use_link
from bridge.units import find_unit, list_units
from publish.portal import write_unit
from publish.site import open_site
from web.account.area import area
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error
from web.security import hash_password


@area.get("/lien-ket")
def link() -> str:
    """What the link is for, with fields for the password."""
    return _page(_asked())


@area.post("/lien-ket")
def use() -> ResponseReturnValue:
    """Set the password; for the first admin make the unit and the account as well."""
    found = _asked()
    try:
        (_make_first if found.kind == "first" else _set_password)(found)
    except InvalidInput as error:
        return _page(found, describe_error(error)), status_of(error)
    except BridgeError as error:
        if status_of(error) == 404:
            raise
        return _page(found, describe_error(error)), status_of(error)
    flash(str(gettext("Đã đặt mật khẩu. Mời bạn đăng nhập.")))
    return redirect(url_for("security.login"), code=303)


def _set_password(found: OpenLink) -> None:
    password = _password((found.email, found.name, *found.units))
    with current_services().db.writing() as session:
        use_link(session, _token(), password_hash=hash_password(password))


def _make_first(_found: OpenLink) -> None:
    form, services = request.form, current_services()
    unit_name, email, name = (form.get(key, "").strip() for key in ("unit_name", "email", "name"))
    if not unit_name:
        raise InvalidInput("name_missing")
    password = _password((unit_name, email, name))
    slug = slug_base(unit_name)
    with services.db.writing() as session:
        use_first(
            session,
            _token(),
            slug=slug,
            unit_name=unit_name,
            email=email,
            name=name,
            password_hash=hash_password(password),
        )
        portal = open_site(services.settings)
        write_unit(session, portal, find_unit(session, slug))
        portal.write_root(list_units(session))


def _password(about: tuple[str, ...]) -> str:
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        raise InvalidInput("password_differs")
    return check_password(new, about)


def _asked() -> OpenLink:
    with current_services().db.reading() as session:
        return open_link(session, _token())


def _token() -> str:
    return request.args.get("ma", "")


def _page(found: OpenLink, problem: str | None = None) -> str:
    return render_template(
        "account/link.html", link=found, code=_token(), problem=problem, typed=request.form
    )
