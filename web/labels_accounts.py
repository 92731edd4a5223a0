"""Codes of accounts in plain Vietnamese; `web.labels` takes them in."""

from web.marking import mark

ACCOUNT_ERRORS: dict[str, str] = {
    "password_short": mark("Mật khẩu cần ít nhất %(minimum)s chữ. Chọn mật khẩu dài hơn."),
    "password_long": mark("Mật khẩu dài quá %(limit)s chữ. Chọn mật khẩu ngắn hơn."),
    "password_common": mark(
        "Mật khẩu này dễ đoán. Ghép vài chữ không liên quan, đừng dùng tên người hay tên đơn vị."
    ),
    "password_wrong": mark("Mật khẩu đang dùng không đúng. Gõ lại rồi thử lần nữa."),
    "password_differs": mark("Hai lần gõ mật khẩu mới không giống nhau. Gõ lại cả hai."),
    "login_unknown": mark("Không có lần đăng nhập này. Tải lại trang để xem danh sách mới."),
}
