"""What the engine may have made up becomes questions to a person, on both databases."""

import pytest

from bridge.db import Database
from bridge.editing import save_segment_text
from bridge.flags import decide_all
from bridge.media import MediaStore
from bridge.settings import Settings
from tests.bridge.lifecycle import Life, heard, new_life
from transcribe.flagging import flag_announcement, flag_music

LINES = (
    heard("Kính thưa bà con nhân dân.", 0, 2_000),
    heard("Các bạn hãy đăng ký kênh để ủng hộ chúng tôi.", 2_000, 5_000),
    heard("bà con bà con bà con bà con bà con", 5_000, 6_000),
)


@pytest.fixture
def life(database: Database, settings: Settings) -> Life:
    return new_life(database, MediaStore(settings.media_dir))


@pytest.fixture
def announcement_id(life: Life) -> str:
    receipt = life.receive()
    life.transcribe(receipt.task_id, *LINES)
    return receipt.announcement_id


def flag(life: Life, announcement_id: str) -> list[list[tuple[str, str | None]]]:
    """Flag the announcement; the kinds and decisions that then stand on each segment."""
    with life.db.writing() as session:
        flag_announcement(session, announcement_id)
    segments = life.view(announcement_id).segments
    return [[(one.kind, one.decision) for one in segment.flags] for segment in segments]


def test_what_check_segments_doubts_is_asked_once(life: Life, announcement_id: str) -> None:
    asked = flag(life, announcement_id)
    assert asked[0] == []
    assert asked[1] == [("known_phrase", None)]
    assert ("loop", None) in asked[2]
    assert flag(life, announcement_id) == asked
    (phrase,) = life.view(announcement_id).segments[1].flags
    words = LINES[1].text.split()[phrase.first_word : phrase.end_word]
    assert " ".join(words).startswith("đăng ký kênh")


def test_what_was_decided_is_not_asked_again(life: Life, announcement_id: str) -> None:
    flag(life, announcement_id)
    with life.db.writing() as session:
        decide_all(
            session,
            announcement_id=announcement_id,
            kind="known_phrase",
            decision="hide",
            actor_id=life.person("editor"),
        )
    asked = flag(life, announcement_id)
    assert asked[1] == [("known_phrase", "hide")]
    assert ("loop", None) in asked[2]


def test_words_that_a_person_wrote_are_not_doubted(life: Life, announcement_id: str) -> None:
    segment = life.view(announcement_id).segments[0]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=1,
            text=LINES[2].text,
            actor_id=life.person("editor"),
        )
    assert flag(life, announcement_id)[0] == []


def test_lines_heard_in_music_are_asked_about_once(life: Life, announcement_id: str) -> None:
    for _ in range(2):
        with life.db.writing() as session:
            # The second line for the most part, the first one for a moment.
            flag_music(session, announcement_id, [(1_500, 4_500)])
    asked = flag(life, announcement_id)
    assert asked[0] == []
    assert asked[1].count(("in_music", None)) == 1
    assert ("in_music", None) not in asked[2]
    with life.db.writing() as session:
        flag_music(session, announcement_id, [])
    assert flag(life, announcement_id) == asked
