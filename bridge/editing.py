"""What editors change: the text of a segment, the details of an announcement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.errors import InvalidInput, NotFound, VersionConflict
from bridge.intake import TITLE_LENGTH, lock_announcement
from bridge.models import PRIORITIES, Announcement, Approval, Edit, Flag, Segment
from bridge.tasks import add_task, cancel_tasks
from bridge.transcript import Word, align, kind_of_text, normalise_text
from bridge.workflow import Action, State, next_state

# A segment is a few seconds; ten thousand characters is over ten minutes of fast speech.
SEGMENT_TEXT_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment's text as it now stands."""

    segment_id: str
    announcement_id: str
    version: int
    text: str
    words: tuple[Word, ...]
    kind: str


def save_segment_text(
    session: Session, *, segment_id: str, expected_version: int, text: str, actor_id: str
) -> SavedSegment:
    """Save a corrected text; its words get times from the engine's words.

    Words typed where nothing was recognised, or over music or silence, make the segment speech.
    Saving the text that already stands changes nothing, whatever the version, so a repeated
    request is harmless. A changed text answers what was still asked about the old one. Raises
    VersionConflict with the text that stands, InvalidInput `text_too_long`, NotFound
    `segment_unknown`, IllegalTransition, Forbidden.
    """
    text = normalise_text(text)
    if len(text) > SEGMENT_TEXT_LENGTH:
        raise InvalidInput("text_too_long", limit=SEGMENT_TEXT_LENGTH)
    segment = session.get(Segment, segment_id, with_for_update=True, populate_existing=True)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    announcement = lock_announcement(session, segment.announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    if text == segment.text:
        return _saved(segment)
    if segment.version != expected_version:
        raise VersionConflict(current_version=segment.version, current_text=segment.text)
    before = segment.text
    note_change(session, announcement, actor_id)
    heard = [Word.from_json(word) for word in segment.engine_words]
    words = align(text, heard, segment.start_ms, segment.end_ms)
    segment.text = text
    segment.kind = kind_of_text(text, segment.kind, segment.engine_text)
    segment.words = [word.to_json() for word in words]
    segment.version += 1
    segment.updated_at = utc_now()
    session.execute(
        update(Flag)
        .where(Flag.segment_id == segment.id, Flag.decision.is_(None))
        .values(decision="edited", decided_by=actor_id, decided_at=utc_now())
    )
    session.add(
        Edit(
            announcement_id=announcement.id,
            segment_id=segment.id,
            version=segment.version,
            before=before,
            after=text,
            user_id=actor_id,
        )
    )
    note_announcement(
        session,
        announcement,
        actor_id,
        "edit_segment",
        segment=segment.id,
        version=segment.version,
        start_ms=segment.start_ms,
    )
    return _saved(segment)


def save_details(
    session: Session,
    *,
    announcement_id: str,
    expected_version: int,
    actor_id: str,
    title: str,
    category: str,
    area: str,
    priority: str,
    broadcast_at: datetime,
) -> int:
    """Save what is said about an announcement; returns its new version.

    Raises VersionConflict (`current_version`), InvalidInput `title_missing` / `title_too_long` /
    `priority_unknown`, NotFound, IllegalTransition, Forbidden.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    if announcement.version != expected_version:
        raise VersionConflict(current_version=announcement.version, current_text=announcement.title)
    title = normalise_text(title)
    if not title:
        raise InvalidInput("title_missing")
    if len(title) > TITLE_LENGTH:
        raise InvalidInput("title_too_long", limit=TITLE_LENGTH)
    if priority not in PRIORITIES:
        raise InvalidInput("priority_unknown", priority=priority)
    note_change(session, announcement, actor_id)
    announcement.title = title
    announcement.category = normalise_text(category)[:100]
    announcement.area = normalise_text(area)[:200]
    announcement.priority = priority
    announcement.broadcast_at = broadcast_at
    note_announcement(
        session, announcement, actor_id, "edit_details", title=title, priority=priority
    )
    return announcement.version


def void_approval(session: Session, announcement_id: str) -> None:
    """Take back the standing approval and any publishing under way from it.

    A publishing that had begun may have died after it put its page in place: then a task is added
    that brings the portal back to what the database knows. The reaper hands it over.
    """
    session.execute(
        update(Approval)
        .where(Approval.announcement_id == announcement_id, Approval.voided_at.is_(None))
        .values(voided_at=utc_now())
    )
    if cancel_tasks(session, announcement_id, "publish"):
        add_task(session, kind="unpublish", announcement_id=announcement_id)


def note_change(session: Session, announcement: Announcement, actor_id: str) -> None:
    """What any change of what residents read does to its announcement, whose row is locked.

    Back to review, a new version, the actor as its last editor, no approval. Raises
    IllegalTransition.
    """
    announcement.state = next_state(State(announcement.state), Action.EDIT)
    announcement.version += 1
    announcement.last_editor_id = actor_id
    announcement.updated_at = utc_now()
    void_approval(session, announcement.id)


def _saved(segment: Segment) -> SavedSegment:
    return SavedSegment(
        segment.id,
        segment.announcement_id,
        segment.version,
        segment.text,
        tuple(Word.from_json(word) for word in segment.words),
        segment.kind,
    )
