"""What residents say, for the staff: reading, answering, publishing, hiding."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bridge.accounts import roles_by_unit
from bridge.errors import BridgeError, Forbidden, NotFound
from bridge.feedback import (
    ANSWER_LENGTH,
    TEXT_LENGTH,
    FeedbackInfo,
    answer_feedback,
    count_feedback,
    feedback_info,
    forget_contact,
    hide_feedback,
    list_feedback,
    publish_feedback,
    reopen_feedback,
    unpublish_feedback,
)
from bridge.models import FEEDBACK_STATES
from web.access import APPROVERS, EDITORS, units_of
from web.context import current_services
from web.editor.area import area
from web.errors import status_of
from web.labels import describe_error
from web.marking import mark
from web.requests import wants_json
from web.security import current_person_id

PAGE_SIZE = 50
STATE_WORDS = {
    "new": mark("Chưa trả lời"),
    "answered": mark("Đã trả lời"),
    "hidden": mark("Đã ẩn"),
}


@area.get("/phan-anh")
def feedback() -> str:
    """The messages of the person's units, by state: `?xem=`."""
    return _page()


@area.post("/phan-anh/<feedback_id>")
def decide_feedback(feedback_id: str) -> ResponseReturnValue:
    """One decision about one message: `act` says which."""
    services, act = current_services(), request.form.get("act", "")
    if act not in _ACTS:
        raise NotFound()
    try:
        with services.db.writing() as session:
            _own(session, feedback_id)
            task_id = _ACTS[act](session, feedback_id, current_person_id())
    except BridgeError as error:
        if wants_json() or isinstance(error, NotFound | Forbidden) or status_of(error) == 500:
            raise
        return _page(problem=describe_error(error), about=feedback_id), status_of(error)
    if task_id is not None:
        services.queue.hand_over(services.db, task_id)
    flash(str(gettext("Đã lưu.")))
    return _back()


def _answer(session: Session, feedback_id: str, person_id: str) -> str | None:
    answer = request.form.get("answer", "")
    answer_feedback(session, feedback_id=feedback_id, answer=answer, actor_id=person_id)
    return None


def _publish(session: Session, feedback_id: str, person_id: str) -> str | None:
    question = request.form.get("question", "")
    return publish_feedback(session, feedback_id=feedback_id, question=question, actor_id=person_id)


def _unpublish(session: Session, feedback_id: str, person_id: str) -> str | None:
    return unpublish_feedback(session, feedback_id=feedback_id, actor_id=person_id)


def _hide(session: Session, feedback_id: str, person_id: str) -> None:
    hide_feedback(session, feedback_id=feedback_id, actor_id=person_id)


def _reopen(session: Session, feedback_id: str, person_id: str) -> None:
    reopen_feedback(session, feedback_id=feedback_id, actor_id=person_id)


def _forget(session: Session, feedback_id: str, person_id: str) -> None:
    forget_contact(session, feedback_id=feedback_id, actor_id=person_id)


_ACTS: dict[str, Callable[[Session, str, str], str | None]] = {
    "answer": _answer,
    "publish": _publish,
    "unpublish": _unpublish,
    "hide": _hide,
    "reopen": _reopen,
    "forget": _forget,
}


def waiting_feedback(session: Session, person_id: str) -> int:
    """How many messages wait for an answer in the units where the person may give one."""
    units = [unit.id for unit in units_of(session, person_id, EDITORS)]
    return count_feedback(session, units)["new"] if units else 0


def _own(session: Session, feedback_id: str) -> FeedbackInfo:
    """The message, if it is of one of the person's units. Raises NotFound for any other."""
    found = feedback_info(session, feedback_id)
    if not roles_by_unit(session, current_person_id()).get(found.unit_id):
        raise NotFound("feedback_unknown")
    return found


def _page(*, problem: str | None = None, about: str | None = None) -> str:
    state, page = _asked()
    person_id = current_person_id()
    with current_services().db.reading() as session:
        units = units_of(session, person_id, EDITORS)
        if not units:
            raise Forbidden("role_missing", roles=["editor", "approver"])
        ids = [unit.id for unit in units]
        counts = count_feedback(session, ids)
        items = list_feedback(session, ids, state, skip=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        publishing = {unit.id for unit in units_of(session, person_id, APPROVERS)}
    return render_template(
        "editor/feedback.html",
        items=items,
        counts=counts,
        words=STATE_WORDS,
        state=state,
        page=page,
        more=page * PAGE_SIZE < counts[state],
        names={unit.id: unit.name for unit in units},
        publishing=publishing,
        problem=problem,
        about=about,
        typed=request.form if problem else {},
        answer_length=ANSWER_LENGTH,
        question_length=TEXT_LENGTH,
    )


def _asked() -> tuple[str, int]:
    given = request.values
    state = given.get("xem", "new")
    number = given.get("trang", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return (state if state in FEEDBACK_STATES else "new"), max(1, page)


def _back() -> Response:
    state, page = _asked()
    return redirect(url_for("editor.feedback", xem=state, trang=page), code=303)
