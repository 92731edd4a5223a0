"""What can go wrong while sound comes in, and what the history says of it."""

from web.labels_lines import LINE_ERRORS
from web.marking import mark

CAPTURE_ERRORS: dict[str, str] = {
    **LINE_ERRORS,
    "capture_unknown": mark("Không tìm thấy lần gửi này. Tải lại trang rồi gửi lại từ đầu."),
    "capture_closed": mark("Lần gửi này đã kết thúc nên không nhận thêm. Tải lại trang để xem."),
    "capture_alive": mark("Tiếng vẫn đang gửi lên. Chờ gửi hết rồi thử lại."),
    "capture_changed": mark("Tiếng vẫn đang gửi lên. Chờ gửi hết rồi thử lại."),
    "capture_incomplete": mark("Còn thiếu một phần tiếng chưa gửi tới. Trang sẽ gửi tiếp."),
    "capture_hash_differs": mark(
        "Tệp gửi tới không giống tệp trên máy của bạn, có thể tệp vừa bị sửa. Chọn lại tệp rồi gửi "
        "lại từ đầu."
    ),
    "capture_key_used": mark("Lần gửi này trùng với một lần gửi khác. Tải lại trang rồi gửi lại."),
    "capture_invalid": mark("Máy chủ không hiểu yêu cầu. Tải lại trang rồi thử lại."),
    "media_interrupted": mark(
        "Máy chủ chưa đọc xong tệp này vì việc đọc bị dừng giữa chừng. Hãy thử lại; vẫn như vậy "
        "thì tệp có thể bị hỏng."
    ),
    "chunk_corrupt": mark("Một phần tiếng bị hỏng trên đường truyền. Trang sẽ tự gửi lại."),
    "chunk_damaged": mark("Một phần tiếng bị hỏng trên ổ đĩa của máy chủ. Hãy gửi lại."),
    "chunk_differs": mark(
        "Phần này đã gửi trước đó với nội dung khác, có thể tệp vừa bị sửa. Bỏ lần gửi cũ rồi gửi "
        "lại từ đầu."
    ),
    "chunk_number_wrong": mark("Máy chủ không hiểu yêu cầu. Tải lại trang rồi thử lại."),
    "chunk_size_wrong": mark("Tệp đã thay đổi trong lúc gửi. Chọn lại tệp rồi gửi lại từ đầu."),
    "chunk_too_large": mark("Một phần gửi lên lớn hơn mức cho phép là %(limit_mib)s MB."),
    "too_many_chunks": mark(
        "Bản ghi âm này đã quá dài. Bấm kết thúc rồi ghi tiếp thành một bản khác."
    ),
    "too_many_captures": mark(
        "Bạn có %(limit)s lần gửi chưa xong. Gửi tiếp hoặc bỏ bớt rồi hãy gửi thêm."
    ),
    "too_many_requests": mark("Máy chủ đang bận. Trang sẽ tự thử lại sau vài giây."),
    # Watched folders
    "watch_folder_unfit": mark(
        "Không theo dõi được %(path)s vì thư mục này chứa hoặc nằm trong thư mục dữ liệu. "
        "Chọn một thư mục riêng."
    ),
    "watch_folder_taken": mark(
        "Thư mục %(path)s đang có một chương trình khác theo dõi. Dừng chương trình đó trước."
    ),
    "form_too_large": mark(
        "Tệp lớn hơn %(limit_mib)s MB nên không gửi được một lần. Bật JavaScript trong trình duyệt "
        "rồi mở lại trang này để gửi tệp lớn."
    ),
}

# After "Máy" in the history of an announcement.
CAPTURE_HISTORY: dict[str, str] = {
    "receive_from_program": mark("nhận bản ghi do máy “%(name)s” gửi"),
    "capture_cut": mark("kết thúc bản ghi âm vì lâu không nhận thêm tiếng, có thể thiếu đoạn cuối"),
    "capture_holes": mark("ghép bản ghi âm, thiếu vài đoạn không gửi tới được máy chủ"),
    "capture_dropped": mark(
        "ghép bản ghi âm, thiếu chừng %(seconds)s giây vì máy chủ không ghi kịp xuống ổ đĩa"
    ),
    "capture_longer": mark("ghép lại bản ghi âm vì phần sau tới muộn, đây là bản đầy đủ hơn"),
}
