"""Who supervises a unit reads all units below it, and nothing more."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import (
    create_unit,
    create_user,
    grant_role,
    own_roles,
    require_role,
    roles_by_unit,
    set_parent,
)
from bridge.db import new_id, utc_now
from bridge.errors import Conflict, Forbidden, NotFound
from bridge.models import AuditEntry, Unit, User
from bridge.overview import UnitFigures, unit_figures
from bridge.people import list_people, order_reset, set_roles
from tests.bridge.lifecycle import Life

READS = frozenset({"supervisor"})


def units(session: Session) -> dict[str, Unit]:
    """A province with a region of two communes, and a commune of nobody's."""
    named = {"tinh": "Tỉnh Mẫu", "vung": "Vùng Mẫu", "xa-a": "Xã A", "xa-b": "Xã B", "la": "Xã Lạ"}
    made = {slug: create_unit(session, slug=slug, name=name) for slug, name in named.items()}
    for slug, parent in (("vung", "tinh"), ("xa-a", "vung"), ("xa-b", "vung")):
        assert set_parent(session, slug=slug, parent_slug=parent)
    return made


def somebody(session: Session, unit: Unit, *roles: str) -> User:
    user = create_user(session, email=f"{new_id()}@mau.local", name="Người A", password_hash="x")
    for role in roles:
        grant_role(session, user_id=user.id, unit_id=unit.id, role=role)
    return user


def test_supervising_reaches_all_units_below_at_any_depth(uncommitted: Session) -> None:
    made = units(uncommitted)
    overseer = somebody(uncommitted, made["tinh"], "supervisor")
    below = [made[slug].id for slug in ("tinh", "vung", "xa-a", "xa-b")]
    assert roles_by_unit(uncommitted, overseer.id) == dict.fromkeys(below, READS)
    assert own_roles(uncommitted, overseer.id) == {made["tinh"].id: READS}
    grant_role(uncommitted, user_id=overseer.id, unit_id=made["xa-a"].id, role="editor")
    held = roles_by_unit(uncommitted, overseer.id)
    assert held[made["xa-a"].id] == READS | {"editor"}
    nearer = somebody(uncommitted, made["xa-b"], "supervisor")
    assert roles_by_unit(uncommitted, nearer.id) == {made["xa-b"].id: READS}


def test_no_other_role_reaches_down_and_supervising_decides_nothing(uncommitted: Session) -> None:
    made = units(uncommitted)
    admin = somebody(uncommitted, made["tinh"], "admin", "editor", "approver", "operator")
    assert set(roles_by_unit(uncommitted, admin.id)) == {made["tinh"].id}
    overseer = somebody(uncommitted, made["tinh"], "supervisor")
    for unit in made.values():
        with pytest.raises(Forbidden):
            require_role(uncommitted, overseer.id, unit.id, "operator", "editor", "approver")


def test_whoever_reads_from_above_is_nobody_of_the_unit(uncommitted: Session) -> None:
    made = units(uncommitted)
    admin = somebody(uncommitted, made["xa-a"], "admin")
    overseer = somebody(uncommitted, made["tinh"], "supervisor")
    assert [one.id for one in list_people(uncommitted, made["xa-a"].id)] == [admin.id]
    of_unit = {"unit_id": made["xa-a"].id, "user_id": overseer.id, "actor_id": admin.id}
    with pytest.raises(NotFound):
        set_roles(uncommitted, roles=["editor"], **of_unit)
    with pytest.raises(NotFound):
        order_reset(uncommitted, **of_unit)
    # And an admin above is not helped in by one below.
    grant_role(uncommitted, user_id=overseer.id, unit_id=made["xa-a"].id, role="editor")
    with pytest.raises(Forbidden):
        order_reset(uncommitted, **of_unit)


def test_a_unit_is_moved_once_and_the_log_says_so(uncommitted: Session) -> None:
    made = units(uncommitted)
    assert not set_parent(uncommitted, slug="xa-a", parent_slug="vung")
    assert set_parent(uncommitted, slug="xa-a", parent_slug=None)
    assert made["xa-a"].parent_id is None
    moves = uncommitted.scalars(select(AuditEntry).where(AuditEntry.action == "move_unit")).all()
    assert [one.data for one in moves][-2:] == [{"parent": "vung"}, {"parent": None}]


@pytest.mark.parametrize(
    ("slug", "parent"), [("tinh", "tinh"), ("tinh", "vung"), ("tinh", "xa-a"), ("vung", "xa-b")]
)
def test_no_unit_comes_below_itself(uncommitted: Session, slug: str, parent: str) -> None:
    units(uncommitted)
    with pytest.raises(Conflict) as caught:
        set_parent(uncommitted, slug=slug, parent_slug=parent)
    assert caught.value.code == "unit_circular"


def test_only_an_admin_of_both_moves_a_unit(uncommitted: Session) -> None:
    made = units(uncommitted)
    admin = somebody(uncommitted, made["tinh"], "admin")
    with pytest.raises(Forbidden):  # else a province would read whom it likes
        set_parent(uncommitted, slug="la", parent_slug="tinh", actor_id=admin.id)
    grant_role(uncommitted, user_id=admin.id, unit_id=made["la"].id, role="admin")
    assert set_parent(uncommitted, slug="la", parent_slug="tinh", actor_id=admin.id)
    with pytest.raises(NotFound):
        set_parent(uncommitted, slug="la", parent_slug="khong-co")


def test_figures_of_units(own_life: Life) -> None:
    approver, now = own_life.person("approver"), utc_now()
    own_life.published(approver)
    own_life.reviewable(b"second")
    empty = "000000000000"
    with own_life.db.reading() as session:
        found = unit_figures(session, [own_life.unit.id, empty], now - timedelta(days=30))
        later = unit_figures(session, [own_life.unit.id], now + timedelta(days=1))
    figures = found[own_life.unit.id]
    assert (figures.published, figures.in_review, figures.failed) == (1, 1, 0)
    assert figures.oldest_at is not None
    assert figures.last_published_at is not None
    assert found[empty] == UnitFigures()
    assert later[own_life.unit.id].published == 0
