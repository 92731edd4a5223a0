"""Loudness and true peak against values that follow from the standard, and against FFmpeg's own."""

import math
from collections.abc import Iterable
from fractions import Fraction

import av
import numpy as np
import pytest
from av.filter import Graph
from numpy.typing import NDArray

from transcribe.levels import LevelMeter, Levels, TruePeakMeter

Sound = NDArray[np.float32]


def sine(
    seconds: float,
    rate: int = 48_000,
    hertz: float = 997.0,
    peak_db: float = 0.0,
    turn: float = 0.0,
) -> Sound:
    """float32, shape (samples,)."""
    moments = np.arange(int(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * hertz * moments + turn)
    return np.asarray(10 ** (peak_db / 20) * wave, np.float32)


def frames(sound: Sound, rate: int, layout: str, size: int = 1000) -> Iterable[av.AudioFrame]:
    """`sound`: float32, shape (channels, samples)."""
    for start in range(0, sound.shape[1], size):
        part = np.ascontiguousarray(sound[:, start : start + size])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate = rate
        yield frame


def measure(*parts: Iterable[av.AudioFrame]) -> Levels:
    meter = LevelMeter()
    for part in parts:
        for frame in part:
            meter.add(frame)
    return meter.finish()


def stereo(sound: Sound) -> Sound:
    return np.stack([sound, sound])


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_stereo_sine_has_the_loudness_of_its_peak(rate: int, level: float) -> None:
    # EBU Tech 3341, cases 1 and 2.
    levels = measure(frames(stereo(sine(20.0, rate, peak_db=level)), rate, "stereo"))
    assert levels.loudness_lufs == pytest.approx(level, abs=0.1)
    assert levels.true_peak_dbtp == pytest.approx(level, abs=0.1)


def test_one_channel_is_three_decibels_quieter_than_two() -> None:
    levels = measure(frames(sine(5.0)[np.newaxis], 48_000, "mono"))
    assert levels.loudness_lufs == pytest.approx(-3.01, abs=0.1)


def test_pauses_do_not_make_speech_quieter() -> None:
    # EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36.
    steps = [sine(10.0, peak_db=-36.0), sine(60.0, peak_db=-23.0), sine(10.0, peak_db=-36.0)]
    levels = measure(frames(stereo(np.concatenate(steps)), 48_000, "stereo", size=4800))
    assert levels.loudness_lufs == pytest.approx(-23.0, abs=0.1)


def test_peak_between_the_samples_is_found() -> None:
    sound = sine(1.0, hertz=12_000.0, turn=math.pi / 4)
    assert 20 * math.log10(np.abs(sound).max()) == pytest.approx(-3.01, abs=0.01)
    levels = measure(frames(stereo(sound), 48_000, "stereo"))
    # It sets in at once, and a wave that does so swings a little over.
    assert levels.true_peak_dbtp == pytest.approx(0.0, abs=0.5)
    faded = sound * np.hanning(sound.size).astype(np.float32)
    assert measure(frames(stereo(faded), 48_000, "stereo")).true_peak_dbtp == pytest.approx(
        0.0, abs=0.05
    )


def test_loudest_channel_gives_the_peak() -> None:
    both = np.stack([sine(1.0, peak_db=-20.0), sine(1.0, peak_db=-6.0)])
    assert measure(frames(both, 48_000, "stereo")).true_peak_dbtp == pytest.approx(-6.0, abs=0.1)


def test_silence_has_no_level() -> None:
    assert measure(frames(np.zeros((2, 96_000), np.float32), 48_000, "stereo")) == Levels(
        None, None
    )
    assert measure() == Levels(None, None)


def test_under_the_gate_there_is_a_peak_and_no_loudness() -> None:
    levels = measure(frames(stereo(sine(2.0, peak_db=-90.0)), 48_000, "stereo"))
    assert levels.loudness_lufs is None
    assert levels.true_peak_dbtp == pytest.approx(-90.0, abs=0.1)


def test_too_short_to_gate_has_a_peak_and_no_loudness() -> None:
    levels = measure(frames(stereo(sine(0.3)), 48_000, "stereo"))
    assert levels.loudness_lufs is None
    assert levels.true_peak_dbtp == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_has_no_level(value: float) -> None:
    sound = stereo(sine(3.0))
    sound[0, 70_000] = value
    assert measure(frames(sound, 48_000, "stereo")) == Levels(None, None)


@pytest.mark.parametrize("rate", [1, 2_000, 10_000_000])
def test_rate_of_no_recording_has_no_level(rate: int) -> None:
    assert measure(frames(sine(0.1)[np.newaxis], rate, "mono")) == Levels(None, None)


def test_sound_that_changes_its_shape_is_measured_on() -> None:
    wide = stereo(sine(3.0, peak_db=-23.0))
    levels = measure(
        frames(wide, 48_000, "stereo"),
        frames(stereo(sine(3.0, 16_000, peak_db=-23.0)), 16_000, "stereo", size=333),
        frames(sine(3.0, 44_100, peak_db=-10.0)[np.newaxis], 44_100, "mono"),
        frames(wide, 48_000, "stereo"),
    )
    # The one channel goes to both at -13 dB each: a quarter of the time at -13, the rest at -23.
    together = 10 * math.log10(0.25 * 10**-1.3 + 0.75 * 10**-2.3)
    assert levels.loudness_lufs == pytest.approx(together, abs=0.2)
    assert levels.true_peak_dbtp == pytest.approx(-13.0, abs=0.7)


def direct_peak(sound: Sound) -> float:
    """The same interpolation over everything, through the spectrum of each channel."""
    silent = np.zeros((len(sound), 512))
    padded = np.concatenate([silent, sound, silent], axis=1)
    spectrum = np.fft.rfft(padded, axis=1)
    return float(np.abs(np.fft.irfft(spectrum, padded.shape[1] * 4, axis=1) * 4).max())


@pytest.mark.parametrize("seed", range(6))
def test_rows_that_are_passed_over_hold_no_higher_peak(seed: int) -> None:
    chance = np.random.default_rng(seed)
    size = int(chance.integers(2_000, 40_000))
    noise = np.fft.rfft(chance.normal(size=(2, size)), axis=1)
    noise[:, int(noise.shape[1] * 0.75) :] = 0  # within the filter's band
    envelope = np.repeat(chance.random(size // 100 + 1) ** 4, 100)[:size]
    sound = (np.fft.irfft(noise, size, axis=1) * envelope).astype(np.float32)
    meter, position = TruePeakMeter(), 0
    while position < size:
        length = int(chance.integers(1, 3_000))
        meter.add(sound[:, position : position + length].T)
        position += length
    assert meter.finish() == pytest.approx(direct_peak(sound), rel=0.02)


@pytest.mark.parametrize("place", range(0, 64, 3))
def test_short_burst_is_found_wherever_it_lies(place: int) -> None:
    sound = np.zeros((1, 200), np.float32)
    sound[0, 64 + place : 72 + place] = sine(8 / 48_000, hertz=12_000.0, turn=math.pi / 4)
    meter = TruePeakMeter()
    meter.add(sound.T)
    assert meter.finish() == pytest.approx(direct_peak(sound), rel=0.02)


@pytest.mark.parametrize("size", [48_000, 48_007, 50_400])
def test_burst_at_the_very_end_counts(size: int) -> None:
    sound = np.zeros((1, size), np.float32)
    sound[0, -8:] = sine(8 / 48_000, hertz=12_000.0, turn=math.pi / 4)
    levels = measure(frames(sound, 48_000, "mono"))
    assert levels.true_peak_dbtp == pytest.approx(20 * math.log10(direct_peak(sound)), abs=0.15)


def test_peak_agrees_with_the_filters_own() -> None:
    chance = np.random.default_rng(5)
    noise = np.fft.rfft(chance.normal(size=48_000 * 3))
    noise[int(noise.size * 0.7) :] = 0
    sound = np.fft.irfft(noise)
    sound = stereo((sound / np.abs(sound).max() * 0.9).astype(np.float32))
    graph = Graph()
    source = graph.add_abuffer(
        format="fltp", sample_rate=48_000, layout="stereo", time_base=Fraction(1, 48_000)
    )
    nodes = [graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")]
    graph.link_nodes(source, *nodes).configure()
    theirs = 0.0
    for frame in frames(sound, 48_000, "stereo", size=4800):
        graph.push(frame)
        measured = graph.pull()
        assert measured is not None
        theirs = float(measured.metadata["lavfi.r128.true_peak"])
    ours = measure(frames(sound, 48_000, "stereo")).true_peak_dbtp
    assert ours == pytest.approx(20 * math.log10(theirs), abs=0.1)
