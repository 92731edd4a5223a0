"""What a publishing run may write: the draft it works from, and the publication it leaves."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bridge.audit import note_announcement
from bridge.corrections import corrections
from bridge.cut_list import CutList, SoundSpan
from bridge.db import utc_now
from bridge.details import Particulars, normalise_areas
from bridge.errors import NotFound, TaskFailed
from bridge.listing import list_anew
from bridge.models import Announcement, Approval, Publication, Recording, Segment, Task, Unit
from bridge.review import content_digest, current_segments, cut_list_of
from bridge.search_index import index_publication
from bridge.tampering import publication_seal
from bridge.tasks import TaskRun, add_task, finish_task, hold
from bridge.webhooks import tell_webhooks
from bridge.workflow import Action, State, next_state

PEAK_MS = 100  # one byte of `Recording.peaks`
_BEEP_PEAK = 96  # of 255: how the tone is drawn


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be published: exactly what the standing approval approved.

    `cut_list` says which stretches of the recording are heard. `content`: title, category, area,
    priority, broadcast_at (ISO, UTC), what `Particulars.written` gives, duration_ms, sound
    [[start_ms, end_ms, beep]] in times of the recording, peaks (hex), segments [{id, kind,
    start_ms, end_ms, text, words}] with times of the published sound, without the hidden ones.
    """

    announcement_id: str
    unit_id: str
    sha256: str
    cut_list: CutList
    approval_id: str
    digest: str
    revision: int
    content: dict[str, Any]


def prepare_publication(session: Session, run: TaskRun) -> Draft:
    """The draft of an approved announcement.

    Raises TaskFailed `approval_void` when no standing approval names the text as it is now, and
    LeaseLost.
    """
    hold(session, run)
    announcement, approval = _approved(session, run)
    recording = session.get_one(Recording, announcement.recording_id)
    segments = current_segments(session, announcement.id)
    if approval.digest != content_digest(announcement, segments):
        raise TaskFailed("approval_void")
    last_revision = session.scalar(
        select(func.max(Publication.revision)).where(Publication.announcement_id == announcement.id)
    )
    cut_list = cut_list_of(announcement, segments)
    return Draft(
        announcement_id=announcement.id,
        unit_id=announcement.unit_id,
        sha256=recording.sha256,
        cut_list=cut_list,
        approval_id=approval.id,
        digest=approval.digest,
        revision=(last_revision or 0) + 1,
        content={
            "title": announcement.title,
            "category": announcement.category,
            "area": normalise_areas(announcement.area),
            "priority": announcement.priority,
            "broadcast_at": announcement.broadcast_at.isoformat(),
            **Particulars.of(announcement).written(),
            "duration_ms": cut_list.duration_ms,
            "sound": [[span.start_ms, span.end_ms, span.beep] for span in cut_list.spans],
            "peaks": _published_peaks(recording.peaks, cut_list).hex(),
            "segments": [_published(item, cut_list) for item in segments if not item.hidden],
        },
    )


def record_publication(session: Session, run: TaskRun, draft: Draft, audio: dict[str, Any]) -> None:
    """The pages of `draft` go out: approved → published, the former revision steps back.

    Made in the transaction in which the pages are written, so that either both stand or neither.
    Raises TaskFailed `approval_void` when the text changed since the draft, LeaseLost.
    """
    hold(session, run)
    announcement, approval = _approved(session, run)
    if approval.id != draft.approval_id:
        raise TaskFailed("approval_void")
    announcement.state = next_state(State(announcement.state), Action.PUBLISH)
    announcement.updated_at = now = utc_now()
    notes = corrections(
        session, announcement.id, revision=draft.revision, note=approval.public_note, at=now
    )
    told = [one.to_json() for one in notes]
    standing = session.scalar(
        select(Publication.id).where(
            Publication.announcement_id == announcement.id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    )
    session.execute(
        update(Publication)
        .where(Publication.announcement_id == announcement.id, Publication.is_current)
        .values(is_current=False)
    )
    publication = Publication(
        announcement_id=announcement.id,
        unit_id=announcement.unit_id,
        approval_id=approval.id,
        revision=draft.revision,
        is_urgent=draft.content["priority"] == "urgent",
        digest=draft.digest,
        content=draft.content | ({"corrections": told} if told else {}),
        audio=audio,
        public_note=approval.public_note,
        continues_id=announcement.continues_id,
        published_at=now,
    )
    session.add(publication)
    index_publication(session, publication)
    note_announcement(
        session,
        announcement,
        None,
        "publish",
        revision=draft.revision,
        digest=draft.digest,
        seal=publication_seal(publication.content, audio),
    )
    list_anew(session, announcement.id)
    _tell(session, announcement, draft, approval.public_note, corrects=standing is not None)
    plan_end_of_heading(session, announcement.id)
    finish_task(session, run)


def _tell(
    session: Session, announcement: Announcement, draft: Draft, note: str, *, corrects: bool
) -> None:
    """To other systems: it is out, or what was out is corrected."""
    told = ("title", "category", "area", "priority", "broadcast_at", "duration_ms")
    tell_webhooks(
        session,
        announcement,
        "corrected" if corrects else "published",
        revision=draft.revision,
        note=note,
        **{name: draft.content[name] for name in told},
    )


def plan_end_of_heading(session: Session, announcement_id: str) -> None:
    """Where the standing revision heads the home page until a moment still to come, have the page
    written again then. Done twice it is planned once, for the moment of the newest revision.

    One that was planned for an earlier revision and runs meanwhile is left alone: it plans anew
    when it ends. To lock it here could make the two wait for each other.
    """
    content = session.scalar(
        select(Publication.content).where(
            Publication.announcement_id == announcement_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    )
    until = Particulars.of_content(content).valid_until if content else None
    if content is None or content["priority"] != "urgent" or until is None or until <= utc_now():
        return
    task_id = add_task(
        session, kind="refresh_home", announcement_id=announcement_id, not_before=until
    )
    session.execute(
        update(Task).where(Task.id == task_id, Task.state == "queued").values(not_before=until)
    )


def record_unpublication(session: Session, run: TaskRun) -> None:
    """The pages are gone from the portal, or are as they should be: end the task."""
    hold(session, run)
    announcement = session.get_one(Announcement, run.announcement_id)
    standing = select(Publication.id).where(
        Publication.announcement_id == announcement.id,
        Publication.is_current,
        Publication.withdrawn_at.is_(None),
    )
    if session.scalar(standing) is None:
        note_announcement(session, announcement, None, "unpublish")
    finish_task(session, run)


def record_remade_sound(
    session: Session, announcement_id: str, digest: str, audio: dict[str, Any]
) -> bool:
    """The published sound of a standing revision was encoded again from the same recording.

    Another version of the encoder makes other bytes; then the publication says so from now on.
    False where the revision does not stand any more.
    """
    announcement = session.get_one(Announcement, announcement_id, with_for_update=True)
    publication = session.scalar(
        select(Publication)
        .where(
            Publication.announcement_id == announcement_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
            Publication.digest == digest,
        )
        .with_for_update()
    )
    if publication is None:
        return False
    if publication.audio != audio:
        publication.audio = audio
        seal = publication_seal(publication.content, audio)
        note_announcement(session, announcement, None, "remake_sound", digest=digest, seal=seal)
        session.flush()
    return True


def published_sound(session: Session, announcement_id: str) -> CutList:
    """Which stretches of its recording the standing revision of an announcement lets be heard.

    Raises NotFound `publication_unknown`.
    """
    content = session.scalar(
        select(Publication.content).where(
            Publication.announcement_id == announcement_id, Publication.is_current
        )
    )
    if content is None:
        raise NotFound("publication_unknown", id=announcement_id)
    if "sound" not in content:  # published before anything could be cut
        start_ms = session.get_one(Announcement, announcement_id).start_ms
        return CutList(start_ms, start_ms + content["duration_ms"])
    return CutList.of_spans(SoundSpan(start, end, beep) for start, end, beep in content["sound"])


def lock_portal(session: Session, unit_id: str) -> None:
    """One writer of a unit's pages at a time, until the transaction ends.

    Taken before anything is written to the audit log, whose lock every other use case takes last:
    the other way round two of them would wait for each other. It leaves alone those who only refer
    to the unit's row, such as whoever receives a recording for it.
    """
    session.scalar(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))


def _approved(session: Session, run: TaskRun) -> tuple[Announcement, Approval]:
    announcement = session.get(
        Announcement, run.announcement_id or "", with_for_update=True, populate_existing=True
    )
    if announcement is None:
        raise TaskFailed("announcement_unknown", id=run.announcement_id)
    approval = session.scalar(
        select(Approval).where(
            Approval.announcement_id == announcement.id, Approval.voided_at.is_(None)
        )
    )
    if announcement.state != State.APPROVED or approval is None:
        raise TaskFailed("approval_void")
    return announcement, approval


def _published_peaks(peaks: bytes, cut_list: CutList) -> bytes:
    """The peaks of every tenth of a second that the published sound touches."""
    found = bytearray()
    for span in cut_list.spans:
        own = peaks[span.start_ms // PEAK_MS : -(-span.end_ms // PEAK_MS)]
        found += bytes([_BEEP_PEAK]) * len(own) if span.beep else own
    # Tenths in which a seam lies were counted on both sides of it.
    most = -(-cut_list.duration_ms // PEAK_MS) if len(cut_list.spans) > 1 else len(found)
    return bytes(found[:most])


def _published(segment: Segment, cut_list: CutList) -> dict[str, Any]:
    return {
        "id": segment.id,
        "kind": segment.kind,
        "start_ms": cut_list.place(segment.start_ms),
        "end_ms": cut_list.place(segment.end_ms),
        "text": segment.text,
        "words": [
            {
                **word,
                "start_ms": cut_list.place(word["start_ms"]),
                "end_ms": cut_list.place(word["end_ms"]),
            }
            for word in segment.words
        ],
    }
