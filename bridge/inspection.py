"""What does not fit between the rows of the database and the audio on the disk, and among the rows.

Nothing here changes anything, and no file of a stranger's is opened but to hash its bytes. What
residents see is looked at by `publish.inspection`.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, exists, func, select, text
from sqlalchemy.orm import Session

from bridge.audit import find_break
from bridge.audit_heads import find_lost_head
from bridge.inspection_findings import Finding, Progress
from bridge.media import LISTENING_COPY, WORKING_COPY, MediaStore
from bridge.models import (
    RETENTION_KINDS,
    Announcement,
    Approval,
    EngineRun,
    Publication,
    Recording,
    Segment,
    Task,
)
from bridge.review import content_digest, current_segments
from bridge.tampering import find_tampering
from bridge.turns import PREPARE
from bridge.workflow import State

# A living worker takes back what was lost within a lease and a reaper's round (75 s by default):
# after ten minutes nobody is doing it.
STUCK_AFTER = timedelta(minutes=10)
# Half a day's recordings are heard within a few hours on the smallest machine.
WAITING_AFTER = timedelta(hours=24)

# States in which the text is there and may go out: the desk and publishing read the copies.
HEARD_STATES = (State.IN_REVIEW, State.APPROVED, State.PUBLISHED)
_OPEN = ("queued", "running")


def inspect_sound(
    session: Session,
    media: MediaStore,
    *,
    deep: bool = False,
    on_progress: Progress | None = None,
) -> Iterator[Finding]:
    """Every recording's original and copies: there, and of the right size.

    `deep` reads all originals and compares their SHA-256. Codes: `original_missing`,
    `original_size`, `original_damaged`, `original_unreadable`, `recording_unused`, `copy_missing`.
    """
    rows = session.execute(_recordings()).all()
    total, done = sum(row.size_bytes for row in rows), 0
    for row in rows:
        subject = row.announcement_id or row.id
        if row.announcement_id is None:
            yield Finding("recording_unused", row.id, {"file_name": row.file_name})
        yield from _inspect_original(media, row.sha256, row.size_bytes, subject, deep)
        done += row.size_bytes
        if on_progress is not None:
            on_progress(done, total)
    heard = select(Announcement.id, Recording.sha256).where(
        Announcement.recording_id == Recording.id,
        Announcement.state.in_(HEARD_STATES),
    )
    for announcement_id, sha256 in session.execute(heard.order_by(Announcement.id)):
        for name in (WORKING_COPY, LISTENING_COPY):
            if _size(media.copies_folder(sha256) / name) in (None, 0):
                yield Finding("copy_missing", announcement_id, {"name": name})


def inspect_log(session: Session, data_dir: Path) -> Iterator[Finding]:
    """The audit log: every row, and the ends of it that were written down elsewhere."""
    broken_at = find_break(session)
    if broken_at is None:
        broken_at = find_lost_head(session, data_dir)
    if broken_at is not None:
        yield Finding("audit_broken", str(broken_at))


def inspect_work(session: Session, now: datetime, *, deep: bool = False) -> Iterator[Finding]:
    """Announcements, their approvals and publications, and the tasks that should be there.

    `deep` computes every approved text's digest again, and asks the audit log who approved what
    and what went out.
    """
    yield from _inspect_tasks(session, now)
    yield from _inspect_decisions(session)
    yield from _inspect_publications(session)
    yield from _inspect_transcripts(session)
    if session.get_bind().dialect.name == "sqlite":  # PostgreSQL never lets such a row in
        for row in session.execute(text("PRAGMA foreign_key_check")):
            yield Finding("row_without_parent", f"{row[0]}:{row[1]}", {"parent": row[2]})
    if deep:
        yield from _inspect_digests(session)
        yield from find_tampering(session)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recordings() -> Select[Any]:
    first = (
        select(Announcement.recording_id, func.min(Announcement.id).label("announcement_id"))
        .group_by(Announcement.recording_id)
        .subquery()
    )
    in_use = exists().where(
        Announcement.recording_id == Recording.id, Announcement.state.not_in(RETENTION_KINDS)
    )
    return (
        select(
            Recording.id,
            Recording.sha256,
            Recording.size_bytes,
            Recording.file_name,
            first.c.announcement_id,
        )
        .outerjoin(first, first.c.recording_id == Recording.id)
        # A retention rule takes sound off the disk, but only of what nobody needs any more.
        .where(Recording.sound_removed_at.is_(None) | in_use)
        .order_by(Recording.created_at, Recording.id)
    )


def _inspect_original(
    media: MediaStore, sha256: str, size_bytes: int, subject: str, deep: bool
) -> Iterator[Finding]:
    path = media.original(sha256)
    found = _size(path)
    if found is None:
        yield Finding("original_missing", subject, {"path": str(path)})
    elif found != size_bytes:
        yield Finding(
            "original_size", subject, {"path": str(path), "found": found, "expected": size_bytes}
        )
    elif deep:
        try:
            if hash_file(path) != sha256:
                yield Finding("original_damaged", subject, {"path": str(path)})
        except OSError as error:
            yield Finding(
                "original_unreadable", subject, {"path": str(path), "detail": error.strerror}
            )


def _size(path: Path) -> int | None:
    """A file's size in bytes; None where no plain file is."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _inspect_tasks(session: Session, now: datetime) -> Iterator[Finding]:
    for state, kind, code in (
        (State.RECEIVED, "transcribe", "transcription_missing"),
        (State.QUEUED, "transcribe", "transcription_missing"),
        (State.TRANSCRIBING, "transcribe", "transcription_missing"),
        (State.APPROVED, "publish", "publishing_missing"),
    ):
        for announcement_id in session.scalars(
            select(Announcement.id)
            .where(Announcement.state == state, ~_task(kind, *_OPEN))
            .order_by(Announcement.id)
        ):
            # A publishing that failed for good waits for a person: the list says so already.
            gave_up = state == State.APPROVED and _last_state(session, announcement_id) == "failed"
            found = "publishing_failed" if gave_up else code
            yield Finding(found, announcement_id, serious=not gave_up)
    for task in session.scalars(select(Task).where(Task.state.in_(_OPEN)).order_by(Task.id)):
        data = {"kind": task.kind, "announcement": task.announcement_id}
        if task.state == "running" and (
            task.lease_until is None or task.lease_until < now - STUCK_AFTER
        ):
            yield Finding("task_stuck", task.id, data)
        elif task.state != "queued" or task.kind == PREPARE:
            continue  # what is only prepared waits for nobody's sake
        elif _waits_since(task) < now - WAITING_AFTER:
            yield Finding("task_waiting", task.id, data, serious=False)
    for kind, states in (
        ("transcribe", (State.RECEIVED, State.QUEUED, State.TRANSCRIBING)),
        ("publish", (State.APPROVED,)),
    ):
        for task_id, announcement_id in session.execute(
            select(Task.id, Announcement.id)
            .join(Announcement, Task.announcement_id == Announcement.id)
            .where(Task.kind == kind, Task.state.in_(_OPEN), Announcement.state.not_in(states))
            .order_by(Task.id)
        ):
            yield Finding(
                "task_pointless", task_id, {"kind": kind, "announcement": announcement_id}
            )


def _waits_since(task: Task) -> datetime:
    """Since when a worker could have begun it."""
    return task.not_before or task.created_at


def _task(kind: str, *states: str) -> Any:
    return exists().where(
        Task.announcement_id == Announcement.id, Task.kind == kind, Task.state.in_(states)
    )


def _last_state(session: Session, announcement_id: str) -> str | None:
    """How the newest publishing of an announcement ended."""
    return session.scalar(
        select(Task.state)
        .where(Task.announcement_id == announcement_id, Task.kind == "publish")
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
    )


def _inspect_decisions(session: Session) -> Iterator[Finding]:
    """A standing approval belongs to what is approved or published, and to nothing else."""
    standing = exists().where(
        Approval.announcement_id == Announcement.id, Approval.voided_at.is_(None)
    )
    approved = Announcement.state.in_((State.APPROVED, State.PUBLISHED))
    for code, condition in (
        ("approval_missing", approved & ~standing),
        ("approval_stray", ~approved & standing),
    ):
        for announcement_id in session.scalars(
            select(Announcement.id).where(condition).order_by(Announcement.id)
        ):
            yield Finding(code, announcement_id)


def _inspect_publications(session: Session) -> Iterator[Finding]:
    """What stands on the portal belongs to what is published, or is being corrected."""
    standing = exists().where(
        Publication.announcement_id == Announcement.id,
        Publication.is_current,
        Publication.withdrawn_at.is_(None),
    )
    for code, condition in (
        ("publication_missing", (Announcement.state == State.PUBLISHED) & ~standing),
        ("publication_stray", Announcement.state.not_in(HEARD_STATES) & standing),
    ):
        for announcement_id in session.scalars(
            select(Announcement.id).where(condition).order_by(Announcement.id)
        ):
            yield Finding(code, announcement_id)


def _inspect_transcripts(session: Session) -> Iterator[Finding]:
    """A text that may be edited was heard to its end, and has at least one segment."""
    # What heard a part belongs to the announcement that it was parted from.
    heard = exists().where(
        Segment.announcement_id == Announcement.id,
        Segment.engine_run_id == EngineRun.id,
        EngineRun.finished_at.is_not(None),
    )
    for announcement_id in session.scalars(
        select(Announcement.id)
        .where(Announcement.state.in_(HEARD_STATES), ~heard)
        .order_by(Announcement.id)
    ):
        yield Finding("transcript_missing", announcement_id)


def _inspect_digests(session: Session) -> Iterator[Finding]:
    """What was approved is, to the letter, what stands in the segments."""
    query = (
        select(Announcement, Approval.digest)
        .join(Approval, Approval.announcement_id == Announcement.id)
        .where(
            Approval.voided_at.is_(None),
            Announcement.state.in_((State.APPROVED, State.PUBLISHED)),
        )
        .order_by(Announcement.id)
        .execution_options(yield_per=100)
    )
    with closing(session.execute(query)) as rows:
        for announcement, digest in rows:
            if content_digest(announcement, current_segments(session, announcement.id)) != digest:
                yield Finding("approved_text_changed", announcement.id)
