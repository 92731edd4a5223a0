"""Publishing at a time that the approver chose.

The time stands on the approval, which is the person's decision, and on the task that carries it
out: it waits on the task table and the reaper hands it over when its time has come. Any change of
the text voids the approval and cancels the task.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.editing import void_approval
from bridge.errors import Conflict, InvalidInput
from bridge.intake import lock_announcement
from bridge.models import Announcement, Approval, Task
from bridge.workflow import Action, State, next_state

# Nobody plans an announcement further ahead; a slip of the finger in the year is more likely.
LONGEST_AHEAD = timedelta(days=366)


def require_publish_time(publish_at: datetime, valid_until: datetime | None) -> None:
    """Raise InvalidInput `publish_at_past`, `publish_at_far` (`limit_days`) or `publish_at_ended`.

    The last for an hour at which the announcement no longer holds, by its `valid_until`: nobody
    could make use of it. Publishing at once stays possible, for what is late is the approver's to
    judge, and an old announcement may have its place on the portal.
    """
    now = utc_now()
    if publish_at <= now:
        raise InvalidInput("publish_at_past")
    if publish_at > now + LONGEST_AHEAD:
        raise InvalidInput("publish_at_far", limit_days=LONGEST_AHEAD.days)
    if valid_until is not None and publish_at >= valid_until:
        raise InvalidInput("publish_at_ended")


def publish_now(session: Session, *, announcement_id: str, actor_id: str) -> str:
    """Let what was to go out later go out at once; returns the task's id, to be handed over.

    Where its publishing is under way already, nothing changes. Raises Conflict `not_scheduled`
    where there is nothing to publish, Forbidden, IllegalTransition, NotFound.
    """
    task, announcement = _locked(session, announcement_id, actor_id)
    announcement.state = next_state(State(announcement.state), Action.PUBLISH_NOW)
    if task is None:
        raise Conflict("not_scheduled")
    if not _waits(task):
        return task.id
    task.not_before = None
    session.execute(
        update(Approval)
        .where(Approval.announcement_id == announcement_id, Approval.voided_at.is_(None))
        .values(publish_at=None)
    )
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, actor_id, "publish_now")
    return task.id


def unschedule_publishing(session: Session, *, announcement_id: str, actor_id: str) -> None:
    """What was to go out later does not: back to review, to be approved again.

    Raises Conflict `not_scheduled` where its publishing has begun or never had a time,
    IllegalTransition where it is back in review already, Forbidden, NotFound.
    """
    task, announcement = _locked(session, announcement_id, actor_id)
    announcement.state = next_state(State(announcement.state), Action.UNSCHEDULE)
    if task is None or not _waits(task):
        raise Conflict("not_scheduled")
    void_approval(session, announcement_id)
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, actor_id, "unschedule")


def _locked(
    session: Session, announcement_id: str, actor_id: str
) -> tuple[Task | None, Announcement]:
    # The task before the announcement: the order in which a run locks them.
    task = session.scalar(
        select(Task)
        .where(
            Task.announcement_id == announcement_id,
            Task.kind == "publish",
            Task.state.in_(("queued", "running")),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "approver")
    return task, announcement


def _waits(task: Task) -> bool:
    return task.state == "queued" and task.not_before is not None and task.not_before > utc_now()
