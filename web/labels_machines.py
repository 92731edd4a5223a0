"""Codes of what programs ask for in plain Vietnamese; `web.labels` takes them in."""

from web.marking import mark

MACHINE_ERRORS: dict[str, str] = {
    "gone": mark("Không còn ở đây nữa. Xem những bản tin khác trên trang tin."),
    "announcement_withdrawn": mark("Bản tin này đã được gỡ. Lý do ghi trên trang tin: %(reason)s."),
    "cursor_invalid": mark(
        "Chỗ đọc tiếp (cursor) không đúng. Dùng nguyên giá trị next_cursor của trang trước."
    ),
    "parameter_invalid": mark(
        "Tham số “%(name)s” không dùng được. Xem lại tài liệu của giao diện này."
    ),
    # Tokens, and what is sent with them
    "token_missing": mark(
        "Cần mã truy cập. Gửi trong tiêu đề “Authorization: Bearer …”; xin mã ở người quản trị."
    ),
    "token_unknown": mark("Mã truy cập không đúng. Kiểm tra lại, hoặc xin người quản trị mã mới."),
    "token_expired": mark("Mã truy cập đã hết hạn. Xin người quản trị của đơn vị mã mới."),
    "token_revoked": mark("Mã truy cập đã bị thu hồi. Xin người quản trị của đơn vị mã mới."),
    "token_scope": mark("Mã truy cập này không được dùng cho việc ấy. Xin mã có quyền phù hợp."),
    "token_other_unit": mark("Mã truy cập này thuộc đơn vị khác, không gửi cho “%(slug)s” được."),
    "token_name_missing": mark("Chưa có tên của máy dùng mã này. Hãy đặt tên, ví dụ “Đài xã”."),
    "token_scope_unknown": mark("Chọn ít nhất một quyền: gửi bản ghi, hoặc xem tình trạng."),
    "token_days": mark("Thời hạn của mã là 1 đến %(limit)s ngày. Hãy sửa lại."),
    "too_many_tokens": mark("Đơn vị đã có %(limit)s mã đang dùng. Thu hồi mã cũ rồi cấp mã mới."),
    "machine_token_unknown": mark("Không có mã truy cập này. Tải lại trang để xem danh sách mới."),
    "recording_unknown": mark("Không có bản ghi này trong đơn vị của mã truy cập."),
    "idempotency_key": mark(
        "Idempotency-Key phải dài 1 đến 100 ký tự ASCII in được, không có khoảng trắng."
    ),
    "idempotency_reused": mark(
        "Idempotency-Key này đã dùng cho một tệp khác. Mỗi bản ghi cần một khóa riêng."
    ),
    "request_unreadable": mark("Không đọc được yêu cầu. Xem lại cách gửi trong tài liệu."),
}
