"""The sound line: a small drawing of a recording's real waveform. Pure.

It is the mark of the product: still on the slips of the home page, a progress bar on the item's
page, the waveform above the editor's desk.
"""

import math

# Peaks under a tenth of full scale (-20 dBFS) are not stretched to the full height: a recording
# of near silence must look like one.
_QUIETEST_FULL_HEIGHT = 25.5
# Half the stroke of the stylesheet, in the drawing's units: round ends stay inside the box.
_CAP = 1.2


def sound_line_path(peaks: bytes, bars: int = 120, width: int = 480, height: int = 40) -> str:
    """Draw `peaks` as the `d` of an SVG path: one upright stroke a bar, mirrored at half height.

    `peaks` holds one byte per 100 ms, the loudest sample as 0..255 of full scale. A bar is the
    root mean square of the peaks it covers (their maximum would make one solid block of an hour
    of speech); the loudest bar fills the height, silence is a dot. No peaks make a line of dots.
    """
    levels = _levels(peaks, bars)
    loudest = max(max(levels, default=0.0), _QUIETEST_FULL_HEIGHT)
    middle = height / 2
    step = width / bars
    strokes = []
    for index, level in enumerate(levels):
        half = max(1.0, level / loudest * (middle - _CAP))
        x = step * (index + 0.5)
        strokes.append(f"M{_figure(x)} {_figure(middle - half)}V{_figure(middle + half)}")
    return "".join(strokes)


def part_sound_line(path: str) -> tuple[str, str]:
    """A drawn line in two: every second stroke, and the others.

    On a phone all strokes would run together; the page hides the second part there.
    """
    strokes = path.split("M")[1:]
    first, second = ("".join(f"M{stroke}" for stroke in strokes[start::2]) for start in (0, 1))
    return first, second


def _levels(peaks: bytes, bars: int) -> list[float]:
    """`bars` levels of 0..255; where there are fewer peaks than bars, peaks are repeated."""
    count = len(peaks)
    if not count:
        return [0.0] * bars
    levels = []
    for bar in range(bars):
        first = bar * count // bars
        piece = peaks[first : max(first + 1, (bar + 1) * count // bars)]
        levels.append(math.sqrt(sum(peak * peak for peak in piece) / len(piece)))
    return levels


def _figure(value: float) -> str:
    """At most one decimal: the drawing is never wider than a few hundred pixels."""
    return f"{value:.1f}".removesuffix(".0")
