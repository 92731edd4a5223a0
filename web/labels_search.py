"""Words of searching and of places' names; `web.labels_care` takes them in."""

from web.marking import mark

SEARCH_ERRORS: dict[str, str] = {
    "search_date": mark(
        "Không đọc được ngày “%(given)s”. Viết ngày, tháng, năm như 21/11/2026 rồi tìm lại."
    ),
    "search_dates_reversed": mark("Ngày sau lại đứng trước ngày đầu. Đổi lại rồi tìm."),
    "place_name_missing": mark("Tên phải có chữ. Ghi tên cũ trước, tên mới sau."),
    "place_name_too_long": mark("Tên dài quá %(limit)s chữ cái. Ghi ngắn lại."),
    "place_names_same": mark("Hai tên này là một, không cần ghi. Tìm không dấu đã ra cả hai."),
    "place_names_many": mark("Đã có %(limit)s cặp tên, không thêm được. Bỏ bớt cặp không dùng."),
}
