"""A piece on its way: heard as a whole, then once more where sound got no text."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.transcript import Segment, Word
from tests.transcribe.other_sounds import RATE, Samples, anthem, pink, silence
from transcribe.engine_client import EngineDone, EngineProgress, HeardSegment
from transcribe.open_piece import OpenPiece
from transcribe.sound import Piece

START_MS = 60_000  # of the recording


def opened(*sounds: Samples) -> OpenPiece:
    samples = np.concatenate(sounds)
    return OpenPiece(Piece(START_MS, START_MS + samples.size * 1000 // RATE, samples))


def say(piece: OpenPiece, *words: tuple[str, int, int]) -> None:
    """The engine's answer to the open request: one segment, times in those of the piece."""
    heard = tuple(Word(text, START_MS + a, START_MS + b, 0.9) for text, a, b in words)
    if heard:
        text = " ".join(word.text for word in heard)
        piece.take(HeardSegment(Segment(heard[0].start_ms, heard[-1].end_ms, text, heard)))
    piece.take(EngineDone(1.5))


def span(piece: OpenPiece) -> tuple[int, int]:
    """What is to be heard next, in times of the piece."""
    assert piece.asked is not None
    return piece.asked.start_ms - START_MS, piece.asked.end_ms - START_MS


def shown(segments: Sequence[Segment]) -> list[tuple[str, int, int]]:
    return [(one.text, one.start_ms - START_MS, one.end_ms - START_MS) for one in segments]


def a_gap() -> OpenPiece:
    """Three sentences of three seconds, of which the engine has said the first and the last."""
    gap = silence(1)
    piece = opened(pink(3, 1), gap, pink(3, 2), gap, pink(3, 3))
    say(
        piece,
        ("một", 0, 1_500),
        ("hai", 1_500, 3_000),
        ("năm", 8_000, 9_500),
        ("sáu", 9_500, 11_000),
    )
    return piece


def test_a_piece_that_has_text_throughout_is_heard_once() -> None:
    piece = opened(pink(4, 1))
    say(piece, ("một", 0, 2_000), ("hai", 2_000, 4_000))
    assert piece.is_finished
    assert shown(piece.segments) == [("một hai", 0, 4_000)]
    assert piece.engine_seconds == 1.5


def test_sound_without_text_is_asked_for_by_itself_with_a_margin() -> None:
    piece = a_gap()
    assert not piece.is_finished
    assert span(piece) == (3_500, 7_900)
    asked = piece.asked
    assert asked is not None
    assert np.array_equal(asked.samples, piece.piece.samples[3_500 * 16 : 7_900 * 16])


def test_what_the_second_hearing_says_stands_in_its_place() -> None:
    piece = a_gap()
    say(piece, ("ba", 4_000, 5_500), ("bốn", 5_500, 7_000))
    assert piece.is_finished
    assert [one.text for one in piece.segments] == ["một hai", "ba bốn", "năm sáu"]
    assert {one.kind for one in piece.segments} == {"speech"}
    assert piece.segments[0].start_ms == START_MS
    assert all(a.end_ms == b.start_ms for a, b in pairwise(piece.segments))
    assert piece.segments[-1].end_ms == START_MS + 11_000
    assert piece.engine_seconds == 3.0


def test_lines_before_the_stretch_do_not_wait_for_it() -> None:
    piece = a_gap()
    assert [one.text for one in piece.segments] == ["một hai"]


def test_words_of_the_margins_are_not_said_twice() -> None:
    piece = a_gap()
    say(piece, ("hai", 3_500, 3_650), ("ba", 4_000, 5_500), ("năm", 7_750, 7_900))
    assert [one.text for one in piece.segments] == ["một hai", "ba", "năm sáu"]


@pytest.mark.parametrize("words", [[], [("hai", 3_500, 3_600)]])
def test_what_gets_no_text_again_stays_named(words: list[tuple[str, int, int]]) -> None:
    piece = a_gap()
    say(piece, *words)
    assert piece.is_finished
    assert [one.kind for one in piece.segments] == ["speech", "unrecognised", "speech"]
    assert piece.segments[1].text == "[chưa nhận dạng]"


def test_a_rest_of_the_stretch_stays_named_and_is_not_heard_a_third_time() -> None:
    piece = opened(pink(3, 1), silence(1), pink(9, 2), silence(1), pink(3, 3))
    say(piece, ("một", 0, 3_000), ("sáu", 14_000, 17_000))
    say(piece, ("hai", 4_000, 6_000))
    assert piece.is_finished
    kinds = [(one.kind, one.text) for one in piece.segments]
    assert kinds == [
        ("speech", "một"),
        ("speech", "hai"),
        ("unrecognised", "[chưa nhận dạng]"),
        ("speech", "sáu"),
    ]


def test_stretches_are_heard_one_after_another_in_their_order() -> None:
    piece = opened(pink(3, 1), silence(3), pink(3, 2), silence(3), pink(3, 3))
    say(piece, ("hai", 6_000, 9_000))
    assert span(piece)[0] < 3_000
    assert piece.segments == []  # nothing may overtake the first stretch
    say(piece, ("một", 0, 3_000))
    assert [one.text for one in piece.segments if one.text] == ["một", "hai"]
    assert span(piece)[0] > 11_000
    say(piece, ("ba", 12_000, 15_000))
    assert [one.text for one in piece.segments if one.text] == ["một", "hai", "ba"]
    assert piece.is_finished


def test_a_long_stretch_is_heard_as_one() -> None:
    piece = opened(*(np.concatenate([pink(11.7, seed), silence(0.3)]) for seed in range(4)))
    say(piece)
    assert span(piece) == (0, 48_000)


def test_music_and_a_cough_are_not_heard_again() -> None:
    piece = opened(anthem(8), silence(1), pink(3, 1), silence(3), pink(1.4, 2), silence(3))
    say(piece, ("một", 9_000, 12_000))
    assert piece.is_finished
    assert [one.kind for one in piece.segments if one.kind != "silence"] == [
        "music",
        "speech",
        "unrecognised",
    ]


def test_starting_over_forgets_the_second_hearing() -> None:
    piece = a_gap()
    piece.take(EngineProgress(START_MS + 5_000))
    piece.start_over()
    assert span(piece) == (0, 11_000)
    assert (piece.heard_ms, piece.segments, piece.engine_seconds) == (0, [], 0.0)
    say(piece, ("một", 0, 3_000), ("hai", 4_000, 7_000), ("ba", 8_000, 11_000))
    assert piece.is_finished
    assert " ".join(one.text for one in piece.segments) == "một hai ba"


def test_progress_stays_at_the_whole_while_a_stretch_is_heard() -> None:
    piece = a_gap()
    assert piece.heard_ms == 11_000
    piece.take(EngineProgress(START_MS + 5_000))
    assert piece.heard_ms == 11_000


@st.composite
def answers(draw: st.DrawFn) -> tuple[OpenPiece, list[list[tuple[str, int, int]]]]:
    """A piece of speech, pauses and music, and words that an engine may make of it, each time."""
    sounds = [pink(seconds, seed) for seed, seconds in enumerate((1.5, 3, 6))]
    parts = draw(
        st.lists(st.sampled_from([*sounds, silence(1), silence(3), anthem(4)]), min_size=1)
    )
    piece = opened(*parts[:8])
    length_ms = piece.piece.end_ms - piece.piece.start_ms
    said = []
    for _ in range(4):
        times = sorted(draw(st.lists(st.integers(0, length_ms), max_size=12)))
        pairs = zip(times[::2], times[1::2], strict=False)
        said.append([("một", begin, end) for begin, end in pairs if end > begin])
    return piece, said


@settings(max_examples=60, deadline=None)
@given(answers())
def test_any_answers_tile_the_piece_and_it_ends(
    given_answers: tuple[OpenPiece, list[list[tuple[str, int, int]]]],
) -> None:
    piece, said = given_answers
    requests = 0
    while not piece.is_finished:
        asked = piece.asked
        assert asked is not None
        assert piece.piece.start_ms <= asked.start_ms < asked.end_ms <= piece.piece.end_ms
        words = said[requests] if requests < len(said) else []
        inside = [one for one in words if span(piece)[0] <= one[1] and one[2] <= span(piece)[1]]
        say(piece, *inside)
        requests += 1
        assert requests < 40
    assert piece.segments[0].start_ms == piece.piece.start_ms
    assert all(a.end_ms == b.start_ms for a, b in pairwise(piece.segments))
    assert piece.segments[-1].end_ms == piece.piece.end_ms
    assert all(word.text == "một" for one in piece.segments for word in one.words)
