"""Names that a unit's editors keep writing over what the engine heard."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.glossary import corrections_of_unit, list_terms, refused_keys, term_key
from transcribe.glossary import Candidate, learn_candidates

WINDOW = timedelta(days=180)  # a name of half a year ago that nobody wrote since is not needed


def candidates_of_unit(session: Session, unit_id: str) -> tuple[Candidate, ...]:
    """What an admin may want in the glossary, from the corrections of the last WINDOW.

    Without what stands there and what was refused; most frequent first. Nothing is added.
    """
    refused = refused_keys(session, unit_id)
    known = [term.text for term in list_terms(session, unit_id)]
    corrections = corrections_of_unit(session, unit_id, utc_now() - WINDOW)
    return tuple(
        candidate
        for candidate in learn_candidates(corrections, known=known)
        if term_key(candidate.text) not in refused
    )
