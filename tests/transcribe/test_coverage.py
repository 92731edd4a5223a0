"""Lines in, segments that tile the piece out: nothing is dropped, nothing stands twice."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.transcript import Segment, Word
from tests.transcribe.other_sounds import (
    RATE,
    Samples,
    anthem,
    at_level,
    chimes,
    clapping,
    mains_hum,
    pink,
    silence,
    white,
)
from transcribe.coverage import Tiling
from transcribe.sound import Pause, Piece

START_MS = 120_000  # of the recording


def piece_of(*sounds: Samples) -> Piece:
    samples = np.concatenate(sounds)
    return Piece(START_MS, START_MS + samples.size * 1000 // RATE, samples)


def line(begin_ms: int, end_ms: int, *words: tuple[str, int, int]) -> Segment:
    """A line in times of the piece; without words one word that fills it."""
    spoken = words or (("một", begin_ms, end_ms),)
    return Segment(
        START_MS + begin_ms,
        START_MS + end_ms,
        " ".join(text for text, _, _ in spoken),
        tuple(Word(text, START_MS + begin, START_MS + end, 0.9) for text, begin, end in spoken),
    )


def tile(piece: Piece, *lines: Segment) -> list[Segment]:
    tiling = Tiling(piece)
    segments = [segment for one in lines for segment in tiling.add(one)]
    return segments + tiling.finish()


def spans(segments: Sequence[Segment]) -> list[tuple[str, int, int]]:
    """Kind, begin and end in times of the piece."""
    return [(one.kind, one.start_ms - START_MS, one.end_ms - START_MS) for one in segments]


def murmur(seconds: float) -> Samples:
    """Loud enough to be somebody, and no music."""
    return pink(seconds, 3)


def test_speech_that_the_engine_left_out_is_named() -> None:
    piece = piece_of(murmur(3), silence(1), murmur(4), silence(1), murmur(3))
    segments = tile(piece, line(0, 3_000), line(9_000, 12_000))
    assert spans(segments) == [
        ("speech", 0, 3_700),
        ("unrecognised", 3_700, 8_700),
        ("speech", 8_700, 12_000),
    ]
    assert segments[1].text == "[chưa nhận dạng]"
    assert segments[1].words == ()


def test_a_jingle_is_named() -> None:
    segments = tile(piece_of(silence(1), anthem(6), silence(1), murmur(3)), line(8_000, 11_000))
    assert spans(segments) == [("music", 0, 7_700), ("speech", 7_700, 11_000)]
    assert segments[0].text == "[nhạc]"


def test_speech_right_after_a_jingle_is_not_lost_in_it() -> None:
    segments = tile(piece_of(chimes(6), murmur(8)))
    assert [one.kind for one in segments] == ["music", "unrecognised"]
    assert segments[0].end_ms - START_MS == pytest.approx(6_000, abs=1_500)


def test_a_long_pause_is_a_silence_without_text() -> None:
    segments = tile(piece_of(murmur(3), silence(4), murmur(3)), line(0, 2_900), line(7_100, 10_000))
    assert spans(segments) == [
        ("speech", 0, 3_000),
        ("silence", 3_000, 7_000),
        ("speech", 7_000, 10_000),
    ]
    assert segments[1].text == ""


def test_a_short_pause_goes_to_the_line_before_but_for_a_moment() -> None:
    segments = tile(
        piece_of(murmur(3), silence(1.5), murmur(3)), line(0, 3_000), line(4_500, 7_500)
    )
    assert spans(segments) == [("speech", 0, 4_200), ("speech", 4_200, 7_500)]


@pytest.mark.parametrize("noise", [0.3, 0.9])
def test_a_cough_is_no_segment(noise: float) -> None:
    piece = piece_of(murmur(3), silence(3), murmur(noise), silence(3), murmur(3))
    begin = 9_000 + int(noise * 1000)
    segments = tile(piece, line(0, 3_000), line(begin, begin + 3_000))
    assert [one.kind for one in segments] == ["speech", "silence", "speech"]


def test_knocks_are_no_sound_of_their_own() -> None:
    knocks = np.concatenate([np.concatenate([murmur(0.04), silence(0.4)]) for _ in range(8)])
    segments = tile(piece_of(murmur(3), silence(2), knocks), line(0, 3_000))
    assert [one.kind for one in segments] == ["speech", "silence"]


def test_a_word_that_the_engine_ended_too_early_stays_with_its_line() -> None:
    segments = tile(piece_of(murmur(3), silence(5), murmur(3)), line(0, 2_200), line(8_400, 11_000))
    assert spans(segments) == [
        ("speech", 0, 3_000),
        ("silence", 3_000, 8_000),
        ("speech", 8_000, 11_000),
    ]


@pytest.mark.parametrize(
    ("sound", "kind"),
    [
        (silence(12), "silence"),
        (at_level(pink(12), -56), "silence"),
        (at_level(mains_hum(12), -60), "silence"),
        (at_level(white(12), -40), "unrecognised"),
        (mains_hum(12), "unrecognised"),
        (clapping(12), "unrecognised"),
        (at_level(anthem(12), -40), "music"),
        (at_level(anthem(12), -3), "music"),
    ],
)
def test_a_piece_of_one_kind_without_lines_is_called_so(sound: Samples, kind: str) -> None:
    assert spans(tile(piece_of(sound))) == [(kind, 0, 12_000)]


def test_hum_behind_the_voice_is_a_pause() -> None:
    hum = at_level(mains_hum(20), -42)
    voice = np.concatenate([murmur(3), silence(5), murmur(3), silence(9)])
    segments = tile(piece_of(voice + hum), line(0, 3_000), line(8_000, 11_000))
    assert [one.kind for one in segments] == ["speech", "silence", "speech", "silence"]


def test_what_nobody_understood_is_cut_into_parts_that_one_can_hear_and_type() -> None:
    parts = [np.concatenate([murmur(11.7), silence(0.3)]) for _ in range(8)]
    segments = tile(piece_of(*parts))
    assert {one.kind for one in segments} == {"unrecognised"}
    lengths = [one.end_ms - one.start_ms for one in segments]
    assert max(lengths) <= 15_000
    assert all(one.end_ms % 12_000 >= 11_600 or one.end_ms % 12_000 == 0 for one in segments)


def test_music_is_one_segment_however_long() -> None:
    assert spans(tile(piece_of(anthem(80)))) == [("music", 0, 80_000)]


def test_a_line_that_spans_a_jingle_becomes_two() -> None:
    piece = piece_of(murmur(2), silence(1), anthem(5), silence(1), murmur(2))
    spoken = line(0, 11_000, ("một", 0, 1_000), ("hai", 1_000, 2_000), ("ba", 9_000, 11_000))
    segments = tile(piece, spoken)
    assert [(one.kind, one.text) for one in segments] == [
        ("speech", "một hai"),
        ("music", "[nhạc]"),
        ("speech", "ba"),
    ]
    assert segments[0].words + segments[2].words == spoken.words


def test_a_word_that_the_engine_put_before_the_jingle_joins_its_sentence() -> None:
    piece = piece_of(silence(2), anthem(5), silence(1), murmur(2))
    spoken = line(0, 10_000, ("một", 100, 700), ("hai", 8_200, 9_000), ("ba", 9_000, 10_000))
    music, sentence = tile(piece, spoken)[-2:]
    assert (music.kind, sentence.text) == ("music", "một hai ba")
    assert [word.start_ms - START_MS for word in sentence.words] == [8_000, 8_200, 9_000]
    assert sentence.words[1:] == spoken.words[1:]


def test_two_words_that_are_heard_before_a_pause_stay_where_they_are() -> None:
    piece = piece_of(murmur(0.8), silence(4), murmur(2))
    spoken = line(0, 6_800, ("a", 0, 400), ("lô", 400, 800), ("ba", 4_800, 6_800))
    segments = tile(piece, spoken)
    assert [one.text for one in segments] == ["a lô", "", "ba"]
    assert segments[0].words == spoken.words[:2]


def test_lines_that_lie_in_music_are_told() -> None:
    piece = piece_of(anthem(10), silence(1), murmur(5))
    tiling = Tiling(piece)
    for one in (line(1_000, 9_000), line(11_000, 16_000)):
        tiling.add(one)
    assert tiling.sung == [(START_MS + 1_000, START_MS + 9_000)]


def test_words_after_a_jingle_are_not_sung() -> None:
    piece = piece_of(anthem(7), murmur(4))
    tiling = Tiling(piece)
    tiling.add(line(0, 11_000, ("một", 0, 7_500), ("hai", 7_500, 9_000), ("ba", 9_000, 11_000)))
    assert tiling.sung == []


def test_the_silence_map_has_the_times_of_the_recording() -> None:
    tiling = Tiling(
        piece_of(murmur(2), silence(0.5), murmur(2), silence(0.1), murmur(1), silence(3))
    )
    assert tiling.pauses == [
        Pause(START_MS + 2_000, START_MS + 2_500),
        Pause(START_MS + 5_600, START_MS + 8_600),
    ]
    assert Tiling(piece_of(silence(4))).pauses == [Pause(START_MS, START_MS + 4_000)]
    assert Tiling(piece_of(white(4))).pauses == []


def test_a_line_is_held_back_until_the_next_one_comes() -> None:
    tiling = Tiling(piece_of(murmur(10)))
    assert tiling.add(line(0, 4_000)) == []
    assert [one.text for one in tiling.add(line(4_000, 10_000))] == ["một"]
    assert [one.text for one in tiling.finish()] == ["một"]
    assert tiling.finish() == []


@pytest.mark.parametrize(
    ("begin_ms", "end_ms"), [(-1, 500), (9_500, 10_001), (3_000, 3_000), (1_000, 2_500)]
)
def test_a_line_without_a_place_is_refused(begin_ms: int, end_ms: int) -> None:
    tiling = Tiling(piece_of(murmur(10)))
    tiling.add(line(0, 2_000))
    with pytest.raises(ValueError, match="no place"):
        tiling.add(line(begin_ms, end_ms))


@st.composite
def heard_pieces(draw: st.DrawFn) -> tuple[Piece, list[Segment]]:
    """A piece of stretches at several levels, and lines with words anywhere in it."""
    length_ms = draw(st.integers(1, 30_000))
    noise = np.random.default_rng(draw(st.integers(0, 99))).standard_normal(length_ms * 16)
    levels = draw(st.lists(st.sampled_from([0.0, 1e-4, 0.01, 0.1, 0.5]), min_size=1, max_size=20))
    envelope = np.repeat(levels, -(-noise.size // len(levels)))[: noise.size]
    short_by = draw(st.integers(0, 400))  # a copy may end within a millisecond of its length
    samples = (noise * envelope).astype(np.float32)[: max(0, noise.size - short_by)]
    lines: list[Segment] = []
    at = 0
    for gap, lengths in draw(
        st.lists(
            st.tuples(st.sampled_from([0, 0, 1, 300, 1_900, 2_100, 6_000]), _WORDS), max_size=8
        )
    ):
        words = []
        begin = at = at + gap
        for pause, length in lengths:
            words.append(("từ", at + pause, at + pause + length))
            at += pause + length
        end = at = max(at, begin + 1)
        if end > length_ms:
            break
        lines.append(line(begin, end, *words))
    return Piece(START_MS, START_MS + length_ms, samples), lines


_WORDS = st.lists(
    st.tuples(st.sampled_from([0, 0, 100, 2_500]), st.sampled_from([0, 1, 250, 3_000])),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=150)
@given(heard_pieces())
def test_any_lines_in_any_sound_tile_the_piece(heard: tuple[Piece, list[Segment]]) -> None:
    piece, lines = heard
    segments = tile(piece, *lines)
    assert segments == tile(piece, *lines)
    assert segments[0].start_ms == piece.start_ms
    assert segments[-1].end_ms == piece.end_ms
    for one, following in pairwise(segments):
        assert one.end_ms == following.start_ms
    for one in segments:
        assert one.start_ms < one.end_ms
        assert (one.text == "") == (one.kind == "silence")
        assert one.kind == "speech" or one.words == ()
        moments = [at for word in one.words for at in (word.start_ms, word.end_ms)]
        assert moments == sorted(moments)
        assert all(one.start_ms <= at <= one.end_ms for at in moments)
    spoken = [word for one in segments for word in one.words]
    given_words = [word for one in lines for word in one.words]
    assert [word.text for word in spoken] == [word.text for word in given_words]


@settings(deadline=None, max_examples=100)
@given(heard_pieces())
def test_a_line_grows_by_two_seconds_at_most(heard: tuple[Piece, list[Segment]]) -> None:
    piece, lines = heard
    whole = [Segment(one.start_ms, one.end_ms, f"câu {n}") for n, one in enumerate(lines)]
    spoken = [one for one in tile(piece, *whole) if one.kind == "speech"]
    assert [one.text for one in spoken] == [one.text for one in whole]
    for grown, given_line in zip(spoken, whole, strict=True):
        assert 0 <= given_line.start_ms - grown.start_ms <= 2_000
        assert 0 <= grown.end_ms - given_line.end_ms <= 2_000
