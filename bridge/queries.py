"""Read-only selects for lists, pages and feeds. Only plain frozen data comes out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from bridge.details import Particulars
from bridge.errors import NotFound
from bridge.flags import FlagView, flags_by_segment
from bridge.models import Announcement, AuditEntry, Publication, Recording, Task, Unit, User
from bridge.review import content_digest, current_segments
from bridge.transcript import Word
from bridge.turns import ASIDE, transcriptions_ahead
from bridge.workflow import State


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A line of the staff's list."""

    id: str
    unit_id: str
    unit_name: str
    unit_slug: str
    title: str
    state: str
    failure_code: str | None
    joined_into: str | None
    priority: str
    broadcast_at: datetime
    created_at: datetime
    duration_ms: int
    task_kind: str | None  # of the newest task
    task_state: str | None
    task_error: str | None
    progress_done: int
    progress_total: int
    remaining_s: int | None  # seconds still to go, where the run can tell
    ahead: int  # while the newest task waits: transcriptions that run or come before it
    time_zone: str  # of the unit
    publish_at: datetime | None  # approved, and waiting to go out then


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment on the desk; times in milliseconds of the recording."""

    id: str
    version: int
    kind: str
    start_ms: int
    end_ms: int
    text: str
    engine_text: str
    words: tuple[Word, ...]
    hidden: bool
    cover: str | None
    flags: tuple[FlagView, ...]

    @property
    def undecided(self) -> bool:
        """Whether a person still has to say whether it may stand."""
        return any(flag.decision is None for flag in self.flags)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of what happened; `actor_name` None is the system."""

    at: datetime
    actor_name: str | None
    action: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """Everything that the desk and `loa announcement show` need."""

    work: WorkItem
    start_ms: int
    end_ms: int
    version: int
    category: str
    area: str
    digest: str
    editor_may_approve: bool
    last_editor_id: str | None
    sha256: str
    file_name: str
    peaks: bytes
    segments: tuple[SegmentView, ...]
    history: tuple[HistoryEntry, ...]
    page_path: str | None
    particulars: Particulars

    @property
    def undecided(self) -> int:
        """How many segments wait for a person's decision."""
        return sum(segment.undecided for segment in self.segments)


def list_work(
    session: Session,
    unit_ids: Collection[str] | None,
    states: Collection[str] | None = None,
    limit: int = 200,
) -> list[WorkItem]:
    """Announcements of the units (None: of all), urgent first, then the newest."""
    query = work_rows()
    if unit_ids is not None:
        query = query.where(Announcement.unit_id.in_(unit_ids))
    if states is not None:
        query = query.where(Announcement.state.in_(states))
    urgent_first = (Announcement.priority == "urgent").desc()
    query = query.order_by(urgent_first, Announcement.created_at.desc(), Announcement.id)
    return [work_item(row) for row in session.execute(query.limit(limit))]


def announcement_view(session: Session, announcement_id: str) -> AnnouncementView:
    """One announcement with its transcript and history. Raises NotFound."""
    row = session.execute(work_rows().where(Announcement.id == announcement_id)).one_or_none()
    if row is None:
        raise NotFound("announcement_unknown", id=announcement_id)
    announcement: Announcement = row.Announcement
    recording = session.get_one(Recording, announcement.recording_id)
    segments = current_segments(session, announcement_id, with_engine_words=False)
    flags = flags_by_segment(session, announcement_id)
    standing = session.scalar(
        select(Publication.id).where(
            Publication.announcement_id == announcement_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    )
    return AnnouncementView(
        work=work_item(row),
        start_ms=announcement.start_ms,
        end_ms=announcement.end_ms,
        version=announcement.version,
        category=announcement.category,
        area=announcement.area,
        digest=content_digest(announcement, segments),
        editor_may_approve=row.Unit.editor_may_approve,
        last_editor_id=announcement.last_editor_id,
        sha256=recording.sha256,
        file_name=recording.file_name,
        peaks=recording.peaks,
        segments=tuple(
            SegmentView(
                item.id,
                item.version,
                item.kind,
                item.start_ms,
                item.end_ms,
                item.text,
                item.engine_text,
                tuple(Word.from_json(word) for word in item.words),
                item.hidden,
                item.cover,
                flags.get(item.id, ()),
            )
            for item in segments
        ),
        history=_history(session, announcement_id),
        page_path=f"/{row.Unit.slug}/{announcement_id}/" if standing else None,
        particulars=Particulars.of(announcement),
    )


@cache  # building it takes longer than most databases need to answer it
def work_rows() -> Select[Announcement, Unit, Task, int]:
    """What a line of the list needs, to be narrowed, ordered, and read by `work_item`."""
    newest = aliased(Task)
    newest_task = (
        select(newest.id)
        .where(newest.announcement_id == Announcement.id, newest.kind.not_in(ASIDE))
        # The id decides between two of one moment: a line must never stand twice.
        .order_by(newest.created_at.desc(), newest.id.desc())
        .limit(1)
        .correlate(Announcement)
        .scalar_subquery()
    )
    return (
        select(Announcement, Unit, Task, transcriptions_ahead().label("ahead"))
        .join(Unit, Announcement.unit_id == Unit.id)
        .outerjoin(Task, Task.id == newest_task)
    )


def _publish_at(announcement: Announcement, task: Task | None) -> datetime | None:
    waits = task is not None and (task.kind, task.state) == ("publish", "queued")
    return task.not_before if task and waits and announcement.state == State.APPROVED else None


def work_item(row: Row[Announcement, Unit, Task, int]) -> WorkItem:
    """A row of `work_rows` as a line of the list."""
    announcement: Announcement = row.Announcement
    unit: Unit = row.Unit
    task: Task | None = row.Task  # the outer join may find none
    return WorkItem(
        id=announcement.id,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_slug=unit.slug,
        title=announcement.title,
        state=announcement.state,
        failure_code=announcement.failure_code,
        joined_into=announcement.joined_into,
        priority=announcement.priority,
        broadcast_at=announcement.broadcast_at,
        created_at=announcement.created_at,
        duration_ms=announcement.duration_ms,
        task_kind=task.kind if task else None,
        task_state=task.state if task else None,
        task_error=task.error_code if task else None,
        progress_done=task.progress_done if task else 0,
        progress_total=task.progress_total if task else 0,
        remaining_s=task.remaining_s if task else None,
        ahead=row.ahead,
        time_zone=unit.time_zone,
        publish_at=_publish_at(announcement, task),
    )


def _history(session: Session, announcement_id: str) -> tuple[HistoryEntry, ...]:
    rows = session.execute(
        select(AuditEntry, User.name)
        .outerjoin(User, AuditEntry.actor_id == User.id)
        .where(AuditEntry.subject_type == "announcement", AuditEntry.subject_id == announcement_id)
        .order_by(AuditEntry.sequence)
    )
    return tuple(
        HistoryEntry(row.AuditEntry.at, row.name, row.AuditEntry.action, row.AuditEntry.data)
        for row in rows
    )
