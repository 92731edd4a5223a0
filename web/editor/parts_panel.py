"""What the desk says of the recording's other announcements, and of what comes before and after."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bridge.models import Announcement
from bridge.queries import AnnouncementView
from bridge.series import (
    Neighbour,
    continued_by,
    find_neighbour,
    may_continue,
    parts_of_recording,
    previous_part,
)


@dataclass(frozen=True, slots=True)
class PartsPanel:
    """The parts of the recording in order, with this one; the rest is None or empty without any."""

    parts: tuple[Neighbour, ...]
    joinable: Neighbour | None  # the part right before this one
    whole: Neighbour | None  # where it is now, for one that was joined to another
    before: Neighbour | None  # what it goes on with
    after: Neighbour | None  # what goes on with it
    choices: tuple[Neighbour, ...]  # what it may be said to go on with

    @property
    def is_part(self) -> bool:
        """Whether the recording holds more than this announcement."""
        return len(self.parts) > 1


def parts_panel(session: Session, view: AnnouncementView, *, editing: bool) -> PartsPanel:
    """The panel of one announcement; choices only where they can be made."""
    own = view.work.id
    parts = parts_of_recording(session, own)
    continues = session.get_one(Announcement, own).continues_id
    return PartsPanel(
        parts=tuple(parts),
        joinable=previous_part(parts, own),
        whole=find_neighbour(session, view.work.joined_into),
        before=find_neighbour(session, continues),
        after=continued_by(session, own),
        choices=tuple(may_continue(session, own)) if editing else (),
    )
