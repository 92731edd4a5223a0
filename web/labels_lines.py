"""Codes of lines, streams and schedules in plain Vietnamese."""

from web.marking import mark

LINE_ERRORS: dict[str, str] = {
    # What an admin writes down
    "source_address": mark(
        "Không hiểu nguồn tiếng “%(address)s”. Viết “alsa:THIẾT_BỊ”, “pulse:TÊN” hoặc địa chỉ "
        "http, https của luồng."
    ),
    "source_playlist": mark(
        "“%(address)s” là danh sách phát (như HLS) nên chưa thu được. Hãy dùng địa chỉ của chính "
        "luồng tiếng: MP3, AAC hoặc Ogg."
    ),
    "source_password": mark("Địa chỉ luồng không được chứa tên hay mật khẩu. Hãy bỏ phần đó đi."),
    "source_name_missing": mark("Chưa có tên nguồn tiếng. Hãy đặt một tên, ví dụ “Đài xã”."),
    "source_host": mark(
        "Tên máy “%(host)s” chưa dùng được. Viết như dai-phat.example, nhiều nhất 10 tên."
    ),
    "source_seconds": mark(
        "Khoảng lặng để tách bản tin là 2 đến 600 giây, phần lấy trước là 0 đến 60 giây."
    ),
    "source_exists": mark("Đã có nguồn tiếng “%(name)s”. Hãy đặt tên khác."),
    "source_unknown": mark(
        "Không có nguồn tiếng “%(name)s”. Xem các nguồn bằng “loa source list”."
    ),
    "source_not_listed": mark(
        "Luồng này chưa được cho phép. Thêm nó trước bằng “loa source add TÊN %(address)s”."
    ),
    "source_busy": mark(
        "Nguồn tiếng “%(name)s” đang được thu ở cửa sổ khác. Đợi hoặc dừng lần thu đó trước."
    ),
    "schedule_unreadable": mark(
        "Chưa hiểu lịch “%(text)s”. Viết như “05:00–05:30 hằng ngày” hoặc “T2–T6 17:00–17:30”."
    ),
    "schedule_whole_day": mark(
        "Một lịch không dài trọn 24 giờ được. Chia làm hai lịch, như “00:00–12:00 hằng ngày” và "
        "“12:00–24:00 hằng ngày”."
    ),
    "schedule_exists": mark("Nguồn tiếng này đã có lịch đúng như vậy."),
    "schedule_unknown": mark("Không có lịch “%(id)s”. Xem các lịch bằng “loa schedule list”."),
    "record_until_wrong": mark("Giờ dừng viết như 17:30. Hãy viết lại."),
    # What a line does
    "line_ended": mark("Nguồn tiếng ngừng phát. Máy đang nối lại."),
    "line_stalled": mark("Nguồn tiếng không gửi gì nữa. Máy đang nối lại."),
    "line_silent": mark("Suốt giờ hẹn không có tiếng nào. Kiểm tra dây và máy phát."),
    "line_unreachable": mark(
        "Không nối được tới nguồn tiếng. Kiểm tra mạng và địa chỉ; máy vẫn thử lại."
    ),
    "line_refused": mark(
        "Máy phát luồng từ chối, mã %(status)s. Kiểm tra địa chỉ của luồng; máy vẫn thử lại."
    ),
    "line_redirect": mark(
        "Luồng chuyển sang máy khác (%(host)s) chưa được cho phép. Nếu đúng, thêm lại nguồn với "
        "“--redirect-host”."
    ),
    "line_private": mark(
        "Địa chỉ %(host)s dẫn vào mạng nội bộ nên không nối. Nếu đúng, thêm lại nguồn với “--lan”."
    ),
    "line_playlist": mark(
        "Địa chỉ này trả về danh sách phát (như HLS) chứ không phải luồng tiếng. Hãy dùng địa chỉ "
        "của chính luồng."
    ),
    "line_unreadable": mark(
        "Luồng không phải tiếng đọc được. Nhận MP3, AAC, Ogg, FLAC, WAV, WebM; máy vẫn thử lại."
    ),
    "line_no_program": mark(
        "Thiếu chương trình %(program)s để đọc đường tiếng. Cài “alsa-utils” hoặc "
        "“pulseaudio-utils” rồi thử lại."
    ),
    "line_device": mark("Không đọc được đường tiếng: %(detail)s. Kiểm tra dây và tên thiết bị."),
}
