"""What a transcription run may write: its beginning, segments as they come, checkpoints, its end.

Every function here first makes sure that the run still holds its task, so a run that was thought
dead and comes back writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.errors import TaskFailed
from bridge.intake import TITLE_LENGTH
from bridge.models import Announcement, EngineRun, Flag, Recording, Segment
from bridge.tasks import TaskRun, add_task, finish_task, hold
from bridge.transcript import Segment as HeardSegment
from bridge.transcript import normalise_text
from bridge.turns import PREPARE
from bridge.webhooks import tell_webhooks
from bridge.workflow import Action, State, may, next_state

_TITLE_WORDS = 14
TITLE_SEGMENTS = 4  # of speech, from which a title is made


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a run is to transcribe. Times in milliseconds of the recording."""

    announcement_id: str
    unit_id: str
    recording_id: str
    sha256: str
    start_ms: int
    end_ms: int
    recording_duration_ms: int
    engine_run_id: str | None
    resume_from_ms: int  # everything before this is heard and committed


def begin_transcription(session: Session, run: TaskRun) -> Assignment:
    """Start, or start again after a lost run: what it left unfinished is taken out first."""
    hold(session, run)
    announcement = _announcement(session, run)
    recording = session.get_one(Recording, announcement.recording_id)
    announcement.state = next_state(State(announcement.state), Action.START)
    announcement.updated_at = utc_now()
    last = session.scalar(
        select(EngineRun)
        .where(EngineRun.announcement_id == announcement.id)
        .order_by(EngineRun.started_at.desc())
        .limit(1)
    )
    resume_from_ms = max(announcement.start_ms, last.done_ms) if last else announcement.start_ms
    _drop_segments(session, announcement.id, from_ms=resume_from_ms)
    return Assignment(
        announcement_id=announcement.id,
        unit_id=announcement.unit_id,
        recording_id=recording.id,
        sha256=recording.sha256,
        start_ms=announcement.start_ms,
        end_ms=announcement.end_ms,
        recording_duration_ms=recording.duration_ms,
        engine_run_id=last.id if last else None,
        resume_from_ms=resume_from_ms,
    )


def open_engine_run(
    session: Session,
    run: TaskRun,
    assignment: Assignment,
    *,
    model_name: str,
    model_sha256: str,
    device: str,
    compute_type: str,
    options: dict[str, Any],
) -> tuple[str, int]:
    """The engine run to write under, and from where (ms of the recording) it goes on.

    An unfinished run of the same model goes on; with another model the text begins anew, so that
    one transcript never mixes two models.
    """
    hold(session, run)
    last = session.get(EngineRun, assignment.engine_run_id) if assignment.engine_run_id else None
    if last and last.model_sha256 == model_sha256 and last.finished_at is None:
        return last.id, assignment.resume_from_ms
    _drop_segments(session, assignment.announcement_id, from_ms=0)
    engine_run = EngineRun(
        announcement_id=assignment.announcement_id,
        model_name=model_name,
        model_sha256=model_sha256,
        device=device,
        compute_type=compute_type,
        options=options,
        done_ms=assignment.start_ms,
    )
    session.add(engine_run)
    session.flush()
    return engine_run.id, assignment.start_ms


def save_segments(
    session: Session, run: TaskRun, engine_run_id: str, segments: Sequence[HeardSegment]
) -> None:
    """Append segments in the order heard. They are provisional until `finish_piece`."""
    hold(session, run)
    announcement = _announcement(session, run)
    position = session.scalar(
        select(func.coalesce(func.max(Segment.position), 0)).where(
            Segment.announcement_id == announcement.id
        )
    )
    for number, heard in enumerate(segments, start=(position or 0) + 1):
        words = [word.to_json() for word in heard.words]
        text = normalise_text(heard.text)
        session.add(
            Segment(
                announcement_id=announcement.id,
                engine_run_id=engine_run_id,
                position=number,
                kind=heard.kind,
                start_ms=heard.start_ms,
                end_ms=heard.end_ms,
                engine_text=text,
                engine_words=words,
                text=text,
                words=words,
            )
        )


def drop_unfinished(session: Session, run: TaskRun, from_ms: int) -> None:
    """Take out what an unfinished piece left, before it is heard again."""
    hold(session, run)
    _drop_segments(session, run.announcement_id or "", from_ms)


def finish_piece(
    session: Session,
    run: TaskRun,
    engine_run_id: str,
    done_ms: int,
    engine_seconds: float,
    pauses: Sequence[Sequence[int]] = (),
) -> None:
    """Checkpoint: the sound before `done_ms` is heard for good. `engine_seconds` is added up.

    `pauses`: the quiet stretches of what was heard since the last one, as [start_ms, end_ms]. A
    piece done twice replaces its own.
    """
    hold(session, run)
    recording = session.get_one(Recording, _announcement(session, run).recording_id)
    if pauses:
        earlier = [pause for pause in recording.pauses if pause[0] < pauses[0][0]]
        recording.pauses = [*earlier, *(list(pause) for pause in pauses)]
    session.execute(
        update(EngineRun)
        .where(EngineRun.id == engine_run_id)
        .values(done_ms=done_ms, engine_seconds=EngineRun.engine_seconds + engine_seconds)
    )


def save_levels(
    session: Session, run: TaskRun, loudness_lufs: float | None, true_peak_dbtp: float | None
) -> None:
    """Keep how loud the original is: integrated loudness in LUFS, true peak in dBTP."""
    hold(session, run)
    recording = session.get_one(Recording, _announcement(session, run).recording_id)
    recording.loudness_lufs, recording.true_peak_dbtp = loudness_lufs, true_peak_dbtp


def finish_transcription(session: Session, run: TaskRun, engine_run_id: str) -> None:
    """The whole span is heard: hand it to the editors and end the task.

    What would be published if nobody cut anything is made as soon as there is nothing else to do.
    """
    hold(session, run)
    announcement = _announcement(session, run)
    announcement.state = next_state(State(announcement.state), Action.FINISH)
    announcement.updated_at = utc_now()
    if not announcement.title:
        announcement.title = propose_title(_first_text(session, announcement.id))
    session.execute(
        update(EngineRun).where(EngineRun.id == engine_run_id).values(finished_at=utc_now())
    )
    note_announcement(session, announcement, None, "transcribe", engine_run=engine_run_id)
    tell_webhooks(session, announcement, "review")
    add_task(session, kind=PREPARE, announcement_id=announcement.id)
    finish_task(session, run)


def fail_transcription(session: Session, announcement_id: str, code: str) -> None:
    """Transcription gave up. Audio and text so far stay; `code` says why.

    Harmless twice, and for an announcement that is past transcription: the reaper settles many
    tasks in one transaction, and one that should not be there must not undo the others.
    """
    announcement = session.get(
        Announcement, announcement_id, with_for_update=True, populate_existing=True
    )
    if announcement is None or not may(State(announcement.state), Action.FAIL):
        return
    announcement.state = next_state(State(announcement.state), Action.FAIL)
    announcement.failure_code = code
    announcement.updated_at = utc_now()
    note_announcement(session, announcement, None, "fail", code=code)


def propose_title(text: str) -> str:
    """The first sentence, at most fourteen words of it: a title to be bettered by the editor.

    Never longer than TITLE_LENGTH: an engine may hear one word without end.
    """
    words = text.split()
    for count, word in enumerate(words[:_TITLE_WORDS], start=1):
        if word.endswith((".", "!", "?", ":")) and count >= 3:
            return " ".join(words[:count]).rstrip(".:")[:TITLE_LENGTH]
    title = " ".join(words[:_TITLE_WORDS]) + ("…" if len(words) > _TITLE_WORDS else "")
    return title[:TITLE_LENGTH]


def _announcement(session: Session, run: TaskRun) -> Announcement:
    found = session.get(
        Announcement, run.announcement_id or "", with_for_update=True, populate_existing=True
    )
    if found is None:
        raise TaskFailed("announcement_unknown", id=run.announcement_id)
    return found


def _first_text(session: Session, announcement_id: str) -> str:
    texts = session.scalars(
        select(Segment.text)
        .where(Segment.announcement_id == announcement_id, Segment.kind == "speech")
        .order_by(Segment.position)
        .limit(TITLE_SEGMENTS)
    )
    return " ".join(texts)


def _drop_segments(session: Session, announcement_id: str, from_ms: int) -> None:
    dropped = (Segment.announcement_id == announcement_id, Segment.start_ms >= from_ms)
    session.execute(
        delete(Flag)
        .where(Flag.segment_id.in_(select(Segment.id).where(*dropped)))
        .execution_options(synchronize_session=False)
    )
    # Edits point at segments: should one ever exist here, the database refuses the deletion.
    session.execute(delete(Segment).where(*dropped).execution_options(synchronize_session=False))
