"""The page of a unit's people: inviting them, their roles, letting them in again.

For the unit's admins alone. A link that sets a password is shown once, on the answer that made it.
"""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response

from bridge.errors import BridgeError, Forbidden, NotFound
from bridge.letters import LetterState, invitation_letters, order_letter
from bridge.models import ROLES
from bridge.people import (
    INVITATION_HOLDS,
    RESET_HOLDS,
    drop_second_factor,
    invite_person,
    list_people,
    order_reset,
    set_roles,
)
from bridge.unit_settings import allow_own_approval
from publish.dates import format_clock, format_date
from web.access import units_of
from web.admin.area import area
from web.admin.places import ADMINS, own_unit
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error, describe_failure
from web.labels_accounts import ROLE_HINTS
from web.requests import wants_json
from web.security import current_person_id
from web.transport import is_https


@dataclass(frozen=True, slots=True)
class Shown:
    """A link that is shown once: for whom, and how long it holds."""

    name: str
    address: str
    days: int


@area.get("/nguoi")
def all_people() -> ResponseReturnValue:
    """The people of the person's unit; with several units, a choice."""
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), ADMINS)
    if not units:
        raise Forbidden("role_missing", roles=["admin"])
    if len(units) == 1:
        return redirect(url_for("admin.people", slug=units[0].slug))
    return render_template("admin/all_people.html", units=units)


@area.get("/nguoi/<slug>")
def people(slug: str) -> str:
    """Everybody who works for a unit."""
    return _page(slug)


@area.post("/nguoi/<slug>")
def invite(slug: str) -> ResponseReturnValue:
    """Invite somebody: by a letter, else show the link for them, this once."""
    form, services = request.form, current_services()
    try:
        with services.db.writing() as session:
            unit_id = own_unit(session, slug).id
            user_id, token = invite_person(
                session,
                unit_id=unit_id,
                email=form.get("email", ""),
                name=form.get("name", ""),
                roles=form.getlist("role"),
                actor_id=current_person_id(),
            )
            task_id = None
            if token is not None and services.settings.sends_letters:
                # The link shown nowhere ends when the letter's own is made.
                task_id = order_letter(
                    session,
                    kind="invitation",
                    user_id=user_id,
                    unit_id=unit_id,
                    actor_id=current_person_id(),
                )
    except BridgeError as error:
        return _refused(slug, error)
    if task_id is not None:
        services.queue.hand_over(services.db, task_id)
        flash(str(gettext("Thư mời đang được gửi tới %(email)s.", email=form.get("email", ""))))
        return _back(slug)
    if token is None:
        flash(str(gettext("Người này đã có tài khoản, nay có thêm vai trò ở đơn vị.")))
        return _back(slug)
    name = form.get("name", "").strip() or form.get("email", "")
    return _page(slug, shown=Shown(name, _address(token), INVITATION_HOLDS.days))


@area.post("/nguoi/<slug>/tu-duyet")
def allow_own(slug: str) -> ResponseReturnValue:
    """Say whether whoever touched a text last may approve it."""
    allowed = request.form.get("allowed") == "1"
    with current_services().db.writing() as session:
        own_unit(session, slug)
        allow_own_approval(session, slug=slug, allowed=allowed, actor_id=current_person_id())
    flash(str(gettext("Đã lưu.")))
    return _back(slug)


@area.post("/nguoi/<slug>/<user_id>/vai-tro")
def change_roles(slug: str, user_id: str) -> ResponseReturnValue:
    """Let a person have the ticked roles; none takes them out of the unit."""
    roles = request.form.getlist("role")
    try:
        with current_services().db.writing() as session:
            set_roles(
                session,
                unit_id=own_unit(session, slug).id,
                user_id=user_id,
                roles=roles,
                actor_id=current_person_id(),
            )
    except BridgeError as error:
        return _refused(slug, error)
    flash(str(gettext("Đã lưu.") if roles else gettext("Người này không còn làm ở đơn vị nữa.")))
    return _back(slug)


@area.post("/nguoi/<slug>/<user_id>/vao-lai")
def let_in_again(slug: str, user_id: str) -> ResponseReturnValue:
    """Make a link with which a person sets a new password, and show it, this once."""
    try:
        with current_services().db.writing() as session:
            unit = own_unit(session, slug)
            token = order_reset(
                session, unit_id=unit.id, user_id=user_id, actor_id=current_person_id()
            )
            [person] = [one for one in list_people(session, unit.id) if one.id == user_id]
    except BridgeError as error:
        return _refused(slug, error)
    holds = RESET_HOLDS if person.has_password else INVITATION_HOLDS
    return _page(slug, shown=Shown(person.name, _address(token), holds.days))


@area.post("/nguoi/<slug>/<user_id>/bo-xac-minh")
def forget_second_factor(slug: str, user_id: str) -> ResponseReturnValue:
    """Let a person who lost their telephone set up another."""
    try:
        with current_services().db.writing() as session:
            drop_second_factor(
                session,
                unit_id=own_unit(session, slug).id,
                user_id=user_id,
                actor_id=current_person_id(),
            )
    except BridgeError as error:
        return _refused(slug, error)
    flash(str(gettext("Đã bỏ lớp xác minh thứ hai. Người này cài lại khi đăng nhập lần tới.")))
    return _back(slug)


def _letter_words(letter: LetterState, time_zone: str) -> str:
    """How an invitation by letter stands."""
    at = f"{format_clock(letter.created_at, time_zone)} {format_date(letter.created_at, time_zone)}"
    if letter.task_state == "done":
        return str(gettext("đã gửi thư mời %(moment)s", moment=at))
    if letter.error_code is not None:
        why = describe_failure(letter.error_code)
        return str(gettext("chưa gửi được thư mời %(moment)s. %(why)s", moment=at, why=why))
    return str(gettext("thư mời đang chờ gửi"))


def _address(token: str) -> str:
    scheme = "https" if is_https() else "http"
    return url_for("account.link", ma=token, _external=True, _scheme=scheme)


def _refused(slug: str, error: BridgeError) -> ResponseReturnValue:
    if wants_json() or isinstance(error, NotFound) or status_of(error) == 500:
        raise error
    return _page(slug, problem=describe_error(error)), status_of(error)


def _back(slug: str) -> Response:
    return redirect(url_for("admin.people", slug=slug), code=303)


def _page(slug: str, *, problem: str | None = None, shown: Shown | None = None) -> str:
    with current_services().db.reading() as session:
        unit = own_unit(session, slug)
        found = list_people(session, unit.id)
        letters = invitation_letters(session, unit.id)
    return render_template(
        "admin/people.html",
        unit=unit,
        people=found,
        letters={one: _letter_words(state, unit.time_zone) for one, state in letters.items()},
        by_letter=current_services().settings.sends_letters,
        roles={role: ROLE_HINTS[role] for role in ROLES},
        problem=problem,
        shown=shown,
        typed=request.form if problem else {},
        ticked=request.form.getlist("role") if problem else [],
        own=current_person_id(),
    )
