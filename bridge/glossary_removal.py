"""Names that leave a unit's glossary, and come back: the audit log knows how they stood."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.errors import NotFound
from bridge.glossary import (
    SUBJECT,
    Term,
    as_term,
    insert_term,
    lock_term,
    lock_unit_terms,
    note_term,
    standing_term,
    term_key,
)
from bridge.models import AuditEntry, GlossaryTerm


def remove_term(session: Session, *, term_id: str, actor_id: str | None = None) -> Term:
    """Forget a name; the texts that hold it stay, and `restore_term` puts it back. Returns it as
    it stood. Raises NotFound `term_unknown`, Forbidden."""
    row = lock_term(session, term_id)
    require_role(session, actor_id, row.unit_id, "admin")
    removed = as_term(row)
    session.delete(row)
    session.flush()
    note_term(session, actor_id, "remove_term", row, accepted=row.accepted)
    return removed


def forget_term(session: Session, *, term_id: str, actor_id: str) -> None:
    """Remove a name for the sake of whoever bears it: the log does not say which it was, and
    nobody puts it back. Raises NotFound `term_unknown`, Forbidden."""
    row = lock_term(session, term_id)
    require_role(session, actor_id, row.unit_id, "admin")
    session.delete(row)
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action="forget_term",
        subject_type=SUBJECT,
        subject_id=row.id,
        unit_id=row.unit_id,
        kind=row.kind,
    )


def find_removed(session: Session, unit_id: str, term_id: str) -> Term | None:
    """A name of this unit as it stood when it was removed, if it was and nothing like it was
    added since. The audit log knows."""
    removal = session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.subject_type == SUBJECT,
            AuditEntry.subject_id == term_id,
            AuditEntry.action.in_(("remove_term", "forget_term")),
            AuditEntry.unit_id == unit_id,
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    if removal is None or removal.action == "forget_term":
        return None
    if session.get(GlossaryTerm, term_id) is not None:
        return None
    text = removal.data["text"]
    removed = Term(term_id, text, term_key(text), removal.data["kind"], removal.data["accepted"])
    return None if standing_term(session, unit_id, removed.key) else removed


def restore_term(
    session: Session, *, unit_id: str, term_id: str, actor_id: str | None = None
) -> Term:
    """Put a removed name back as it stood: its kind, its count, its id. Back already, it stays.

    Raises NotFound `term_unknown` where there is none to put back, Conflict `too_many_terms`,
    Forbidden.
    """
    require_role(session, actor_id, unit_id, "admin")
    lock_unit_terms(session, unit_id)
    there = session.get(GlossaryTerm, term_id)
    if there is not None and there.unit_id == unit_id:
        return as_term(there)
    removed = find_removed(session, unit_id, term_id)
    if removed is None:
        raise NotFound("term_unknown", id=term_id)
    row = GlossaryTerm(
        id=term_id,
        unit_id=unit_id,
        text=removed.text,
        key=removed.key,
        kind=removed.kind,
        accepted=removed.accepted,
        created_by=actor_id,
    )
    insert_term(session, row)
    note_term(session, actor_id, "restore_term", row)
    return as_term(row)
