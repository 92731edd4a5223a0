"""What happened to an announcement, as lines that a person can read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bridge.queries import HistoryEntry
from publish.dates import format_length, format_moment
from web.decision_words import TOLD, WARNED, sentence_of_decision
from web.labels import HISTORY, describe_failure, mark, say
from web.parting_words import PARTED, sentence_of_parting

# What happens to one segment after another, said of several at once.
_OF_SEGMENTS: dict[str, str] = {
    "edit_segment": mark("sửa chữ ở %(count)s đoạn"),
    "hide_segment": mark("ẩn %(count)s đoạn khỏi bản tin"),
    "cut_segment": mark("cắt %(count)s đoạn, không đăng tiếng lẫn chữ"),
    "beep_segment": mark("che tiếng %(count)s đoạn bằng tiếng bíp"),
    "keep_segment": mark("giữ lại %(count)s đoạn"),
    "undo_cut": mark("hoàn tác việc cắt %(count)s đoạn"),
    "undo_beep": mark("hoàn tác việc che tiếng %(count)s đoạn"),
    "undo_hide": mark("hoàn tác việc ẩn %(count)s đoạn"),
    "undo_keep": mark("hoàn tác việc giữ lại %(count)s đoạn"),
    "refuse_suggestion": mark("bỏ qua gợi ý ở %(count)s đoạn"),
}


# What sentences of one value say of an event.
_ONE_VALUE = {
    "confirm_all": "count",
    "withdraw": "reason",
    "remove_sound": "days",
    "receive_from_program": "name",
    "capture_dropped": "seconds",
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """When, who (None: the machine) and what."""

    when: str
    iso: str
    who: str | None
    what: str


def history_lines(
    history: Sequence[HistoryEntry], time_zone: str, begin_ms: int = 0
) -> list[HistoryLine]:
    """The lines in order. What one person did to several segments in a row makes one line.

    Places are said from `begin_ms` of the recording on, where the announcement begins.
    """
    lines = []
    for (who, action), group in groupby(
        history, key=lambda entry: (entry.actor_name, entry.action)
    ):
        entries = list(group)
        if action in _OF_SEGMENTS and len(entries) > 1:
            last = entries[-1]
            told = _several_in_words(entries, time_zone, begin_ms)
            lines.append(_line(last, who, time_zone, told))
        else:
            lines += [
                _line(one, who, time_zone, _in_words(one, time_zone, begin_ms)) for one in entries
            ]
    return lines


def _line(entry: HistoryEntry, who: str | None, time_zone: str, what: str) -> HistoryLine:
    return HistoryLine(format_moment(entry.at, time_zone), entry.at.isoformat(), who, what)


def _several_in_words(entries: Sequence[HistoryEntry], time_zone: str, begin_ms: int) -> str:
    count = len({entry.data.get("segment") for entry in entries})
    if count == 1:
        return _in_words(entries[-1], time_zone, begin_ms)
    return say(_OF_SEGMENTS[entries[0].action]) % {"count": count}


def _in_words(entry: HistoryEntry, time_zone: str, begin_ms: int) -> str:
    sentence = say(HISTORY.get(entry.action, entry.action))
    if "%(place)" in sentence:
        place_ms = max(0, int(entry.data.get("start_ms", 0)) - begin_ms)
        kinds = [say(WARNED[kind]) for kind in entry.data.get("kinds", ()) if kind in WARNED]
        return sentence % {"place": format_length(place_ms), "warned": ", ".join(kinds)}
    if entry.action in TOLD:
        return sentence_of_decision(entry, sentence, time_zone)
    if name := _ONE_VALUE.get(entry.action):
        return sentence % {name: entry.data.get(name, "")}
    if entry.action in PARTED:
        return sentence_of_parting(entry, sentence)
    if entry.action == "fail":
        return sentence % {"why": describe_failure(entry.data.get("code"))}
    return sentence
