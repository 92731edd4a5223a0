"""Sending an announcement back to its editor with a comment, and the answer to it.

A return changes neither text nor state: it says what an approver wants put right before they
approve. It stays open until an editor says that it is done, or until somebody approves.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.errors import InvalidInput
from bridge.intake import lock_announcement
from bridge.models import Announcement, ReviewReturn, User
from bridge.transcript import normalise_text
from bridge.workflow import Action, State, next_state

COMMENT_LENGTH = 1_000  # a dozen sentences: more belongs into a talk


@dataclass(frozen=True, slots=True)
class ReturnView:
    """What was asked for, and what became of it."""

    id: str
    comment: str
    by: str  # the approver's name
    at: datetime
    outcome: str | None  # None: open; else one of RETURN_OUTCOMES
    reply: str
    closed_by: str | None
    closed_at: datetime | None


def return_announcement(
    session: Session, *, announcement_id: str, comment: str, actor_id: str
) -> str:
    """Send an announcement in review back to its editor; the id of the return.

    There may be several at a time. The same comment of the same person while it is open is told
    once: then the first one's id comes back. Raises InvalidInput `comment_missing` /
    `comment_too_long` (`limit` characters), Forbidden, IllegalTransition, NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "approver")
    announcement.state = next_state(State(announcement.state), Action.RETURN)
    comment = _normalise_lines(comment)
    if not comment:
        raise InvalidInput("comment_missing")
    _require_short(comment)
    for other in _open(session, announcement_id):
        if (other.user_id, other.comment) == (actor_id, comment):
            return other.id
    announcement.updated_at = utc_now()
    made = ReviewReturn(
        announcement_id=announcement_id,
        user_id=actor_id,
        comment=comment,
        announcement_version=announcement.version,
        created_at=utc_now(),
    )
    session.add(made)
    session.flush()
    note_announcement(session, announcement, actor_id, "return", comment=comment)
    return made.id


def resubmit_announcement(
    session: Session, *, announcement_id: str, actor_id: str, reply: str = ""
) -> int:
    """Answer every open return of an announcement: it is put right. How many there were.

    Done twice, the second time there are none, and nothing happens. Raises InvalidInput
    `comment_too_long`, Forbidden, IllegalTransition, NotFound.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    announcement.state = next_state(State(announcement.state), Action.RESUBMIT)
    reply = _normalise_lines(reply)
    _require_short(reply)
    count = close_returns(
        session, announcement_id, outcome="resubmitted", actor_id=actor_id, reply=reply
    )
    if count:
        announcement.updated_at = utc_now()
        note_announcement(session, announcement, actor_id, "resubmit", count=count, reply=reply)
    return count


def close_returns(
    session: Session, announcement_id: str, *, outcome: str, actor_id: str, reply: str = ""
) -> int:
    """Close what is open of an announcement, whose row is locked; how many there were."""
    waiting = _open(session, announcement_id)
    for one in waiting:
        one.outcome, one.reply = outcome, reply
        one.closed_by, one.closed_at = actor_id, utc_now()
    session.flush()
    return len(waiting)


def count_open_returns(session: Session, announcement_id: str) -> int:
    """How many returns nobody has answered yet."""
    return len(_open(session, announcement_id))


def returns_of(session: Session, announcement_id: str) -> list[ReturnView]:
    """Every return of an announcement, open and closed, the oldest first."""
    closer = aliased(User)
    rows = session.execute(
        select(ReviewReturn, User.name, closer.name)
        .join(User, ReviewReturn.user_id == User.id)
        .outerjoin(closer, ReviewReturn.closed_by == closer.id)
        .where(ReviewReturn.announcement_id == announcement_id)
        .order_by(ReviewReturn.created_at, ReviewReturn.id)
    )
    return [_view(found, by, closed_by) for found, by, closed_by in rows]


def open_returns(
    session: Session, announcement_ids: Collection[str]
) -> Mapping[str, list[ReturnView]]:
    """What is open, by announcement, the oldest first; those without any are left out.

    For a list: one statement for all of its lines.
    """
    rows = session.execute(
        select(ReviewReturn, User.name)
        .join(User, ReviewReturn.user_id == User.id)
        .where(ReviewReturn.announcement_id.in_(announcement_ids), ReviewReturn.outcome.is_(None))
        .order_by(ReviewReturn.created_at, ReviewReturn.id)
    )
    found: dict[str, list[ReturnView]] = {}
    for one, by in rows:
        found.setdefault(one.announcement_id, []).append(_view(one, by, None))
    return found


def is_returned() -> ColumnElement[bool]:
    """The condition, in a query over Announcement, that it waits for its editor's answer."""
    return (
        select(ReviewReturn.id)
        .where(ReviewReturn.announcement_id == Announcement.id, ReviewReturn.outcome.is_(None))
        .correlate(Announcement)
        .exists()
    )


def _open(session: Session, announcement_id: str) -> list[ReviewReturn]:
    return list(
        session.scalars(
            select(ReviewReturn)
            .where(ReviewReturn.announcement_id == announcement_id, ReviewReturn.outcome.is_(None))
            .order_by(ReviewReturn.created_at, ReviewReturn.id)
        )
    )


def _normalise_lines(text: str) -> str:
    """As `normalise_text`, but the lines stay: several wishes are told one below the other."""
    lines = (normalise_text(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _require_short(text: str) -> None:
    if len(text) > COMMENT_LENGTH:
        raise InvalidInput("comment_too_long", limit=COMMENT_LENGTH)


def _view(found: ReviewReturn, by: str, closed_by: str | None) -> ReturnView:
    return ReturnView(
        id=found.id,
        comment=found.comment,
        by=by,
        at=found.created_at,
        outcome=found.outcome,
        reply=found.reply,
        closed_by=closed_by,
        closed_at=found.closed_at,
    )
