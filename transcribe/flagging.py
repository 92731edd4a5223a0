"""Asking people about what the machine may have made up."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.flags import NewFlag, save_flags
from bridge.models import HALLUCINATION_KINDS, Segment
from bridge.transcript import Segment as HeardSegment
from bridge.transcript import Word
from transcribe.hallucinations import check_segments

# Found in the text alone; the one kind left is found in the sound, piece by piece.
_IN_TEXT = frozenset(HALLUCINATION_KINDS) - {"in_music"}


def flag_music(session: Session, announcement_id: str, spans: Sequence[tuple[int, int]]) -> None:
    """Save a flag for every stored segment of speech that lies in music for most of its time.

    `spans`: where lines were heard in music, (start_ms, end_ms) of the recording. Run twice, it
    asks nothing twice.
    """
    if not spans:
        return
    stored = session.scalars(
        select(Segment)
        .where(
            Segment.announcement_id == announcement_id,
            Segment.kind == "speech",
            Segment.end_ms > min(start for start, _ in spans),
            Segment.start_ms < max(end for _, end in spans),
        )
        .order_by(Segment.position)
    ).all()
    save_flags(
        session,
        announcement_id,
        [
            NewFlag(segment.id, "in_music", 0, len(segment.engine_words), {})
            for segment in stored
            if _is_mostly_in(segment, spans)
        ],
        kinds=(),
    )


def flag_announcement(session: Session, announcement_id: str) -> None:
    """Save a flag for every stored segment that `check_segments` doubts, in one transaction.

    Only the engine's own words are doubted: a segment whose text a person or a script supplied is
    left out. Run twice, it asks nothing twice and leaves what was decided (see `save_flags`).
    """
    stored = session.scalars(
        select(Segment)
        .where(
            Segment.announcement_id == announcement_id,
            Segment.kind == "speech",
            Segment.text == Segment.engine_text,
        )
        .order_by(Segment.position)
    ).all()
    found = check_segments([_heard(segment) for segment in stored])
    save_flags(
        session,
        announcement_id,
        [
            NewFlag(segment.id, flag.kind, flag.first_word, flag.end_word, flag.reason)
            for segment, flags in zip(stored, found, strict=True)
            for flag in flags
        ],
        kinds=_IN_TEXT,
    )


def _is_mostly_in(segment: Segment, spans: Sequence[tuple[int, int]]) -> bool:
    covered = sum(
        max(0, min(segment.end_ms, end) - max(segment.start_ms, start)) for start, end in spans
    )
    return covered * 2 > segment.end_ms - segment.start_ms


def _heard(segment: Segment) -> HeardSegment:
    words = tuple(Word.from_json(word) for word in segment.words)
    return HeardSegment(segment.start_ms, segment.end_ms, segment.text, words, segment.kind)
