"""Suggestions for the segments of an announcement: which there are, taking them, taking that back.

Taking one is an ordinary saved edit: the history keeps the spoken form ("mười bảy giờ") beside the
written one, and the words keep their times. Nothing is taken that the editor was not shown: an
offer that no longer fits the text that stands is refused and never put elsewhere.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.editing import SavedSegment, save_segment_text
from bridge.errors import Conflict, NotFound
from bridge.flags import flags_by_segment
from bridge.glossary import Term, count_acceptance, find_term, list_terms, term_key
from bridge.models import Announcement, Edit, GlossaryTerm, Segment
from bridge.transcript import Word
from bridge.undo import ChangeSpan, latest_change, lock_segments, undo_change
from transcribe import glossary
from transcribe.glossary import TermIndex
from transcribe.suggestions import NUMBER, TERM, Suggestion, index_of, suggest_for, take

# Segments whose numbers one click rewrites. Saving one takes some 7 ms (measured, SQLite), and
# meanwhile nobody else can write: a very long bulletin takes a second click.
MOST_AT_ONCE = 200


class Offered(Protocol):
    """What has to be known of a segment: `queries.SegmentView` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def words(self) -> tuple[Word, ...]: ...
    @property
    def hidden(self) -> bool: ...
    @property
    def undecided(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """One suggestion as an editor saw it, under the segment's version that it was made for."""

    segment_id: str
    version: int
    start: int
    end: int
    heard: str
    written: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The segments that were changed, and what names the change for `undo_taken`."""

    saved: tuple[SavedSegment, ...]
    span: ChangeSpan | None = None
    term_id: str = ""


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored segment as `offers_for` wants it."""

    kind: str
    text: str
    words: tuple[Word, ...]
    hidden: bool
    undecided: bool


def index_of_terms(terms: Iterable[Term]) -> TermIndex:
    """A unit's names, ready for `offers_for`. Without their counts, so that taking a name leaves
    what is remembered for it in place."""
    known = sorted(terms, key=lambda term: term.key)
    return index_of(tuple(glossary.GlossaryTerm(term.text, term.kind) for term in known))


def offers_for(segment: Offered, index: TermIndex) -> tuple[Suggestion, ...]:
    """The suggestions for a segment as it stands.

    None for what is no speech, what is hidden, and what waits for a decision: a passage that the
    machine may have made up is judged before its numbers are polished, since a changed text
    answers that question.
    """
    if segment.kind != "speech" or segment.hidden or segment.undecided:
        return ()
    return suggest_for(segment.text, segment.words, index)


def offers_of(
    session: Session, announcement_id: str, segment_ids: Collection[str]
) -> dict[str, tuple[int, tuple[Suggestion, ...]]]:
    """The version of each of these segments and its suggestions, as they stand now."""
    announcement = session.get_one(Announcement, announcement_id)
    index = index_of_terms(list_terms(session, announcement.unit_id))
    segments = session.scalars(
        select(Segment).where(
            Segment.announcement_id == announcement_id, Segment.id.in_(segment_ids)
        )
    ).all()
    stored = _stored(session, announcement_id, segments)
    return {
        segment.id: (segment.version, offers_for(one, index))
        for segment, one in zip(segments, stored, strict=True)
    }


def safe_numbers(offers: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """The numbers that give no reason to look twice: those that can be taken all at once."""
    return tuple(offer for offer in offers if offer.kind == NUMBER and offer.reason is None)


def take_suggestion(session: Session, wanted: Wanted, actor_id: str) -> Taken:
    """Write what was suggested, exactly there; a name that is taken counts as accepted.

    Raises Conflict `suggestion_stale` when the segment has changed since or the suggestion is
    none of its own, NotFound `segment_unknown`, IllegalTransition, Forbidden.
    """
    segment = session.get(Segment, wanted.segment_id, with_for_update=True, populate_existing=True)
    if segment is None:
        raise NotFound("segment_unknown", id=wanted.segment_id)
    announcement = session.get_one(Announcement, segment.announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    index = index_of_terms(list_terms(session, announcement.unit_id))
    offers = offers_for(_stored(session, announcement.id, [segment])[0], index)
    offer = next((offer for offer in offers if _is_wanted(offer, wanted)), None)
    if offer is None or segment.version != wanted.version:
        raise Conflict("suggestion_stale")
    saved = _save(session, segment, [offer], actor_id)
    term_id = ""
    if offer.kind == TERM:
        term_id = find_term(session, announcement.unit_id, offer.term).id
        count_acceptance(session, term_id)
    return Taken((saved,), latest_change(session, announcement.id, 1), term_id)


def take_all_numbers(
    session: Session, *, announcement_id: str, expected_version: int, actor_id: str
) -> Taken:
    """Take every number of an announcement that gives no reason to look twice, one edit a segment.

    In at most MOST_AT_ONCE segments, the first ones; the rest stays on offer. Raises Conflict
    `suggestion_stale` when the announcement is no longer at the version that the editor saw,
    NotFound `announcement_unknown`, IllegalTransition, Forbidden.
    """
    segments = lock_segments(session, announcement_id)
    announcement = session.get(
        Announcement, announcement_id, with_for_update=True, populate_existing=True
    )
    if announcement is None:
        raise NotFound("announcement_unknown", id=announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    if announcement.version != expected_version:
        raise Conflict("suggestion_stale")
    index = index_of_terms(list_terms(session, announcement.unit_id))
    saved: list[SavedSegment] = []
    for segment, stored in zip(segments, _stored(session, announcement_id, segments), strict=True):
        numbers = safe_numbers(offers_for(stored, index))
        if numbers and len(saved) < MOST_AT_ONCE:
            saved.append(_save(session, segment, numbers, actor_id))
    return Taken(tuple(saved), latest_change(session, announcement_id, len(saved)))


def undo_taken(
    session: Session,
    *,
    announcement_id: str,
    span: ChangeSpan,
    term_id: str = "",
    actor_id: str,
) -> tuple[SavedSegment, ...]:
    """Take back what this person took, wherever nobody has changed the text since; a name that is
    no longer taken is not counted. Raises Conflict `undo_too_late` where nothing can be undone.
    """
    restored = undo_change(session, announcement_id=announcement_id, span=span, actor_id=actor_id)
    if not restored:
        raise Conflict("undo_too_late")
    if term_id and len(restored) == 1:
        _discount(session, restored[0], term_id)
    return restored


def _discount(session: Session, restored: SavedSegment, term_id: str) -> None:
    """Take one acceptance off a name, if the edit that was undone is one that wrote it."""
    term = session.get(GlossaryTerm, term_id)
    announcement = session.get_one(Announcement, restored.announcement_id)
    undone = session.scalar(
        select(Edit.before).where(
            Edit.segment_id == restored.segment_id, Edit.version == restored.version
        )
    )
    if term is None or undone is None or term.unit_id != announcement.unit_id:
        return
    if _count(term.key, undone) > _count(term.key, restored.text):
        count_acceptance(session, term_id, by=-1)


def _count(key: str, text: str) -> int:
    return f" {term_key(text)} ".count(f" {key} ")


def _is_wanted(offer: Suggestion, wanted: Wanted) -> bool:
    there = (offer.start, offer.end, offer.heard, offer.written)
    return there == (wanted.start, wanted.end, wanted.heard, wanted.written)


def _save(
    session: Session, segment: Segment, offers: Iterable[Suggestion], actor_id: str
) -> SavedSegment:
    return save_segment_text(
        session,
        segment_id=segment.id,
        expected_version=segment.version,
        text=take(segment.text, offers),
        actor_id=actor_id,
    )


def _stored(session: Session, announcement_id: str, segments: Sequence[Segment]) -> list[_Stored]:
    flags = flags_by_segment(session, announcement_id)
    return [
        _Stored(
            segment.kind,
            segment.text,
            tuple(Word.from_json(word) for word in segment.words),
            segment.hidden,
            any(flag.decision is None for flag in flags.get(segment.id, ())),
        )
        for segment in segments
    ]
