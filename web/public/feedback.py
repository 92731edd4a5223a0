"""The form with which residents say something, and where they see the answer. No account, no
cookie, no script; protected by a stamp, an empty field, and a count by day (`bridge.senders`).
"""

import time
from collections.abc import Mapping

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bridge.errors import BridgeError, InvalidInput, NotFound
from bridge.feedback import (
    CONTACT_LENGTH,
    TEXT_LENGTH,
    answer_of_code,
    find_subject,
    public_answers,
    send_feedback,
)
from bridge.senders import count_sending
from bridge.units import find_unit
from web.client import client_address
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error
from web.public.form_stamp import SHORTEST_S, code_of, give_stamp, read_code, read_stamp

area = Blueprint("feedback", __name__)

TRAP = "trang_web"  # no person sees this field
_MOST_BYTES = 64 * 1024
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


@area.get("/<slug>/phan-anh")
def form(slug: str) -> str:
    """The form; `?tin=` names the announcement that it is about."""
    return _page(slug, subject_id=request.args.get("tin", ""))


@area.post("/<slug>/phan-anh")
def send(slug: str) -> ResponseReturnValue:
    """Take in one message; the page that follows shows the receipt's code."""
    request.max_content_length = _MOST_BYTES
    given = request.form
    try:
        code = _send(slug, given)
    except BridgeError as error:
        if isinstance(error, NotFound) or status_of(error) == 500:
            raise
        page = _page(
            slug, subject_id=given.get("tin", ""), problem=describe_error(error), given=given
        )
        return page, status_of(error)
    with current_services().db.reading() as session:
        unit = find_unit(session, slug)
    # The answer itself and no redirect: a code in an address would stand in every log on the way.
    # Loaded again, the same form gives the same receipt.
    return render_template("public/feedback_sent.html", unit=unit, code=code)


@area.post("/<slug>/phan-anh/tra-loi")
def look_up(slug: str) -> ResponseReturnValue:
    """What became of a message, by its code. In the body, so that no log keeps the code."""
    request.max_content_length = _MOST_BYTES
    code = read_code(request.form.get("ma", ""))
    try:
        with current_services().db.writing() as session:
            unit = find_unit(session, slug)
            count_sending(session, client_address(), limit=100)  # nobody guesses codes
            found = answer_of_code(session, unit.id, code)
    except BridgeError as error:
        if error.code not in ("feedback_unknown", "feedback_too_many"):
            raise
        return _page(slug, looked_up=describe_error(error)), status_of(error)
    return render_template("public/feedback_answer.html", unit=unit, found=found, code=code)


@area.before_request
def _plain_slug() -> None:
    """No database is asked for what no unit is called: PostgreSQL refuses a NUL with an error."""
    if not str((request.view_args or {}).get("slug", "")).isprintable():
        raise NotFound("unit_unknown", slug="")


@area.after_request
def _for_one_reader(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _send(slug: str, given: Mapping[str, str]) -> str:
    stamp = read_stamp(_secret(), given.get("dau", ""), time.time())
    if given.get(TRAP):
        raise InvalidInput("form_trap")
    if stamp.age_s < SHORTEST_S:
        raise InvalidInput("form_too_quick")
    with current_services().db.writing() as session:
        return send_feedback(
            session,
            unit_id=find_unit(session, slug).id,
            announcement_id=given.get("tin") or None,
            text=given.get("noi_dung", ""),
            contact=given.get("lien_he", ""),
            code=code_of(_secret(), stamp),
            address=client_address(),
        )


def _page(
    slug: str,
    *,
    subject_id: str = "",
    problem: str | None = None,
    looked_up: str | None = None,
    given: Mapping[str, str] | None = None,
) -> str:
    with current_services().db.reading() as session:
        unit = find_unit(session, slug)
        title = _title(session, unit.id, subject_id)
        answers = public_answers(session, unit.id, None)
    # The same stamp once more: whoever was too quick only has to press again.
    stamp = (given or {}).get("dau") if problem else None
    return render_template(
        "public/feedback.html",
        unit=unit,
        subject_id=subject_id if title else "",
        subject=title,
        answers=answers,
        problem=problem,
        looked_up=looked_up,
        given=given or {},
        stamp=stamp if stamp and _still_good(stamp) else give_stamp(_secret()),
        trap=TRAP,
        text_length=TEXT_LENGTH,
        contact_length=CONTACT_LENGTH,
    )


def _title(session: Session, unit_id: str, subject_id: str) -> str | None:
    return find_subject(session, unit_id, subject_id) if subject_id else None


def _still_good(stamp: str) -> bool:
    try:
        read_stamp(_secret(), stamp, time.time())
    except InvalidInput:
        return False
    return True


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
