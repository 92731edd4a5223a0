"""What is silence on a line, and where its sound is cut."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from transcribe.decoder import SAMPLE_RATE
from transcribe.line_splitter import (
    WINDOW_BYTES,
    Begin,
    End,
    Event,
    Sound,
    SoundGate,
    Splitter,
    level_db,
)


@cache
def noise(seconds: float, level: float) -> bytes:
    """White noise of so many dB of full scale."""
    generator = np.random.default_rng(7)
    samples = generator.normal(0, 32768 * 10 ** (level / 20), round(seconds * SAMPLE_RATE))
    return np.clip(samples, -32768, 32767).astype("<i2").tobytes()


def speech(seconds: float) -> bytes:
    return noise(seconds, -20)


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * SAMPLE_RATE))


def splitter(**changes: int | bool) -> Splitter:
    values = {"pre_roll_ms": 1000, "split_silence_ms": 5000, "longest_ms": 60_000}
    return Splitter(**{**values, **changes})  # type: ignore[arg-type]


def items(events: list[Event]) -> list[float]:
    """The seconds of sound of each announcement that ended."""
    lengths: list[float] = []
    open_bytes = 0
    for event in events:
        if isinstance(event, Begin):
            open_bytes = 0
        elif isinstance(event, Sound):
            open_bytes += len(event.pcm)
        else:
            lengths.append(open_bytes / SAMPLE_RATE / 2)
    return lengths


def test_a_level_is_that_of_the_sound_without_a_constant() -> None:
    assert level_db(noise(0.1, -20)) == pytest.approx(-20, abs=0.3)
    constant = (np.zeros(2400) + 3000).astype("<i2").tobytes()
    assert level_db(constant) == level_db(b"") == -96.0


@pytest.mark.parametrize("hum", [-80, -55, -42, -35])
def test_the_noise_of_a_line_is_silence_and_speech_above_it_is_sound(hum: float) -> None:
    gate = SoundGate()
    loud = noise(1, -20)
    quiet = noise(10, hum)
    for start in range(0, len(quiet), WINDOW_BYTES):
        assert not gate.is_sound(quiet[start : start + WINDOW_BYTES])
    for start in range(0, len(loud), WINDOW_BYTES):
        assert gate.is_sound(loud[start : start + WINDOW_BYTES])


def test_a_line_that_begins_in_the_middle_of_a_word_is_heard_at_once() -> None:
    assert SoundGate().is_sound(noise(0.1, -20))


def test_music_without_a_pause_stays_sound() -> None:
    gate = SoundGate()
    music = noise(0.1, -25)
    assert all(gate.is_sound(music) for _ in range(4000))


def test_a_hum_that_begins_later_becomes_silence_after_some_minutes() -> None:
    gate = SoundGate()
    assert not gate.is_sound(silence(0.1))
    hum = noise(0.1, -40)
    heard = [gate.is_sound(hum) for _ in range(3200)]
    assert heard[0]
    assert not heard[-1]


def test_sound_is_cut_at_long_silence_and_not_at_short() -> None:
    cutting = splitter()
    sound = [silence(8), speech(3), silence(3), speech(2), silence(9), speech(4), silence(6)]
    events = list(cutting.add(b"".join(sound)))
    assert [type(event) for event in events if not isinstance(event, Sound)] == [Begin, End] * 2
    # A second before, two after; the beginning is known after three windows.
    assert items(events) == [pytest.approx(1.2 + 8 + 2, abs=0.35), pytest.approx(7.2, abs=0.35)]


def test_what_is_before_the_first_word_is_kept() -> None:
    before = noise(1, -70)
    events = list(splitter().add(silence(5) + before + speech(1)))
    assert isinstance(events[0], Begin)
    assert isinstance(events[1], Sound)
    assert events[0].before_ms == len(events[1].pcm) * 1000 // SAMPLE_RATE // 2
    assert before[-SAMPLE_RATE:] in events[1].pcm


def test_the_silence_after_one_is_before_the_next() -> None:
    mark = noise(1, -70)
    events = list(splitter().add(speech(2) + silence(3) + mark + speech(2)))
    assert items([*events, End()]) == [pytest.approx(8, abs=0.1)]
    cutting = splitter()
    events = list(cutting.add(speech(2) + silence(4.5) + mark))
    assert items(events) == [pytest.approx(4, abs=0.1)]
    events = list(cutting.add(speech(1)))
    assert isinstance(events[1], Sound)
    assert mark in events[1].pcm


def test_a_click_begins_nothing() -> None:
    assert list(splitter().add(silence(2) + speech(0.15) + silence(2))) == []


def test_before_its_time_nothing_begins_but_the_pre_roll_is_there() -> None:
    cutting = splitter()
    cutting.armed = False
    assert list(cutting.add(speech(10))) == []
    cutting.armed = True
    events = list(cutting.add(speech(0.1)))
    assert isinstance(events[0], Begin)
    assert 1000 <= events[0].before_ms <= 1500


def test_after_its_time_three_seconds_of_silence_are_the_end() -> None:
    cutting = splitter(split_silence_ms=20_000)
    assert End() not in list(cutting.add(speech(2) + silence(4) + speech(1)))
    cutting.ending, cutting.armed = True, False
    assert End() in list(cutting.add(silence(3)))
    assert list(cutting.add(speech(5))) == []


def test_what_is_too_long_is_cut_between_sentences_or_else_anywhere() -> None:
    events = list(splitter(longest_ms=10_000).add(speech(12) + silence(0.8) + speech(3)))
    assert items(events) == [pytest.approx(12.7, abs=0.2)]
    cutting = splitter(longest_ms=10_000)
    events = list(cutting.add(speech(75)))
    assert items(events) == [pytest.approx(70, abs=0.2)]
    assert cutting.is_open
    assert sum(items([*events, End()])) == pytest.approx(75, abs=0.01)  # nothing between the two


def test_what_has_to_end_soon_is_cut_between_sentences_or_else_anywhere() -> None:
    for sound, lengths in (
        (speech(3) + silence(0.8) + speech(4), [10 + 3 + 0.7, 4.1]),
        (speech(15), [10 + 10, 5]),
    ):
        cut = splitter()
        events = list(cut.add(speech(10)))
        cut.end_soon()
        events += [*cut.add(sound), *cut.finish()]
        assert items(events) == pytest.approx(lengths, abs=0.11)
        # The next one may be as long as any.
        assert items([*cut.add(speech(59)), *cut.finish()]) == pytest.approx([59], abs=0.11)


def test_a_gap_in_the_line_is_silence() -> None:
    cutting = splitter()
    list(cutting.add(speech(2)))
    assert list(cutting.add_gap(4_000)) == []
    assert [type(event) for event in cutting.add(speech(0.1))] == [Sound]
    assert list(cutting.add_gap(5_000)) == [End()]
    assert list(cutting.add_gap(5_000)) == []


def test_an_announcement_of_an_earlier_recorder_goes_on() -> None:
    cutting = splitter(is_open=True, length_ms=5_000)
    events = list(cutting.add(speech(1) + silence(5)))
    assert isinstance(events[0], Sound)
    assert events[-1] == End()


def test_stopping_ends_what_is_open_with_its_last_sound() -> None:
    cutting = splitter()
    events = [*cutting.add(speech(1.05)), *cutting.finish()]
    assert items(events) == [pytest.approx(1.05, abs=0.001)]
    assert list(cutting.finish()) == []


@settings(max_examples=25, deadline=None)
@given(
    strategies.lists(
        strategies.tuples(strategies.booleans(), strategies.integers(1, 70)), max_size=6
    ),
    strategies.integers(1, 30_000),
)
def test_nothing_said_is_lost_or_doubled_however_the_sound_arrives(
    stretches: list[tuple[bool, int]], step: int
) -> None:
    """Every loud sample comes out once and in order; the cut does not depend on the block size."""
    pcm = b"".join(
        speech(tenths / 10) if loud else silence(tenths / 10) for loud, tenths in stretches
    )
    whole = splitter()
    expected = [*whole.add(pcm), *whole.finish()]
    parts = splitter()
    events: list[Event] = []
    for start in range(0, len(pcm), step):
        events += parts.add(pcm[start : start + step])
    events += parts.finish()
    joined = b"".join(event.pcm for event in events if isinstance(event, Sound))
    assert joined == b"".join(event.pcm for event in expected if isinstance(event, Sound))
    assert items(events) == items(expected)
    loud = np.frombuffer(pcm, "<i2")
    kept = np.frombuffer(joined, "<i2")
    if all(tenths >= 5 for is_loud, tenths in stretches if is_loud):
        assert np.array_equal(loud[loud != 0], kept[kept != 0])
