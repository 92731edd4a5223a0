"""How long a unit keeps the sound of what it no longer shows. Without a rule: for ever.

Only the original and its copies go. The announcement, its text, its history and the log stay, and
the same file sent again later makes a new announcement. The files themselves are taken off the
disk by `bridge.housekeeping`, after the row says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement, write_entry
from bridge.errors import InvalidInput
from bridge.models import RETENTION_KINDS, Announcement, Recording, RetentionRule, Task, Unit

MAX_DAYS = 36_500  # a hundred years


@dataclass(frozen=True, slots=True)
class Rule:
    """A unit's rule: `kind` is the state in which an announcement must have been for `days`."""

    unit_slug: str
    kind: str
    days: int
    set_at: datetime


@dataclass(frozen=True, slots=True)
class DueSound:
    """A recording whose sound may go, and the rule that says so."""

    recording_id: str
    sha256: str
    unit_slug: str
    file_name: str
    size_bytes: int  # of the original, without its copies
    kind: str
    days: int
    announcement_ids: tuple[str, ...]


def set_rule(
    session: Session, *, unit_id: str, kind: str, days: int | None, actor_id: str | None
) -> None:
    """Keep the sound of announcements in state `kind` for `days`, or for ever with None.

    Raises InvalidInput `retention_kind` / `retention_days`, Forbidden for anybody but an admin.
    """
    require_role(session, actor_id, unit_id, "admin")
    if kind not in RETENTION_KINDS:
        raise InvalidInput("retention_kind", kind=kind)
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise InvalidInput("retention_days", days=days, limit=MAX_DAYS)
    rule = session.get(RetentionRule, (unit_id, kind), with_for_update=True)
    if (rule.days if rule else None) == days:
        return
    if rule is not None:
        session.delete(rule)
        session.flush()
    if days is not None:
        session.add(RetentionRule(unit_id=unit_id, kind=kind, days=days, set_by=actor_id))
    write_entry(
        session,
        actor_id=actor_id,
        action="set_retention",
        subject_type="unit",
        subject_id=unit_id,
        unit_id=unit_id,
        kind=kind,
        days=days,
    )


def list_rules(session: Session, unit_id: str | None = None) -> list[Rule]:
    """The rules of a unit, or of all units."""
    query = select(RetentionRule, Unit.slug).join(Unit, RetentionRule.unit_id == Unit.id)
    if unit_id is not None:
        query = query.where(RetentionRule.unit_id == unit_id)
    return [
        Rule(row.slug, row.RetentionRule.kind, row.RetentionRule.days, row.RetentionRule.set_at)
        for row in session.execute(query.order_by(Unit.slug, RetentionRule.kind))
    ]


def due_sounds(session: Session, now: datetime, recording_id: str | None = None) -> list[DueSound]:
    """Recordings of which every announcement is past its unit's rule and nothing is being done."""
    query = (
        select(RetentionRule, Recording, Unit.slug, Announcement)
        .join(Unit, RetentionRule.unit_id == Unit.id)
        .join(Announcement, Announcement.unit_id == RetentionRule.unit_id)
        .join(Recording, Announcement.recording_id == Recording.id)
        .where(Announcement.state == RetentionRule.kind, Recording.sound_removed_at.is_(None))
        .order_by(Unit.slug, Recording.id, Announcement.id)
    )
    if recording_id is not None:
        query = query.where(Recording.id == recording_id)
    past: dict[str, tuple[RetentionRule, Recording, str, list[str]]] = {}
    for rule, recording, slug, announcement in session.execute(query):
        if announcement.updated_at < now - timedelta(days=rule.days):
            entry = past.setdefault(recording.id, (rule, recording, slug, []))
            entry[3].append(announcement.id)
    return [
        DueSound(
            recording_id=recording.id,
            sha256=recording.sha256,
            unit_slug=slug,
            file_name=recording.file_name,
            size_bytes=recording.size_bytes,
            kind=rule.kind,
            days=rule.days,
            announcement_ids=tuple(ids),
        )
        for rule, recording, slug, ids in past.values()
        if not _is_needed(session, recording.id, ids)
    ]


def remove_sound(
    session: Session, *, recording_id: str, now: datetime, actor_id: str | None = None
) -> DueSound | None:
    """Write down that a recording's sound goes, if its rule still says so; None otherwise.

    From then on nothing may be heard, tried again or reopened of it. Done twice, the second time
    changes nothing. The caller commits; then the files are nobody's, and housekeeping takes them.
    """
    announcements = session.scalars(
        select(Announcement)
        .where(Announcement.recording_id == recording_id)
        .order_by(Announcement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    recording = session.get_one(
        Recording, recording_id, with_for_update=True, populate_existing=True
    )
    due = due_sounds(session, now, recording_id)
    if not due:
        return None
    recording.sound_removed_at = now
    for announcement in announcements:
        note_announcement(
            session, announcement, actor_id, "remove_sound", days=due[0].days, kind=due[0].kind
        )
    return due[0]


def sound_is_removed(session: Session, announcement_id: str) -> bool:
    """Whether a retention rule took an announcement's sound away."""
    return bool(
        session.scalar(
            select(Recording.sound_removed_at)
            .join(Announcement, Announcement.recording_id == Recording.id)
            .where(Announcement.id == announcement_id)
        )
    )


def _is_needed(session: Session, recording_id: str, past_ids: Sequence[str]) -> bool:
    """Whether another announcement, or a task, still wants the recording's sound."""
    wanted = select(Announcement.id).where(
        Announcement.recording_id == recording_id,
        # One that was joined to another has no sound of its own.
        (Announcement.id.not_in(past_ids) & Announcement.joined_into.is_(None))
        | exists().where(
            Task.announcement_id == Announcement.id, Task.state.in_(("queued", "running"))
        ),
    )
    return session.scalar(wanted.limit(1)) is not None
