"""How a program searches, and the shape of what it is told."""

from dataclasses import dataclass
from typing import Annotated

from web.api.contract import DAY, Answer, Operation, Parameter
from web.api.public_shapes import CACHED, SLUG, UNCHANGED, WRONG, Announcement

MOST_HITS = 50
_MOST_PAGES = 1000  # more than anybody reads; what lies deeper is found by asking more exactly

Marks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Một bản tin tìm thấy và chỗ khớp nhất trong lời của nó."""

    announcement: Announcement
    title_marks: Annotated[
        Marks, "Chỗ khớp trong tiêu đề: [bắt đầu, kết thúc), đếm theo ký tự Unicode."
    ]
    snippet: Annotated[str, "Lời quanh chỗ khớp, chữ thuần; không có chỗ khớp thì là phần đầu."]
    snippet_marks: Annotated[Marks, "Chỗ khớp trong snippet, đếm như trong tiêu đề."]
    start_ms: Annotated[
        int | None, "Lời khớp nghe được ở khoảng nào; null: khớp ở chỗ khác.", {"minimum": 0}
    ]
    moment_url: Annotated[str, "Trang của bản tin, mở ngay tại chỗ ấy.", {"format": "uri"}]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Một trang kết quả, chỗ khớp nhất đứng trước, rồi bản phát sau đứng trước."""

    total: Annotated[int, "Tất cả tìm thấy bao nhiêu bản tin.", {"minimum": 0}]
    hits: tuple[Hit, ...]
    next_url: Annotated[str | None, "Địa chỉ của trang sau; null: đã hết."]


SEARCH = Operation(
    name="search",
    method="GET",
    path="/search",
    summary="Tìm trong lời bản tin",
    description=(
        "Tìm trong tiêu đề, tóm tắt và lời. Viết không dấu thì tìm cả chữ có dấu; viết có dấu thì "
        "chỗ đúng dấu đứng trước. Chữ trong ngoặc kép phải đứng liền nhau. Số, giờ và chữ viết tắt "
        "được tìm theo mọi cách viết: 7 giờ, bảy giờ; UBND, Ủy ban nhân dân."
    ),
    parameters=(
        Parameter(
            "q",
            "Chữ cần tìm.",
            {"type": "string", "minLength": 1, "maxLength": 200},
            required=True,
        ),
        Parameter("unit", "Chỉ của đơn vị này (tên viết tắt).", SLUG),
        Parameter("from", "Phát từ ngày này, theo giờ của đơn vị.", DAY),
        Parameter("to", "Phát đến hết ngày này.", DAY),
        Parameter("category", "Chỉ chuyên mục này.", {"type": "string", "maxLength": 100}),
        Parameter("area", "Chỉ thôn, tổ dân phố này.", {"type": "string", "maxLength": 200}),
        Parameter(
            "limit",
            "Số kết quả mỗi trang.",
            {"type": "integer", "minimum": 1, "maximum": MOST_HITS, "default": 20},
        ),
        Parameter(
            "page",
            "Trang thứ mấy, đếm từ 1.",
            {"type": "integer", "minimum": 1, "maximum": _MOST_PAGES, "default": 1},
        ),
    ),
    answers={
        200: Answer("Một trang kết quả.", SearchPage),
        304: UNCHANGED,
        400: WRONG,
        404: Answer("Không có đơn vị ấy."),
    },
    headers={**CACHED, "Link": "Địa chỉ của trang sau, rel=next; không có ở trang cuối."},
)
