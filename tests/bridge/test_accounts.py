"""People, units and roles."""

import unicodedata

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bridge.accounts import (
    RESERVED_SLUGS,
    create_unit,
    create_user,
    find_user,
    grant_role,
    require_role,
    roles_by_unit,
    set_password,
)
from bridge.db import new_id
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound
from bridge.models import ROLES, AuditEntry, Membership, Unit, User


def unit(session: Session, slug: str = "xa-mau") -> Unit:
    return create_unit(session, slug=slug, name="Xã Mẫu")


def user(session: Session, email: str = "a@xa-mau.example") -> User:
    return create_user(session, email=email, name="Người A", password_hash="hash")


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))


def test_a_unit_is_a_commune_with_an_authority_of_its_own(uncommitted: Session) -> None:
    name = unicodedata.normalize("NFD", "  Phường\n Mẫu ")
    made = create_unit(uncommitted, slug="phuong-mau", name=name)
    assert (made.name, made.authority) == ("Phường Mẫu", "Ủy ban nhân dân phường Mẫu")
    assert (made.kind, made.time_zone) == ("commune", "Asia/Ho_Chi_Minh")
    assert made.editor_may_approve is False
    assert actions(uncommitted) == ["create_unit"]


def test_a_commune_may_belong_to_a_province(uncommitted: Session) -> None:
    province = create_unit(
        uncommitted, slug="tinh-mau", name="Tỉnh Mẫu", authority="UBND tỉnh", kind="province"
    )
    commune = create_unit(uncommitted, slug="xa-a", name="Xã A", parent_id=province.id)
    assert (commune.parent_id, province.authority) == (province.id, "UBND tỉnh")


@pytest.mark.parametrize(
    "slug",
    ["", "Xa-Mau", "xã-mẫu", "xa_mau", "-xa", "xa-", "xa--mau", "xa/mau", "a" * 61, "xa-mau\n"],
)
def test_an_address_that_cannot_be_typed_is_refused(uncommitted: Session, slug: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        unit(uncommitted, slug)
    assert (caught.value.code, caught.value.data) == ("slug_invalid", {"slug": slug})


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_the_applications_own_addresses_are_no_units(uncommitted: Session, slug: str) -> None:
    with pytest.raises(InvalidInput):
        unit(uncommitted, slug)


def test_a_unit_needs_a_name_and_an_address_of_its_own(uncommitted: Session) -> None:
    with pytest.raises(InvalidInput) as caught:
        create_unit(uncommitted, slug="xa-mau", name=" ")
    assert caught.value.code == "name_missing"
    unit(uncommitted)
    with pytest.raises(Conflict) as conflict:
        unit(uncommitted)
    assert conflict.value.code == "unit_exists"


def test_a_person_is_found_however_the_address_is_typed(uncommitted: Session) -> None:
    made = user(uncommitted, " Bà.A@Xa-Mau.Example ")
    assert made.email == "bà.a@xa-mau.example"
    assert find_user(uncommitted, "BÀ.A@xa-mau.example ") is made
    with pytest.raises(Conflict) as caught:
        user(uncommitted, "bà.a@XA-MAU.example")
    assert caught.value.code == "user_exists"
    with pytest.raises(NotFound) as missing:
        find_user(uncommitted, "b@xa-mau.example")
    assert missing.value.code == "user_unknown"


@pytest.mark.parametrize("email", ["", "a", "a@b", "@b.c", "a@", "a b@c.d", "a@b@c.d", "a@b.c\nx"])
def test_what_is_no_address_is_refused(uncommitted: Session, email: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        user(uncommitted, email)
    assert caught.value.code == "email_invalid"


def test_a_person_without_a_name_is_called_by_the_address(uncommitted: Session) -> None:
    made = create_user(uncommitted, email="a@localhost", name=" ", password_hash="hash")
    assert made.name == "a@localhost"


def test_no_password_or_its_hash_reaches_the_log(uncommitted: Session) -> None:
    made = user(uncommitted)
    set_password(uncommitted, user_id=made.id, password_hash="other-hash")
    entries = uncommitted.scalars(select(AuditEntry)).all()
    assert [entry.action for entry in entries] == ["create_user", "set_password"]
    assert "hash" not in "".join(str(entry.data) for entry in entries)


def test_a_new_password_ends_every_session(uncommitted: Session) -> None:
    made = user(uncommitted)
    before = made.fs_uniquifier
    set_password(uncommitted, user_id=made.id, password_hash="other-hash")
    assert made.password == "other-hash"
    assert made.fs_uniquifier != before


def test_roles_are_held_in_one_unit_each(uncommitted: Session) -> None:
    here, there = unit(uncommitted), unit(uncommitted, "xa-khac")
    made = user(uncommitted)
    for role in ("editor", "approver", "editor"):  # granting again is harmless
        grant_role(uncommitted, user_id=made.id, unit_id=here.id, role=role)
    grant_role(uncommitted, user_id=made.id, unit_id=there.id, role="operator")
    assert roles_by_unit(uncommitted, made.id) == {
        here.id: {"editor", "approver"},
        there.id: {"operator"},
    }
    assert uncommitted.scalar(select(func.count()).select_from(Membership)) == 3
    assert actions(uncommitted).count("grant_role") == 3


def test_an_unknown_role_is_refused(uncommitted: Session) -> None:
    here, made = unit(uncommitted), user(uncommitted)
    with pytest.raises(InvalidInput) as caught:
        grant_role(uncommitted, user_id=made.id, unit_id=here.id, role="reader")
    assert caught.value.code == "role_unknown"


@pytest.mark.parametrize("held", ROLES)
@pytest.mark.parametrize("wanted", ROLES)
def test_a_role_opens_what_asks_for_it_and_admins_open_everything(
    uncommitted: Session, held: str, wanted: str
) -> None:
    here, there = unit(uncommitted), unit(uncommitted, "xa-khac")
    made = user(uncommitted)
    grant_role(uncommitted, user_id=made.id, unit_id=here.id, role=held)
    if held in (wanted, "admin"):
        require_role(uncommitted, made.id, here.id, wanted)
    else:
        with pytest.raises(Forbidden) as caught:
            require_role(uncommitted, made.id, here.id, wanted)
        assert caught.value.data == {"roles": [wanted]}
    with pytest.raises(Forbidden):
        require_role(uncommitted, made.id, there.id, wanted)


def test_one_of_several_roles_is_enough(uncommitted: Session) -> None:
    here, made = unit(uncommitted), user(uncommitted)
    grant_role(uncommitted, user_id=made.id, unit_id=here.id, role="approver")
    require_role(uncommitted, made.id, here.id, "editor", "approver")


def test_the_system_itself_needs_no_role(uncommitted: Session) -> None:
    require_role(uncommitted, None, unit(uncommitted).id, "approver")


def test_people_who_left_or_never_were_may_do_nothing(uncommitted: Session) -> None:
    here, made = unit(uncommitted), user(uncommitted)
    grant_role(uncommitted, user_id=made.id, unit_id=here.id, role="admin")
    made.active = False
    for actor_id in (made.id, new_id(), ""):
        with pytest.raises(Forbidden):
            require_role(uncommitted, actor_id, here.id, "editor")
