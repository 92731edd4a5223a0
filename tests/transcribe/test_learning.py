"""A name that an editor has just put right."""

import pytest

from bridge.db import Database
from bridge.editing import save_segment_text
from bridge.glossary import add_term, refuse_candidate
from bridge.media import MediaStore
from bridge.settings import Settings
from tests.bridge.lifecycle import Life, heard, new_life
from transcribe.learning import name_of_correction


@pytest.fixture
def life(database: Database, settings: Settings) -> Life:
    return new_life(database, MediaStore(settings.media_dir))


def name_in(life: Life, text: str, was: str, became: str) -> tuple[str, str] | None:
    with life.db.reading() as session:
        found = name_of_correction(session, life.unit.id, text, was, became)
    return (found.text, found.kind) if found else None


@pytest.mark.parametrize(
    ("text", "was", "became", "name"),
    [
        ("Mời bà con thôn Xuân Lãng đến.", "suân", "Xuân", ("Xuân Lãng", "place")),
        ("Mời ông Lê Hữu Mộng phát biểu.", "Mậu", "Mộng", ("Lê Hữu Mộng", "person")),
        ("Đội Mẫu ra quân.", "mậu", "Mẫu", ("Mẫu", "body")),
        ("bà con ở Mẫu đến sớm", "mậu", "Mẫu", ("Mẫu", "other")),
        ("Kính thưa bà con.", "kinh", "Kính", None),  # a sentence begins so
        ("bà con đến trạm xá", "sá", "xá", None),
        ("bà con đến trạm xá", "chạm sá", "trạm xá", None),  # once is no habit
    ],
)
def test_a_name_is_known_by_its_capitals_and_the_words_around_it(
    life: Life, text: str, was: str, became: str, name: tuple[str, str] | None
) -> None:
    assert name_in(life, text, was, became) == name


def test_what_is_known_or_was_refused_is_not_offered(life: Life) -> None:
    admin = life.person("admin")
    text = "Mời bà con thôn Xuân Lãng và thôn Đông Mẫu đến."
    with life.db.writing() as session:
        add_term(session, unit_id=life.unit.id, text="Xuân Lãng", actor_id=admin)
        refuse_candidate(session, unit_id=life.unit.id, text="Đông Mẫu", actor_id=admin)
    assert name_in(life, text, "suân", "Xuân") is None
    assert name_in(life, text, "đồng", "Đông") is None


def test_small_letters_become_a_name_when_they_are_written_twice(life: Life) -> None:
    editor = life.person("editor")
    for number in range(2):
        receipt = life.receive(bytes([number]))
        life.transcribe(receipt.task_id, heard("bà con đến chạm sá ngay", 0, 3_000))
        segment = life.view(receipt.announcement_id).segments[0]
        wish = name_in(life, "bà con đến trạm xá ngay", "chạm sá", "trạm xá")
        assert wish is None
        with life.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=1,
                text="bà con đến trạm xá ngay",
                actor_id=editor,
            )
    assert name_in(life, "bà con đến trạm xá ngay", "chạm sá", "trạm xá") == ("trạm xá", "other")
