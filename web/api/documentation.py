"""The interface's own description: the OpenAPI document, and a page that a person can read."""

from functools import cache
from importlib.metadata import version
from typing import Any

from flask import Response, jsonify, render_template, request, url_for

from web.api import public_shapes, search_shapes, sending_shapes
from web.api.contract import PREFIX, Operation, describe
from web.api.reading import area
from web.context import current_services
from web.problems import Problem

OPERATIONS: tuple[Operation, ...] = (
    public_shapes.LIST_UNITS,
    public_shapes.LIST_ANNOUNCEMENTS,
    public_shapes.READ_ANNOUNCEMENT,
    search_shapes.SEARCH,
    sending_shapes.SEND_RECORDING,
    sending_shapes.FOLLOW_RECORDING,
)
TAGS = {
    "doc": "Đọc bản tin: không cần đăng nhập",
    "gui": "Gửi bản ghi: cần mã truy cập của đơn vị",
}
_KEPT_S = 3600
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'"


@area.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document, made of the same operations as the routes."""
    response = jsonify(document())
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    response.add_etag()
    response.make_conditional(request)
    return response


@area.get("/")
def guide() -> Response:
    """The same for people, in Vietnamese, without script."""
    page = render_template(
        "public/api.html",
        document=document(),
        tags=TAGS,
        base=current_services().settings.effective_public_url + PREFIX,
        openapi=url_for("open_api.openapi"),
    )
    return Response(page, headers={"Content-Security-Policy": _POLICY})


@cache
def document() -> dict[str, Any]:
    """What `OPERATIONS` promise, as OpenAPI 3.1 writes it."""
    info = {
        "title": "Loa: giao diện cho chương trình",
        "version": f"1 ({version('loa')})",
        "description": (
            "Đọc bản tin loa đã đăng và gửi bản ghi từ máy khác. Mọi lỗi trả về theo "
            "application/problem+json với lời giải thích bằng tiếng Việt. Trường mới có thể được "
            "thêm vào; trường đã có giữ nguyên ý nghĩa trong suốt phiên bản v1."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    made = describe(OPERATIONS, problem=Problem, info=info, server=PREFIX)
    made["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    return made
