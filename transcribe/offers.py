"""Suggestions for the segments of an announcement: which there are, taking them, taking that back.

Taking one is an ordinary saved edit: the history keeps the spoken form ("mười bảy giờ") beside the
written one, and the words keep their times. Nothing is taken that the editor was not shown: an
offer that no longer fits the text that stands is refused and never put elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from bridge.refusals import NO_REFUSALS, Refusals, refusals_of, refuse_suggestion
from bridge.transcript import Word
from bridge.undo import ChangeSpan, latest_change, lock_segments, new_step, undo_change
from transcribe import glossary
from transcribe.glossary import TermIndex
from transcribe.suggestions import NUMBER, TERM, Suggestion, index_of, suggest_for, take

# Segments that one click rewrites. Saving one takes some 7 ms (measured, SQLite), and
# meanwhile nobody else can write: a very long bulletin takes a second click.
MOST_AT_ONCE = 200


class Offered(Protocol):
    """What has to be known of a segment: `queries.SegmentView` has it."""

    @property
    def id(self) -> str: ...
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

    id: str
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


def offers_for(
    segment: Offered, index: TermIndex, refusals: Refusals = NO_REFUSALS
) -> tuple[Suggestion, ...]:
    """The suggestions for a segment as it stands, without those that were refused.

    None for what is no speech, what is hidden, and what waits for a decision: a passage that the
    machine may have made up is judged before its numbers are polished, since a changed text
    answers that question.
    """
    if segment.kind != "speech" or segment.hidden or segment.undecided:
        return ()
    found = suggest_for(segment.text, segment.words, index)
    if refusals is NO_REFUSALS:
        return found
    return tuple(
        offer
        for offer in found
        if not refusals.cover(segment.id, offer.kind, offer.heard, offer.written, offer.term)
    )


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
    refusals = refusals_of(session, announcement_id)
    stored = _stored(session, announcement_id, segments)
    return {
        segment.id: (segment.version, offers_for(one, index, refusals))
        for segment, one in zip(segments, stored, strict=True)
    }


def safe_numbers(offers: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """The numbers that give no reason to look twice: those that can be taken all at once."""
    return tuple(offer for offer in offers if offer.kind == NUMBER and offer.reason is None)


def places_of(offers: Iterable[Suggestion], name: str) -> tuple[Suggestion, ...]:
    """Those that would write this name of the glossary."""
    return tuple(offer for offer in offers if offer.kind == TERM and offer.term == name)


def take_suggestion(session: Session, wanted: Wanted, actor_id: str) -> Taken:
    """Write what was suggested, exactly there; a name that is taken counts as accepted.

    Raises Conflict `suggestion_stale` when the segment has changed since or the suggestion is
    none of its own, NotFound `segment_unknown`, IllegalTransition, Forbidden.
    """
    segment, announcement, offer = _find(session, wanted, actor_id)
    term_id = ""
    if offer.kind == TERM:
        term_id = find_term(session, announcement.unit_id, offer.term).id
        count_acceptance(session, term_id)
    step = new_step(offer.kind, **({"term": term_id} if term_id else {}))
    saved = _save(session, segment, [offer], actor_id, step)
    return Taken((saved,), latest_change(session, announcement.id, 1), term_id)


def refuse_offer(session: Session, wanted: Wanted, actor_id: str) -> str:
    """Do not suggest it again; the refusal's id. Raises as `take_suggestion`."""
    segment, _announcement, offer = _find(session, wanted, actor_id)
    return refuse_suggestion(
        session,
        segment_id=segment.id,
        kind=offer.kind,
        heard=offer.heard,
        written=offer.written,
        actor_id=actor_id,
    )


def take_all(
    session: Session,
    *,
    announcement_id: str,
    expected_version: int,
    actor_id: str,
    name: str = "",
) -> Taken:
    """Take all of a kind, one edit a segment: every number that gives no reason to look twice, or
    with `name` every place of that name, each of which counts as accepted.

    In at most MOST_AT_ONCE segments, the first ones; the rest stays on offer. Raises Conflict
    `suggestion_stale` when the announcement is no longer at the version that the editor saw,
    NotFound `announcement_unknown`, `term_unknown`, IllegalTransition, Forbidden.
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
    refusals = refusals_of(session, announcement_id)
    term_id = find_term(session, announcement.unit_id, name).id if name else ""
    step = new_step("names", term=term_id) if name else new_step("numbers")
    saved: list[SavedSegment] = []
    places = 0
    for segment, stored in zip(segments, _stored(session, announcement_id, segments), strict=True):
        offers = offers_for(stored, index, refusals)
        wanted = places_of(offers, name) if name else safe_numbers(offers)
        if wanted and len(saved) < MOST_AT_ONCE:
            saved.append(_save(session, segment, wanted, actor_id, step))
            places += len(wanted)
    if name and saved:
        count_acceptance(session, term_id, by=places)
    return Taken(tuple(saved), latest_change(session, announcement_id, len(saved)), term_id)


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
    if term_id:
        _discount(session, restored, term_id)
    return restored


def _discount(session: Session, restored: Sequence[SavedSegment], term_id: str) -> None:
    """Take off a name the acceptances that were undone with the edits that had written it."""
    term = session.get(GlossaryTerm, term_id)
    announcement = session.get_one(Announcement, restored[0].announcement_id)
    if term is None or term.unit_id != announcement.unit_id:
        return
    gone = 0
    for one in restored:
        undone = session.scalar(
            select(Edit.before).where(
                Edit.segment_id == one.segment_id, Edit.version == one.version
            )
        )
        gone += max(0, _count(term.key, undone or "") - _count(term.key, one.text))
    if gone:
        count_acceptance(session, term_id, by=-gone)


def _count(key: str, text: str) -> int:
    return f" {term_key(text)} ".count(f" {key} ")


def _find(
    session: Session, wanted: Wanted, actor_id: str
) -> tuple[Segment, Announcement, Suggestion]:
    """The suggestion that an editor saw, in its locked segment."""
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
    return segment, announcement, offer


def _is_wanted(offer: Suggestion, wanted: Wanted) -> bool:
    there = (offer.start, offer.end, offer.heard, offer.written)
    return there == (wanted.start, wanted.end, wanted.heard, wanted.written)


def _save(
    session: Session,
    segment: Segment,
    offers: Iterable[Suggestion],
    actor_id: str,
    step: Mapping[str, str],
) -> SavedSegment:
    return save_segment_text(
        session,
        segment_id=segment.id,
        expected_version=segment.version,
        text=take(segment.text, offers),
        actor_id=actor_id,
        step=step,
    )


def _stored(session: Session, announcement_id: str, segments: Sequence[Segment]) -> list[_Stored]:
    flags = flags_by_segment(session, announcement_id)
    return [
        _Stored(
            segment.id,
            segment.kind,
            segment.text,
            tuple(Word.from_json(word) for word in segment.words),
            segment.hidden,
            any(flag.decision is None for flag in flags.get(segment.id, ())),
        )
        for segment in segments
    ]
