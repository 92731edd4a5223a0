"""Names that a unit's editors write over what the engine heard: often, or just now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.finding import EXACT, find_places
from bridge.glossary import corrections_of_unit, list_terms, refused_keys, term_key
from transcribe.glossary import Candidate, corrected_names, learn_candidates
from transcribe.names import OTHER, SENTENCE_ENDS, is_capitalised

WINDOW = timedelta(days=180)  # a name of half a year ago that nobody wrote since is not needed
# What is corrected once may be a slip of the speaker; the second time it is worth a question.
TIMES_TO_OFFER = 2
_EDGES = ".,;:!?…\"'()“”"


@dataclass(frozen=True, slots=True)
class NameOffer:
    """A name that may belong in the glossary; `kind` by the words before it, else "other"."""

    text: str
    kind: str


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


def name_of_correction(
    session: Session, unit_id: str, text: str, was: str, became: str
) -> NameOffer | None:
    """The name that a person has just put right in `text`, `became` in the place of `was`.

    A name is what `transcribe.glossary` takes for one, with all its syllables; a capital inside a
    sentence; or several syllables in small letters that editors of the unit wrote TIMES_TO_OFFER
    times in the place of the same. None for what is no name, is known, or was refused by an admin.
    """
    offer = _written_name(text, was, became) or _repeated(session, unit_id, was, became)
    if offer is None:
        return None
    key = term_key(offer.text)
    known = {term.key for term in list_terms(session, unit_id)} | refused_keys(session, unit_id)
    return None if not key or key in known else offer


def _written_name(text: str, was: str, became: str) -> NameOffer | None:
    after = text.split()
    for place in find_places(text, became, EXACT):
        before = [*after[: place.first], *was.split(), *after[place.end :]]
        for name, _heard, kind in corrected_names(before, after):
            return NameOffer(name, kind)
        opens = place.first == 0 or after[place.first - 1].endswith(SENTENCE_ENDS)
        written = after[place.first : place.end]
        if any(is_capitalised(token) for token in (written[1:] if opens else written)):
            return NameOffer(" ".join(written).strip(_EDGES), OTHER)
    return None


def _repeated(session: Session, unit_id: str, was: str, became: str) -> NameOffer | None:
    """Small letters: one syllable would be suggested all over every text, so it is never a name."""
    if len(became.split()) < 2:
        return None
    old, new = term_key(was), term_key(became)
    corrections = corrections_of_unit(session, unit_id, utc_now() - WINDOW)
    times = 0
    for before, after in corrections:
        times += _count(old, before) > _count(old, after) and _count(new, after) > _count(
            new, before
        )
        if times == TIMES_TO_OFFER:
            return NameOffer(became.strip(_EDGES), OTHER)
    return None


def _count(key: str, tokens: Sequence[str]) -> int:
    return f" {term_key(' '.join(tokens))} ".count(f" {key} ")
