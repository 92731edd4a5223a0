"""The people of a unit: invited, given roles, let in again, by whom and by whom not."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import create_unit, create_user, grant_role, roles_by_unit
from bridge.db import utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound
from bridge.models import AuditEntry, Unit, User
from bridge.people import (
    INVITATION_HOLDS,
    RESET_HOLDS,
    drop_second_factor,
    invite_person,
    list_people,
    open_link,
    order_first,
    order_reset,
    set_roles,
    use_first,
    use_link,
)

EMAIL = "binh@xa-mau.local"


@pytest.fixture
def unit(uncommitted: Session) -> Unit:
    return create_unit(uncommitted, slug="xa-mau", name="Xã Mẫu")


def person(session: Session, unit: Unit, *roles: str, email: str = "an@xa-mau.local") -> User:
    user = create_user(session, email=email, name="Nguyễn An", password_hash="unusable")
    for role in roles:
        grant_role(session, user_id=user.id, unit_id=unit.id, role=role)
    return user


def invite(session: Session, unit: Unit, *roles: str, by: User | None = None) -> tuple[str, str]:
    user_id, token = invite_person(
        session,
        unit_id=unit.id,
        email=EMAIL,
        name="Trần Bình",
        roles=roles,
        actor_id=by.id if by else None,
    )
    assert token is not None
    return user_id, token


def roles_of(session: Session, user_id: str, unit: Unit) -> frozenset[str]:
    return roles_by_unit(session, user_id).get(unit.id, frozenset())


def test_an_invitation_is_taken_up_once(uncommitted: Session, unit: Unit) -> None:
    admin = person(uncommitted, unit, "admin")
    user_id, token = invite(uncommitted, unit, "editor", "operator", by=admin)
    found = open_link(uncommitted, token)
    assert (found.kind, found.email, found.units) == ("invitation", EMAIL, ("Xã Mẫu",))
    assert [one.has_password for one in list_people(uncommitted, unit.id)] == [True, False]
    assert use_link(uncommitted, token, password_hash="new") == user_id
    user = uncommitted.get_one(User, user_id)
    assert (user.password, user.email, user.name) == ("new", EMAIL, "Trần Bình")
    assert roles_of(uncommitted, user_id, unit) == {"editor", "operator"}
    for again in (token, token + "x", "", "x" * 10_000):
        with pytest.raises(NotFound, match="link_unknown"):
            use_link(uncommitted, again, password_hash="other")
    actions = set(uncommitted.scalars(select(AuditEntry.action)))
    assert {"create_user", "grant_role", "use_link", "set_password"} <= actions


def test_a_link_holds_a_week_and_only_the_newest_does(uncommitted: Session, unit: Unit) -> None:
    _id, first = invite(uncommitted, unit, "editor")
    _id, second = invite(uncommitted, unit, "editor")
    with pytest.raises(NotFound):
        open_link(uncommitted, first)
    soon, late = (utc_now() + INVITATION_HOLDS + timedelta(minutes=by) for by in (-1, 1))
    assert open_link(uncommitted, second, soon).email == EMAIL
    with pytest.raises(NotFound):
        open_link(uncommitted, second, late)


def test_who_has_an_account_gets_the_roles_and_no_link(uncommitted: Session, unit: Unit) -> None:
    user = person(uncommitted, unit, "operator", email=EMAIL)
    other = create_unit(uncommitted, slug="xa-khac", name="Xã Khác")
    found, token = invite_person(
        uncommitted, unit_id=other.id, email=EMAIL.upper(), name="Tên Khác", roles=["approver"]
    )
    assert (found, token) == (user.id, None)
    assert user.name == "Nguyễn An"
    assert roles_of(uncommitted, user.id, other) == {"approver"}
    assert [one.works_elsewhere for one in list_people(uncommitted, other.id)] == [True]


def test_an_invitation_of_another_unit_is_nobody_elses_to_take_up(
    uncommitted: Session, unit: Unit
) -> None:
    user_id, theirs = invite(uncommitted, unit, "admin")
    other = create_unit(uncommitted, slug="xa-khac", name="Xã Khác")
    admin = person(uncommitted, other, "admin")

    def ask() -> tuple[str, str | None]:
        return invite_person(
            uncommitted,
            unit_id=other.id,
            email=EMAIL,
            name="B",
            roles=["operator"],
            actor_id=admin.id,
        )

    with pytest.raises(Forbidden, match="invited_elsewhere"):
        ask()
    assert roles_of(uncommitted, user_id, other) == set()
    assert open_link(uncommitted, theirs).email == EMAIL
    use_link(uncommitted, theirs, password_hash="own")
    assert ask() == (user_id, None)
    assert roles_of(uncommitted, user_id, other) == {"operator"}


def test_an_admin_of_both_units_invites_the_same_person_twice(
    uncommitted: Session, unit: Unit
) -> None:
    other = create_unit(uncommitted, slug="xa-khac", name="Xã Khác")
    admin = person(uncommitted, unit, "admin")
    grant_role(uncommitted, user_id=admin.id, unit_id=other.id, role="admin")
    user_id, first = invite(uncommitted, other, "editor", by=admin)
    assert invite(uncommitted, unit, "editor", by=admin)[0] == user_id
    with pytest.raises(NotFound):
        open_link(uncommitted, first)


@pytest.mark.parametrize("roles", [["editor"], []])
def test_only_an_admin_of_the_unit_invites(
    uncommitted: Session, unit: Unit, roles: list[str]
) -> None:
    other = create_unit(uncommitted, slug="xa-khac", name="Xã Khác")
    actor = person(uncommitted, unit, *roles)
    grant_role(uncommitted, user_id=actor.id, unit_id=other.id, role="admin")
    target = person(uncommitted, unit, "editor", email=EMAIL)
    for act in (
        lambda: invite(uncommitted, unit, "editor", by=actor),
        lambda: set_roles(
            uncommitted, unit_id=unit.id, user_id=target.id, roles=["admin"], actor_id=actor.id
        ),
        lambda: order_reset(uncommitted, unit_id=unit.id, user_id=target.id, actor_id=actor.id),
    ):
        with pytest.raises(Forbidden, match="role_missing"):
            act()


def test_wrong_roles_and_addresses_are_named(uncommitted: Session, unit: Unit) -> None:
    for roles, email, code in (
        ([], EMAIL, "roles_missing"),
        (["editor", "root"], EMAIL, "role_unknown"),
        (["editor"], "không phải", "email_invalid"),
    ):
        with pytest.raises(InvalidInput, match=code):
            invite_person(uncommitted, unit_id=unit.id, email=email, name="B", roles=roles)


def test_roles_are_set_as_ticked_and_none_means_gone(uncommitted: Session, unit: Unit) -> None:
    user = person(uncommitted, unit, "operator", "editor")
    for roles in (["editor", "approver"], ["editor", "approver"], []):
        set_roles(uncommitted, unit_id=unit.id, user_id=user.id, roles=roles)
        uncommitted.flush()
        assert roles_of(uncommitted, user.id, unit) == set(roles)
    assert list_people(uncommitted, unit.id) == []
    with pytest.raises(NotFound, match="user_unknown"):
        set_roles(uncommitted, unit_id=unit.id, user_id=user.id, roles=["admin"])
    written = uncommitted.scalars(select(AuditEntry).where(AuditEntry.action == "revoke_role"))
    assert sorted(entry.data["role"] for entry in written) == ["approver", "editor", "operator"]


def test_a_unit_keeps_an_admin_who_can_sign_in(uncommitted: Session, unit: Unit) -> None:
    admin = person(uncommitted, unit, "admin")
    invited, token = invite(uncommitted, unit, "admin")
    with pytest.raises(Conflict, match="last_admin"):
        set_roles(uncommitted, unit_id=unit.id, user_id=admin.id, roles=["editor"])
    use_link(uncommitted, token, password_hash="new")
    set_roles(uncommitted, unit_id=unit.id, user_id=admin.id, roles=["editor"])
    assert roles_of(uncommitted, admin.id, unit) == {"editor"}
    with pytest.raises(Conflict, match="last_admin"):
        set_roles(uncommitted, unit_id=unit.id, user_id=invited, roles=[])


def test_a_reset_ends_logins_only_when_it_is_used(uncommitted: Session, unit: Unit) -> None:
    user = person(uncommitted, unit, "editor")
    before = user.fs_uniquifier
    token = order_reset(uncommitted, unit_id=unit.id, user_id=user.id)
    assert (open_link(uncommitted, token).kind, user.fs_uniquifier) == ("reset", before)
    late = utc_now() + RESET_HOLDS + timedelta(minutes=1)
    with pytest.raises(NotFound):
        use_link(uncommitted, token, password_hash="new", now=late)
    use_link(uncommitted, token, password_hash="new")
    assert (user.password, user.fs_uniquifier == before) == ("new", False)


def test_an_admin_lets_nobody_in_who_is_more_elsewhere(uncommitted: Session, unit: Unit) -> None:
    admin = person(uncommitted, unit, "admin")
    other = create_unit(uncommitted, slug="xa-khac", name="Xã Khác")
    user = person(uncommitted, unit, "editor", email=EMAIL)
    grant_role(uncommitted, user_id=user.id, unit_id=other.id, role="admin")
    with pytest.raises(Forbidden, match="works_elsewhere"):
        order_reset(uncommitted, unit_id=unit.id, user_id=user.id, actor_id=admin.id)
    grant_role(uncommitted, user_id=admin.id, unit_id=other.id, role="admin")
    assert order_reset(uncommitted, unit_id=unit.id, user_id=user.id, actor_id=admin.id)


def test_nobody_lets_themselves_in_again(uncommitted: Session, unit: Unit) -> None:
    admin = person(uncommitted, unit, "admin")
    for act in (order_reset, drop_second_factor):
        with pytest.raises(Forbidden, match="own_account"):
            act(uncommitted, unit_id=unit.id, user_id=admin.id, actor_id=admin.id)


def first(session: Session, token: str, email: str = EMAIL) -> str:
    return use_first(
        session,
        token,
        slug="xa-dau",
        unit_name="Xã Đầu",
        email=email,
        name="Trần Bình",
        password_hash="new",
    )


def test_the_first_admin_is_made_once(uncommitted: Session) -> None:
    before = order_first(uncommitted)
    token = order_first(uncommitted)
    assert before is not None
    assert token is not None
    assert open_link(uncommitted, token).kind == "first"
    for wrong in (before, "nothing"):
        with pytest.raises(NotFound):
            first(uncommitted, wrong)
    with pytest.raises(InvalidInput):
        first(uncommitted, token, "không phải")
    with pytest.raises(NotFound):
        use_link(uncommitted, token, password_hash="new")
    user_id = first(uncommitted, token)
    made = uncommitted.scalars(select(Unit).where(Unit.slug == "xa-dau")).one()
    assert roles_of(uncommitted, user_id, made) == {"admin"}
    with pytest.raises(NotFound):
        first(uncommitted, token)
    assert order_first(uncommitted) is None


def test_somebody_else_was_quicker(uncommitted: Session, unit: Unit) -> None:
    token = order_first(uncommitted)
    assert token is not None
    person(uncommitted, unit, "admin")
    with pytest.raises(NotFound, match="link_unknown"):
        first(uncommitted, token)
