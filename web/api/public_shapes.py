"""What anybody's program may read, and how it is asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from web.api.contract import DAY, ID, Answer, Operation, Parameter

MOST_ITEMS = 100
SLUG = {"type": "string", "maxLength": 60, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}

Link = Annotated[str, {"format": "uri"}]
Ms = Annotated[int, {"minimum": 0}]


@dataclass(frozen=True, slots=True)
class Unit:
    """Một đơn vị: xã, phường, đặc khu hoặc tỉnh."""

    slug: Annotated[str, "Tên viết tắt, cũng là phần đầu địa chỉ trang tin."]
    name: str
    authority: Annotated[str, "Cơ quan chịu trách nhiệm."]
    kind: Literal["commune", "province"]
    contact: Annotated[str, "Cách liên hệ, như ghi trên trang tin; có thể rỗng."]
    time_zone: Annotated[str, "Múi giờ, theo tên của IANA."]
    page_url: Link
    announcements_url: Link


@dataclass(frozen=True, slots=True)
class UnitList:
    """Mọi đơn vị có trang tin ở đây."""

    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """Một tệp tiếng của bản tin."""

    type: Annotated[str, "Kiểu MIME, ví dụ audio/mpeg."]
    url: Link
    bytes: Annotated[int, {"minimum": 0}]


@dataclass(frozen=True, slots=True)
class Announcement:
    """Một bản tin đang có trên trang tin, chưa kèm lời."""

    id: Annotated[str, "Mã bản tin; không đổi khi bản tin được đính chính.", ID]
    unit: Annotated[str, "Tên viết tắt của đơn vị."]
    title: str
    summary: Annotated[str, "Tóm tắt; rỗng nếu không có."]
    category: Annotated[str, "Chuyên mục; rỗng nếu không có."]
    areas: Annotated[tuple[str, ...], "Các thôn, tổ dân phố mà bản tin nói đến."]
    priority: Annotated[Literal["normal", "priority", "urgent"], "Thường, ưu tiên hoặc khẩn cấp."]
    language: Annotated[str, "Mã ngôn ngữ (BCP 47)."]
    broadcast_at: Annotated[datetime, "Giờ phát trên loa."]
    first_published_at: Annotated[datetime, "Lần đầu có trên trang tin."]
    published_at: Annotated[datetime, "Lúc đăng bản hiện hành."]
    revision: Annotated[int, "Số thứ tự của bản hiện hành, từ 1.", {"minimum": 1}]
    duration_ms: Annotated[Ms, "Độ dài của tiếng, tính bằng mili giây."]
    valid_from: Annotated[datetime | None, "Có hiệu lực từ; null: từ giờ phát."]
    valid_until: Annotated[datetime | None, "Có hiệu lực đến; null: không nói."]
    url: Annotated[Link, "Địa chỉ của bản tin trong giao diện này, có cả lời."]
    page_url: Annotated[Link, "Trang của bản tin cho bà con."]
    text_url: Annotated[Link, "Lời bản tin, chữ thuần."]
    captions_url: Annotated[Link, "Lời bản tin, WebVTT."]
    sounds: tuple[Sound, ...]


@dataclass(frozen=True, slots=True)
class AnnouncementPage:
    """Một trang của danh sách bản tin, bản đăng sau đứng trước."""

    announcements: tuple[Announcement, ...]
    next_cursor: Annotated[str | None, "Đưa vào tham số cursor để đọc tiếp; null: đã hết."]
    next_url: Annotated[str | None, "Địa chỉ của trang sau; null: đã hết."]


@dataclass(frozen=True, slots=True)
class Segment:
    """Vài giây lời. Thời điểm tính bằng mili giây từ đầu tiếng đã đăng."""

    start_ms: Ms
    end_ms: Ms
    kind: Annotated[
        Literal["speech", "silence", "music", "unrecognised"], "Có lời, lặng, nhạc, chưa nhận dạng."
    ]
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """Một lần đính chính đã báo cho bà con."""

    revision: Annotated[int, {"minimum": 1}]
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """Lời và những điều chỉ có khi đọc từng bản tin."""

    announcement: Announcement
    speaker: Annotated[str, "Người đọc; rỗng nếu không nói."]
    author: Annotated[str, "Người soạn; rỗng nếu không nói."]
    source: Annotated[str, "Nguồn phát; rỗng nếu không nói."]
    corrections: tuple[Correction, ...]
    segments: tuple[Segment, ...]


CACHED = {
    "ETag": "Dấu của bản trả về; gửi lại trong If-None-Match để chỉ nhận 304 khi chưa có gì đổi.",
}
UNCHANGED = Answer("Chưa có gì đổi từ lần đọc trước.", empty=True)
WRONG = Answer("Tham số không dùng được.")

LIST_UNITS = Operation(
    name="listUnits",
    method="GET",
    path="/units",
    summary="Các đơn vị",
    description="Mọi đơn vị có trang tin trên máy chủ này, xếp theo tên.",
    answers={200: Answer("Danh sách đơn vị.", UnitList), 304: UNCHANGED},
    headers=CACHED,
)
LIST_ANNOUNCEMENTS = Operation(
    name="listAnnouncements",
    method="GET",
    path="/announcements",
    summary="Danh sách bản tin",
    description=(
        "Những bản tin đang có trên trang tin, bản đăng sau đứng trước. Bản được đính chính lên "
        "đầu danh sách, vẫn giữ mã cũ; bản đã gỡ không còn trong danh sách. Đọc hết bằng cách theo "
        "next_url cho đến khi nó là null."
    ),
    parameters=(
        Parameter("unit", "Chỉ của đơn vị này (tên viết tắt).", SLUG),
        Parameter("from", "Phát từ ngày này, theo giờ của đơn vị.", DAY),
        Parameter("to", "Phát đến hết ngày này.", DAY),
        Parameter("category", "Chỉ chuyên mục này.", {"type": "string", "maxLength": 100}),
        Parameter("area", "Chỉ thôn, tổ dân phố này.", {"type": "string", "maxLength": 200}),
        Parameter(
            "limit",
            "Số bản tin mỗi trang.",
            {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": 20},
        ),
        Parameter(
            "cursor",
            "Chỗ đọc tiếp, lấy từ next_cursor của trang trước.",
            {"type": "string", "maxLength": 200, "pattern": "^[A-Za-z0-9_-]+$"},
        ),
    ),
    answers={
        200: Answer("Một trang của danh sách.", AnnouncementPage),
        304: UNCHANGED,
        400: WRONG,
        404: Answer("Không có đơn vị ấy."),
    },
    headers={**CACHED, "Link": "Địa chỉ của trang sau, rel=next; không có ở trang cuối."},
)
READ_ANNOUNCEMENT = Operation(
    name="readAnnouncement",
    method="GET",
    path="/announcements/{id}",
    summary="Một bản tin và lời của nó",
    description=(
        "Bản hiện hành của một bản tin, kèm lời chia thành từng đoạn có thời điểm. Lời do máy chép "
        "từ tiếng, Ban biên tập đã nghe và kiểm tra."
    ),
    parameters=(Parameter("id", "Mã bản tin.", ID, where="path", required=True),),
    answers={
        200: Answer("Bản tin.", Transcript),
        304: UNCHANGED,
        404: Answer("Không có bản tin ấy trên trang tin."),
        410: Answer("Bản tin đã được gỡ; detail nói lý do."),
    },
    headers=CACHED,
)
