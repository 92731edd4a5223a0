"""A unit's own colour, made safe: readable as text and under text, in light and in dark. Pure.

Contrast is that of WCAG 2.2 (relative luminance in sRGB); 4.5 is its AA threshold for text.
"""

import re

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_AA = 4.5
# Grounds of loa.css: a colour must be readable on the paper of both themes.
LIGHT_PAPER = "#fbf8f2"
DARK_PAPER = "#16130f"
DEFAULT_ACCENT = "#9c1f1f"

Channels = tuple[int, int, int]


def accent_sheet(accent: str | None) -> str | None:
    """A small stylesheet that sets --accent, or None for the default colour.

    Anything but #rrggbb is taken for no colour at all: the value comes from a setting and goes
    into a file that browsers trust. A colour too faint for text is moved towards the ink.
    """
    if accent is None or not _HEX.fullmatch(accent):
        return None
    light = readable_on(accent, LIGHT_PAPER, towards="#000000")
    dark = readable_on(accent, DARK_PAPER, towards="#ffffff")
    return (
        f":root{{--accent:{light};--accent-ink:#fff}}\n"
        "@media (prefers-color-scheme:dark)"
        f"{{:root{{--accent:{dark};--accent-ink:{DARK_PAPER}}}}}\n"
    )


def accent_or_default(accent: str | None) -> str:
    """The unit's colour as it is on light paper, or the default one."""
    if accent is None or not _HEX.fullmatch(accent):
        return DEFAULT_ACCENT
    return readable_on(accent, LIGHT_PAPER, towards="#000000")


def readable_on(colour: str, ground: str, towards: str) -> str:
    """The colour, moved towards `towards` only as far as AA contrast on `ground` needs."""
    start, goal = _channels(colour), _channels(towards)
    for step in range(101):
        mixed = _mix(start, goal, step / 100)
        if contrast(mixed, ground) >= _AA:
            return mixed
    return towards


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two #rrggbb colours, 1 to 21."""
    brighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _mix(start: Channels, goal: Channels, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(start, goal, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
