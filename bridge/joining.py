"""Parts of one recording become one announcement again: what `bridge.parting` does, taken back.

Nothing is lost by it: the segments of the later part go on in the earlier one, with all that people
did to them, and the address of the later one leads there.
"""

from dataclasses import dataclass

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.editing import note_change
from bridge.errors import Conflict, InvalidInput, VersionConflict
from bridge.intake import lock_announcement
from bridge.listing import list_anew
from bridge.models import (
    Announcement,
    Confirmation,
    Edit,
    Flag,
    Publication,
    Rearrangement,
    Script,
    Segment,
    SuggestionRefusal,
)
from bridge.search_index import remove_from_search
from bridge.tasks import add_task
from bridge.undo import lock_segments
from bridge.webhooks import tell_webhooks
from bridge.workflow import Action, State, next_state


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of two parts: `announcement_id` goes on, `ended_id` leads to it.

    `task_id`: the task that takes the pages of the ended one off the portal, None without pages.
    """

    announcement_id: str
    ended_id: str
    task_id: str | None


def join_announcements(
    session: Session,
    *,
    announcement_id: str,
    expected_version: int,
    into_id: str,
    into_version: int,
    actor_id: str,
) -> Joined:
    """Join a part to the one before it, which goes on with its address and its details.

    The later one ends as withdrawn, with a pointer to where its sound and text now are; pages that
    it has are taken down at once, which needs an approver as any withdrawal does. The same request
    again finds another version and is refused. Raises VersionConflict (`current_version`),
    InvalidInput `parts_apart` unless both are of one recording and touch, Conflict `parts_scripts`
    where only the later one is read from a script, NotFound, IllegalTransition, Forbidden.
    """
    order = sorted((announcement_id, into_id))
    for one in order:
        lock_segments(session, one)
    locked = {one: lock_announcement(session, one) for one in order}
    later, earlier = locked[announcement_id], locked[into_id]
    for announcement in (earlier, later):
        require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    _require_version(later, expected_version)
    _require_version(earlier, into_version)
    if earlier.recording_id != later.recording_id or earlier.end_ms != later.start_ms:
        raise InvalidInput("parts_apart")
    publication = _publication(session, later)
    if publication is not None and publication.withdrawn_at is None:
        require_role(session, actor_id, later.unit_id, "approver")
    note_change(session, earlier, actor_id)
    note_change(session, later, actor_id)
    _join_scripts(session, earlier, later)
    _take_segments(session, earlier, later)
    earlier.end_ms = later.end_ms
    earlier.title = earlier.title or later.title
    _end(session, earlier, later)
    if publication is not None and publication.withdrawn_at is None:
        publication.withdrawn_at = utc_now()
        list_anew(session, later.id)
        remove_from_search(session, later.id)
        tell_webhooks(session, later, "withdrawn", reason="", joined_into=earlier.id)
    _note(session, earlier, later, actor_id)
    task_id = None
    if publication is not None:
        task_id = add_task(session, kind="unpublish", announcement_id=later.id)
    return Joined(earlier.id, later.id, task_id)


def _require_version(announcement: Announcement, expected: int) -> None:
    if announcement.version != expected:
        raise VersionConflict(current_version=announcement.version, current_text=announcement.title)


def _note(session: Session, earlier: Announcement, later: Announcement, actor_id: str) -> None:
    note_announcement(
        session,
        earlier,
        actor_id,
        "join_announcement",
        joined=later.id,
        title=later.title,
        start_ms=later.start_ms,
    )
    note_announcement(session, later, actor_id, "joined_into", into=earlier.id, title=earlier.title)


def _take_segments(session: Session, earlier: Announcement, later: Announcement) -> None:
    """All of the later one's segments behind those of the earlier one, with all that hangs on them.

    They keep their places among themselves.
    """
    positions = select(Segment.position).where(Segment.announcement_id == earlier.id)
    last = max(session.scalars(positions), default=0)
    for segment in session.scalars(select(Segment).where(Segment.announcement_id == later.id)):
        segment.announcement_id = earlier.id
        segment.position += last
    session.flush()
    # What was refused for all of one part was not refused for the other.
    of_segments = SuggestionRefusal.segment_id.is_not(None)
    for table, which in (
        (Edit, true()),
        (Flag, true()),
        (Confirmation, true()),
        (Rearrangement, true()),
        (SuggestionRefusal, of_segments),
    ):
        session.execute(
            update(table)
            .where(table.announcement_id == later.id, which)
            .values(announcement_id=earlier.id)
            .execution_options(synchronize_session=False)
        )


def _end(session: Session, earlier: Announcement, later: Announcement) -> None:
    """The later one is withdrawn and leads to the earlier one, as do those that led to it."""
    later.state = next_state(State(later.state), Action.WITHDRAW)
    later.joined_into = earlier.id
    later.continues_id = None
    if earlier.continues_id == later.id:
        earlier.continues_id = None  # it would go on with itself
    session.flush()
    session.execute(
        update(Announcement)
        .where(Announcement.joined_into == later.id)
        .values(joined_into=earlier.id)
        .execution_options(synchronize_session=False)
    )


def _join_scripts(session: Session, earlier: Announcement, later: Announcement) -> None:
    """The script that the later one's words are from becomes the earlier one's too."""
    first, second = _script(session, earlier), _script(session, later)
    if second is None or (second.applied_at is None and first is not None):
        return  # one that is not in use stays with the announcement that has ended
    if first is None:
        second.announcement_id = earlier.id
    elif first.applied_at is None:
        raise Conflict("parts_scripts")
    else:
        first.filled = first.filled | second.filled
        if second.text != first.text:
            first.text = f"{first.text}\n{second.text}"
        session.delete(second)
    session.flush()


def _script(session: Session, announcement: Announcement) -> Script | None:
    return session.scalar(
        select(Script).where(Script.announcement_id == announcement.id).with_for_update()
    )


def _publication(session: Session, announcement: Announcement) -> Publication | None:
    return session.scalar(
        select(Publication).where(
            Publication.announcement_id == announcement.id, Publication.is_current
        )
    )
