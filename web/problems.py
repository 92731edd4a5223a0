"""Errors as programs get them: RFC 9457, `application/problem+json`, with a Vietnamese sentence."""

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Annotated

from flask import Response, jsonify

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """Vì sao yêu cầu không được đáp ứng (RFC 9457)."""

    type: Annotated[str, "Luôn là about:blank; phân biệt lỗi bằng code."]
    title: Annotated[str, "Tên của mã HTTP, bằng tiếng Anh."]
    status: Annotated[int, "Mã HTTP."]
    detail: Annotated[str, "Chuyện gì đã xảy ra và nên làm gì, bằng tiếng Việt."]
    code: Annotated[str, "Mã lỗi cố định, để chương trình phân biệt."]


def problem_response(status: int, code: str, detail: str) -> Response:
    """The answer to a program whose request went wrong."""
    title = HTTPStatus(status).phrase
    response = jsonify(asdict(Problem("about:blank", title, status, detail, code)))
    response.mimetype = PROBLEM
    response.status_code = status
    return response
