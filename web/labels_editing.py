"""Words of the editor's desk in plain Vietnamese; `web.labels` takes them in."""

from web.labels_approval import APPROVAL_ACTIONS, APPROVAL_ERRORS, APPROVAL_HISTORY
from web.labels_details import DETAILS_ERRORS
from web.labels_parts import PARTS_ERRORS, PARTS_HISTORY
from web.labels_work import WORK_ERRORS
from web.marking import mark

EDITING_ACTIONS = APPROVAL_ACTIONS

EDITING_HISTORY: dict[str, str] = {
    **APPROVAL_HISTORY,
    **PARTS_HISTORY,
    "edit_segment": mark("sửa chữ đoạn %(place)s"),
    "hide_segment": mark("ẩn đoạn %(place)s khỏi bản tin"),
    "keep_segment": mark("giữ lại đoạn %(place)s"),
    "cut_segment": mark("cắt đoạn %(place)s, không đăng tiếng lẫn chữ"),
    "beep_segment": mark("che tiếng đoạn %(place)s bằng tiếng bíp"),
    "split_segment": mark("tách đoạn, đoạn mới từ %(place)s"),
    "merge_segment": mark("ghép hai đoạn ở %(place)s"),
    "undo_split": mark("hoàn tác việc tách đoạn ở %(place)s"),
    "confirm_all": mark("xác nhận đã nghe lại %(count)s đoạn"),
    "keep_sensitive": mark("cho đăng %(warned)s ở đoạn %(place)s, sau khi được nhắc"),
    "doubt_sensitive": mark("rút lại việc cho đăng %(warned)s ở đoạn %(place)s"),
    "refuse_suggestion": mark("bỏ qua một gợi ý ở đoạn %(place)s"),
    "refuse_suggestions": mark("bỏ qua mọi gợi ý cùng loại"),
    "show_suggestions": mark("cho hiện lại gợi ý đã bỏ qua"),
    "undo_merge": mark("hoàn tác việc ghép đoạn ở %(place)s"),
    "order_preview": mark("cho máy làm bản nghe trước khi duyệt"),
    "undo_cut": mark("hoàn tác việc cắt đoạn %(place)s"),
    "undo_beep": mark("hoàn tác việc che tiếng đoạn %(place)s"),
    "undo_hide": mark("hoàn tác việc ẩn đoạn %(place)s"),
    "undo_keep": mark("hoàn tác việc giữ lại đoạn %(place)s"),
}

EDITING_ERRORS: dict[str, str] = {
    **APPROVAL_ERRORS,
    **DETAILS_ERRORS,
    **PARTS_ERRORS,
    **WORK_ERRORS,
    "all_cut": mark(
        "Cả bản tin đã bị cắt nên bà con không còn gì để nghe. Đăng lại ít nhất một đoạn, hoặc gỡ "
        "bản tin."
    ),
    "checks_missing": mark(
        "Còn %(count)s đoạn có giờ, ngày, số hoặc tên chưa ai xác nhận là đã nghe lại. Nghe từng "
        "đoạn, đúng thì xác nhận, sau đó hãy duyệt."
    ),
    "edit_key_reused": mark(
        "Lần lưu này trùng mã với một lần lưu chữ khác. Tải lại trang rồi làm lại."
    ),
    "mode_unknown": mark("Chọn một trong các cách tìm."),
    "mode_only_finds": mark(
        "Cách tìm không kể dấu chỉ để tìm, vì “ma” và “mã” là hai chữ khác nhau. Chọn cách tìm "
        "khác rồi thay."
    ),
    "query_too_long": mark("Chữ cần tìm dài quá %(limit)s chữ cái. Rút ngắn lại rồi tìm."),
    "too_many_places": mark(
        "Mỗi lần thay được nhiều nhất ở %(limit)s đoạn. Bỏ chọn bớt rồi thay làm mấy lần."
    ),
    "split_nothing": mark(
        "Không tách được ở đây vì một bên sẽ không còn chữ. Đặt con trỏ giữa hai tiếng rồi tách."
    ),
    "merge_nothing": mark("Đây là đoạn cuối, không còn đoạn sau để ghép."),
    "merge_too_long": mark(
        "Hai đoạn này ghép lại sẽ dài quá %(limit_s)s giây, khó nghe và khó sửa. Hãy để riêng."
    ),
    "merge_hidden": mark(
        "Một đoạn đang hiện, một đoạn đang ẩn nên không ghép được. Hãy cho cả hai cùng hiện hoặc "
        "cùng ẩn trước."
    ),
    "rearrangement_unknown": mark("Không còn thấy lần tách hay ghép đoạn này. Hãy tải lại trang."),
    "rearrangement_overtaken": mark(
        "Không hoàn tác được vì đoạn này đã được sửa tiếp sau đó. Hãy tách hoặc ghép lại bằng tay."
    ),
    "rearrangement_not_yours": mark("Chỉ người đã tách hay ghép mới hoàn tác được."),
}
