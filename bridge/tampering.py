"""Whether approvals and publications are what the audit log says of them.

The log is a chain whose changes show (`bridge.audit`); it names who approved which text and what
went out. Rows that say something else were written by nobody who used Loa. Nothing is changed.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.inspection_findings import Finding
from bridge.models import Approval, AuditEntry, Publication

# After the publishing itself: its sound made anew, what names a person taken out of it, its end.
_TELLING = ("publish", "remake_sound", "blank_notes", "withdraw", "joined_into")


def publication_seal(content: dict[str, Any], audio: dict[str, Any]) -> str:
    """SHA-256 over canonical JSON of what pages are built from, and of the names and hashes of the
    published sound. It stands in the audit log from the moment something is published.
    """
    written = json.dumps(
        [content, audio], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(written.encode()).hexdigest()


def find_tampering(session: Session) -> Iterator[Finding]:
    """Codes: `approval_unlogged`, an approval nobody gave, or not of this text, or with another
    public note, or not at all there although it was given; `publication_changed`, a publication
    that is not what went out, never went out, or stands although it was taken down.
    """
    yield from _approvals(session)
    yield from _publications(session)


def _approvals(session: Session) -> Iterator[Finding]:
    given: Counter[tuple[str, str | None, str, str]] = Counter()
    logged = select(AuditEntry.subject_id, AuditEntry.actor_id, AuditEntry.data).where(
        AuditEntry.action == "approve", AuditEntry.subject_type == "announcement"
    )
    with closing(session.execute(logged.execution_options(yield_per=1000))) as entries:
        for announcement_id, actor_id, data in entries:
            given[announcement_id, actor_id, str(data.get("digest")), data.get("note", "")] += 1
    standing = select(
        Approval.announcement_id, Approval.user_id, Approval.digest, Approval.public_note
    )
    with closing(session.execute(standing.execution_options(yield_per=1000))) as rows:
        given.subtract(
            (row.announcement_id, row.user_id, row.digest, row.public_note) for row in rows
        )
    for announcement_id in sorted({one[0] for one, count in given.items() if count}):
        yield Finding("approval_unlogged", announcement_id)


@dataclass(slots=True)
class _Told:
    """What the log says of an announcement's newest publication.

    `seal`: None for what went out before publications were sealed. `taken_down`: why residents were
    told it is gone, None while it stands.
    """

    seal: str | None = None
    taken_down: str | None = None


def _publications(session: Session) -> Iterator[Finding]:
    told = _told_of_publications(session)
    standing = (
        select(
            Publication.announcement_id,
            Publication.content,
            Publication.audio,
            Publication.digest,
            Publication.withdrawn_at,
            Publication.withdrawn_reason,
            Approval.digest.label("approved"),
        )
        .join(Approval, Publication.approval_id == Approval.id)
        .where(Publication.is_current)
        .order_by(Publication.announcement_id)
        .execution_options(yield_per=100)
    )
    with closing(session.execute(standing)) as rows:
        for row in rows:
            one = told.get(row.announcement_id)
            taken_down = None if row.withdrawn_at is None else row.withdrawn_reason
            if (
                one is None
                or one.seal not in (None, publication_seal(row.content, row.audio))
                or one.taken_down != taken_down
                or row.digest != row.approved
            ):
                yield Finding("publication_changed", row.announcement_id)


def _told_of_publications(session: Session) -> dict[str, _Told]:
    logged = (
        select(AuditEntry.subject_id, AuditEntry.action, AuditEntry.data)
        .where(AuditEntry.action.in_(_TELLING), AuditEntry.subject_type == "announcement")
        .order_by(AuditEntry.sequence)
        .execution_options(yield_per=1000)
    )
    told: dict[str, _Told] = {}
    with closing(session.execute(logged)) as entries:
        for announcement_id, action, data in entries:
            if action == "publish":
                told[announcement_id] = _Told(data.get("seal"))
            elif (one := told.get(announcement_id)) is None:
                continue  # dropped before it ever went out
            elif action in ("withdraw", "joined_into"):
                if one.taken_down is None:  # what was down already keeps the reason it had
                    one.taken_down = data.get("reason", "")
            else:
                one.seal = data.get("seal", one.seal)
                if "reason" in data and one.taken_down is not None:
                    one.taken_down = data["reason"]
    return told
