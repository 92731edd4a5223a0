import pytest

from bridge.db import Database
from bridge.editing import save_segment_text
from bridge.errors import Conflict, Forbidden
from bridge.flags import NewFlag, hide_segment, save_flags, show_segment
from bridge.glossary import add_term, count_acceptance, list_terms, refuse_candidate
from bridge.media import MediaStore
from bridge.settings import Settings
from bridge.transcript import Word
from tests.bridge.lifecycle import Life, heard, new_life
from transcribe import offers
from transcribe.learning import candidates_of_unit
from transcribe.offers import (
    Wanted,
    index_of_terms,
    offers_for,
    offers_of,
    take_all,
    take_suggestion,
    undo_taken,
)

NAMED = heard("Mời ông Lê Hữu Mộng và bà con thôn Suân Lãng lúc bảy giờ.", 0, 3_000)
TIMED = heard("Nghỉ lúc mười một giờ, hẹn lúc ba rưỡi.", 3_000, 6_000)


@pytest.fixture
def life(database: Database, settings: Settings) -> Life:
    """A commune in a database of the test's own."""
    return new_life(database, MediaStore(settings.media_dir))


def reviewable(life: Life, content: bytes = b"sound") -> str:
    """An announcement in review that says NAMED and TIMED; its id."""
    receipt = life.receive(content)
    life.transcribe(receipt.task_id, NAMED, TIMED)
    return receipt.announcement_id


def texts(life: Life, announcement: str) -> list[str]:
    return [segment.text for segment in life.view(announcement).segments]


def wanted(life: Life, announcement: str, heard_words: str) -> Wanted:
    """The suggestion for these words as the page shows it."""
    with life.db.reading() as session:
        index = index_of_terms(list_terms(session, life.unit.id))
    for segment in life.view(announcement).segments:
        for offer in offers_for(segment, index):
            if offer.heard == heard_words:
                place = (offer.start, offer.end, offer.heard, offer.written)
                return Wanted(segment.id, segment.version, *place)
    raise AssertionError(heard_words)


def test_one_suggestion_is_taken_and_its_spoken_form_stays_in_the_history(life: Life) -> None:
    announcement, editor = reviewable(life), life.person("editor")
    with life.db.writing() as session:
        taken = take_suggestion(session, wanted(life, announcement, "mười một giờ"), editor)
    assert texts(life, announcement)[1] == "Nghỉ lúc 11 giờ, hẹn lúc ba rưỡi."
    assert [one.text for one in taken.saved] == [texts(life, announcement)[1]]
    entry = life.view(announcement).history[-1]
    assert (entry.action, entry.data["version"]) == ("edit_segment", 2)
    words = life.view(announcement).segments[1].words
    # What nobody touched keeps its time; "11" has the time of both words that it stands for.
    assert (words[0], words[-1]) == (TIMED.words[0], TIMED.words[-1])
    begin, end = TIMED.words[2].start_ms, TIMED.words[3].end_ms
    assert words[2] == Word("11", begin, end)


def test_a_name_counts_when_it_is_taken_and_no_longer_when_that_is_undone(life: Life) -> None:
    with life.db.writing() as session:
        term = add_term(session, unit_id=life.unit.id, text="Xuân Lãng", kind="place")
        count_acceptance(session, term.id)
    announcement, editor = reviewable(life), life.person("editor")

    def accepted() -> int:
        with life.db.reading() as session:
            return list_terms(session, life.unit.id)[0].accepted

    with life.db.writing() as session:
        taken = take_suggestion(session, wanted(life, announcement, "Suân Lãng"), editor)
    assert (taken.term_id, accepted()) == (term.id, 2)
    assert taken.span is not None
    # A number taken after it is undone under the name's id: the name is still there, and counts.
    with life.db.writing() as session:
        later = take_suggestion(session, wanted(life, announcement, "bảy giờ"), editor)
        assert later.span is not None
        undo_taken(
            session,
            announcement_id=announcement,
            span=later.span,
            term_id=term.id,
            actor_id=editor,
        )
    assert accepted() == 2
    with life.db.writing() as session, pytest.raises(Conflict) as refused:
        undo_taken(session, announcement_id=announcement, span=taken.span, actor_id=editor)
    assert refused.value.code == "undo_too_late"


def test_a_very_long_bulletin_takes_a_second_click(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "MOST_AT_ONCE", 1)  # a limit, not a function: 200 take a second
    announcement, editor = reviewable(life), life.person("editor")
    for expected in ("lúc 7 giờ.", "lúc 11 giờ, hẹn lúc ba rưỡi."):
        with life.db.writing() as session:
            taken = take_all(
                session,
                announcement_id=announcement,
                expected_version=life.view(announcement).version,
                actor_id=editor,
            )
        assert len(taken.saved) == 1
        assert taken.saved[0].text.endswith(expected)
    with life.db.writing() as session:
        nothing = take_all(
            session,
            announcement_id=announcement,
            expected_version=life.view(announcement).version,
            actor_id=editor,
        )
    assert (nothing.saved, nothing.span) == ((), None)


def test_flagged_and_hidden_segments_are_offered_nothing_until_they_are_decided(
    life: Life,
) -> None:
    announcement, editor = reviewable(life), life.person("editor")
    first, second = (segment.id for segment in life.view(announcement).segments)
    wish = wanted(life, announcement, "bảy giờ")
    with life.db.writing() as session:
        save_flags(session, announcement, [NewFlag(first, "loop", 0, 2, {"text": "a"})])
        hide_segment(session, segment_id=second, actor_id=editor)
        with pytest.raises(Conflict):
            take_suggestion(session, wish, editor)
        found = offers_of(session, announcement, [first, second])
        assert [suggestions for _version, suggestions in found.values()] == [(), ()]
        show_segment(session, segment_id=first, actor_id=editor)
        assert take_suggestion(session, wish, editor).saved


def test_taking_needs_the_right_to_edit(life: Life) -> None:
    announcement, operator = reviewable(life), life.person("operator")
    with life.db.writing() as session:
        with pytest.raises(Forbidden):
            take_suggestion(session, wanted(life, announcement, "bảy giờ"), operator)
        with pytest.raises(Forbidden):
            take_all(session, announcement_id=announcement, expected_version=1, actor_id=operator)
    assert texts(life, announcement) == [NAMED.text, TIMED.text]


def test_names_that_editors_write_again_and_again_are_learned_unless_known_or_refused(
    life: Life,
) -> None:
    editor = life.person("editor")
    corrected = NAMED.text.replace("Mộng", "Mẫn").replace("Suân", "Xuân")
    for content in (b"1", b"2", b"3"):
        segment = life.view(reviewable(life, content)).segments[0]
        with life.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=1,
                text=corrected,
                actor_id=editor,
            )

    def learned() -> list[tuple[str, str, int]]:
        with life.db.reading() as session:
            found = candidates_of_unit(session, life.unit.id)
        return [(one.text, one.kind, one.times) for one in found]

    assert learned() == [("Lê Hữu Mẫn", "person", 3), ("Xuân Lãng", "place", 3)]
    with life.db.writing() as session:
        refuse_candidate(session, unit_id=life.unit.id, text="lê hữu mẫn")
        assert list_terms(session, life.unit.id) == ()  # nothing is added by itself
    assert learned() == [("Xuân Lãng", "place", 3)]
    with life.db.writing() as session:
        add_term(session, unit_id=life.unit.id, text="XUÂN LÃNG", kind="place")
    assert learned() == []
