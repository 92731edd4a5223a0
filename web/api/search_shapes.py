"""The shape in which search answers programs. Its route joins the others with the index itself:
then SEARCH stands in `web.api.documentation.OPERATIONS` and a view in `web.api.reading`.
"""

from dataclasses import dataclass
from typing import Annotated

from web.api.contract import DAY, Answer, Operation, Parameter
from web.api.public_shapes import SLUG, Announcement, Ms

MOST_HITS = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """Một chỗ tìm thấy trong một bản tin."""

    announcement: Announcement
    start_ms: Annotated[Ms, "Chỗ ấy bắt đầu ở đâu trong tiếng."]
    moment_url: Annotated[str, "Trang của bản tin, mở ngay tại chỗ ấy.", {"format": "uri"}]
    snippet: Annotated[str, "Lời quanh chỗ ấy, chữ thuần."]
    marks: Annotated[
        tuple[tuple[int, ...], ...],
        "Chỗ khớp trong snippet: [bắt đầu, kết thúc), đếm theo ký tự Unicode.",
    ]
    exact: Annotated[bool, "Khớp đúng dấu; false khi chỉ khớp sau khi bỏ dấu."]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Một trang kết quả, chỗ khớp nhất đứng trước."""

    query: str
    total: Annotated[int, {"minimum": 0}]
    hits: tuple[Hit, ...]
    next_url: Annotated[str | None, "Địa chỉ của trang sau; null: đã hết."]


SEARCH = Operation(
    name="search",
    method="GET",
    path="/search",
    summary="Tìm trong lời bản tin",
    description="Tìm có dấu hoặc không dấu; chữ trong ngoặc kép phải đứng liền nhau.",
    parameters=(
        Parameter(
            "q", "Chữ cần tìm.", {"type": "string", "minLength": 1, "maxLength": 200}, "query", True
        ),
        Parameter("unit", "Chỉ của đơn vị này.", SLUG),
        Parameter("from", "Phát từ ngày này.", DAY),
        Parameter("to", "Phát đến hết ngày này.", DAY),
        Parameter("category", "Chỉ chuyên mục này.", {"type": "string", "maxLength": 100}),
        Parameter("area", "Chỉ thôn, tổ dân phố này.", {"type": "string", "maxLength": 200}),
        Parameter(
            "limit",
            "Số kết quả mỗi trang.",
            {"type": "integer", "minimum": 1, "maximum": MOST_HITS, "default": 20},
        ),
        Parameter(
            "skip",
            "Bỏ qua bấy nhiêu kết quả đầu.",
            {"type": "integer", "minimum": 0, "maximum": 1000, "default": 0},
        ),
    ),
    answers={200: Answer("Kết quả.", SearchPage), 400: Answer("Thiếu chữ cần tìm.")},
)
