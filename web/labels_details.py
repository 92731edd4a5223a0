"""Words of what is said about an announcement in plain Vietnamese; `web.labels` takes them in."""

from web.marking import mark

DETAILS_ERRORS: dict[str, str] = {
    "title_unfinished": mark(
        "Tiêu đề còn chỗ trống ___ của mẫu. Thay ___ bằng chữ của bạn, hoặc xóa đi, rồi lưu."
    ),
    "areas_too_long": mark(
        "Phạm vi dài quá %(limit)s chữ cái. Bỏ bớt, hoặc viết gọn như “toàn xã”, rồi lưu."
    ),
    "summary_too_long": mark("Tóm tắt dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "source_too_long": mark("Nguồn phát dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "speaker_too_long": mark("Tên người đọc dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "author_too_long": mark("Tên người soạn dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "language_unknown": mark("Chọn một ngôn ngữ trong danh sách."),
    "valid_from_invalid": mark(
        "Giờ bắt đầu hiệu lực chưa đúng. Điền ngày và giờ, ví dụ 21/11/2026 05:30, hoặc để trống."
    ),
    "valid_until_invalid": mark(
        "Giờ hết hiệu lực chưa đúng. Điền ngày và giờ, ví dụ 25/11/2026 17:00, hoặc để trống."
    ),
    "validity_reversed": mark(
        "Giờ hết hiệu lực phải sau giờ phát và sau giờ bắt đầu hiệu lực. Xem lại ngày và giờ."
    ),
    "template_unknown": mark("Không có mẫu này. Chọn một mẫu trong danh sách."),
    "bad_templates_file": mark(
        "Không dùng được tệp mẫu bản tin %(path)s: %(detail)s. Người quản trị sửa lại tệp."
    ),
}

# Fields that a template fills, as they are named in a sentence.
FIELD_WORDS: dict[str, str] = {
    "title": mark("tiêu đề"),
    "category": mark("chuyên mục"),
    "priority": mark("mức"),
    "valid_until": mark("hiệu lực"),
    "valid_from": mark("hiệu lực"),
    "summary": mark("tóm tắt"),
    "speaker": mark("người đọc"),
    "author": mark("người soạn"),
    "source": mark("nguồn phát"),
    "language": mark("ngôn ngữ"),
}
