"""Words of returning, approving and publishing in plain Vietnamese; `web.labels` takes them in."""

from web.marking import mark

APPROVAL_ACTIONS: dict[str, str] = {
    "hurry": mark("đổi mức khẩn của bản tin"),
    "return": mark("trả lại để sửa"),
    "resubmit": mark("trình lại"),
    "publish_now": mark("đăng ngay"),
    "unschedule": mark("hủy hẹn giờ đăng"),
}

# `web.history` adds to "approve" and "resubmit" what was said with them.
APPROVAL_HISTORY: dict[str, str] = {
    "return": mark("trả lại để sửa: %(comment)s"),
    "resubmit": mark("sửa xong, trình lại"),
    "publish_now": mark("cho đăng ngay, không chờ giờ hẹn"),
    "unschedule": mark("hủy hẹn giờ đăng"),
    "set_priority": mark("đổi mức khẩn"),
    "blank_notes": mark("bỏ lời đính chính hoặc lý do gỡ có nêu tên một người"),
}

APPROVAL_ERRORS: dict[str, str] = {
    "comment_missing": mark("Cho biết cần sửa gì. Người biên tập sẽ đọc lời này."),
    "comment_too_long": mark("Lời nhắn dài quá %(limit)s chữ cái. Hãy viết ngắn lại."),
    "details_warned": mark(
        "Tiêu đề hoặc thông tin khác có điều cần xem lại trước khi đăng, nêu ở phần Duyệt. Sửa "
        "lại, hoặc đánh dấu là đã xem và vẫn đăng."
    ),
    "returns_open": mark(
        "Bản tin đang được trả lại để sửa, còn %(count)s lời nhắn chưa có trả lời. Đọc các lời "
        "nhắn ấy; nếu vẫn duyệt thì đánh dấu là đã xong."
    ),
    "publish_at_invalid": mark("Giờ đăng chưa đúng. Điền ngày và giờ, ví dụ 21/11/2026 05:30."),
    "publish_at_missing": mark("Chưa điền giờ đăng. Điền ngày và giờ, ví dụ 21/11/2026 05:30."),
    "publish_at_past": mark("Giờ đăng đã qua. Chọn giờ muộn hơn, hoặc đăng ngay."),
    "publish_at_far": mark("Chỉ hẹn giờ đăng được trong vòng một năm. Chọn ngày gần hơn."),
    "publish_at_ended": mark(
        "Đến giờ đăng này bản tin đã hết hiệu lực. Chọn giờ sớm hơn, hoặc sửa ô “Có hiệu lực đến” "
        "trong phần Thông tin rồi hẹn lại."
    ),
    "not_scheduled": mark(
        "Bản tin này không còn chờ giờ hẹn đăng. Tải lại trang để xem tình trạng mới nhất."
    ),
    "note_missing": mark(
        "Bản tin này đã đăng trước đây. Viết lời đính chính cho bà con, hoặc đánh dấu là không đổi "
        "nội dung."
    ),
    "note_needless": mark(
        "Bản tin chưa từng đăng nên chưa có gì để đính chính. Bỏ lời đính chính."
    ),
    "note_too_long": mark("Lời đính chính dài quá %(limit)s chữ cái. Hãy viết ngắn lại."),
}
