"""Tokens with which programs send recordings: for one unit, for some things, until a day.

A token is `loa_` and 256 random bits. Only its SHA-256 is kept: from so much chance nothing is
guessed back, so no slow hash is needed. It is shown once, when it is made.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.db import Database, utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated
from bridge.models import TOKEN_SCOPES, ApiToken, Unit
from bridge.transcript import normalise_text

PREFIX = "loa_"
NAME_LENGTH = 100
USUAL_DAYS, MOST_DAYS = 365, 730
MOST_TOKENS = 50  # of a unit, that hold
_LONGEST = 200  # characters; a header may be anything


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as lists show it; the token itself is nowhere."""

    id: str
    unit_id: str
    unit_slug: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None

    def holds(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at


def add_token(
    session: Session,
    *,
    unit_id: str,
    name: str,
    scopes: Collection[str],
    days: int = USUAL_DAYS,
    actor_id: str | None = None,
    now: datetime | None = None,
) -> tuple[TokenInfo, str]:
    """Make a token for a unit; what is known of it, and the token, which is not kept.

    Done twice there are two. Raises InvalidInput `token_name_missing`, `token_scope_unknown`,
    `token_days` (`limit`), Conflict `too_many_tokens` (`limit`), Forbidden.
    """
    require_role(session, actor_id, unit_id)
    now = now or utc_now()
    name = normalise_text(name)[:NAME_LENGTH]
    if not name:
        raise InvalidInput("token_name_missing")
    if not scopes or not set(scopes) <= set(TOKEN_SCOPES):
        raise InvalidInput("token_scope_unknown")
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput("token_days", limit=MOST_DAYS)
    standing = session.scalar(
        select(func.count(ApiToken.id)).where(
            ApiToken.unit_id == unit_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
    )
    if (standing or 0) >= MOST_TOKENS:
        raise Conflict("too_many_tokens", limit=MOST_TOKENS)
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        unit_id=unit_id,
        name=name,
        sha256=_hash(token),
        scopes=[scope for scope in TOKEN_SCOPES if scope in scopes],
        created_by=actor_id,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    _note(session, row, actor_id, "add_token", name=name, scopes=row.scopes, days=days)
    return _info(row, session.get_one(Unit, unit_id).slug), token


def revoke_token(
    session: Session, *, token_id: str, unit_id: str | None = None, actor_id: str | None = None
) -> None:
    """End a token at once. Done twice, the second time changes nothing.

    Raises NotFound `machine_token_unknown`, also for one of another unit than `unit_id`, Forbidden.
    """
    row = session.get(ApiToken, token_id, with_for_update=True)
    if row is None or unit_id not in (None, row.unit_id):
        raise NotFound("machine_token_unknown")
    require_role(session, actor_id, row.unit_id)
    if row.revoked_at is not None:
        return
    row.revoked_at = utc_now()
    _note(session, row, actor_id, "revoke_token", name=row.name)


def list_tokens(session: Session, unit_id: str | None = None) -> list[TokenInfo]:
    """A unit's tokens (None: of all units), the newest first."""
    query = select(ApiToken, Unit.slug).join(Unit, ApiToken.unit_id == Unit.id)
    if unit_id is not None:
        query = query.where(ApiToken.unit_id == unit_id)
    rows = session.execute(query.order_by(ApiToken.created_at.desc(), ApiToken.id))
    return [_info(row.ApiToken, row.slug) for row in rows]


def find_token(session: Session, token: str, scope: str, now: datetime | None = None) -> TokenInfo:
    """Whose token this is, if it allows `scope`.

    Raises Unauthenticated `token_missing`, `token_unknown`, `token_revoked`, `token_expired`,
    Forbidden `token_scope`.
    """
    if not token:
        raise Unauthenticated("token_missing")
    if len(token) > _LONGEST or not token.isascii():
        raise Unauthenticated("token_unknown")
    row = session.execute(
        select(ApiToken, Unit.slug)
        .join(Unit, ApiToken.unit_id == Unit.id)
        .where(ApiToken.sha256 == _hash(token))
    ).one_or_none()
    if row is None:
        raise Unauthenticated("token_unknown")
    found = _info(row.ApiToken, row.slug)
    if found.revoked_at is not None:
        raise Unauthenticated("token_revoked")
    if not found.holds(now or utc_now()):
        raise Unauthenticated("token_expired")
    if scope not in found.scopes:
        raise Forbidden("token_scope", scope=scope)
    return found


def note_use(db: Database, token: TokenInfo, now: datetime | None = None) -> None:
    """Remember the day of a token's use; one write a day, whatever it does."""
    today = (now or utc_now()).astimezone(UTC).date()
    if token.last_used_on == today:
        return
    with db.writing() as session:
        session.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_on=today))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _info(row: ApiToken, slug: str) -> TokenInfo:
    return TokenInfo(
        row.id,
        row.unit_id,
        slug,
        row.name,
        tuple(row.scopes),
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.last_used_on,
    )


def _note(
    session: Session, row: ApiToken, actor_id: str | None, action: str, **data: object
) -> None:
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type="api_token",
        subject_id=row.id,
        unit_id=row.unit_id,
        **data,
    )
