"""What went wrong, as HTTP: a page for a person, JSON for a script. Never a trace."""

import logging
import secrets
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from bridge.db import is_disk_full
from bridge.errors import (
    BridgeError,
    Conflict,
    ContentDiffers,
    Forbidden,
    Gone,
    InvalidInput,
    MediaRejected,
    NoSpace,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
    VersionConflict,
)
from web.labels import describe_code, describe_error
from web.language import choose_language
from web.problems import problem_response
from web.requests import is_staff_request, wants_json, wants_problem

logger = logging.getLogger(__name__)

# The first kind that fits decides, so narrower kinds come before the wider ones they belong to.
STATUS: tuple[tuple[type[BridgeError], int], ...] = (
    (Gone, 410),
    (NotFound, 404),
    (TooLarge, 413),
    (MediaRejected, 422),
    (ContentDiffers, 422),
    (InvalidInput, 400),
    (NoSpace, 507),
    (TooMany, 429),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (VersionConflict, 412),
    (Conflict, 409),
)

_HTTP_CODES = {
    400: "bad_request",
    401: "login_needed",
    403: "forbidden",
    404: "page_unknown",
    405: "method_unknown",
    413: "request_too_large",
    428: "version_missing",
}


def install_errors(app: Flask) -> None:
    """Answer every error of this application in its own words."""
    app.register_error_handler(BridgeError, answer_bridge_error)
    app.register_error_handler(CSRFError, answer_csrf_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_unexpected)


def status_of(error: BridgeError) -> int:
    """The HTTP status of a domain error; 500 where no kind of it is a person's doing."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def answer_bridge_error(error: BridgeError) -> Response:
    """Domain errors: the code's own sentence, and for scripts the values that came with it."""
    status = status_of(error)
    if status == 500:
        return answer_unexpected(error)
    response = _answer(status, error.code, describe_error(error), error.data)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.data.get("retry_after_s", 1))
    return response


def answer_csrf_error(error: CSRFError) -> Response | BaseResponse:
    """A form from a session that is gone. On the login page that only means: once more."""
    if request.endpoint == "security.login" and not wants_json():
        flash(describe_code("page_too_old"), "warning")
        return redirect(url_for("security.login"), code=303)
    return _answer(400, "page_too_old", describe_code("page_too_old"))


def answer_http_error(error: HTTPException) -> Response | HTTPException:
    """Errors of Flask and Werkzeug themselves; redirects pass through."""
    status = error.code or 500
    if status < 400:
        return error
    code = _HTTP_CODES.get(status, "bad_request" if status < 500 else "error")
    response = _answer(status, code, describe_code(code))
    for name in ("Allow", "Content-Range"):  # what the status promises to carry
        for header, value in error.get_headers():
            if header == name:
                response.headers[name] = value
    return response


def answer_unexpected(error: Exception) -> Response:
    """A defect: its trace goes to the log under an id, and the person gets the id.

    A disk that is full is none, at whatever write it showed.
    """
    if is_disk_full(error):
        logger.error("no room at %s %s: %s", request.method, request.path, error)
        return _answer(507, "no_space", describe_code("no_space"))
    error_id = secrets.token_hex(4)
    logger.error(
        "unexpected error %s at %s %s", error_id, request.method, request.path, exc_info=error
    )
    return _answer(500, "unexpected", describe_code("unexpected", {"id": error_id}), error_id)


def _answer(
    status: int, code: str, message: str, details: dict[str, Any] | str | None = None
) -> Response:
    if wants_problem():
        response = problem_response(status, code, message)
    elif wants_json():
        body: dict[str, Any] = {"code": code, "message": message}
        if details:
            body["id" if isinstance(details, str) else "data"] = details
        response = jsonify(error=body)
    elif status == 500:
        response = Response(_last_resort(message))
    else:
        template = "error.html" if is_staff_request() else "public/error.html"
        response = Response(render_template(template, message=message))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _last_resort(message: str) -> str:
    """A page that needs neither the database nor the session, since one of them may be broken.

    So it goes past `render_template`, which would ask who is signed in.
    """
    template = current_app.jinja_env.get_template("broken.html")
    home = url_for("editor.work_list") if is_staff_request() else url_for("public.front")
    return template.render(message=message, language=choose_language(), home=home)
