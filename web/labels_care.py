"""Words of housekeeping in plain Vietnamese; `web.labels` takes them in."""

from web.labels_search import SEARCH_ERRORS
from web.marking import mark

CARE_HISTORY: dict[str, str] = {
    "remove_sound": mark("xóa tệp tiếng theo quy định lưu giữ %(days)s ngày"),
    "remake_sound": mark("làm lại tệp tiếng trên trang tin"),
}

CARE_ERRORS: dict[str, str] = {
    **SEARCH_ERRORS,
    "sound_removed": mark(
        "Tiếng của bản tin này đã xóa theo quy định lưu giữ của đơn vị. Còn tệp gốc thì gửi lại: "
        "máy sẽ chép thành bản tin mới."
    ),
    "retention_kind": mark("Chỉ đặt quy định lưu giữ cho bản tin đã gỡ hoặc bản tin bị lỗi."),
    "retention_days": mark("Số ngày lưu giữ phải từ 1 đến %(limit)s. Hãy sửa lại."),
    "sweep_doubtful": mark(
        "Có %(count)s tệp tiếng gốc không thuộc bản tin nào, nhiều hơn số có chủ (%(known)s). Có "
        "thể đây là cơ sở dữ liệu cũ hoặc của máy khác. Kiểm tra lại; nếu vẫn muốn xóa, thêm "
        "“--many”."
    ),
}
