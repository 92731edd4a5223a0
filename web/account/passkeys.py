"""Making, using and taking away the keys by which one signs in without a password."""

from typing import Any

from flask import flash, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import auth_required, login_user

from bridge.errors import InvalidInput, NotFound
from bridge.models import User
from bridge.passkeys import (
    add_passkey,
    find_passkey,
    known_passkeys,
    remove_passkey,
    spend_challenge,
    use_passkey,
)
from web.account.area import area
from web.context import current_services
from web.passkeys import ask_for_new, ask_to_sign, check_new, check_signature, read_signed
from web.requests import safe_local_path
from web.security import current_person_id, staff_by_id

# As for the codes on a telephone: a stranger at an open desk makes no key.
_fresh = auth_required("session", within=30, grace=10)
_LONGEST = 64 * 1024  # bytes of an answer; a real one has a few hundred


@area.post("/khoa/bat-dau")
@_fresh
def begin_passkey() -> ResponseReturnValue:
    """What the browser needs to make a key."""
    person_id = current_person_id()
    with current_services().db.reading() as db_session:
        person = db_session.get_one(User, person_id)
        known = known_passkeys(db_session, person_id)
    return jsonify(ask_for_new(person.id, person.name, person.email, known))


@area.post("/khoa")
@_fresh
def keep_passkey() -> ResponseReturnValue:
    """Keep the key that the browser has made."""
    answer, person_id = _answer(), current_person_id()
    made = check_new(answer, person_id)
    with current_services().db.writing() as db_session:
        spend_challenge(db_session, made.challenge)
        passkey_id = add_passkey(
            db_session,
            user_id=person_id,
            name=str(answer.get("name", "")),
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            transports=made.transports,
        )
    flash(str(gettext("Đã thêm khóa truy cập. Lần sau có thể đăng nhập bằng khóa này.")))
    return jsonify(id=passkey_id), 201


@area.post("/khoa/<passkey_id>/bo")
def drop_passkey(passkey_id: str) -> ResponseReturnValue:
    """Take a key away; whoever holds the device does not get in with it any more."""
    with current_services().db.writing() as db_session:
        remove_passkey(db_session, user_id=current_person_id(), passkey_id=passkey_id)
    flash(str(gettext("Đã bỏ khóa truy cập đó.")))
    return redirect(url_for("account.account"), code=303)


@area.post("/khoa/dang-nhap/bat-dau")
def begin_passkey_login() -> ResponseReturnValue:
    """What the browser needs to sign in; the same for everybody."""
    return jsonify(ask_to_sign())


@area.post("/khoa/dang-nhap")
def passkey_login() -> ResponseReturnValue:
    """Sign in whoever's key has signed. One answer for a key that is nobody's and a wrong one."""
    answer = _answer()
    signed = read_signed(answer)
    db = current_services().db
    try:
        with db.reading() as db_session:
            known = find_passkey(db_session, signed.credential_id)
    except NotFound as error:
        raise InvalidInput("passkey_unfit") from error
    sign_count = check_signature(signed, known)
    with db.writing() as db_session:
        spend_challenge(db_session, signed.challenge)
        use_passkey(db_session, known, sign_count)
    person = staff_by_id(known.user_id)
    if person is None or not person.active:
        raise InvalidInput("passkey_unfit")
    for left in [name for name in session if name.startswith("tf_")]:
        session.pop(left)  # of a password whose second step was not taken
    login_user(person, authn_via=["passkey"])
    return jsonify(next=safe_local_path(str(answer.get("next", "")), url_for("editor.work_list")))


def _answer() -> dict[str, Any]:
    """The JSON of the request. Raises InvalidInput `passkey_unfit`."""
    if (request.content_length or 0) > _LONGEST:
        raise InvalidInput("passkey_unfit")
    answer = request.get_json(silent=True)
    if not isinstance(answer, dict):
        raise InvalidInput("passkey_unfit")
    return answer
