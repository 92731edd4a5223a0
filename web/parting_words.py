"""What was parted, joined or continued, as the rest of its line in the history."""

from flask_babel import gettext

from bridge.queries import HistoryEntry

PARTED = frozenset({"part_announcement", "join_announcement", "joined_into", "continue"})


def sentence_of_parting(entry: HistoryEntry, sentence: str) -> str:
    """The line of an action of PARTED; `sentence` is what the history says of it without data."""
    return sentence % {
        "count": len(entry.data.get("parts", ())) + 1,
        "title": entry.data.get("title") or gettext("chưa có tiêu đề"),
    }
