"""Old and new names of places: data of a unit that its admin keeps."""

from collections.abc import Callable

import pytest

from bridge.db import Database
from bridge.errors import Forbidden, InvalidInput
from bridge.models import AuditEntry, Unit, User
from bridge.place_names import (
    NAME_LENGTH,
    PlaceNamePair,
    add_place_name,
    list_place_names,
    remove_place_name,
)


def test_a_pair_is_kept_once_and_removed_once(
    database: Database, unit: Unit, person: Callable[..., User]
) -> None:
    admin = person("admin").id
    given = {"unit_id": unit.id, "old": " Xã  Cũ", "new": "Xã Mẫu", "actor_id": admin}
    with database.writing() as session:
        assert add_place_name(session, **given)
        assert not add_place_name(session, **given)
        assert list_place_names(session, unit.id) == [PlaceNamePair("Xã Cũ", "Xã Mẫu")]
        assert remove_place_name(session, **given)
        assert not remove_place_name(session, **given)
        assert list_place_names(session, unit.id) == []
        actions = [entry.action for entry in session.query(AuditEntry)]
    assert [action for action in actions if "place" in action] == [
        "add_place_name",
        "remove_place_name",
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("…", "Xã Mẫu", "place_name_missing"),
        ("Xã Mẫu", "xa  mau", "place_names_same"),
        ("x" * (NAME_LENGTH + 1), "Xã Mẫu", "place_name_too_long"),
    ],
)
def test_what_is_no_pair_of_names_is_refused(
    database: Database, unit: Unit, old: str, new: str, code: str
) -> None:
    with database.writing() as session, pytest.raises(InvalidInput) as refused:
        add_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=None)
    assert refused.value.code == code


def test_an_editor_may_not_keep_names(
    database: Database, unit: Unit, person: Callable[..., User]
) -> None:
    editor = person("editor").id
    with database.writing() as session, pytest.raises(Forbidden):
        add_place_name(session, unit_id=unit.id, old="Xã Cũ", new="Xã Mẫu", actor_id=editor)
    with database.writing() as session, pytest.raises(Forbidden):
        remove_place_name(session, unit_id=unit.id, old="Xã Cũ", new="Xã Mẫu", actor_id=editor)
