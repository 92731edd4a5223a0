"""Where a person is named, and taking that away from residents and programs.

For somebody who asks that what concerns them be taken down (law on the protection of personal
data): what is published goes off the portal at once, and the passages are covered, text and sound
together, so that nothing of it comes back when somebody opens the announcement again. What the
staff alone may read stays, in the history and in the original recording; what becomes of that is
said by the unit's rules of retention.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement, write_entry
from bridge.corrections import Correction
from bridge.cut_list import BEEP
from bridge.db import Database
from bridge.errors import BridgeError, InvalidInput
from bridge.feedback import forget_contact, hide_feedback
from bridge.finding import FOLDED, TONE, find_places
from bridge.flags import cover_segment
from bridge.glossary_removal import forget_term
from bridge.intake import lock_announcement
from bridge.models import Announcement, Feedback, GlossaryTerm, Publication, Script, Segment, Unit
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.tampering import publication_seal
from bridge.tasks import add_task
from bridge.transcript import normalise_text
from bridge.workflow import Action, State, next_state

SHORTEST_NAME = 2  # syllables: a single one is in every text
_AROUND = 4  # tokens shown on either side
_DETAILS = ("title", "summary", "speaker", "author", "source")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a person is named.

    `kind`: "segment", "details", "published", "notes", "script", "feedback" or "term";
    `subject_id`: of the announcement, the message or the term; `words`: the name with a few words
    around it. `notes`, `reasons`: the revisions whose public note, and whose reason of withdrawal,
    name them.
    """

    kind: str
    unit_slug: str
    subject_id: str
    words: str
    is_public: bool
    segment_ids: tuple[str, ...] = ()
    notes: tuple[int, ...] = ()
    reasons: tuple[int, ...] = ()


@dataclass(slots=True)
class Taken:
    """What was taken away. `refused`: what could not be, with why; `task_ids`: what workers do."""

    withdrawn: int = 0
    covered: int = 0
    blanked: int = 0  # public notes and reasons of withdrawals
    hidden: int = 0
    removed: int = 0
    refused: list[tuple[Mention, BridgeError]] = field(default_factory=list)
    task_ids: list[str] = field(default_factory=list)


def find_mentions(
    session: Session, name: str, *, unit_id: str | None = None, loose: bool = False
) -> list[Mention]:
    """Every place where the name stands, whatever its letters' case and the place of its tones.

    `loose`: whatever its marks too, which finds more than one person. In the order of units and
    announcements. Raises InvalidInput `name_short`.
    """
    if len(name.split()) < SHORTEST_NAME:
        raise InvalidInput("name_short", minimum=SHORTEST_NAME)
    finder = _Finder(name, FOLDED if loose else TONE)
    units = select(Unit.id, Unit.slug).order_by(Unit.slug)
    if unit_id is not None:
        units = units.where(Unit.id == unit_id)
    found: list[Mention] = []
    for own_id, slug in session.execute(units).all():
        found += _in_texts(session, finder, own_id, slug)
        found += _in_details(session, finder, own_id, slug)
        found += _in_publications(session, finder, own_id, slug)
        found += _in_notes(session, finder, own_id, slug)
        found += _elsewhere(session, finder, own_id, slug)
    return found


def take_away(db: Database, mentions: Sequence[Mention], *, reason: str, actor_id: str) -> Taken:
    """Cover the passages, withdraw what is published, blank public notes, hide messages, forget
    glossary terms. A reason of withdrawal that names them becomes `reason`.

    Each announcement is a transaction of its own, and one that is refused (another unit's, or one
    that is being transcribed) holds up no other. Done twice it finds less to do. Raises
    InvalidInput `reason_missing`.
    """
    reason = normalise_text(reason)
    if not reason:
        raise InvalidInput("reason_missing")
    taken = Taken()
    by_subject = sorted(mentions, key=lambda one: (one.subject_id, one.kind))
    for subject_id, group in groupby(by_subject, key=lambda one: one.subject_id):
        of_subject = list(group)
        try:
            with db.writing() as session:
                _take(session, subject_id, of_subject, reason, actor_id, taken)
        except BridgeError as error:
            taken.refused.append((of_subject[0], error))
    refused = {one.subject_id for one, _error in taken.refused}
    done = sum(one.subject_id not in refused for one in mentions)
    if done:
        with db.writing() as session:
            # Whom it was about is not written down: the log is read for years.
            write_entry(
                session,
                actor_id=actor_id,
                action="take_person_away",
                subject_type="installation",
                subject_id="mentions",
                count=done,
            )
    return taken


class _Finder:
    """Looks for one name."""

    def __init__(self, name: str, mode: str) -> None:
        self._name, self._mode = name, mode

    def words(self, text: str) -> str:
        """The first place with a few words around it; empty where the name does not stand."""
        places = find_places(text, self._name, self._mode)
        if not places:
            return ""
        tokens = text.split()
        begin, end = max(0, places[0].first - _AROUND), places[0].end + _AROUND
        return " ".join(tokens[begin:end])

    def tokens(self, text: str) -> set[int]:
        """All tokens of the name, wherever it stands."""
        places = find_places(text, self._name, self._mode)
        return {index for place in places for index in range(place.first, place.end)}


def _in_texts(session: Session, finder: _Finder, unit_id: str, slug: str) -> Iterator[Mention]:
    """A name may begin in one segment and end in the next: texts are looked at as a whole."""
    rows = session.execute(
        select(Segment.announcement_id, Segment.id, Segment.text, Segment.cover, Announcement.state)
        .join(Announcement, Segment.announcement_id == Announcement.id)
        .where(Announcement.unit_id == unit_id)
        .order_by(Segment.announcement_id, Segment.position)
        .execution_options(yield_per=1000)
    )
    for announcement_id, group in groupby(rows, key=lambda row: row.announcement_id):
        segments = list(group)
        whose = [row for row in segments for _ in row.text.split()]
        text = " ".join(row.text for row in segments)
        hit = {whose[index].id for index in finder.tokens(text)}
        named = [row for row in segments if row.id in hit]
        if named:
            is_public = named[0].state == State.PUBLISHED and any(not row.cover for row in named)
            open_ids = tuple(row.id for row in named if not row.cover)
            yield Mention("segment", slug, announcement_id, finder.words(text), is_public, open_ids)


def _in_details(session: Session, finder: _Finder, unit_id: str, slug: str) -> Iterator[Mention]:
    rows = session.scalars(
        select(Announcement).where(Announcement.unit_id == unit_id).order_by(Announcement.id)
    )
    for row in rows:
        said = [finder.words(getattr(row, name)) for name in _DETAILS]
        if words := next(filter(None, said), ""):
            yield Mention("details", slug, row.id, words, row.state == State.PUBLISHED)
    scripts = session.execute(
        select(Script.announcement_id, Script.text)
        .join(Announcement, Script.announcement_id == Announcement.id)
        .where(Announcement.unit_id == unit_id)
        .order_by(Script.announcement_id)
    )
    for announcement_id, text in scripts:
        if words := finder.words(text):
            yield Mention("script", slug, announcement_id, words, False)


def _in_publications(
    session: Session, finder: _Finder, unit_id: str, slug: str
) -> Iterator[Mention]:
    """What residents read now, which may be an older text than that of the desk."""
    rows = session.execute(
        select(Publication.announcement_id, Publication.content)
        .where(
            Publication.unit_id == unit_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
        .order_by(Publication.announcement_id)
        .execution_options(yield_per=100)
    )
    for announcement_id, content in rows:
        if words := finder.words(_published_text(content)):
            yield Mention("published", slug, announcement_id, words, True)


def _in_notes(session: Session, finder: _Finder, unit_id: str, slug: str) -> Iterator[Mention]:
    """What residents were told of corrections and withdrawals; each later revision tells them of
    all corrections before it once more.
    """
    rows = session.execute(
        select(
            Publication.announcement_id,
            Publication.revision,
            Publication.public_note,
            Publication.withdrawn_reason,
        )
        .where(Publication.unit_id == unit_id)
        .order_by(Publication.announcement_id, Publication.revision)
        .execution_options(yield_per=1000)
    )
    for announcement_id, group in groupby(rows, key=lambda row: row.announcement_id):
        notes: list[int] = []
        reasons: list[int] = []
        words = ""
        for _id, revision, note, why in group:
            for text, revisions in ((note, notes), (why, reasons)):
                if said := finder.words(text):
                    revisions.append(revision)
                    words = words or said
        if words:
            yield Mention(
                "notes", slug, announcement_id, words, True, (), tuple(notes), tuple(reasons)
            )


def _published_text(content: dict[str, Any]) -> str:
    said = [str(content.get(name, "")) for name in _DETAILS]
    # A full stop between them: what ends one begins no name with the next.
    return " . ".join([*said, " ".join(one["text"] for one in content["segments"])])


def _elsewhere(session: Session, finder: _Finder, unit_id: str, slug: str) -> Iterator[Mention]:
    messages = session.scalars(
        select(Feedback).where(Feedback.unit_id == unit_id).order_by(Feedback.created_at)
    )
    for row in messages:
        said = [row.text, row.contact, row.answer, row.public_question]
        words = next(filter(None, map(finder.words, said)), "")
        if words and row.state != "hidden":
            yield Mention("feedback", slug, row.id, words, row.published_at is not None)
    terms = session.scalars(
        select(GlossaryTerm).where(GlossaryTerm.unit_id == unit_id).order_by(GlossaryTerm.id)
    )
    for term in terms:
        if words := finder.words(term.text):
            yield Mention("term", slug, term.id, words, False)


def _take(
    session: Session,
    subject_id: str,
    mentions: Collection[Mention],
    reason: str,
    actor_id: str,
    taken: Taken,
) -> None:
    kinds = {one.kind for one in mentions}
    if "feedback" in kinds:
        forget_contact(session, feedback_id=subject_id, actor_id=actor_id)
        hide_feedback(session, feedback_id=subject_id, actor_id=actor_id)
        taken.hidden += 1
    elif "term" in kinds:
        forget_term(session, term_id=subject_id, actor_id=actor_id)
        taken.removed += 1
    else:
        _take_announcement(session, subject_id, mentions, reason, actor_id, taken)


def _take_announcement(
    session: Session,
    announcement_id: str,
    mentions: Collection[Mention],
    reason: str,
    actor_id: str,
    taken: Taken,
) -> None:
    announcement = lock_announcement(session, announcement_id)
    said = Taken()
    for one in mentions:
        if one.notes or one.reasons:
            said.task_ids.append(_blank_notes(session, announcement, one, reason, actor_id))
            said.blanked += len(one.notes) + len(one.reasons)
    open_ids = [segment_id for one in mentions for segment_id in one.segment_ids]
    was_withdrawn = announcement.state == State.WITHDRAWN
    if open_ids:
        if was_withdrawn:
            reopen_announcement(session, announcement_id=announcement_id, actor_id=actor_id)
        next_state(State(announcement.state), Action.EDIT)  # refused as long as it is transcribed
        for segment_id in open_ids:
            cover_segment(session, segment_id=segment_id, cover=BEEP, actor_id=actor_id)
        said.covered += len(open_ids)
    is_out = any(one.is_public and one.kind != "notes" for one in mentions)
    if is_out or announcement.state == State.APPROVED or (open_ids and was_withdrawn):
        task_id = withdraw_announcement(
            session, announcement_id=announcement_id, reason=reason, actor_id=actor_id
        )
        said.withdrawn += not was_withdrawn
        if task_id is not None:
            said.task_ids.append(task_id)
    session.flush()
    taken.covered += said.covered
    taken.withdrawn += said.withdrawn
    taken.blanked += said.blanked
    taken.task_ids += said.task_ids


def _blank_notes(
    session: Session, announcement: Announcement, mention: Mention, reason: str, actor_id: str
) -> str:
    """Take what names somebody out of what residents are told of corrections and withdrawals.

    Returns the id of the task that writes the pages again. Raises Forbidden.
    """
    require_role(session, actor_id, announcement.unit_id, "approver")
    publications = session.scalars(
        select(Publication)
        .where(Publication.announcement_id == announcement.id)
        .order_by(Publication.revision)
        .with_for_update()
    ).all()
    told: dict[str, str] = {}
    for one in publications:
        if one.revision in mention.notes:
            one.public_note = ""
        if one.revision in mention.reasons:
            one.withdrawn_reason = reason
            told = {"reason": reason} if one.is_current else told
        notes = Correction.of_content(one.content)
        kept = [note.to_json() for note in notes if note.revision not in mention.notes]
        if len(kept) < len(notes):
            rest = {name: value for name, value in one.content.items() if name != "corrections"}
            one.content = rest | ({"corrections": kept} if kept else {})
        if one.is_current:
            told["seal"] = publication_seal(one.content, one.audio)
    note_announcement(session, announcement, actor_id, "blank_notes", **told)
    session.flush()
    return add_task(session, kind="unpublish", announcement_id=announcement.id)
