"""Loudness, against values that ITU-R BS.1770 and EBU Tech 3341 give."""

import numpy as np
import pytest

from publish.loudness import (
    Loudness,
    choose_gain_db,
    filter_sound,
    levelling_chain,
    measure_loudness,
    needs_limiting,
)
from tests.publish.sounds import RATE, in_pieces, speech_like, tone


def test_a_full_scale_tone_measures_minus_three_lufs():
    # BS.1770: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LKFS.
    measured = measure_loudness(in_pieces(tone(5, 1.0, 997)), RATE)
    assert measured.integrated_lufs == pytest.approx(-3.01, abs=0.1)
    assert measured.true_peak_dbtp == pytest.approx(0.0, abs=0.1)


def test_pauses_are_gated_out():
    # EBU Tech 3341, case 3 in spirit: long quiet stretches do not lower the measured programme.
    loud = tone(5, 0.1, 997)
    with_pauses = np.concatenate([loud, np.zeros(20 * RATE, np.float32), loud])
    steady = measure_loudness(in_pieces(loud), RATE).integrated_lufs
    assert measure_loudness(in_pieces(with_pauses), RATE).integrated_lufs == pytest.approx(
        steady, abs=0.2
    )


def test_peaks_between_samples_are_seen():
    # A quarter of the rate, 45° off: every sample is 3 dB under the wave's crest.
    moments = np.arange(RATE) / RATE
    wave = np.sin(2 * np.pi * RATE / 4 * moments + np.pi / 4).astype(np.float32)
    assert np.abs(wave).max() < 0.71
    assert measure_loudness(in_pieces(wave), RATE).true_peak_dbtp > -0.6


def test_silence_and_a_blink_of_sound_have_a_loudness_too():
    assert measure_loudness(in_pieces(np.zeros(RATE, np.float32)), RATE) == Loudness(-70, -120)
    assert measure_loudness(in_pieces(tone(0.2)), RATE).integrated_lufs == -70
    assert measure_loudness(iter(()), RATE) == Loudness(-70, -120)


@pytest.mark.parametrize(
    ("integrated_lufs", "gain_db"),
    [(-16, 0), (-30, 14), (-8, -8), (-40, 24), (-49, 24), (-50.1, 0), (-70, 0)],
)
def test_gain_reaches_the_target_and_leaves_silence_alone(integrated_lufs, gain_db):
    assert choose_gain_db(Loudness(integrated_lufs, -20)) == pytest.approx(gain_db)


def test_the_limiter_holds_the_peaks_and_keeps_the_length():
    sound = speech_like(4, 0.9)
    chain = levelling_chain(20.0, RATE)
    limited = np.concatenate(
        [frame.to_ndarray().reshape(-1) for frame in filter_sound(in_pieces(sound), RATE, chain)]
    )
    limited = limited.astype(np.float32)
    assert len(limited) == len(sound)
    assert measure_loudness(in_pieces(limited), RATE).true_peak_dbtp < -1.5


@pytest.mark.parametrize(("peak", "gain", "expected"), [(-20, 10, False), (-10, 10, True)])
def test_limiting_is_foreseen(peak, gain, expected):
    assert needs_limiting(Loudness(-30, peak), gain) is expected
