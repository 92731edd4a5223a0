"""The audit log of a unit, to be read: what was done in it, with the accounts of its people, and to
the whole installation.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from bridge.models import Announcement, AuditEntry, Membership, User
from bridge.queries import HistoryEntry

PAGE = 100
_Columns = TypeVarTuple("_Columns")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What is asked for; None or empty: whatever. `until` is not included."""

    actions: tuple[str, ...] = ()
    actor_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A row with the names of what it is about."""

    sequence: int
    entry: HistoryEntry
    subject_type: str
    subject_id: str
    title: str  # of an announcement
    person: str  # whose account it is about


def read_log(
    session: Session,
    unit_id: str,
    wanted: LogFilter,
    *,
    before: int | None = None,
    limit: int | None = PAGE,
) -> list[LogLine]:
    """The newest rows first; `before` goes on below that sequence. `limit` None: all."""
    subject = aliased(User)
    query: Select[AuditEntry, Any, Any, Any] = (  # the joins may find nobody
        select(AuditEntry, User.name, Announcement.title, subject.name)
        .outerjoin(User, AuditEntry.actor_id == User.id)
        .outerjoin(Announcement, AuditEntry.subject_id == Announcement.id)
        .outerjoin(subject, AuditEntry.subject_id == subject.id)
    )
    query = _narrowed(query, unit_id, wanted).order_by(AuditEntry.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    return [
        LogLine(
            entry.sequence,
            HistoryEntry(entry.at, actor, entry.action, entry.data),
            entry.subject_type,
            entry.subject_id,
            title or "",
            person or "",
        )
        for entry, actor, title, person in session.execute(query)
    ]


def actors_of(session: Session, unit_id: str) -> list[tuple[str, str]]:
    """Id and name of everybody who ever did something in the unit, by name."""
    ids = _narrowed(select(AuditEntry.actor_id), unit_id, LogFilter())
    query = select(User.id, User.name).where(User.id.in_(ids)).order_by(User.name, User.id)
    return [(row.id, row.name) for row in session.execute(query)]


def _narrowed(query: Select[*_Columns], unit_id: str, wanted: LogFilter) -> Select[*_Columns]:
    """Rows of the unit, and of nobody's unit: what was done with an account of somebody who works
    for it, or worked for it then, and what was done to the whole installation.
    """
    members = select(Membership.user_id).where(Membership.unit_id == unit_id)
    left = aliased(AuditEntry)
    was_member = exists().where(
        left.unit_id == unit_id,
        left.action == "revoke_role",
        left.subject_id == AuditEntry.subject_id,
        left.sequence > AuditEntry.sequence,
    )
    of_people = (AuditEntry.subject_type == "user") & (
        AuditEntry.subject_id.in_(members) | was_member
    )
    of_links = (AuditEntry.subject_type == "account_link") & AuditEntry.actor_id.in_(members)
    of_all = AuditEntry.subject_type.in_(("installation", "backup"))
    query = query.where(
        or_(
            AuditEntry.unit_id == unit_id,
            AuditEntry.unit_id.is_(None) & (of_people | of_links | of_all),
        )
    )
    if wanted.actions:
        query = query.where(AuditEntry.action.in_(wanted.actions))
    if wanted.actor_id is not None:
        query = query.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query
