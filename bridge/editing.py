"""What editors change: the text of a segment, the details of an announcement."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.details import (
    AREAS_LENGTH,
    Particulars,
    checked_particulars,
    has_blank,
    normalise_areas,
)
from bridge.errors import Conflict, InvalidInput, NotFound, VersionConflict
from bridge.intake import TITLE_LENGTH, lock_announcement
from bridge.models import (
    HALLUCINATION_KINDS,
    PRIORITIES,
    Announcement,
    Approval,
    Edit,
    Flag,
    Segment,
)
from bridge.tasks import add_task, cancel_tasks
from bridge.transcript import Word, align, kind_of_text, normalise_text
from bridge.workflow import Action, State, next_state

# A segment is a few seconds; ten thousand characters is over ten minutes of fast speech.
SEGMENT_TEXT_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment's text as it now stands.

    `changed`: whether the request made this version, and so one of the announcement; false where
    the text that was sent stood there already.
    """

    segment_id: str
    announcement_id: str
    version: int
    text: str
    words: tuple[Word, ...]
    kind: str
    changed: bool


def save_segment_text(
    session: Session,
    *,
    segment_id: str,
    expected_version: int,
    text: str,
    actor_id: str,
    request_key: str | None = None,
    step: Mapping[str, str] | None = None,
) -> SavedSegment:
    """Save a corrected text; its words get times from the engine's words.

    Words typed where nothing was recognised, or over music or silence, make the segment speech.
    A changed text answers what was still asked about the old one, and the machine's own text, put
    back, is asked about again. Saving the text that already
    stands changes nothing, whatever the version. A request that carries the `request_key` of a
    change that this person has made of this segment gets the answer of that one again, whatever
    was changed since. `step` says what the change is part of, see `bridge.steps`.

    Raises VersionConflict with the text that stands, Conflict `edit_key_reused` for a key that
    stands for another text, InvalidInput `text_too_long`, NotFound `segment_unknown`,
    IllegalTransition, Forbidden.
    """
    text = normalise_text(text)
    if len(text) > SEGMENT_TEXT_LENGTH:
        raise InvalidInput("text_too_long", limit=SEGMENT_TEXT_LENGTH)
    segment = session.get(Segment, segment_id, with_for_update=True, populate_existing=True)
    if segment is None:
        raise NotFound("segment_unknown", id=segment_id)
    announcement = lock_announcement(session, segment.announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    earlier = _made_by(session, segment, actor_id, request_key)
    if earlier is not None:
        if earlier.after != text:
            raise Conflict("edit_key_reused")
        return _as_saved(segment, earlier)
    if text == segment.text:
        return _saved(segment, changed=False)
    if segment.version != expected_version:
        raise VersionConflict(current_version=segment.version, current_text=segment.text)
    edit = Edit(before=segment.text, after=text, user_id=actor_id, request_key=request_key)
    edit.created_at = utc_now()
    note_change(session, announcement, actor_id)
    _write(session, segment, edit)
    _write_down(session, announcement, segment, edit, step)
    return _saved(segment, changed=True)


def _write_down(
    session: Session,
    announcement: Announcement,
    segment: Segment,
    edit: Edit,
    step: Mapping[str, str] | None,
) -> None:
    """Keep what was changed, under the version that it made."""
    edit.announcement_id, edit.segment_id = announcement.id, segment.id
    edit.version = segment.version
    session.add(edit)
    note_announcement(
        session,
        announcement,
        edit.user_id,
        "edit_segment",
        segment=segment.id,
        version=segment.version,
        start_ms=segment.start_ms,
        **({"step": dict(step)} if step else {}),
    )


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
    particulars: Particulars | None = None,
) -> int:
    """Save what is said about an announcement; returns its new version.

    `area` may name several, parted by commas or semicolons. Without `particulars` those that stand
    stay. Saved a second time under the same version it is refused.

    Raises VersionConflict (`current_version`), InvalidInput `title_missing` / `title_too_long` /
    `title_unfinished` / `areas_too_long` / `priority_unknown` or as `checked_particulars` does,
    NotFound, IllegalTransition, Forbidden.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    if announcement.version != expected_version:
        raise VersionConflict(current_version=announcement.version, current_text=announcement.title)
    title, area = _checked_title(title), normalise_areas(area)
    if len(area) > AREAS_LENGTH:
        raise InvalidInput("areas_too_long", limit=AREAS_LENGTH)
    if priority not in PRIORITIES:
        raise InvalidInput("priority_unknown", priority=priority)
    stated = checked_particulars(particulars or Particulars.of(announcement), broadcast_at)
    note_change(session, announcement, actor_id)
    announcement.title = title
    announcement.category = normalise_text(category)[:100]
    announcement.area = area
    announcement.priority = priority
    announcement.broadcast_at = broadcast_at
    for item in fields(Particulars):
        setattr(announcement, item.name, getattr(stated, item.name))
    said = {"title": title, "priority": priority, **stated.written()}
    note_announcement(session, announcement, actor_id, "edit_details", **said)
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


def reopen_questions(session: Session, segment: Segment) -> None:
    """Where the machine's own text stands again, ask again whether the machine made it up.

    Changing that text had answered it; kept or hidden by a person is answered for good.
    """
    if segment.text != segment.engine_text:
        return
    session.execute(
        update(Flag)
        .where(
            Flag.segment_id == segment.id,
            Flag.kind.in_(HALLUCINATION_KINDS),
            Flag.decision == "edited",
        )
        .values(decision=None, decided_by=None, decided_at=None)
    )


def take_back_answers(session: Session, edit: Edit) -> None:
    """Ask again what a change of a text had answered, now that the change was taken back."""
    session.execute(
        update(Flag)
        .where(
            Flag.segment_id == edit.segment_id,
            Flag.decision == "edited",
            Flag.decided_by == edit.user_id,
            Flag.decided_at == edit.created_at,
        )
        .values(decision=None, decided_by=None, decided_at=None)
    )


def _checked_title(title: str) -> str:
    title = normalise_text(title)
    if not title:
        raise InvalidInput("title_missing")
    if len(title) > TITLE_LENGTH:
        raise InvalidInput("title_too_long", limit=TITLE_LENGTH)
    if has_blank(title):
        raise InvalidInput("title_unfinished")
    return title


def _write(session: Session, segment: Segment, edit: Edit) -> None:
    text = edit.after
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
        .values(decision="edited", decided_by=edit.user_id, decided_at=edit.created_at)
    )
    reopen_questions(session, segment)


def _made_by(
    session: Session, segment: Segment, actor_id: str, request_key: str | None
) -> Edit | None:
    """The change of a segment that this person has made by a request of this key."""
    if request_key is None:
        return None
    return session.scalar(
        select(Edit).where(
            Edit.segment_id == segment.id,
            Edit.user_id == actor_id,
            Edit.request_key == request_key,
        )
    )


def _as_saved(segment: Segment, edit: Edit) -> SavedSegment:
    """A segment as an earlier change left it."""
    heard = [Word.from_json(word) for word in segment.engine_words]
    words = align(edit.after, heard, segment.start_ms, segment.end_ms)
    kind = kind_of_text(edit.after, segment.kind, segment.engine_text)
    return SavedSegment(
        segment.id, segment.announcement_id, edit.version, edit.after, tuple(words), kind, True
    )


def _saved(segment: Segment, *, changed: bool) -> SavedSegment:
    return SavedSegment(
        segment.id,
        segment.announcement_id,
        segment.version,
        segment.text,
        tuple(Word.from_json(word) for word in segment.words),
        segment.kind,
        changed,
    )
