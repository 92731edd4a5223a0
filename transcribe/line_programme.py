"""What a recording of a line is made of: one programme after another, each with its own title.

Light, for the follower of schedules holds it while nothing is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Programme:
    """A stretch of time that is recorded, and what its announcements are called.

    `since`: before it only the pre-roll is kept; None: from the first sound on. `until` None: for
    as long as nobody stops it.
    """

    title: str
    since: datetime | None = None
    until: datetime | None = None

    def has_begun(self, moment: datetime) -> bool:
        return self.since is None or self.since <= moment

    def comes_after(self, other: "Programme") -> bool:
        """Whether it begins when the other one is over, or later."""
        if self.since is None or other.until is None:
            return False
        return self.since >= other.until


def programme_at(
    programmes: Sequence[Programme], moment: datetime, before: Programme | None = None
) -> Programme:
    """Of at least one, in their order: the last one that has begun; before all, the first.

    `before`, which was on until now, stays on until one that comes after it begins: somebody may
    still be speaking.
    """
    begun = [one for one in programmes if one.has_begun(moment)]
    if begun:
        return begun[-1]
    first = programmes[0]
    if before is not None and before.has_begun(moment) and first.comes_after(before):
        return before
    return first
