"""Codes of what residents send in plain Vietnamese; `web.labels_machines` takes them in."""

from web.marking import mark

FEEDBACK_ERRORS: dict[str, str] = {
    "feedback_empty": mark("Chưa có nội dung. Viết điều cần nói rồi gửi."),
    "feedback_too_long": mark("Nội dung dài quá %(limit)s chữ cái. Rút ngắn lại rồi gửi."),
    "contact_too_long": mark("Cách liên hệ dài quá %(limit)s chữ cái. Chỉ ghi số điện thoại."),
    "feedback_too_many": mark(
        "Hôm nay nơi này đã nhận quá nhiều tin từ mạng của bạn. Mai gửi lại, hoặc gọi cho đơn vị."
    ),
    "feedback_unknown": mark("Không có phản ánh nào mang mã này. Kiểm tra lại từng chữ của mã."),
    "feedback_unanswered": mark("Phản ánh này chưa có câu trả lời. Trả lời trước rồi mới đăng."),
    "answer_empty": mark("Chưa có câu trả lời. Viết câu trả lời rồi lưu."),
    "answer_too_long": mark("Câu trả lời dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "form_too_old": mark("Trang này mở đã lâu. Nội dung vẫn còn, bấm gửi lần nữa."),
    "form_foreign": mark("Máy chủ chưa nhận ra trang này. Nội dung vẫn còn, bấm gửi lần nữa."),
    "form_too_quick": mark("Máy cần vài giây để kiểm tra. Nội dung vẫn còn, bấm gửi lần nữa."),
    "form_trap": mark("Ô “để trống” phải để trống. Xóa chữ trong ô ấy rồi bấm gửi lần nữa."),
}
