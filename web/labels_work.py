"""Words of the list of work in plain Vietnamese; `web.labels` takes them in."""

from web.marking import mark

WORK_ERRORS: dict[str, str] = {
    "day_invalid": mark("Ngày chưa đúng. Điền ngày, tháng, năm, ví dụ 21/11/2026."),
    "nothing_chosen": mark("Chưa chọn bản tin nào. Đánh dấu những bản cần thử lại rồi bấm lại."),
}
