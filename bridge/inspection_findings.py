"""What a look at an installation says: one thing that does not fit, and how closely to look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

Progress = Callable[[int, int], None]  # done, in all: bytes, or announcements


class Depth(IntEnum):
    """How closely an installation is looked at; each level includes the ones before."""

    QUICK = 0  # rows, and names and sizes of files
    USUAL = 1  # whether what was approved and published is still, to the byte, what it was
    DEEP = 2  # and whether every recording is


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit.

    `code` has its sentence and its advice in `web.findings`. `subject` names what it is about: an
    announcement's, task's or capture's id, a unit's slug or a path. `serious` is False for what
    does no harm and may wait.
    """

    code: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict, compare=False)
    serious: bool = True
