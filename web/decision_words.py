"""What was said with a decision, as the rest of its line in the history."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext

from bridge.queries import HistoryEntry
from publish.dates import format_moment
from web.labels import PRIORITIES, mark, say
from web.labels_details import FIELD_WORDS

# What somebody let residents read all the same.
WARNED: dict[str, str] = {
    "secret": mark("chỗ có thể là bí mật nhà nước"),
    "personal": mark("thông tin cá nhân"),
    "phone": mark("số điện thoại"),
    "covered": mark("lời đã che hoặc bỏ"),
    "unread": mark("câu máy chép lúc đầu"),
}

TOLD = frozenset({"approve", "return", "resubmit", "set_priority"})


def sentence_of_decision(entry: HistoryEntry, sentence: str, time_zone: str) -> str:
    """The line of an action of TOLD; `sentence` is what the history says of it without its data."""
    data = entry.data
    if entry.action == "return":
        return sentence % {"comment": data.get("comment", "")}
    if entry.action == "resubmit":
        return _with_rest(sentence, [str(data["reply"])] if data.get("reply") else [])
    if entry.action == "set_priority":
        return f"{sentence}: {say(PRIORITIES.get(str(data.get('priority')), '')).lower()}"
    told = []
    if data.get("own_text"):
        told.append(gettext("chữ do chính mình sửa sau cùng"))
    if data.get("publish_at"):
        moment = format_moment(datetime.fromisoformat(data["publish_at"]), time_zone)
        told.append(gettext("hẹn đăng lúc %(moment)s", moment=moment))
    if data.get("resolved"):
        told.append(gettext("coi như đã xong %(count)s lời nhắn trả lại", count=data["resolved"]))
    if data.get("spelling_only"):
        told.append(gettext("chỉ sửa chính tả, không đổi nội dung"))
    if data.get("warned"):
        told.append(gettext("vẫn đăng %(what)s", what=_warned(data["warned"])))
    if data.get("note"):
        told.append(gettext("đính chính: %(note)s", note=data["note"]))
    return _with_rest(sentence, told)


def _warned(warned: Sequence[Sequence[str]]) -> str:
    """What somebody let residents read in the details, after a warning."""
    said = (
        gettext("%(kind)s ở phần %(field)s", kind=say(WARNED[kind]), field=say(FIELD_WORDS[field]))
        for field, kind in warned
        if kind in WARNED and field in FIELD_WORDS
    )
    return ", ".join(said)


def _with_rest(sentence: str, told: list[str]) -> str:
    return f"{sentence}: {'; '.join(told)}" if told else sentence
