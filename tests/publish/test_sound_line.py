"""The drawing of a waveform."""

import itertools
import re

from publish.sound_line import sound_line_path

STROKE = re.compile(r"M([\d.]+) ([\d.]+)V([\d.]+)")


def strokes(path: str) -> list[tuple[float, float, float]]:
    found = [tuple(float(part) for part in match) for match in STROKE.findall(path)]
    assert STROKE.sub("", path) == ""  # nothing but strokes
    return found


def heights(path: str) -> list[float]:
    return [bottom - top for _, top, bottom in strokes(path)]


def test_the_bars_fill_the_width_evenly():
    drawn = strokes(sound_line_path(bytes(range(200)), bars=120, width=480))
    assert len(drawn) == 120
    assert drawn[0][0] == 2
    assert drawn[-1][0] == 478
    assert {round(b[0] - a[0], 1) for a, b in itertools.pairwise(drawn)} == {4.0}


def test_every_bar_is_mirrored_and_stays_inside_the_box():
    for _, top, bottom in strokes(sound_line_path(bytes([255, 0, 90, 12] * 300))):
        assert top + bottom == 40
        assert 0 < top <= 19


def test_the_loudest_bar_fills_the_height_however_quiet_the_recording():
    loud = heights(sound_line_path(bytes([0] * 500 + [200] * 500)))
    quiet = heights(sound_line_path(bytes([0] * 500 + [40] * 500)))
    assert max(loud) == max(quiet) > 37
    assert min(loud) == 2


def test_near_silence_is_not_stretched_into_a_waveform():
    assert max(heights(sound_line_path(bytes([1, 2] * 400)))) < 5


def test_no_peaks_and_silence_are_a_line_of_dots():
    assert set(heights(sound_line_path(b""))) == {2.0}
    assert sound_line_path(b"") == sound_line_path(bytes(900))


def test_pauses_stand_where_they_are():
    drawn = heights(sound_line_path(bytes([180] * 400 + [0] * 200 + [180] * 600)))
    assert [height > 30 for height in drawn] == [True] * 40 + [False] * 20 + [True] * 60


def test_a_sound_shorter_than_the_line_still_fills_it():
    drawn = heights(sound_line_path(bytes([10, 250, 10]), bars=120))
    assert len(drawn) == 120
    assert [height > 30 for height in drawn] == [False] * 40 + [True] * 40 + [False] * 40


def test_an_hour_of_sound_is_as_small_as_a_minute():
    hour = sound_line_path(bytes(index * 7 % 256 for index in range(36_000)))
    assert len(hour) < 2600
