"""What a program sent: remembered under its idempotency key, and told of to no other unit."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bridge.api_tokens import TokenInfo
from bridge.audit import note_announcement
from bridge.db import is_id, utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.intake import Receipt
from bridge.models import Announcement, IntakeRequest, Publication, Recording

# A program that tries again does so within hours; the same sound is known for ever by its hash.
KEY_KEPT = timedelta(days=30)
_KEY = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, slots=True)
class SentRecording:
    """Where a recording stands that a program sent. Moments are aware, lengths in ms."""

    announcement_id: str
    state: str
    failure_code: str | None
    title: str
    priority: str
    broadcast_at: datetime
    received_at: datetime
    duration_ms: int
    sha256: str
    page_path: str | None  # while it stands on the portal


def require_key(key: str) -> str | None:
    """An idempotency key as it came; None where there is none. Raises InvalidInput."""
    if not key:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput("idempotency_key")
    return key


def answer_of_key(session: Session, token: TokenInfo, key: str) -> tuple[str, str] | None:
    """The announcement and the sound's SHA-256 of what came under this key; None: nothing."""
    row = session.get(IntakeRequest, (token.id, key))
    return None if row is None else (row.announcement_id, row.sha256)


def note_machine_intake(
    session: Session, token: TokenInfo, receipt: Receipt, *, key: str | None, sha256: str
) -> None:
    """Write down which program sent an announcement, in the transaction that makes it.

    Done twice with the same key there is one row. Keys older than KEY_KEPT are forgotten.
    """
    if receipt.duplicate_of is None:
        announcement = session.get_one(Announcement, receipt.announcement_id)
        note_announcement(session, announcement, None, "receive_from_program", name=token.name)
    session.execute(
        delete(IntakeRequest).where(
            IntakeRequest.token_id == token.id, IntakeRequest.created_at < utc_now() - KEY_KEPT
        )
    )
    if key is not None and session.get(IntakeRequest, (token.id, key)) is None:
        session.add(
            IntakeRequest(
                token_id=token.id, key=key, sha256=sha256, announcement_id=receipt.announcement_id
            )
        )
        session.flush()


def sent_recording(session: Session, token: TokenInfo, announcement_id: str) -> SentRecording:
    """Where an announcement of the token's unit stands. Raises NotFound `recording_unknown`."""
    if not is_id(announcement_id):
        raise NotFound("recording_unknown", id=announcement_id[:40])
    row = session.execute(
        select(Announcement, Recording.sha256, Publication.id)
        .join(Recording, Announcement.recording_id == Recording.id)
        .outerjoin(
            Publication,
            (Publication.announcement_id == Announcement.id)
            & Publication.is_current
            & Publication.withdrawn_at.is_(None),
        )
        .where(Announcement.id == announcement_id, Announcement.unit_id == token.unit_id)
    ).one_or_none()
    if row is None:
        raise NotFound("recording_unknown", id=announcement_id)
    found: Announcement = row.Announcement
    return SentRecording(
        announcement_id=found.id,
        state=found.state,
        failure_code=found.failure_code,
        title=found.title,
        priority=found.priority,
        broadcast_at=found.broadcast_at,
        received_at=found.created_at,
        duration_ms=found.duration_ms,
        sha256=row.sha256,
        page_path=f"/{token.unit_slug}/{found.id}/" if row[2] is not None else None,
    )
