"""The audit log: rows are only added, and each carries the hash of the one before.

The database refuses changes and deletions by trigger; the chain makes any that slipped past it
visible.
"""

import hashlib
import json
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.models import Announcement, AuditEntry

FIRST_HASH = "0" * 64
# Any fixed number: it names the lock under which PostgreSQL hands out sequence numbers.
_CHAIN_LOCK = 7_405_112_026


def write_entry(
    session: Session,
    *,
    actor_id: str | None,
    action: str,
    subject_type: str,
    subject_id: str,
    unit_id: str | None = None,
    **data: Any,
) -> None:
    """Add one row to the chain, in the caller's transaction. `actor_id` None is the system."""
    if session.get_bind().dialect.name == "postgresql":
        # SQLite's BEGIN IMMEDIATE already lets one writer in at a time.
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    last = session.execute(
        select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    ).one_or_none()
    entry = AuditEntry(
        sequence=last.sequence + 1 if last else 1,
        at=utc_now(),
        actor_id=actor_id,
        action=action,
        unit_id=unit_id,
        subject_type=subject_type,
        subject_id=subject_id,
        data=data,
        previous_hash=last.hash if last else FIRST_HASH,
    )
    entry.hash = hash_entry(entry)
    session.add(entry)
    session.flush()


def note_announcement(
    session: Session, announcement: Announcement, actor_id: str | None, action: str, **data: Any
) -> None:
    """Add one row about an announcement. `actor_id` None is the system."""
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type="announcement",
        subject_id=announcement.id,
        unit_id=announcement.unit_id,
        **data,
    )


def hash_entry(entry: AuditEntry) -> str:
    """SHA-256 of a row's content and its predecessor's hash, over canonical JSON."""
    content = json.dumps(
        [
            entry.previous_hash,
            entry.sequence,
            _timestamp(entry.at),
            entry.actor_id,
            entry.action,
            entry.unit_id,
            entry.subject_type,
            entry.subject_id,
            entry.data,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


def find_break(session: Session) -> int | None:
    """The sequence number of the first row that does not fit the chain, or None if all do."""
    query = select(AuditEntry).order_by(AuditEntry.sequence).execution_options(yield_per=1000)
    expected_hash, expected_sequence = FIRST_HASH, 1
    # Closed also when a break ends the loop early: PostgreSQL keeps a cursor open for it.
    with closing(session.scalars(query)) as entries:
        for entry in entries:
            if (
                entry.sequence != expected_sequence
                or entry.previous_hash != expected_hash
                or entry.hash != hash_entry(entry)
            ):
                return entry.sequence
            expected_hash, expected_sequence = entry.hash, expected_sequence + 1
    return None


def _timestamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
