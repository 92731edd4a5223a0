"""A broadcast that goes on in another recording: the later announcement says which it continues.

Their sound is not glued together, see docs/decisions/017. Residents read the link on both pages as
soon as both stand, and hear one after the other.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.editing import note_change
from bridge.errors import Conflict, InvalidInput, NotFound, VersionConflict
from bridge.intake import lock_announcement
from bridge.models import Announcement


def set_continuation(
    session: Session,
    *,
    announcement_id: str,
    expected_version: int,
    continues_id: str | None,
    actor_id: str,
) -> int:
    """Say what an announcement goes on with, or with None that it stands by itself; its version.

    It is approved with the rest: an approval is voided, and the pages say so after the next one.
    Saying the same again changes nothing, whatever the version. Raises VersionConflict
    (`current_version`), NotFound `announcement_unknown` for one of another unit too, Conflict
    `continuation_joined` for one that is part of another now, `continuation_taken` where a third
    one goes on with it already, InvalidInput `continuation_circle` where it would come before
    itself, IllegalTransition, Forbidden.
    """
    # In one order, so that two who link the same pair never wait for each other.
    wanted = {announcement_id} | ({continues_id} if continues_id else set())
    locked = {one: lock_announcement(session, one) for one in sorted(wanted)}
    announcement = locked[announcement_id]
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    if announcement.continues_id == continues_id:
        return announcement.version
    if announcement.version != expected_version:
        raise VersionConflict(current_version=announcement.version, current_text=announcement.title)
    if continues_id is not None:
        _require_free(session, announcement, locked[continues_id])
    note_change(session, announcement, actor_id)
    announcement.continues_id = continues_id
    session.flush()
    if continues_id is None:
        note_announcement(session, announcement, actor_id, "continue_nothing")
    else:
        title = locked[continues_id].title
        note_announcement(
            session, announcement, actor_id, "continue", continues=continues_id, title=title
        )
    return announcement.version


def _require_free(session: Session, announcement: Announcement, before: Announcement) -> None:
    if before.unit_id != announcement.unit_id:
        raise NotFound("announcement_unknown", id=before.id)
    if before.joined_into is not None:
        raise Conflict("continuation_joined")
    taken = session.scalar(
        select(Announcement.id).where(
            Announcement.continues_id == before.id, Announcement.id != announcement.id
        )
    )
    if taken is not None:
        raise Conflict("continuation_taken")
    one: Announcement | None = before
    while one is not None:
        if one.id == announcement.id:
            raise InvalidInput("continuation_circle")
        one = session.get(Announcement, one.continues_id) if one.continues_id else None
