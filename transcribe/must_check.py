"""Which segments a person has to confirm before residents may read them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bridge.confirmations import MustCheck
from bridge.glossary import list_terms
from bridge.models import Segment
from transcribe.doubts import DoubtFinder


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
