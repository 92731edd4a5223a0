"""What a unit says of itself, and who may change it."""

import pytest

from bridge.errors import Forbidden, InvalidInput, NotFound
from bridge.models import AuditEntry, Unit
from bridge.unit_settings import UnitWords, change_unit, set_emblem, unit_emblem
from tests.bridge.lifecycle import Life


def test_what_is_given_changes_and_is_noted_once(life: Life) -> None:
    admin = life.person("admin")
    words = UnitWords(responsible="Bà Nguyễn Thị Mẫu, Phó Chủ tịch", accent="#1F6B4A", contact="")
    for expected in (["responsible", "accent"], []):
        with life.db.writing() as session:
            slug = session.get_one(Unit, life.unit.id).slug
            assert change_unit(session, slug=slug, words=words, actor_id=admin) == expected
    with life.db.reading() as session:
        unit = session.get_one(Unit, life.unit.id)
        assert (unit.accent, unit.responsible) == ("#1f6b4a", words.responsible)
        noted = session.query(AuditEntry).where(
            AuditEntry.action == "change_unit", AuditEntry.unit_id == unit.id
        )
        assert [one.data["changed"] for one in noted] == [["responsible", "accent"]]


def test_the_emblem_is_kept_under_a_name_that_carries_it(life: Life) -> None:
    with life.db.writing() as session:
        unit = session.get_one(Unit, life.unit.id)
        assert set_emblem(session, slug=unit.slug, png=b"one")
        assert not set_emblem(session, slug=unit.slug, png=b"one")
        first = unit.emblem
        assert set_emblem(session, slug=unit.slug, png=b"two")
        assert unit.emblem != first
        assert unit_emblem(session, unit.id) == b"two"
        assert set_emblem(session, slug=unit.slug, png=None)
        assert (unit.emblem, unit_emblem(session, unit.id)) == ("", None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (UnitWords(accent="red"), "accent_invalid"),
        (UnitWords(name=" "), "name_missing"),
        (UnitWords(responsible="a" * 201), "unit_text_too_long"),
    ],
)
def test_what_makes_no_sense_is_refused(life: Life, words: UnitWords, code: str) -> None:
    with life.db.writing() as session:
        slug = session.get_one(Unit, life.unit.id).slug
        with pytest.raises(InvalidInput) as refused:
            change_unit(session, slug=slug, words=words)
        assert refused.value.code == code


def test_only_an_admin_of_the_unit_may_change_it(life: Life) -> None:
    editor = life.person("editor")
    with life.db.writing() as session:
        slug = session.get_one(Unit, life.unit.id).slug
        with pytest.raises(Forbidden):
            change_unit(session, slug=slug, words=UnitWords(name="Xã Khác"), actor_id=editor)
        with pytest.raises(NotFound):
            set_emblem(session, slug="khong-co", png=b"x")
