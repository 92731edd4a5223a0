"""The keys by which a person signs in without a password: which there are, and what they opened.

The signatures themselves are looked at in `web.passkeys`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bridge.audit import write_entry
from bridge.db import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models import Passkey, SpentChallenge
from bridge.vietnamese import to_nfc

MOST_PASSKEYS = 10  # of one person: more devices than anybody works at
NAME_LENGTH = 60
# Longer than any challenge holds.
_SPENT_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A key as its person sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownPasskey:
    """A key as a signature is compared with it."""

    id: str
    user_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


def list_passkeys(session: Session, user_id: str) -> list[PasskeyView]:
    """A person's keys, the oldest first."""
    return [
        PasskeyView(one.id, one.name, one.created_at, one.used_at)
        for one in session.scalars(_of(user_id))
    ]


def known_passkeys(session: Session, user_id: str) -> list[KnownPasskey]:
    """The same, with what identifies each to a device."""
    return [_known(one) for one in session.scalars(_of(user_id))]


def find_passkey(session: Session, credential_id: bytes) -> KnownPasskey:
    """The key that a device names. Raises NotFound `passkey_unknown`."""
    found = session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))
    if found is None:
        raise NotFound("passkey_unknown")
    return _known(found)


def add_passkey(
    session: Session,
    *,
    user_id: str,
    name: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: Sequence[str],
) -> str:
    """Give a person another key; its id.

    Raises InvalidInput `passkey_name`, Conflict `passkey_known` for one that is somebody's already,
    `passkeys_many`.
    """
    name = " ".join(to_nfc(name).split())
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput("passkey_name", limit=NAME_LENGTH)
    if len(session.scalars(_of(user_id)).all()) >= MOST_PASSKEYS:
        raise Conflict("passkeys_many", limit=MOST_PASSKEYS)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)):
        raise Conflict("passkey_known")
    made = Passkey(
        user_id=user_id,
        name=name,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        transports=list(transports),
    )
    session.add(made)
    session.flush()
    _note(session, "add_passkey", user_id, name)
    return made.id


def use_passkey(session: Session, known: KnownPasskey, sign_count: int) -> None:
    """A key has signed: keep its count. Raises Conflict `passkey_reused` when another request with
    the same count was quicker, which only a copied key can be.
    """
    used = session.execute(
        update(Passkey)
        .where(
            Passkey.id == known.id,
            or_(Passkey.sign_count < sign_count, (Passkey.sign_count == 0) & (sign_count == 0)),
        )
        .values(sign_count=sign_count, used_at=utc_now())
    )
    if not (isinstance(used, CursorResult) and used.rowcount == 1):
        raise Conflict("passkey_reused")


def spend_challenge(session: Session, challenge: bytes, now: datetime | None = None) -> None:
    """Let nothing that was signed over this challenge count again. Conflict `passkey_reused`."""
    now = now or utc_now()
    session.execute(delete(SpentChallenge).where(SpentChallenge.at < now - _SPENT_KEPT))
    try:
        with session.begin_nested():
            session.add(SpentChallenge(sha256=hashlib.sha256(challenge).hexdigest(), at=now))
    except IntegrityError as error:
        raise Conflict("passkey_reused") from error


def remove_passkey(session: Session, *, user_id: str, passkey_id: str) -> None:
    """Take one of a person's keys away. Raises NotFound `passkey_unknown`."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.user_id != user_id:
        raise NotFound("passkey_unknown")
    session.delete(found)
    _note(session, "remove_passkey", user_id, found.name)


def forget_passkeys(session: Session, user_id: str) -> None:
    """Take all of a person's keys away, for one whose device is lost."""
    session.execute(delete(Passkey).where(Passkey.user_id == user_id))


def _of(user_id: str) -> Select[Passkey]:
    return select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at)


def _known(one: Passkey) -> KnownPasskey:
    return KnownPasskey(
        one.id, one.user_id, one.credential_id, one.public_key, one.sign_count, (*one.transports,)
    )


def _note(session: Session, action: str, user_id: str, name: str) -> None:
    write_entry(
        session,
        actor_id=user_id,
        action=action,
        subject_type="user",
        subject_id=user_id,
        name=name,
    )
