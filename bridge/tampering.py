"""Whether approvals and publications are what the audit log says of them.

The log is a chain whose changes show (`bridge.audit`); it names who approved which text and what
went out. Rows that say something else were written by nobody who used Loa. Nothing is changed.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.inspection_findings import Finding
from bridge.models import Approval, AuditEntry, Publication


def publication_seal(content: dict[str, Any], audio: dict[str, Any]) -> str:
    """SHA-256 over canonical JSON of what pages are built from, and of the names and hashes of the
    published sound. It stands in the audit log from the moment something is published.
    """
    written = json.dumps(
        [content, audio], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(written.encode()).hexdigest()


def find_tampering(session: Session) -> Iterator[Finding]:
    """Codes: `approval_unlogged`, an approval nobody gave, or not of this text, or not at all
    there although it was given; `publication_changed`, a standing publication that is not what
    went out.
    """
    yield from _approvals(session)
    yield from _publications(session)


def _approvals(session: Session) -> Iterator[Finding]:
    given: Counter[tuple[str, str | None, str]] = Counter()
    logged = select(AuditEntry.subject_id, AuditEntry.actor_id, AuditEntry.data).where(
        AuditEntry.action == "approve", AuditEntry.subject_type == "announcement"
    )
    with closing(session.execute(logged.execution_options(yield_per=1000))) as entries:
        for announcement_id, actor_id, data in entries:
            given[announcement_id, actor_id, str(data.get("digest"))] += 1
    standing = select(Approval.announcement_id, Approval.user_id, Approval.digest)
    with closing(session.execute(standing.execution_options(yield_per=1000))) as rows:
        given.subtract((row.announcement_id, row.user_id, row.digest) for row in rows)
    for announcement_id in sorted({one[0] for one, count in given.items() if count}):
        yield Finding("approval_unlogged", announcement_id)


def _publications(session: Session) -> Iterator[Finding]:
    """Only what went out since publications are sealed has something to be compared with."""
    seals: dict[str, str] = {}  # the newest of each announcement
    logged = (
        select(AuditEntry.subject_id, AuditEntry.data)
        .where(
            AuditEntry.action.in_(("publish", "remake_sound")),
            AuditEntry.subject_type == "announcement",
        )
        .order_by(AuditEntry.sequence)
        .execution_options(yield_per=1000)
    )
    with closing(session.execute(logged)) as entries:
        for announcement_id, data in entries:
            if "seal" in data:
                seals[announcement_id] = data["seal"]
    standing = (
        select(
            Publication.announcement_id,
            Publication.content,
            Publication.audio,
            Publication.digest,
            Approval.digest.label("approved"),
        )
        .join(Approval, Publication.approval_id == Approval.id)
        .where(Publication.is_current)
        .order_by(Publication.announcement_id)
        .execution_options(yield_per=100)
    )
    with closing(session.execute(standing)) as rows:
        for row in rows:
            seal = seals.get(row.announcement_id)
            is_sealed = seal in (None, publication_seal(row.content, row.audio))
            if not is_sealed or row.digest != row.approved:
                yield Finding("publication_changed", row.announcement_id)
