"""A unit's own names: kept by its people, offered to its editors, learned from what they correct.

Admins, editors and approvers of a unit may add a name: whoever hears one wrong wants it right the
next time. Only an admin changes or removes one, or refuses a learned one for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.errors import BridgeError, Conflict, InvalidInput, NotFound
from bridge.models import (
    TERM_KINDS,
    Announcement,
    Edit,
    GlossaryRefusal,
    GlossaryTerm,
    Unit,
)
from bridge.transcript import normalise_text
from bridge.vietnamese import token_key

TERM_LENGTH = 200  # characters; the longest names of offices have about half
KEY_LENGTH = 400  # the column's; a key spells each tone apart
# Each is compared with every stretch of a text; a commune has some hundred names.
MOST_TERMS = 1000
# Newest corrections looked at: over a year's work of one editor, a second to compare.
MOST_CORRECTIONS = 3000

SUBJECT = "glossary_term"
_SEGMENTS_A_QUERY = 500  # SQLite takes some thousand values in one statement

# The tokens of a segment before and after its correction.
Correction = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """A name as it is to be written. `kind` is one of models.TERM_KINDS; `accepted` counts how
    often editors took it in place of what the engine heard."""

    id: str
    text: str
    key: str
    kind: str
    accepted: int


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line of a list of names. `problem` holds the code where it was refused:
    `term_exists` for a known name, else why it cannot be one."""

    text: str
    problem: BridgeError | None = None


def term_key(text: str) -> str:
    """How two names are compared: letter case, punctuation and the place of a tone do not count."""
    return " ".join(key for token in text.split() if (key := token_key(token)))


def list_terms(session: Session, unit_id: str) -> tuple[Term, ...]:
    """The unit's names, those taken most often first, then by the alphabet of their keys."""
    rows = session.scalars(
        select(GlossaryTerm)
        .where(GlossaryTerm.unit_id == unit_id)
        .order_by(GlossaryTerm.accepted.desc(), GlossaryTerm.key)
    )
    return tuple(as_term(row) for row in rows)


def add_term(
    session: Session,
    *,
    unit_id: str,
    text: str,
    kind: str = "other",
    actor_id: str | None = None,
) -> Term:
    """Add a name. One that had been refused as a candidate is wanted after all.

    Raises InvalidInput `term_empty`, `term_too_long` (`limit`), `term_kind_unknown`, Conflict
    `term_exists` (`text` as it stands there), `too_many_terms` (`limit`), Forbidden.
    """
    require_role(session, actor_id, unit_id, "editor", "approver")
    lock_unit_terms(session, unit_id)
    text, key = _checked(text, kind)
    row = GlossaryTerm(unit_id=unit_id, text=text, key=key, kind=kind, created_by=actor_id)
    insert_term(session, row)
    session.execute(
        delete(GlossaryRefusal).where(
            GlossaryRefusal.unit_id == unit_id, GlossaryRefusal.key == key
        )
    )
    note_term(session, actor_id, "add_term", row)
    return as_term(row)


def add_terms(
    session: Session,
    *,
    unit_id: str,
    lines: Sequence[str],
    kind: str = "other",
    actor_id: str | None = None,
) -> tuple[LineOutcome, ...]:
    """Add one name a line; lines without words are passed over. What cannot be added is reported
    and the rest is added all the same. Raises Forbidden, InvalidInput `term_kind_unknown`.
    """
    require_role(session, actor_id, unit_id, "editor", "approver")
    _check_kind(kind)
    outcomes = []
    for line in lines:
        text = normalise_text(line).strip(" ,;.")
        if not term_key(text):
            continue
        try:
            add_term(session, unit_id=unit_id, text=text, kind=kind, actor_id=actor_id)
            outcomes.append(LineOutcome(text))
        except (InvalidInput, Conflict) as error:
            outcomes.append(LineOutcome(text, error))
            if error.code == "too_many_terms":
                break
    return tuple(outcomes)


def change_term(
    session: Session, *, term_id: str, text: str, kind: str, actor_id: str | None = None
) -> Term:
    """Write a name otherwise, or give it another kind; what it was accepted for stays counted.

    Raises as `add_term`, and NotFound `term_unknown`.
    """
    row = lock_term(session, term_id)
    require_role(session, actor_id, row.unit_id, "admin")
    text, key = _checked(text, kind)
    if key != row.key:
        _refuse_known(session, row.unit_id, key)
    if (text, kind) == (row.text, row.kind):
        return as_term(row)
    before = row.text
    row.text, row.key, row.kind = text, key, kind
    session.flush()
    note_term(session, actor_id, "change_term", row, before=before)
    return as_term(row)


def term_of_unit(session: Session, term_id: str, unit_id: str) -> Term:
    """One name of this unit. Raises NotFound `term_unknown`."""
    row = session.get(GlossaryTerm, term_id)
    if row is None or row.unit_id != unit_id:
        raise NotFound("term_unknown", id=term_id)
    return as_term(row)


def find_term(session: Session, unit_id: str, text: str) -> Term:
    """The unit's name that compares equal to `text`. Raises NotFound `term_unknown`."""
    row = standing_term(session, unit_id, term_key(text))
    if row is None:
        raise NotFound("term_unknown", text=text)
    return as_term(row)


def refuse_candidate(
    session: Session, *, unit_id: str, text: str, actor_id: str | None = None
) -> None:
    """Never offer this learned name again; harmless when it was refused before.

    Raises InvalidInput `term_empty`, `term_too_long`, Forbidden.
    """
    require_role(session, actor_id, unit_id, "admin")
    lock_unit_terms(session, unit_id)
    text, key = _checked(text, "other")
    if key in refused_keys(session, unit_id):
        return
    session.add(GlossaryRefusal(unit_id=unit_id, key=key, refused_by=actor_id))
    write_entry(
        session,
        actor_id=actor_id,
        action="refuse_candidate",
        subject_type="unit",
        subject_id=unit_id,
        unit_id=unit_id,
        text=text,
    )


def refused_keys(session: Session, unit_id: str) -> frozenset[str]:
    """The keys (`term_key`) of learned names that an admin did not want."""
    rows = session.scalars(select(GlossaryRefusal.key).where(GlossaryRefusal.unit_id == unit_id))
    return frozenset(rows)


def corrections_of_unit(
    session: Session, unit_id: str, since: datetime | None = None
) -> tuple[Correction, ...]:
    """What editors made of each segment that they saved after `since`: tokens before and after.

    One correction a segment, from the text before its first edit in that time to the text after
    its last: the page saves while somebody types, and half-typed names are nobody's correction.
    The newest MOST_CORRECTIONS segments, newest first; segments that ended where they began are
    left out.
    """
    edits = (
        select(
            Edit.segment_id,
            func.min(Edit.version).label("first"),
            func.max(Edit.version).label("last"),
        )
        .join(Announcement, Edit.announcement_id == Announcement.id)
        .where(Announcement.unit_id == unit_id)
        .group_by(Edit.segment_id)
        .order_by(func.max(Edit.created_at).desc(), Edit.segment_id)
        .limit(MOST_CORRECTIONS)
    )
    if since is not None:
        edits = edits.where(Edit.created_at >= since)
    spans = {row.segment_id: (row.first, row.last) for row in session.execute(edits)}
    return tuple(
        (tuple(before.split()), tuple(after.split()))
        for before, after in _net_changes(session, spans)
        if before != after
    )


def count_acceptance(session: Session, term_id: str, by: int = 1) -> None:
    """Note that an editor took a suggested name (or, with -1, took that back). In the caller's
    transaction; a name that was removed meanwhile is passed over."""
    session.execute(
        update(GlossaryTerm)
        .where(GlossaryTerm.id == term_id, GlossaryTerm.accepted + by >= 0)
        .values(accepted=GlossaryTerm.accepted + by)
    )


def _net_changes(session: Session, spans: dict[str, tuple[int, int]]) -> list[tuple[str, str]]:
    """Text before the first and after the last edit of each segment."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    wanted = list(spans)
    for first in range(0, len(wanted), _SEGMENTS_A_QUERY):
        part = wanted[first : first + _SEGMENTS_A_QUERY]
        rows = session.execute(
            select(Edit.segment_id, Edit.version, Edit.before, Edit.after).where(
                Edit.segment_id.in_(part)
            )
        )
        for row in rows:
            first_version, last_version = spans[row.segment_id]
            if row.version == first_version:
                before[row.segment_id] = row.before
            if row.version == last_version:
                after[row.segment_id] = row.after
    return [(before[segment_id], after[segment_id]) for segment_id in wanted]


def _checked(text: str, kind: str) -> tuple[str, str]:
    """The stored form of a name and its key."""
    _check_kind(kind)
    text = normalise_text(text)
    key = term_key(text)
    if not key:
        raise InvalidInput("term_empty")
    if len(text) > TERM_LENGTH or len(key) > KEY_LENGTH:
        raise InvalidInput("term_too_long", limit=TERM_LENGTH)
    return text, key


def _check_kind(kind: str) -> None:
    if kind not in TERM_KINDS:
        raise InvalidInput("term_kind_unknown", kind=kind)


def _refuse_known(session: Session, unit_id: str, key: str) -> None:
    there = standing_term(session, unit_id, key)
    if there is not None:
        raise Conflict("term_exists", text=there.text)


def standing_term(session: Session, unit_id: str, key: str) -> GlossaryTerm | None:
    """The unit's name of this `term_key`, if there is one."""
    return session.scalar(
        select(GlossaryTerm).where(GlossaryTerm.unit_id == unit_id, GlossaryTerm.key == key)
    )


def insert_term(session: Session, row: GlossaryTerm) -> None:
    """Put a name in. Raises Conflict where it is known, or `too_many_terms` (`limit`)."""
    _refuse_known(session, row.unit_id, row.key)
    count = session.scalar(select(func.count()).where(GlossaryTerm.unit_id == row.unit_id)) or 0
    if count >= MOST_TERMS:
        raise Conflict("too_many_terms", limit=MOST_TERMS)
    session.add(row)
    session.flush()


def lock_unit_terms(session: Session, unit_id: str) -> None:
    """One change of a unit's glossary at a time: two people adding one name get one name."""
    # Not against those who only refer to the unit, and may wait for the audit log after us.
    session.scalar(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))


def lock_term(session: Session, term_id: str) -> GlossaryTerm:
    """A name, with its unit's glossary locked. Raises NotFound `term_unknown`."""
    row = session.get(GlossaryTerm, term_id)
    if row is None:
        raise NotFound("term_unknown", id=term_id)
    lock_unit_terms(session, row.unit_id)
    # Read again under the lock: somebody may have removed it meanwhile.
    found = session.get(GlossaryTerm, term_id, populate_existing=True)
    if found is None:
        raise NotFound("term_unknown", id=term_id)
    return found


def as_term(row: GlossaryTerm) -> Term:
    """A row as it is shown."""
    return Term(row.id, row.text, row.key, row.kind, row.accepted)


def note_term(
    session: Session, actor_id: str | None, action: str, row: GlossaryTerm, **data: str | int
) -> None:
    """Write into the audit log what became of a name."""
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type=SUBJECT,
        subject_id=row.id,
        unit_id=row.unit_id,
        text=row.text,
        kind=row.kind,
        **data,
    )
