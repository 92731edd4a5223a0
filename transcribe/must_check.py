"""Which segments a person has to confirm before residents may read them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bridge.confirmations import MustCheck, Warnings
from bridge.glossary import list_terms
from bridge.models import Segment
from transcribe.doubts import DoubtFinder
from transcribe.figures import PHONE
from transcribe.sensitive import PERSONAL, SECRET

# Of these somebody decides whether residents may read them, besides whether they are right.
WARNED = (SECRET, PERSONAL, PHONE)


def must_check_of(session: Session, unit_id: str) -> MustCheck:
    """For `bridge.review.approve_announcement`: speech that residents will read in which an hour, a
    date, a sum, a number, a name of the unit's glossary or what may not be published is found.
    """
    finder = DoubtFinder([term.text for term in list_terms(session, unit_id)])

    def must_check(segments: Sequence[Segment]) -> set[str]:
        return {
            segment.id
            for segment in segments
            if segment.kind == "speech" and not segment.hidden and _has_any(finder, segment)
        }

    return must_check


def _has_any(finder: DoubtFinder, segment: Segment) -> bool:
    doubts = finder.in_text([str(word["text"]) for word in segment.words])
    return any(doubt.must_check for doubt in doubts)


def warnings() -> Warnings:
    """For `bridge.confirmations`: what somebody is warned of in a segment, by kind."""
    finder = DoubtFinder()

    def warned(segment: Segment) -> tuple[str, ...]:
        if segment.kind != "speech" or segment.hidden:
            return ()
        doubts = finder.in_text([str(word["text"]) for word in segment.words])
        found = {doubt.kind for doubt in doubts}
        return tuple(kind for kind in WARNED if kind in found)

    return warned
