"""People, units and who may do what in which unit."""

import re
import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.audit import write_entry
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound
from bridge.models import ROLES, Membership, Unit, User
from bridge.vietnamese import to_nfc

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SUPERVISOR = "supervisor"  # reads, and does nothing else
# First parts of addresses that belong to the application.
RESERVED_SLUGS = frozenset({"api", "assets", "dem", "health", "lam-viec", "metrics", "static"})


def create_unit(
    session: Session,
    *,
    slug: str,
    name: str,
    authority: str = "",
    kind: str = "commune",
    parent_id: str | None = None,
    editor_may_approve: bool = False,
    actor_id: str | None = None,
) -> Unit:
    """Add a unit. Raises InvalidInput `slug_invalid` / `name_missing`, Conflict `unit_exists`."""
    name = " ".join(to_nfc(name).split())
    if slug in RESERVED_SLUGS:
        raise InvalidInput("slug_reserved", slug=slug)
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        raise InvalidInput("slug_invalid", slug=slug)
    if not name:
        raise InvalidInput("name_missing")
    if session.scalar(select(Unit.id).where(Unit.slug == slug)):
        raise Conflict("unit_exists", slug=slug)
    unit = Unit(
        slug=slug,
        name=name,
        authority=to_nfc(authority) or f"Ủy ban nhân dân {name[:1].lower()}{name[1:]}",
        kind=kind,
        parent_id=parent_id,
        editor_may_approve=editor_may_approve,
    )
    session.add(unit)
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action="create_unit",
        subject_type="unit",
        subject_id=unit.id,
        unit_id=unit.id,
        slug=slug,
        **({"editor_may_approve": True} if editor_may_approve else {}),
    )
    return unit


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    actor_id: str | None = None,
) -> User:
    """Add a member of staff; without a password nobody signs in yet.

    Raises InvalidInput `email_invalid`, Conflict `user_exists`.
    """
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidInput("email_invalid", email=email)
    if session.scalar(select(User.id).where(User.email == email)):
        raise Conflict("user_exists", email=email)
    user = User(
        email=email,
        name=" ".join(to_nfc(name).split()) or email,
        password=password_hash,
        fs_uniquifier=uuid.uuid4().hex,
    )
    session.add(user)
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action="create_user",
        subject_type="user",
        subject_id=user.id,
        email=email,
    )
    return user


def set_password(
    session: Session, *, user_id: str, password_hash: str, actor_id: str | None = None
) -> None:
    """Give a person a new password; every session of theirs ends."""
    user = session.get_one(User, user_id)
    user.password = password_hash
    user.fs_uniquifier = uuid.uuid4().hex
    write_entry(
        session,
        actor_id=actor_id,
        action="set_password",
        subject_type="user",
        subject_id=user_id,
    )


def grant_role(
    session: Session, *, user_id: str, unit_id: str, role: str, actor_id: str | None = None
) -> None:
    """Give a person a role in a unit; harmless when they have it. InvalidInput `role_unknown`."""
    if role not in ROLES:
        raise InvalidInput("role_unknown", role=role)
    if role in own_roles(session, user_id).get(unit_id, frozenset()):
        return
    session.add(Membership(user_id=user_id, unit_id=unit_id, role=role))
    write_entry(
        session,
        actor_id=actor_id,
        action="grant_role",
        subject_type="user",
        subject_id=user_id,
        unit_id=unit_id,
        role=role,
    )


def find_user(session: Session, email: str) -> User:
    """The person with this address. Raises NotFound `user_unknown`."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise NotFound("user_unknown", email=email)
    return user


def own_roles(session: Session, user_id: str) -> dict[str, frozenset[str]]:
    """The roles that the person was given, by unit id."""
    roles: dict[str, frozenset[str]] = {}
    rows = session.execute(
        select(Membership.unit_id, Membership.role).where(Membership.user_id == user_id)
    )
    for unit_id, role in rows:
        roles[unit_id] = roles.get(unit_id, frozenset()) | {role}
    return roles


def roles_by_unit(session: Session, user_id: str) -> dict[str, frozenset[str]]:
    """The person's roles, by unit id. Who supervises a unit supervises all units below it."""
    roles = own_roles(session, user_id)
    supervised = {unit_id for unit_id, held in roles.items() if SUPERVISOR in held}
    for unit_id in _below(session, supervised) if supervised else ():
        roles[unit_id] = roles.get(unit_id, frozenset()) | {SUPERVISOR}
    return roles


def set_parent(
    session: Session, *, slug: str, parent_slug: str | None, actor_id: str | None = None
) -> bool:
    """Put a unit below another, whose supervisors may read it from now on; None: below none.

    False where it was so already. Raises NotFound `unit_unknown`, Conflict `unit_circular` where
    the other is the unit itself or below it, Forbidden for who is not admin of both.
    """
    # All units: two moves at once must not make a circle that neither sees.
    units = {
        unit.slug: unit
        for unit in session.scalars(select(Unit).order_by(Unit.id).with_for_update())
    }
    for named in (slug, parent_slug):
        if named is not None and named not in units:
            raise NotFound("unit_unknown", slug=named)
    unit = units[slug]
    parent = units[parent_slug] if parent_slug is not None else None
    for one in (unit, parent):
        if one is not None:
            require_role(session, actor_id, one.id)
    if parent is not None and parent.id in {unit.id, *_below(session, {unit.id})}:
        raise Conflict("unit_circular", slug=slug, parent=parent.slug)
    if unit.parent_id == (parent.id if parent else None):
        return False
    unit.parent_id = parent.id if parent else None
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action="move_unit",
        subject_type="unit",
        subject_id=unit.id,
        unit_id=unit.id,
        parent=parent_slug,
    )
    return True


def _below(session: Session, unit_ids: Collection[str]) -> set[str]:
    """Ids of all units below these, whatever their depth."""
    children: dict[str, list[str]] = {}
    pairs = select(Unit.id, Unit.parent_id).where(Unit.parent_id.is_not(None))
    for unit_id, parent_id in session.execute(pairs):
        children.setdefault(str(parent_id), []).append(unit_id)
    found: set[str] = set()
    waiting = [*unit_ids]
    while waiting:
        below = [one for one in children.get(waiting.pop(), ()) if one not in found]
        found.update(below)
        waiting += below
    return found


def require_role(session: Session, actor_id: str | None, unit_id: str, *roles: str) -> None:
    """Raise Forbidden unless the actor has one of the roles in the unit. None is the system.

    An admin of a unit may do everything in it.
    """
    if actor_id is None:
        return
    user = session.get(User, actor_id)
    held = roles_by_unit(session, actor_id).get(unit_id, frozenset())
    if user is None or not user.active or not held & {*roles, "admin"}:
        raise Forbidden("role_missing", roles=list(roles))
