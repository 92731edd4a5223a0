"""Words of parts of a recording and of continued broadcasts; `web.labels_editing` takes them in."""

from web.marking import mark

PARTS_HISTORY: dict[str, str] = {
    "part_announcement": mark("tách thành %(count)s bản tin"),
    "made_by_parting": mark("tách ra từ bản tin cùng bản ghi"),
    "join_announcement": mark("gộp bản tin “%(title)s” vào đây"),
    "joined_into": mark("gộp vào bản tin “%(title)s”"),
    "continue": mark("ghi là phần tiếp theo của bản tin “%(title)s”"),
    "continue_nothing": mark("bỏ ghi là phần tiếp theo"),
}

PARTS_ERRORS: dict[str, str] = {
    "parts_none": mark("Chưa chọn đoạn nào để bắt đầu bản tin mới. Đánh dấu ít nhất một đoạn."),
    "part_empty": mark(
        "Có phần không còn đoạn nào hoặc không có tiếng. Bỏ bớt một chỗ bắt đầu rồi làm lại."
    ),
    "part_inside_segment": mark(
        "Không có đoạn nào bắt đầu ở %(at_ms)s mili giây. Xem 'start_ms' của các đoạn."
    ),
    "parts_apart": mark(
        "Chỉ gộp được hai phần liền nhau của cùng một bản ghi. Hai bản ghi khác nhau thì ghi là "
        "phần tiếp theo."
    ),
    "parts_scripts": mark(
        "Phần sau đang dùng văn bản đã duyệt, phần trước có văn bản khác chưa dùng. Bỏ một trong "
        "hai văn bản rồi gộp."
    ),
    "announcement_joined": mark("Bản tin này đã gộp vào bản tin khác nên không mở lại được."),
    "continuation_joined": mark("Bản tin ấy đã gộp vào bản tin khác. Hãy chọn bản tin kia."),
    "continuation_taken": mark("Bản tin ấy đã có phần tiếp theo khác. Hãy chọn phần sau cùng."),
    "continuation_circle": mark("Hai bản tin không thể cùng là phần tiếp theo của nhau."),
}
