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
    "link_unknown": mark(
        "Địa chỉ này không còn dùng được: đã dùng rồi, quá hạn, hoặc đã có địa chỉ mới hơn. Xin "
        "người quản trị của đơn vị một địa chỉ mới."
    ),
    "roles_missing": mark("Chưa chọn vai trò nào. Chọn ít nhất một vai trò."),
    "last_admin": mark(
        "Đơn vị phải còn ít nhất một người quản trị. Giao vai trò quản trị cho người khác trước."
    ),
    "works_elsewhere": mark(
        "%(name)s còn làm ở đơn vị khác mà bạn không quản trị, nên bạn không đặt lại được. "
        "Nhờ người quản trị máy chủ đặt lại."
    ),
    "own_account": mark(
        "Mật khẩu và lớp xác minh của chính bạn thì đổi ở trang Tài khoản, sau khi gõ lại mật khẩu."
    ),
    "invited_elsewhere": mark(
        "%(email)s đang có lời mời chưa dùng ở đơn vị khác mà bạn không quản trị. Mời lại sau khi "
        "người này đã đặt mật khẩu, hoặc nhờ người quản trị máy chủ."
    ),
    "code_used": mark("Mã dự phòng này vừa được dùng. Đăng nhập lại bằng mã khác."),
    "unit_circular": mark(
        "Không đặt được “%(slug)s” dưới “%(parent)s”: hai đơn vị không thể ở dưới nhau."
    ),
    "letters_off": mark("Chưa đặt máy chủ thư (smtp_host), nên không gửi được thư."),
    "letter_address_refused": mark(
        "Máy chủ thư không nhận địa chỉ này. Kiểm tra lại địa chỉ thư của người nhận."
    ),
    "letter_server_unfit": mark(
        "Máy chủ thư không làm được điều cần (STARTTLS, đăng nhập, hoặc địa chỉ có dấu). Xem lại "
        "smtp_security và smtp_port."
    ),
    "letter_login_refused": mark(
        "Máy chủ thư không nhận tên hoặc mật khẩu. Xem lại smtp_user và smtp_password."
    ),
    "letter_refused": mark("Máy chủ thư từ chối thư. Xem lại smtp_from."),
    "letter_not_secure": mark(
        "Không lập được đường truyền mã hóa tới máy chủ thư. Xem lại smtp_host và smtp_security."
    ),
    "letter_server_away": mark(
        "Không nối được tới máy chủ thư. Xem lại smtp_host và smtp_port, và mạng của máy."
    ),
    "passkey_unknown": mark("Không có khóa truy cập này. Tải lại trang để xem danh sách mới."),
    "passkey_unfit": mark(
        "Khóa truy cập này không mở được tài khoản nào ở đây. Đăng nhập bằng mật khẩu."
    ),
    "passkey_late": mark("Đã quá lâu từ lúc bắt đầu. Tải lại trang rồi thử lại."),
    "passkey_reused": mark(
        "Lần ký này đã dùng rồi, hoặc khóa đã bị sao chép. Đăng nhập bằng mật khẩu rồi bỏ khóa đó."
    ),
    "passkey_known": mark("Khóa truy cập này đã có trong một tài khoản. Chọn khóa khác."),
    "passkey_name": mark("Đặt cho khóa một tên, nhiều nhất %(limit)s chữ."),
    "passkeys_many": mark("Đã có %(limit)s khóa truy cập. Bỏ một khóa không dùng nữa trước."),
    "name_short": mark("Tên cần ít nhất %(minimum)s chữ, ví dụ “Văn Mẫu”."),
    "portal_url_invalid": mark(
        "“%(value)s” không phải địa chỉ dùng được. Viết như https://loa.xa-mau.example, không có "
        "gì sau tên miền."
    ),
    "portal_url_taken": mark("Địa chỉ này đã là của đơn vị “%(slug)s”. Chọn tên miền khác."),
    "https_needed": mark(
        "Chỉ nhận qua HTTPS: đường truyền này không mã hóa. Dùng địa chỉ bắt đầu bằng https."
    ),
    "host_unknown": mark("Không phục vụ ở tên miền này. Dùng địa chỉ %(address)s."),
    "login_unknown": mark("Không có lần đăng nhập này. Tải lại trang để xem danh sách mới."),
}

# A role's word, and what whoever has it does.
ROLE_HINTS: dict[str, tuple[str, str]] = {
    "operator": (mark("Cán bộ đài"), mark("gửi bản ghi, thu âm")),
    "editor": (mark("Biên tập viên"), mark("nghe, sửa chữ, gửi duyệt")),
    "approver": (mark("Người duyệt"), mark("duyệt, đăng, gỡ bản tin")),
    "admin": (mark("Quản trị"), mark("làm được mọi việc của đơn vị, mời người")),
    "supervisor": (
        mark("Giám sát"),
        mark("chỉ xem: bản tin, nhật ký, số liệu của đơn vị và các đơn vị trực thuộc"),
    ),
}
