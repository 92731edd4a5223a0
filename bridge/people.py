"""The people of a unit: inviting them, their roles, letting them in again.

Nobody is ever given a password by another: whoever is invited, or has forgotten theirs, gets an
address that works once and sets their own. A unit's admin changes roles in that unit alone, and
lets only those in again who work nowhere else: else one unit's admin could become another's.
"""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bridge.accounts import (
    create_unit,
    create_user,
    grant_role,
    own_roles,
    require_role,
    set_password,
)
from bridge.audit import write_entry
from bridge.db import utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound
from bridge.models import ROLES, AccountLink, Login, Membership, Passkey, Unit, User
from bridge.passkeys import forget_passkeys

INVITATION_HOLDS = timedelta(days=7)
RESET_HOLDS = timedelta(hours=24)
_LONGEST = 100  # characters of a token; an address may hold anything


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for a unit."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]  # in this unit, in the order of ROLES
    active: bool
    has_second_factor: bool
    has_password: bool  # else the invitation was not taken up yet
    works_elsewhere: bool
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that holds: what it is for and for whom; the first admin is nobody yet."""

    kind: str
    email: str = ""
    name: str = ""
    units: tuple[str, ...] = ()  # names


def list_people(session: Session, unit_id: str) -> list[Person]:
    """Everybody with a role in the unit, by name."""
    last = select(func.max(Login.created_at)).where(Login.user_id == User.id).scalar_subquery()
    held: dict[str, set[str]] = {}
    elsewhere: set[str] = set()
    ids = select(Membership.user_id).where(Membership.unit_id == unit_id)
    for one in session.scalars(select(Membership).where(Membership.user_id.in_(ids))):
        if one.unit_id == unit_id:
            held.setdefault(one.user_id, set()).add(one.role)
        else:
            elsewhere.add(one.user_id)
    with_keys = set(session.scalars(select(Passkey.user_id).where(Passkey.user_id.in_(held))))
    rows = session.execute(select(User, last).where(User.id.in_(held)).order_by(User.name, User.id))
    return [
        Person(
            user.id,
            user.email,
            user.name,
            tuple(role for role in ROLES if role in held[user.id]),
            user.active,
            user.tf_primary_method is not None or user.id in with_keys,
            user.password is not None,
            user.id in elsewhere,
            seen_at,
        )
        for user, seen_at in rows
    ]


def invite_person(
    session: Session,
    *,
    unit_id: str,
    email: str,
    name: str,
    roles: Collection[str],
    actor_id: str | None = None,
) -> tuple[str, str | None]:
    """Give somebody roles in the unit; their id, and the token of a link that sets a password.

    Who has an account already gets the roles and no link. Done twice it is the same person with the
    same roles, and until a password is set a new link, which alone holds. Raises InvalidInput
    `email_invalid`, `roles_missing`, `role_unknown`, Forbidden, also `invited_elsewhere` for who
    has not taken up an invitation of a unit that the actor is not admin of: the link would let its
    reader into that unit as well, and that unit's link into this one.
    """
    require_role(session, actor_id, unit_id)
    if not roles:
        raise InvalidInput("roles_missing")
    for role in roles:
        if role not in ROLES:
            raise InvalidInput("role_unknown", role=role)
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        user = create_user(session, email=email, name=name, password_hash=None, actor_id=actor_id)
    elif user.password is None and not _is_theirs(session, user.id, actor_id):
        raise Forbidden("invited_elsewhere", email=user.email)
    for role in ROLES:
        if role in roles:
            grant_role(session, user_id=user.id, unit_id=unit_id, role=role, actor_id=actor_id)
    if user.password is not None:
        return user.id, None
    return user.id, new_link(session, "invitation", user.id, INVITATION_HOLDS, actor_id)


def set_roles(
    session: Session,
    *,
    unit_id: str,
    user_id: str,
    roles: Collection[str],
    actor_id: str | None = None,
) -> None:
    """Let a person have exactly these roles in the unit; none takes them out of it.

    Raises InvalidInput `role_unknown`, Conflict `last_admin`, NotFound `user_unknown` for who does
    not work for the unit, Forbidden.
    """
    require_role(session, actor_id, unit_id)
    for role in roles:
        if role not in ROLES:
            raise InvalidInput("role_unknown", role=role)
    # Two admins who take each other's role away at once: the second sees what the first has done.
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))
    held = own_roles(session, user_id).get(unit_id, frozenset())
    if not held:
        raise NotFound("user_unknown", email=user_id)
    if "admin" in held and "admin" not in roles:
        _require_another_admin(session, unit_id, user_id)
    for role in ROLES:
        if role in roles:
            grant_role(session, user_id=user_id, unit_id=unit_id, role=role, actor_id=actor_id)
    for role in sorted(held - set(roles)):
        session.execute(
            delete(Membership).where(
                Membership.user_id == user_id,
                Membership.unit_id == unit_id,
                Membership.role == role,
            )
        )
        write_entry(
            session,
            actor_id=actor_id,
            action="revoke_role",
            subject_type="user",
            subject_id=user_id,
            unit_id=unit_id,
            role=role,
        )


def order_reset(
    session: Session, *, unit_id: str, user_id: str, actor_id: str | None = None
) -> str:
    """The token of a link with which a person sets a new password; older ones hold no more.

    Their password and logins stay until they use it. Raises Forbidden `works_elsewhere`, and
    `own_account` for oneself: whoever sits down at an open desk knows no password. NotFound
    `user_unknown`.
    """
    user = _require_theirs(session, unit_id, user_id, actor_id)
    write_entry(
        session,
        actor_id=actor_id,
        action="order_reset",
        subject_type="user",
        subject_id=user_id,
        unit_id=unit_id,
    )
    invited = user.password is None
    kind, holds = ("invitation", INVITATION_HOLDS) if invited else ("reset", RESET_HOLDS)
    return new_link(session, kind, user_id, holds, actor_id)


def drop_second_factor(
    session: Session, *, unit_id: str, user_id: str, actor_id: str | None = None
) -> None:
    """Take away the second factor of somebody who has lost it; their logins end.

    At the next login they set up another, where they must have one. Raises as `order_reset`.
    """
    user = _require_theirs(session, unit_id, user_id, actor_id)
    forget_second_factor(session, user, unit_id=unit_id, actor_id=actor_id)


def forget_second_factor(
    session: Session, user: User, *, unit_id: str | None = None, actor_id: str | None = None
) -> None:
    """The same, by whoever runs the machine."""
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    forget_passkeys(session, user.id)  # they lay on the device that is lost
    user.fs_uniquifier = uuid.uuid4().hex
    write_entry(
        session,
        actor_id=actor_id,
        action="drop_second_factor",
        subject_type="user",
        subject_id=user.id,
        unit_id=unit_id,
    )


def order_first(session: Session) -> str | None:
    """The token of the link with which the first admin is made; None once somebody is there."""
    if session.scalar(select(User.id).limit(1)) is not None:
        return None
    return new_link(session, "first", None, INVITATION_HOLDS, None)


def link_address(public_url: str, token: str) -> str:
    """Where a link is used."""
    return f"{public_url}/lam-viec/tai-khoan/lien-ket?ma={token}"


def open_link(session: Session, token: str, now: datetime | None = None) -> OpenLink:
    """What a link is for. Raises NotFound `link_unknown`: never was, used, too old, or replaced."""
    link = _find(session, token, now or utc_now())
    if link.user_id is None:
        return OpenLink(link.kind)
    user = session.get_one(User, link.user_id)
    names = select(Unit.name).where(Unit.id.in_(own_roles(session, user.id)))
    return OpenLink(link.kind, user.email, user.name, tuple(session.scalars(names)))


def use_link(
    session: Session, token: str, *, password_hash: str, now: datetime | None = None
) -> str:
    """Set the password of a link's person, end their logins, spend the link; their id.

    Raises NotFound `link_unknown`, also for the first admin's.
    """
    link = _find(session, token, now or utc_now())
    if link.user_id is None:
        raise NotFound("link_unknown")
    _spend(session, link)
    set_password(session, user_id=link.user_id, password_hash=password_hash, actor_id=link.user_id)
    return link.user_id


def use_first(
    session: Session,
    token: str,
    *,
    slug: str,
    unit_name: str,
    email: str,
    name: str,
    password_hash: str,
    now: datetime | None = None,
) -> str:
    """Make the first unit and its admin, who may do everything in it; the admin's id.

    Raises NotFound `link_unknown`, also when somebody is there by now, and what `create_unit` and
    `create_user` raise.
    """
    link = _find(session, token, now or utc_now())
    if link.kind != "first" or session.scalar(select(User.id).limit(1)) is not None:
        raise NotFound("link_unknown")
    unit = session.scalar(select(Unit).where(Unit.slug == slug)) or create_unit(
        session, slug=slug, name=unit_name
    )
    user = create_user(session, email=email, name=name, password_hash=password_hash)
    grant_role(session, user_id=user.id, unit_id=unit.id, role="admin", actor_id=user.id)
    _spend(session, link)
    return user.id


def new_link(
    session: Session, kind: str, user_id: str | None, holds: timedelta, actor_id: str | None
) -> str:
    """The token of a new link that holds for a while.

    Those of the same person (or of nobody) that were not used hold no more.
    """
    now = utc_now()
    session.execute(
        update(AccountLink)
        .where(
            AccountLink.user_id == user_id,  # "IS NULL" for nobody
            AccountLink.used_at.is_(None),
            AccountLink.expires_at > now,
        )
        .values(expires_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        AccountLink(
            kind=kind,
            user_id=user_id,
            secret_sha256=_hash(token),
            created_by=actor_id,
            created_at=now,
            expires_at=now + holds,
        )
    )
    session.flush()
    return token


def _find(session: Session, token: str, now: datetime) -> AccountLink:
    link = None
    if len(token) <= _LONGEST:
        link = session.scalar(
            select(AccountLink).where(
                AccountLink.secret_sha256 == _hash(token),
                AccountLink.used_at.is_(None),
                AccountLink.expires_at > now,
            )
        )
    if link is None:
        raise NotFound("link_unknown")
    return link


def _spend(session: Session, link: AccountLink) -> None:
    link.used_at = utc_now()
    write_entry(
        session,
        actor_id=link.user_id,
        action="use_link",
        subject_type="account_link",
        subject_id=link.id,
        kind=link.kind,
    )


def _require_theirs(session: Session, unit_id: str, user_id: str, actor_id: str | None) -> User:
    """The person, who works for the unit and nowhere that the actor is not admin of."""
    require_role(session, actor_id, unit_id)
    held = own_roles(session, user_id)
    if unit_id not in held:
        raise NotFound("user_unknown", email=user_id)
    user = session.get_one(User, user_id)
    if user_id == actor_id:
        raise Forbidden("own_account")
    if not _is_theirs(session, user_id, actor_id):
        raise Forbidden("works_elsewhere", name=user.name)
    return user


def _is_theirs(session: Session, user_id: str, actor_id: str | None) -> bool:
    """Whether the person works nowhere that the actor is not admin of."""
    if actor_id is None:
        return True
    own = own_roles(session, actor_id)
    held = own_roles(session, user_id)
    return all("admin" in own.get(unit, frozenset()) for unit in held)


def _require_another_admin(session: Session, unit_id: str, user_id: str) -> None:
    """A unit without an admin could be helped only from the command line."""
    another = session.scalar(
        select(Membership.id)
        .join(User, Membership.user_id == User.id)
        .where(
            Membership.unit_id == unit_id,
            Membership.role == "admin",
            Membership.user_id != user_id,
            User.active,
            User.password.is_not(None),
        )
        .limit(1)
    )
    if another is None:
        raise Conflict("last_admin")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
