"""How a program sends a recording, and follows what becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from bridge.intake import TITLE_LENGTH
from bridge.models import PRIORITIES
from web.api.contract import ID, Answer, Operation, Parameter

STATES = Literal[
    "received",
    "queued",
    "transcribing",
    "in_review",
    "approved",
    "published",
    "withdrawn",
    "failed",
]


@dataclass(frozen=True, slots=True)
class Recording:
    """Một bản ghi đã nhận, và bản tin làm từ nó đang ở bước nào."""

    id: Annotated[str, "Mã bản tin.", ID]
    state: Annotated[STATES, "Bước hiện tại của bản tin."]
    failure: Annotated[str | None, "Vì sao máy chưa chép được; null khi không có lỗi."]
    title: str
    priority: Literal["normal", "priority", "urgent"]
    broadcast_at: datetime
    received_at: datetime
    duration_ms: Annotated[int, {"minimum": 0}]
    sha256: Annotated[str, "SHA-256 của tệp đã nhận."]
    duplicate: Annotated[bool, "Đúng tệp này đã nhận từ trước; không có gì mới được tạo."]
    url: Annotated[str, "Địa chỉ để theo dõi.", {"format": "uri"}]
    page_url: Annotated[str | None, "Trang cho bà con; null khi chưa đăng hoặc đã gỡ."]


_TITLE: dict[str, Any] = {"type": "string", "maxLength": TITLE_LENGTH}
_MOMENT: dict[str, Any] = {"type": "string", "examples": ["2026-11-21T05:30:00+07:00"]}
_PRIORITY: dict[str, Any] = {"type": "string", "enum": list(PRIORITIES), "default": "normal"}
_UNIT: dict[str, Any] = {"type": "string", "maxLength": 60}
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "title": {**_TITLE, "description": "Tiêu đề; để trống thì máy tự đặt."},
        "broadcast_at": {**_MOMENT, "description": "Giờ phát; để trống là lúc này."},
        "priority": {**_PRIORITY, "description": "Mức khẩn."},
        "unit": {**_UNIT, "description": "Tên viết tắt của đơn vị, để máy chủ đối chiếu."},
    },
}
_REFUSED = {
    401: Answer("Thiếu mã truy cập, hoặc mã sai, hết hạn, đã thu hồi."),
    403: Answer("Mã truy cập không có quyền này, hoặc thuộc đơn vị khác."),
}

SEND_RECORDING = Operation(
    name="sendRecording",
    method="POST",
    path="/recordings",
    summary="Gửi một bản ghi",
    description=(
        "Gửi tệp tiếng bằng biểu mẫu multipart/form-data, hoặc gửi thẳng nội dung tệp kèm các tiêu "
        "đề X-Loa-. Tệp được kiểm tra như khi cán bộ đài gửi trên trang, nhiều nhất 64 MB. Gửi lại "
        "đúng tệp ấy không tạo thêm bản tin; gửi lại với cùng Idempotency-Key nhận lại câu trả lời "
        "cũ trong 30 ngày."
    ),
    parameters=(
        Parameter(
            "Idempotency-Key",
            "Khóa riêng của lần gửi này, để gửi lại được khi mất mạng.",
            {"type": "string", "pattern": "^[!-~]{1,100}$"},
            where="header",
        ),
        Parameter("X-Loa-Title", "Khi gửi thẳng: tiêu đề, UTF-8 mã hóa %XX.", _TITLE, "header"),
        Parameter("X-Loa-Broadcast-At", "Khi gửi thẳng: giờ phát.", _MOMENT, "header"),
        Parameter("X-Loa-Priority", "Khi gửi thẳng: mức khẩn.", _PRIORITY, "header"),
        Parameter("X-Loa-Unit", "Khi gửi thẳng: tên viết tắt của đơn vị.", _UNIT, "header"),
        Parameter("X-Loa-File-Name", "Khi gửi thẳng: tên tệp, mã hóa %XX.", _TITLE, "header"),
    ),
    body={
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/octet-stream": {"schema": {}},
        },
    },
    answers={
        201: Answer("Đã nhận; bản tin chờ máy chép lời.", Recording),
        200: Answer("Đã nhận từ trước; không có gì mới được tạo.", Recording),
        400: Answer("Thiếu tệp, hoặc có trường không dùng được."),
        **_REFUSED,
        413: Answer("Tệp quá lớn."),
        422: Answer("Không phải tệp tiếng dùng được, hoặc khóa đã dùng cho tệp khác."),
        429: Answer("Máy chủ đang nhận nhiều tệp; thử lại sau Retry-After giây."),
        507: Answer("Ổ đĩa của máy chủ sắp đầy."),
    },
    scope="intake",
    tag="gui",
    headers={"Location": "Địa chỉ để theo dõi bản ghi."},
)
FOLLOW_RECORDING = Operation(
    name="followRecording",
    method="GET",
    path="/recordings/{id}",
    summary="Bản ghi đang ở bước nào",
    description="Tình trạng của bản tin làm từ một bản ghi của đơn vị mà mã truy cập thuộc về.",
    parameters=(Parameter("id", "Mã bản tin.", ID, where="path", required=True),),
    answers={
        200: Answer("Tình trạng.", Recording),
        **_REFUSED,
        404: Answer("Không có bản ghi ấy trong đơn vị này."),
    },
    scope="state",
    tag="gui",
)
