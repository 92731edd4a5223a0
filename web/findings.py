"""What `loa doctor` found, in plain Vietnamese: what is wrong, and what to do about it."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from bridge.inspection_findings import Finding

_BACKUP = "Khôi phục từ bản sao lưu."
_SITE = "Chạy 'loa site build'."
_COPY_BACK = "Chép tệp files/%(place)s trong thư mục sao lưu về đúng chỗ đó."
_INTRUDER = "Giữ nguyên máy và báo người phụ trách an toàn thông tin."
_AGAIN = "Mở bản tin, sửa rồi duyệt lại."

# Code: what is wrong, and what to do.
FINDINGS: dict[str, tuple[str, str]] = {
    # Audio
    "original_missing": ("Bản tin %(subject)s mất tệp tiếng gốc %(path)s.", _COPY_BACK),
    "original_size": (
        "Bản tin %(subject)s: tệp tiếng gốc %(path)s có %(found)s byte, lúc nhận là %(expected)s.",
        _COPY_BACK,
    ),
    "original_damaged": (
        "Bản tin %(subject)s: tệp tiếng gốc %(path)s không còn như lúc nhận.",
        f"{_COPY_BACK} Kiểm tra ổ đĩa.",
    ),
    "original_unreadable": (
        "Bản tin %(subject)s: không đọc được tệp tiếng gốc %(path)s (%(detail)s).",
        "Kiểm tra ổ đĩa và quyền đọc tệp.",
    ),
    "recording_unused": ("Bản ghi %(subject)s (%(file_name)s) không thuộc bản tin nào.", _BACKUP),
    "copy_missing": (
        "Bản tin %(subject)s thiếu tệp %(name)s, bản sao để nghe và để đăng.",
        "Chạy 'loa sound rebuild'.",
    ),
    # Work
    "transcription_missing": (
        "Bản tin %(subject)s chờ chép lời mà không có việc nào chép nó.",
        "Chạy 'loa announcement cancel %(subject)s' rồi 'loa announcement retry %(subject)s'.",
    ),
    "publishing_missing": (
        "Bản tin %(subject)s đã duyệt mà không có việc nào đăng nó.",
        "Chạy 'loa announcement retry %(subject)s'.",
    ),
    "publishing_failed": (
        "Bản tin %(subject)s đã duyệt mà chưa đăng được.",
        "Chạy 'loa announcement retry %(subject)s'.",
    ),
    "task_stuck": (
        "Việc %(subject)s (%(kind)s, bản tin %(announcement)s) dừng giữa chừng, không ai làm tiếp.",
        "Chạy 'loa up' hoặc 'loa worker'.",
    ),
    "task_waiting": (
        "Việc %(subject)s (%(kind)s, bản tin %(announcement)s) đã chờ hơn một ngày.",
        "Chạy thêm máy chép: 'loa worker', hoặc 'loa up --workers 2'.",
    ),
    "task_pointless": (
        "Việc %(subject)s (%(kind)s) còn mở mà bản tin %(announcement)s không cần nữa.",
        f"Để máy chép chạy hết hàng việc; vẫn còn thì {_BACKUP.lower()}",
    ),
    "approval_missing": ("Bản tin %(subject)s đã duyệt mà không có dấu duyệt.", _AGAIN),
    "approval_stray": ("Bản tin %(subject)s chưa duyệt mà còn dấu duyệt cũ.", _AGAIN),
    "approved_text_changed": (
        "Bản tin %(subject)s: chữ hiện nay khác chữ đã duyệt.",
        "Xem lịch sử bản tin, sửa rồi duyệt lại.",
    ),
    "approval_unlogged": (
        "Bản tin %(subject)s: dấu duyệt không đúng với nhật ký. Có thể ai đó đã sửa cơ sở dữ liệu.",
        _INTRUDER,
    ),
    "publication_changed": (
        "Bản tin %(subject)s: bản đăng trong cơ sở dữ liệu không còn là bản đã đăng.",
        _INTRUDER,
    ),
    "publication_missing": ("Bản tin %(subject)s đã đăng mà không có bản đăng nào.", _AGAIN),
    "publication_stray": (
        "Bản tin %(subject)s không còn đăng mà bản đăng cũ vẫn còn hiệu lực.",
        "Mở lại bản tin rồi gỡ lần nữa.",
    ),
    "transcript_missing": (
        "Bản tin %(subject)s đã chép xong mà không có chữ, hoặc chưa chép hết.",
        f"Gỡ, mở lại rồi bấm “Thử lại” để chép lại; không được thì {_BACKUP.lower()}",
    ),
    "row_without_parent": (
        "Dòng %(subject)s của cơ sở dữ liệu trỏ tới bảng %(parent)s, nơi không có dòng đó.",
        _BACKUP,
    ),
    "audit_broken": (
        "Nhật ký không còn nguyên vẹn, bắt đầu từ dòng %(subject)s.",
        _INTRUDER,
    ),
    # Captures
    "capture_chunk_missing": (
        "Bản ghi đang nhận %(subject)s mất mảnh %(numbers)s.",
        "Mở lại trang gửi trên máy đã gửi: trang gửi lại những mảnh đó.",
    ),
    "capture_chunk_damaged": (
        "Bản ghi đang nhận %(subject)s có mảnh %(numbers)s bị hỏng.",
        "Gửi lại bản ghi này. Kiểm tra ổ đĩa.",
    ),
    "capture_miscounted": (
        "Bản ghi đang nhận %(subject)s có số mảnh khác số đã ghi.",
        "Gửi lại bản ghi này.",
    ),
    "capture_forgotten": (
        "Bản ghi đang nhận %(subject)s im lặng đã lâu mà chưa thành bản tin.",
        "Chạy 'loa up' hoặc 'loa worker'.",
    ),
    "capture_stale": (
        "Bản ghi gửi dở %(subject)s đã quá %(days)s ngày không ai gửi tiếp.",
        "Chạy 'loa sweep' để xem và dọn.",
    ),
    # The portal
    "page_missing": ("Bản tin %(subject)s đã đăng mà không có trang %(path)s.", _SITE),
    "page_outdated": ("Trang của bản tin %(subject)s không phải bản đăng mới nhất.", _SITE),
    "packed_differs": ("Bản nén %(subject)s khác với trang của nó.", _SITE),
    "packed_stray": (
        "Bản nén %(subject)s không do Loa viết, mà người xem nhận nó thay cho tệp cùng tên.",
        "Xóa tệp ấy, và xem ai ghi được vào thư mục.",
    ),
    "page_differs": ("Trang của bản tin %(subject)s khác với dữ liệu.", _SITE),
    "page_hidden": ("Bản tin %(subject)s đang đăng mà trang lại báo là đã gỡ.", _SITE),
    "page_text_missing": ("Bản tin %(subject)s thiếu hoặc sai tệp chữ %(name)s.", _SITE),
    "page_sound_faulty": ("Bản tin %(subject)s thiếu hoặc hỏng tệp tiếng %(name)s.", _SITE),
    "page_stray": (
        "Trang tin có bản tin %(subject)s mà chưa ai duyệt đăng, trong %(path)s.",
        _SITE,
    ),
    "notice_missing": ("Bản tin %(subject)s đã gỡ mà thiếu trang báo đã gỡ.", _SITE),
    "withdrawn_still_out": ("Bản tin %(subject)s đã gỡ mà vẫn còn %(name)s.", _SITE),
    "home_missing": ("Trang tin %(subject)s thiếu trang đầu hoặc danh sách feed.xml.", _SITE),
    "home_outdated": ("Trang đầu hoặc feed.xml của %(subject)s chưa đúng các bản tin.", _SITE),
    "portal_file_missing": ("Trang tin của %(subject)s thiếu tệp %(path)s.", _SITE),
    "portal_file_differs": (
        "Tệp %(path)s trên trang tin của %(subject)s khác với dữ liệu.",
        _SITE,
    ),
    "portal_file_stray": (
        "Trong thư mục trang tin có tệp %(subject)s không do Loa viết.",
        "Nếu không phải cơ quan tự đặt vào thì xóa tệp ấy, và xem ai ghi được vào thư mục.",
    ),
    "home_differs": ("Trang đầu hoặc feed.xml của %(subject)s khác với dữ liệu.", _SITE),
    "search_missing": ("Trang tìm kiếm của %(subject)s thiếu tệp %(name)s.", _SITE),
    "search_differs": ("Trang tìm kiếm của %(subject)s khác với dữ liệu.", _SITE),
    "front_missing": ("Thiếu trang danh sách đơn vị %(subject)s hoặc 404.html.", _SITE),
    "front_outdated": ("Trang danh sách đơn vị %(subject)s thiếu đơn vị.", _SITE),
    "front_differs": ("Trang danh sách đơn vị %(subject)s khác với dữ liệu.", _SITE),
    "asset_missing": ("Trang %(path)s cần tệp %(subject)s, tệp đó thiếu hoặc hỏng.", _SITE),
    # Left over
    "leftover": (
        "%(what)s %(subject)s không thuộc bản tin nào (%(size)s).",
        "Chạy 'loa sweep' để xem và dọn.",
    ),
    "leftover_original": (
        "Tệp tiếng gốc %(subject)s không thuộc bản tin nào (%(size)s).",
        "Cần dùng thì đưa lại bằng 'loa ingest %(subject)s'; không thì 'loa sweep'.",
    ),
}

LEFTOVER_KINDS: dict[str, str] = {
    "received": "Tệp nhận dở",
    "original": "Tệp tiếng gốc",
    "copy": "Bản sao tiếng",
    "draft": "Bản sao tiếng viết dở",
    "chunk": "Mảnh ghi âm",
    "piece": "Đoạn tiếng đang chép",
    "page": "Tệp trong trang tin",
}


class _Values(dict[str, Any]):
    """Values of a finding; one that it does not carry reads as nothing."""

    def __missing__(self, name: str) -> str:
        return ""


def describe_finding(finding: Finding) -> str:
    """What is wrong and what to do, in two or three sentences on one line."""
    wrong, advice = FINDINGS[finding.code]
    return f"{wrong} {advice}" % _Values(_worded(finding.subject, finding.data))


def _worded(subject: str, data: Mapping[str, Any]) -> dict[str, Any]:
    values = {"subject": subject, **data}
    if "path" in data:
        # A backup keeps every content under its hash, as the store does.
        values["place"] = "/".join(PurePath(str(data["path"])).parts[-2:])
    return {name: "" if value is None else value for name, value in values.items()}
