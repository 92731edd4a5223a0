"""Codes of backing up and restoring in plain Vietnamese; `web.labels` takes them in."""

from web.marking import mark

BACKUP_ERRORS: dict[str, str] = {
    "backup_inside_data": mark(
        "Thư mục sao lưu %(path)s nằm chung chỗ với thư mục dữ liệu. Chọn chỗ khác, tốt nhất là "
        "một ổ đĩa khác."
    ),
    "backup_folder_foreign": mark(
        "Thư mục %(path)s có những tệp khác. Chọn một thư mục trống, hoặc thư mục đã sao lưu Loa "
        "lần trước."
    ),
    "backup_running": mark(
        "Đang có một lần sao lưu khác vào %(path)s. Chờ lần đó xong rồi thử lại."
    ),
    "backup_no_space": mark(
        "Ổ đĩa của %(path)s không đủ chỗ, cần thêm ít nhất %(missing_mib)s MB. Dọn bớt rồi chạy "
        "lại: phần đã chép không phải chép lại."
    ),
    "backup_database_failed": mark(
        "Chưa chép được cơ sở dữ liệu %(path)s: %(detail)s. Những lần sao lưu trước vẫn nguyên."
    ),
    "backup_unknown": mark("Không thấy bản sao lưu %(name)s trong %(path)s. Kiểm tra lại thư mục."),
    "backup_damaged": mark(
        "Bản sao lưu bị hỏng ở tệp %(path)s. Xem các bản khác bằng “loa restore --list”, rồi chọn "
        "một bản bằng “--from”."
    ),
    "backup_format_unknown": mark(
        "Bản sao lưu ghi theo dạng %(found)s, bản Loa này chưa biết. Cài bản Loa mới hơn."
    ),
    "backup_newer": mark(
        "Bản sao lưu do Loa %(version)s tạo, mới hơn bản đang cài. Cài bản Loa đó rồi khôi phục."
    ),
    "restore_not_empty": mark(
        "Thư mục dữ liệu %(path)s không trống. Chỉ khôi phục vào thư mục trống: đổi tên thư mục "
        "này, hoặc chọn thư mục khác bằng “--data”."
    ),
    "restore_database_not_empty": mark(
        "Cơ sở dữ liệu để khôi phục vào không trống. Tạo một cơ sở dữ liệu mới, trống, rồi đặt địa "
        "chỉ của nó vào LOA_DATABASE_URL."
    ),
    "restore_other_database": mark(
        "Bản sao lưu là của %(kind)s, còn cài đặt lại chọn loại khác. Đặt LOA_DATABASE_URL cho "
        "đúng loại rồi thử lại."
    ),
    "restore_running": mark("Đang có một lần khôi phục khác vào %(path)s. Chờ lần đó xong."),
    "key_empty": mark(
        "Tệp khóa %(path)s trống, có thể vì mất điện hay đầy đĩa. Lấy lại tệp từ bản sao lưu. "
        "Không có thì xóa tệp rồi chạy lại: mọi người phải đăng nhập lại và cài lại lớp xác minh "
        "thứ hai."
    ),
    "restore_unfinished": mark(
        "Thư mục %(path)s mới khôi phục một phần. Chạy lại lệnh “loa restore” như lần trước để "
        "làm nốt."
    ),
    "pg_program_missing": mark(
        "Không thấy chương trình %(name)s của PostgreSQL. Cài gói postgresql-client, hoặc đặt "
        "LOA_POSTGRESQL_PROGRAMS là thư mục có nó."
    ),
    "pg_program_old": mark(
        "Chương trình %(path)s là bản %(found)s, cần bản %(needed)s trở lên. Cài gói "
        "postgresql-client-%(needed)s, hoặc đặt LOA_POSTGRESQL_PROGRAMS là thư mục có bản đó."
    ),
    "pg_program_failed": mark("Chương trình %(name)s của PostgreSQL báo lỗi: %(detail)s."),
}
