"""The editor's pages: what waits, and one announcement at a time."""

# The modules below hang their views on the area; importing them is what puts them there.
from web.editor import (
    announcement,
    comparing,
    confirming,
    decisions,
    presence,
    rearranging,
    replacing,
    script,
    segments,
    sound,
    suggestions,
    work_list,
)
from web.editor.area import area

__all__ = [
    "announcement",
    "area",
    "comparing",
    "confirming",
    "decisions",
    "presence",
    "rearranging",
    "replacing",
    "script",
    "segments",
    "sound",
    "suggestions",
    "work_list",
]
