"""A waiting script becomes the transcript at the end of transcription, or when a person asks."""

import pytest
from sqlalchemy.orm import Session

from bridge.db import Database
from bridge.errors import Forbidden, InvalidInput
from bridge.flags import NewFlag, save_flags
from bridge.media import MediaStore
from bridge.models import Recording, Unit
from bridge.queries import AnnouncementView
from bridge.scripts import attach_script, script_view
from bridge.settings import Settings
from tests.bridge.lifecycle import Life
from tests.transcribe.test_script_fit import OTHER, SENTENCES, heard
from transcribe.scripts import add_script, apply_waiting_script, take_script_back

MISHEARD = [sentence.replace("xã", "sã").replace("tiêm", "tim") for sentence in SENTENCES]
SCRIPT = "\n".join(SENTENCES)


@pytest.fixture
def life(database: Database, settings: Settings, unit: Unit) -> Life:
    return Life(database, MediaStore(settings.media_dir), unit)


def waiting(life: Life, text: str = SCRIPT) -> str:
    """An announcement whose transcription is about to end; its script came with the sound."""
    receipt = life.receive()
    with life.db.writing() as session:
        attach_script(
            session,
            announcement_id=receipt.announcement_id,
            text=text,
            file_name="",
            actor_id=None,
        )
    life.transcribe(receipt.task_id, *heard(*MISHEARD))
    return receipt.announcement_id


def reviewable(life: Life) -> str:
    receipt = life.receive()
    life.transcribe(receipt.task_id, *heard(*MISHEARD))
    return receipt.announcement_id


def add(life: Life, announcement_id: str, text: str, actor_id: str | None) -> bool:
    with life.db.writing() as session:
        return add_script(
            session,
            announcement_id=announcement_id,
            text=text,
            file_name="a.txt",
            actor_id=actor_id,
        )


def texts(view: AnnouncementView) -> list[str]:
    return [segment.text for segment in view.segments]


def test_without_a_script_nothing_happens(life: Life) -> None:
    announcement_id = reviewable(life)
    before = life.view(announcement_id)
    with life.db.writing() as session:
        assert not apply_waiting_script(session, announcement_id)
    assert life.view(announcement_id) == before


def test_a_script_that_waits_becomes_the_text_and_only_once(life: Life) -> None:
    announcement_id = waiting(life)
    with life.db.writing() as session:
        assert apply_waiting_script(session, announcement_id)
    view = life.view(announcement_id)
    assert texts(view) == list(SENTENCES)
    for segment in view.segments:
        assert [word.text for word in segment.words] == segment.text.split()
    with life.db.writing() as session:
        assert not apply_waiting_script(session, announcement_id)
    assert life.view(announcement_id) == view


def test_departures_are_saved_as_questions_in_the_engines_words(life: Life) -> None:
    announcement_id = waiting(life, SCRIPT.replace("bảy giờ", "tám giờ"))
    with life.db.writing() as session:
        apply_waiting_script(session, announcement_id)
    segment = life.view(announcement_id).segments[2]
    (flag,) = segment.flags
    assert (flag.kind, flag.decision) == ("script_changed", None)
    assert "bảy giờ" in flag.reason["spoken"]
    assert "tám giờ" in flag.reason["script"]
    words = segment.engine_text.split()[flag.first_word : flag.end_word]
    assert " ".join(words) == flag.reason["spoken"]


def test_the_script_of_another_recording_is_noted_and_the_text_stays(life: Life) -> None:
    announcement_id = waiting(life, OTHER)
    with life.db.writing() as session:
        assert not apply_waiting_script(session, announcement_id)
    view = life.view(announcement_id)
    assert texts(view) == MISHEARD
    assert view.history[-1].action == "refuse_script"
    with life.db.reading() as session:
        script = script_view(session, announcement_id)
    assert script is not None
    assert (script.applied_at, script.problem) == (None, "script_mismatch")


def test_a_person_is_told_and_nothing_of_it_stays(life: Life) -> None:
    announcement_id, editor = reviewable(life), life.person("editor")
    before = life.view(announcement_id)
    with pytest.raises(InvalidInput) as caught:
        add(life, announcement_id, OTHER, editor)
    assert caught.value.code == "script_mismatch"
    assert caught.value.data["percent"] < 25
    assert life.view(announcement_id) == before
    with life.db.reading() as session:
        assert script_view(session, announcement_id) is None


def test_attached_later_it_is_used_at_once_by_editors_alone(life: Life) -> None:
    announcement_id = reviewable(life)
    with pytest.raises(Forbidden):
        add(life, announcement_id, SCRIPT, life.person("operator"))
    assert texts(life.view(announcement_id)) == MISHEARD
    editor = life.person("editor")
    assert add(life, announcement_id, SCRIPT, editor)
    view = life.view(announcement_id)
    assert texts(view) == list(SENTENCES)
    assert view.last_editor_id == editor


def test_attached_before_the_sound_is_heard_it_waits(life: Life) -> None:
    announcement_id = life.receive().announcement_id
    assert not add(life, announcement_id, SCRIPT, life.person("operator"))


def test_taken_back_the_machines_words_are_doubted_again(life: Life) -> None:
    loop = "cảm ơn cảm ơn cảm ơn cảm ơn cảm ơn cảm ơn"
    receipt = life.receive()
    life.transcribe(receipt.task_id, *heard(*MISHEARD[:4], loop))
    announcement_id, editor = receipt.announcement_id, life.person("editor")
    assert add(life, announcement_id, SCRIPT, editor)
    before = life.view(announcement_id).segments[4]
    assert before.text == SENTENCES[4]
    with life.db.writing() as session:
        take_script_back(session, announcement_id=announcement_id, actor_id=editor)
    last = life.view(announcement_id).segments[4]
    assert last.text == loop
    assert [flag.kind for flag in last.flags] == ["loop"]


def test_quiet_stretches_of_the_recording_hold_no_words(life: Life) -> None:
    receipt = life.receive()
    segments = heard(*MISHEARD[:3], ("unrecognised", 3_000), MISHEARD[4])
    life.transcribe(receipt.task_id, *segments)
    pause = [segments[3].start_ms, segments[3].end_ms]
    with life.db.writing() as session:
        _recording(session, receipt.announcement_id, life).pauses = [pause]
    assert add(life, receipt.announcement_id, SCRIPT, life.person("editor"))
    view = life.view(receipt.announcement_id)
    assert view.segments[3].kind == "unrecognised"
    assert [flag.kind for flag in view.segments[4].flags] == ["script_skipped"]


def test_what_was_asked_about_other_things_stays_asked(life: Life) -> None:
    announcement_id = reviewable(life)
    more = [*SENTENCES[:4]]
    last = life.view(announcement_id).segments[4].id
    with life.db.writing() as session:
        asked = NewFlag(last, "too_slow", 0, 2, {"syllables": 2, "duration_ms": 9_000})
        save_flags(session, announcement_id, [asked])
    add(life, announcement_id, "\n".join(more), life.person("editor"))
    kinds = {flag.kind for flag in life.view(announcement_id).segments[4].flags}
    assert kinds == {"too_slow", "script_added"}


def _recording(session: Session, announcement_id: str, life: Life) -> Recording:
    sha256 = life.view(announcement_id).sha256
    return session.query(Recording).filter_by(sha256=sha256).one()
