"""A row of the audit log as a sentence."""

from collections import defaultdict

from bridge.log_reading import LogLine
from web.history import history_lines
from web.labels import HISTORY, ROLES, role_word, say
from web.labels_log import LOG_WORDS, OTHER_WORK


def log_sentence(line: LogLine, time_zone: str) -> str:
    """What was done, after the name of who did it."""
    action, data = line.entry.action, line.entry.data
    if line.subject_type == "announcement" and action in HISTORY:
        return history_lines([line.entry], time_zone)[0].what
    values: defaultdict[str, object] = defaultdict(lambda: "…", data)
    values["person"] = line.person or "…"
    values["action"] = action
    if (role := data.get("role")) in ROLES:
        values["role"] = role_word(role).lower()
    return say(LOG_WORDS.get(action, OTHER_WORK)) % values
