"""Asking people about what the machine may have made up."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.flags import HALLUCINATION_KINDS, NewFlag, save_flags
from bridge.models import Segment
from bridge.transcript import Segment as HeardSegment
from bridge.transcript import Word
from transcribe.hallucinations import check_segments


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
        kinds=HALLUCINATION_KINDS,
    )


def _heard(segment: Segment) -> HeardSegment:
    words = tuple(Word.from_json(word) for word in segment.words)
    return HeardSegment(segment.start_ms, segment.end_ms, segment.text, words, segment.kind)
