"""The approved script of an announcement: kept with it, made its text, and taken back.

A script waits until the sound has been heard. Whether it fits, and which words belong to which
segment, is found out in `transcribe.scripts`; here is what that does to the announcement.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import utc_now
from bridge.editing import note_change, reopen_questions
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.flags import SCRIPT_KINDS, NewFlag, save_flags
from bridge.intake import FILE_NAME_LENGTH, lock_announcement
from bridge.models import HALLUCINATION_KINDS, Edit, Flag, Script, Segment, User
from bridge.transcript import Word, align, normalise_text
from bridge.undo import lock_segments
from bridge.workflow import Action, State, next_state

SCRIPT_LENGTH = 200_000  # characters: four hours of speech

# Before and during transcription a script waits for the text; `failed` may be tried again.
_WAITING = frozenset({State.RECEIVED, State.QUEUED, State.TRANSCRIBING, State.FAILED})


@dataclass(frozen=True, slots=True)
class ScriptView:
    """A script as the desk shows it. `departures` are flags, `open_departures` those undecided;
    `problem` is the code of why it was not used; `segments` how many have their words from it."""

    file_name: str
    characters: int
    created_at: datetime
    created_by: str | None  # the person's name
    applied_at: datetime | None
    problem: str | None
    segments: int
    departures: int
    open_departures: int


def attach_script(
    session: Session, *, announcement_id: str, text: str, file_name: str, actor_id: str | None
) -> None:
    """Keep a script with an announcement, in the place of one that was not used.

    `text`: one paragraph a line, as `transcribe.script_text` gives it; `file_name` is empty for a
    pasted one. Nothing else changes yet. Raises InvalidInput `script_empty` / `script_too_large`
    (`limit_characters`), Conflict `script_in_use` while another one is the transcript,
    IllegalTransition for a withdrawn announcement, Forbidden, NotFound.
    """
    lock_segments(session, announcement_id)
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "operator", "editor", "approver")
    if not text.strip():
        raise InvalidInput("script_empty")
    if len(text) > SCRIPT_LENGTH:
        raise InvalidInput("script_too_large", limit_characters=SCRIPT_LENGTH)
    if not waits_for_text(announcement.state):
        next_state(State(announcement.state), Action.EDIT)
    script = _script(session, announcement_id)
    if script is not None and script.applied_at is not None:
        raise Conflict("script_in_use")
    if script is None:
        script = Script(announcement_id=announcement_id)
        session.add(script)
    script.text = text
    script.file_name = normalise_text(file_name)[:FILE_NAME_LENGTH]
    script.created_by, script.created_at = actor_id, utc_now()
    script.problem, script.filled = None, {}
    note_announcement(
        session,
        announcement,
        actor_id,
        "attach_script",
        file_name=script.file_name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        characters=len(text),
    )


def detach_script(session: Session, *, announcement_id: str, actor_id: str | None) -> None:
    """Drop a script that is not the transcript.

    Raises NotFound `script_unknown`, Conflict `script_in_use`, Forbidden.
    """
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "operator", "editor", "approver")
    script = _existing(session, announcement_id)
    if script.applied_at is not None:
        raise Conflict("script_in_use")
    session.delete(script)
    note_announcement(session, announcement, actor_id, "detach_script", file_name=script.file_name)


def apply_script_texts(
    session: Session,
    *,
    announcement_id: str,
    texts: Mapping[str, str],
    departures: Iterable[NewFlag],
    actor_id: str | None,
) -> None:
    """Make the waiting script the transcript: `texts` by segment id, places to look at as flags.

    Words get times from the engine's words. A segment whose sound nobody recognised becomes
    speech; hidden ones are shown, for what they say now is approved. What was asked about a
    machine's words is answered by the script's.

    For a person it is an edit: back to review, a new version, an Edit for each segment, so that
    no earlier correction is lost. At the end of transcription (`actor_id` None) nobody has read
    the text yet, so there is neither an Edit, which needs a person, nor a new version of the
    announcement; but whoever brought the script is the text's last editor, who does not approve
    their own. Raises NotFound `script_unknown`, Conflict `script_in_use`, IllegalTransition,
    Forbidden.
    """
    segments = {segment.id: segment for segment in lock_segments(session, announcement_id)}
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    script = _existing(session, announcement_id)
    if script.applied_at is not None:
        raise Conflict("script_in_use")
    if actor_id is not None:
        note_change(session, announcement, actor_id)
    else:
        announcement.last_editor_id = script.created_by
    filled = {}
    for segment_id, text in texts.items():
        segment = segments[segment_id]
        kind = segment.kind
        _write(session, segment, text, "speech" if kind == "unrecognised" else kind, actor_id)
        segment.hidden = segment.cover is not None  # what a person took out stays out
        filled[segment.id] = {"version": segment.version, "kind": kind}
    session.execute(
        update(Flag)
        .where(
            Flag.segment_id.in_(filled),
            Flag.kind.in_(HALLUCINATION_KINDS),
            Flag.decision.is_(None),
        )
        .values(decision="edited", decided_by=actor_id, decided_at=utc_now())
    )
    found = list(departures)
    save_flags(session, announcement_id, found, kinds=SCRIPT_KINDS)
    script.applied_at, script.problem, script.filled = utc_now(), None, filled
    note_announcement(
        session,
        announcement,
        actor_id,
        "apply_script",
        segments=len(filled),
        departures=len(found),
    )


def refuse_script(session: Session, announcement_id: str, problem: str, **data: int) -> None:
    """Note why a waiting script did not become the transcript; it stays, for a person to see."""
    announcement = lock_announcement(session, announcement_id)
    _existing(session, announcement_id).problem = problem
    note_announcement(session, announcement, None, "refuse_script", problem=problem, **data)


def restore_texts(session: Session, *, announcement_id: str, actor_id: str) -> None:
    """Give every segment that the script filled the words it had before, as an edit.

    Those are the engine's, or what a person had made of them before the script came. Corrections
    made after it stay in the history. The script waits again. Raises NotFound `script_unknown`,
    Conflict `script_not_in_use`, IllegalTransition, Forbidden.
    """
    segments = {segment.id: segment for segment in lock_segments(session, announcement_id)}
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    script = _existing(session, announcement_id)
    if script.applied_at is None:
        raise Conflict("script_not_in_use")
    note_change(session, announcement, actor_id)
    edits = {
        (edit.segment_id, edit.version): edit.before
        for edit in session.scalars(select(Edit).where(Edit.announcement_id == announcement_id))
    }
    for segment_id, state in script.filled.items():
        segment = segments[segment_id]
        before = edits.get((segment_id, state["version"]), segment.engine_text)
        _write(session, segment, before, state["kind"], actor_id)
        reopen_questions(session, segment)
    # Answers too: they were about a text that is gone, and must be asked for with the next one.
    session.execute(
        delete(Flag)
        .where(Flag.announcement_id == announcement_id, Flag.kind.in_(SCRIPT_KINDS))
        .execution_options(synchronize_session=False)
    )
    note_announcement(session, announcement, actor_id, "restore_texts", segments=len(script.filled))
    script.applied_at, script.filled = None, {}


def waiting_script(session: Session, announcement_id: str) -> str | None:
    """The text of a script that is not the transcript yet; None where there is none."""
    script = _script(session, announcement_id)
    return None if script is None or script.applied_at is not None else script.text


def waits_for_text(state: str) -> bool:
    """Whether an announcement in this state has no finished text that a script could become."""
    return State(state) in _WAITING


def script_view(session: Session, announcement_id: str) -> ScriptView | None:
    """The announcement's script, or None."""
    row = session.execute(
        select(Script, User.name)
        .outerjoin(User, Script.created_by == User.id)
        .where(Script.announcement_id == announcement_id)
    ).one_or_none()
    if row is None:
        return None
    script, name = row
    flags = select(func.count()).where(
        Flag.announcement_id == announcement_id, Flag.kind.in_(SCRIPT_KINDS)
    )
    return ScriptView(
        file_name=script.file_name,
        characters=len(script.text),
        created_at=script.created_at,
        created_by=name,
        applied_at=script.applied_at,
        problem=script.problem,
        segments=len(script.filled),
        departures=session.scalars(flags).one(),
        open_departures=session.scalars(flags.where(Flag.decision.is_(None))).one(),
    )


def _script(session: Session, announcement_id: str) -> Script | None:
    return session.scalar(
        select(Script).where(Script.announcement_id == announcement_id).with_for_update()
    )


def _existing(session: Session, announcement_id: str) -> Script:
    script = _script(session, announcement_id)
    if script is None:
        raise NotFound("script_unknown", id=announcement_id)
    return script


def _write(session: Session, segment: Segment, text: str, kind: str, actor_id: str | None) -> None:
    """Set a segment's text, its words and its kind. The same text again changes nothing."""
    before, text = segment.text, normalise_text(text)
    if text == before and kind == segment.kind:
        return
    heard = [Word.from_json(word) for word in segment.engine_words]
    # What nobody said has no words: a mark such as "[chưa nhận dạng]" is no speech.
    spoken = kind == "speech" or bool(heard)
    words = align(text, heard, segment.start_ms, segment.end_ms) if spoken else ()
    segment.text = text
    segment.words = [word.to_json() for word in words]
    segment.kind = kind
    segment.version += 1
    segment.updated_at = utc_now()
    if actor_id is not None:
        session.add(
            Edit(
                announcement_id=segment.announcement_id,
                segment_id=segment.id,
                version=segment.version,
                before=before,
                after=text,
                user_id=actor_id,
            )
        )
