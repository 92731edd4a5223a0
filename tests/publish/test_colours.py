"""A unit's colour stays readable and cannot carry anything else into the stylesheet."""

import re

import pytest

from publish.colours import accent_sheet, contrast, readable_on

LIGHT, DARK = "#fbf8f2", "#16130f"
ACCENT = re.compile(r"--accent:(#[0-9a-f]{6})")


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#9c1f1f", "#9c1f1f", 1.0)],
)
def test_contrast_is_that_of_wcag(first, second, ratio):
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("accent", ["#9c1f1f", "#ffd400", "#ffffff", "#000000", "#1F6B4A"])
def test_every_colour_becomes_readable_in_both_themes(accent):
    light, dark = ACCENT.findall(accent_sheet(accent))
    assert contrast(light, LIGHT) >= 4.5
    assert contrast(light, "#ffffff") >= 4.5  # white signs stand on it
    assert contrast(dark, DARK) >= 4.5


def test_a_colour_that_is_readable_is_kept():
    assert ACCENT.findall(accent_sheet("#1f6b4a"))[0] == "#1f6b4a"


def test_a_colour_is_moved_no_further_than_needed():
    assert contrast(readable_on("#ffd400", LIGHT, "#000000"), LIGHT) < 4.8


@pytest.mark.parametrize(
    "accent",
    [None, "", "red", "#fff", "#12345g", "#123456;}body{display:none}", "#123456\n", " #123456"],
)
def test_anything_else_is_no_colour(accent):
    assert accent_sheet(accent) is None
