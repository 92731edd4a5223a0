"""Codes of what programs ask for in plain Vietnamese; `web.labels` takes them in."""

from web.labels_accounts import ACCOUNT_ERRORS
from web.labels_feedback import FEEDBACK_ERRORS
from web.labels_portal import PORTAL_ERRORS
from web.marking import mark

MACHINE_ERRORS: dict[str, str] = {
    **ACCOUNT_ERRORS,
    **FEEDBACK_ERRORS,
    **PORTAL_ERRORS,
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
    # Telling other systems
    "webhook_address": mark(
        "Địa chỉ nhận tin chưa dùng được. Viết địa chỉ https đầy đủ, không kèm tên hay mật khẩu."
    ),
    "webhook_private": mark(
        "Địa chỉ nhận tin nằm trong mạng nội bộ nên không gửi. Dùng địa chỉ công khai trên mạng."
    ),
    "webhook_event_unknown": mark("Chọn ít nhất một việc cần báo."),
    "webhook_exists": mark("Đơn vị đã báo tin tới địa chỉ này. Bỏ nơi cũ trước nếu muốn đặt lại."),
    "too_many_webhooks": mark("Đơn vị đã có %(limit)s nơi nhận tin. Bỏ bớt rồi thêm."),
    "webhook_unknown": mark("Nơi nhận tin này không còn. Tải lại trang để xem danh sách mới."),
    "webhook_unreachable": mark("Chưa nối được tới nơi nhận tin. Máy sẽ thử lại."),
    "webhook_refused": mark("Nơi nhận tin không nhận. Máy sẽ thử lại; báo bên ấy xem sổ ghi lỗi."),
    "delivery_unknown": mark("Không có lần báo tin này. Tải lại trang để xem danh sách mới."),
}

SCOPE_WORDS: dict[str, str] = {
    "intake": mark("gửi bản ghi vào đây"),
    "state": mark("xem bản ghi đang ở bước nào"),
}

EVENT_WORDS: dict[str, str] = {
    "published": mark("bản tin được đăng"),
    "corrected": mark("bản tin được đính chính"),
    "withdrawn": mark("bản tin được gỡ"),
    "review": mark("bản tin chép xong, chờ duyệt"),
}

DELIVERY_WORDS: dict[str, str] = {
    "queued": mark("Chờ gửi"),
    "running": mark("Đang gửi"),
    "done": mark("Đã nhận"),
    "failed": mark("Đã thôi gửi"),
    "cancelled": mark("Đã thôi gửi"),
}
