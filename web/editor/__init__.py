"""The editor's pages: what waits, and one announcement at a time."""

# The modules below hang their views on the area; importing them is what puts them there.
from web.editor import (
    announcement,
    approving,
    comparing,
    confirming,
    decisions,
    details,
    effort,
    naming,
    parting,
    presence,
    rearranging,
    replacing,
    script,
    segments,
    sound,
    suggestions,
    undoing,
    work_list,
    working_time,
)
from web.editor.area import area

__all__ = [
    "announcement",
    "approving",
    "area",
    "comparing",
    "confirming",
    "decisions",
    "details",
    "effort",
    "naming",
    "parting",
    "presence",
    "rearranging",
    "replacing",
    "script",
    "segments",
    "sound",
    "suggestions",
    "undoing",
    "work_list",
    "working_time",
]
