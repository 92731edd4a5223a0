"""An announcement's script becomes its transcript: fitted to what was heard, then written."""

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.editing import SEGMENT_TEXT_LENGTH
from bridge.errors import InvalidInput
from bridge.flags import NewFlag
from bridge.models import Announcement, Recording, Segment
from bridge.scripts import (
    apply_script_texts,
    attach_script,
    refuse_script,
    restore_texts,
    waiting_script,
    waits_for_text,
)
from bridge.transcript import Segment as HeardSegment
from bridge.transcript import Word
from transcribe.flagging import flag_announcement
from transcribe.script_departures import Departure
from transcribe.script_fit import ScriptFit, fit_script

logger = logging.getLogger(__name__)

MISMATCH = "script_mismatch"


def add_script(
    session: Session, *, announcement_id: str, text: str, file_name: str, actor_id: str | None
) -> bool:
    """Attach a script; where the text has been heard already, make it the transcript at once.

    True when it is the transcript now, False when it waits. Raises InvalidInput `script_mismatch`
    (`percent`, of the words found again) for the script of another recording, and as
    `bridge.scripts.attach_script`: end the transaction then, so that nothing changes.
    """
    attach_script(
        session,
        announcement_id=announcement_id,
        text=text,
        file_name=file_name,
        actor_id=actor_id,
    )
    state = session.get_one(Announcement, announcement_id).state
    if waits_for_text(state):
        return False
    return apply_waiting_script(session, announcement_id, actor_id=actor_id)


def apply_waiting_script(
    session: Session, announcement_id: str, *, actor_id: str | None = None
) -> bool:
    """Make a waiting script the transcript; True when it is now, False without one.

    At the end of transcription (`actor_id` None) the script of another recording is no error: the
    text stays as it was heard, and the refusal is noted for the desk and in the history. When a
    person asks, it raises InvalidInput `script_mismatch` (`percent`). Run twice, the second time
    finds no waiting script. Measured: two hours of speech take three seconds.
    """
    script = waiting_script(session, announcement_id)
    if script is None:
        return False
    segments = session.scalars(
        select(Segment).where(Segment.announcement_id == announcement_id).order_by(Segment.position)
    ).all()
    announcement = session.get_one(Announcement, announcement_id)
    recording = session.get_one(Recording, announcement.recording_id)
    fit = fit_script(script, [_heard(segment) for segment in segments], recording.pauses)
    if not _is_usable(fit):
        percent = round(fit.agreement * 100)
        if actor_id is not None:
            raise InvalidInput(MISMATCH, percent=percent)
        logger.info("script of %s does not fit: %d %%", announcement_id, percent)
        refuse_script(session, announcement_id, MISMATCH, percent=percent)
        return False
    apply_script_texts(
        session,
        announcement_id=announcement_id,
        texts={
            segment.id: text
            for segment, text in zip(segments, fit.texts, strict=True)
            if text is not None
        },
        departures=[
            _flag(segments[departure.segment_index].id, departure) for departure in fit.departures
        ],
        actor_id=actor_id,
    )
    return True


def take_script_back(session: Session, *, announcement_id: str, actor_id: str) -> None:
    """Give the segments the words that they had before the script, and doubt those again.

    Raises as `bridge.scripts.restore_texts`.
    """
    restore_texts(session, announcement_id=announcement_id, actor_id=actor_id)
    flag_announcement(session, announcement_id)


def _is_usable(fit: ScriptFit) -> bool:
    longest = max((len(text) for text in fit.texts if text is not None), default=0)
    return fit.matches and longest <= SEGMENT_TEXT_LENGTH


def _flag(segment_id: str, departure: Departure) -> NewFlag:
    return NewFlag(
        segment_id,
        departure.kind,
        departure.first_word,
        departure.end_word,
        {"spoken": departure.spoken, "script": departure.script},
    )


def _heard(segment: Segment) -> HeardSegment:
    words = tuple(Word.from_json(word) for word in segment.engine_words)
    return HeardSegment(segment.start_ms, segment.end_ms, segment.engine_text, words, segment.kind)
