"""What the audit log says, in plain Vietnamese; what happened to announcements is in `HISTORY`."""

from web.marking import mark

# After a name or "Máy".
LOG_WORDS: dict[str, str] = {
    # Accounts
    "create_user": mark("tạo tài khoản cho %(person)s"),
    "set_password": mark("đặt mật khẩu của %(person)s"),
    "grant_role": mark("giao cho %(person)s vai trò %(role)s"),
    "revoke_role": mark("thôi giao cho %(person)s vai trò %(role)s"),
    "log_in": mark("đăng nhập từ địa chỉ mạng %(address)s"),
    "log_out": mark("đăng xuất"),
    "forget_password": mark("nhận lời xin đặt lại mật khẩu của %(person)s"),
    "order_reset": mark("tạo địa chỉ đặt lại mật khẩu cho %(person)s"),
    "add_passkey": mark("thêm khóa truy cập “%(name)s”"),
    "remove_passkey": mark("bỏ khóa truy cập “%(name)s”"),
    "set_second_factor": mark("cài lớp xác minh thứ hai của %(person)s"),
    "drop_second_factor": mark("bỏ lớp xác minh thứ hai của %(person)s"),
    "make_recovery_codes": mark("tạo mã dự phòng mới cho %(person)s, mã cũ hết dùng được"),
    "use_recovery_code": mark("dùng một mã dự phòng của %(person)s"),
    "use_link": mark("đặt mật khẩu bằng địa chỉ dùng một lần"),
    # The unit
    "create_unit": mark("lập đơn vị"),
    "change_unit": mark("đổi những điều trang tin nói về đơn vị"),
    "move_unit": mark("đổi đơn vị cấp trên"),
    "allow_own_approval": mark("cho người sửa sau cùng được tự duyệt"),
    "forbid_own_approval": mark("thôi cho người sửa sau cùng tự duyệt"),
    "set_retention": mark("đổi quy định lưu giữ tệp tiếng"),
    "add_place_name": mark("thêm tên nơi chốn: %(old)s, nay là %(new)s"),
    "remove_place_name": mark("bỏ tên nơi chốn: %(old)s, nay là %(new)s"),
    "add_term": mark("thêm tên riêng “%(text)s”"),
    "change_term": mark("sửa tên riêng thành “%(text)s”"),
    "remove_term": mark("bỏ tên riêng “%(text)s”"),
    "forget_term": mark("bỏ một tên riêng theo yêu cầu của người mang tên ấy"),
    "restore_term": mark("đặt lại tên riêng “%(text)s”"),
    "refuse_candidate": mark("bỏ qua tên được đề xuất “%(text)s”"),
    "take_person_away": mark("gỡ %(count)s chỗ nêu tên một người, theo yêu cầu của người ấy"),
    "restore": mark("đặt lại mọi thứ từ một bản sao lưu"),
    # Machines
    "change_key": mark("đổi khóa ký phiên đăng nhập"),
    "change_second_factor_key": mark("đổi khóa giữ lớp xác minh thứ hai"),
    "add_token": mark("cấp mã truy cập cho máy “%(name)s”"),
    "revoke_token": mark("thu hồi mã truy cập của máy “%(name)s”"),
    "add_webhook": mark("thêm nơi nhận tin %(url)s"),
    "remove_webhook": mark("bỏ nơi nhận tin %(url)s"),
    "resend_delivery": mark("báo lại một tin cho nơi nhận"),
    "add_source": mark("thêm nguồn tiếng “%(name)s”"),
    "remove_source": mark("bỏ nguồn tiếng “%(name)s”"),
    "add_schedule": mark("thêm giờ thu định kỳ"),
    "remove_schedule": mark("bỏ giờ thu định kỳ"),
    "discard_capture": mark("bỏ một bản ghi đang gửi dở"),
    "retry_capture": mark("cho đọc lại một bản ghi chưa đọc được"),
    # Residents
    "receive_feedback": mark("nhận một phản ánh của bà con"),
    "answer_feedback": mark("trả lời một phản ánh"),
    "publish_feedback": mark("đăng câu hỏi và trả lời"),
    "unpublish_feedback": mark("thôi đăng câu hỏi và trả lời"),
    "hide_feedback": mark("ẩn một phản ánh"),
    "reopen_feedback": mark("mở lại một phản ánh"),
    "forget_contact": mark("xóa thông tin liên hệ trong một phản ánh"),
}
OTHER_WORK = mark("làm việc khác (%(action)s)")

# What the page offers to look for, as the actions behind it.
LOG_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dang": (
        mark("Duyệt, đăng, gỡ"),
        (
            *("approve", "publish", "publish_now", "withdraw", "unpublish", "reopen"),
            *("unschedule", "blank_notes"),
        ),
    ),
    "sua": (
        mark("Sửa chữ, cắt, che"),
        (
            *("edit_segment", "hide_segment", "keep_segment", "cut_segment", "beep_segment"),
            *("keep_sensitive", "doubt_sensitive"),
            *("split_segment", "merge_segment", "edit_details", "restore_texts"),
        ),
    ),
    "nguoi": (
        mark("Người và vai trò"),
        (
            *("create_user", "grant_role", "revoke_role", "set_password", "order_reset"),
            "forget_password",
            *("set_second_factor", "drop_second_factor", "add_passkey", "remove_passkey"),
            *("make_recovery_codes", "use_recovery_code", "use_link"),
        ),
    ),
    "vao": (mark("Đăng nhập, đăng xuất"), ("log_in", "log_out")),
    "donvi": (
        mark("Đơn vị, tên riêng, kết nối"),
        (
            *(
                "create_unit",
                "allow_own_approval",
                "forbid_own_approval",
                "change_unit",
                "move_unit",
                "set_retention",
                "add_place_name",
                "remove_place_name",
            ),
            *("add_term", "change_term", "remove_term", "restore_term", "refuse_candidate"),
            "forget_term",
            *("add_token", "revoke_token", "add_webhook", "remove_webhook", "resend_delivery"),
            *("add_source", "remove_source", "add_schedule", "remove_schedule"),
        ),
    ),
    "phananh": (
        mark("Phản ánh của bà con"),
        (
            *("receive_feedback", "answer_feedback", "publish_feedback", "unpublish_feedback"),
            *("hide_feedback", "reopen_feedback", "forget_contact"),
        ),
    ),
}
