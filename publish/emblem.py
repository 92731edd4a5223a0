"""A unit's emblem, made safe, and the icons of an installed portal drawn from it."""

import io
import warnings
from functools import cache

from PIL import Image, ImageDraw, UnidentifiedImageError

from bridge.errors import InvalidInput
from publish.colours import LIGHT_PAPER, accent_or_default

LONGEST_SIDE = 512  # pixels; the page shows it at 52
_MOST_BYTES = 2 * 1024 * 1024
_MOST_PIXELS = 4096 * 4096
ICON_SIDES = (192, 512)  # what browsers ask of an installable page
# Drawn four times too large and made smaller: Pillow's own lines have hard edges.
_FINER = 4


def clean_emblem(content: bytes) -> bytes:
    """A PNG of at most 512 by 512 pixels with nothing in it but its picture.

    It is decoded and encoded anew, so neither metadata nor anything hidden behind the picture
    reaches residents. Only PNG is taken: an SVG is a document that may carry script and links, and
    what a strict list of allowed shapes leaves of a real coat of arms is no coat of arms. Raises
    InvalidInput `emblem_too_large` (`limit_bytes`), `emblem_no_png`.
    """
    if len(content) > _MOST_BYTES:
        raise InvalidInput("emblem_too_large", limit_bytes=_MOST_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=["PNG"]) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise InvalidInput("emblem_too_large", limit_bytes=_MOST_BYTES)
                picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InvalidInput("emblem_no_png") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return _png(picture)


@cache
def draw_icon(side: int, accent: str | None, emblem: bytes | None) -> bytes:
    """A square PNG icon of `side` pixels: the emblem on paper, or Loa's own mark on the accent.

    The mark keeps to the middle four fifths, so that a phone may cut it round (maskable icons).
    """
    if emblem is not None:
        ground = Image.new("RGBA", (side, side), LIGHT_PAPER)
        with Image.open(io.BytesIO(emblem), formats=["PNG"]) as opened:
            picture = opened.convert("RGBA")
        room = side * 7 // 10
        scale = room / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
        ground.alpha_composite(picture, ((side - size[0]) // 2, (side - size[1]) // 2))
        return _png(ground.convert("RGB"))
    return _png(_draw_mark(side * _FINER, accent).resize((side, side), Image.Resampling.LANCZOS))


def _draw_mark(side: int, accent: str | None) -> Image.Image:
    """The loudspeaker of icons.svg, whose drawing is 24 units wide."""
    colour = accent_or_default(accent)
    image = Image.new("RGB", (side, side), colour)
    draw = ImageDraw.Draw(image)
    unit = side * 0.55 / 24
    shift = (side - 24 * unit) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return shift + x * unit, shift + y * unit

    def disc(x: float, radius: float, fill: str) -> None:
        draw.pieslice([at(x - radius, 12 - radius), at(x + radius, 12 + radius)], -60, 60, fill)

    disc(12.63, 8.5, "#fff")
    disc(12.77, 6.5, colour)
    disc(13.0, 4.5, "#fff")
    draw.rectangle([at(0, 0), at(15.5, 24)], colour)
    draw.polygon([at(3, 9), at(3, 15), at(7, 15), at(14, 20), at(14, 4), at(7, 9)], "#fff")
    return image


def _png(picture: Image.Image) -> bytes:
    kept = io.BytesIO()
    # A new picture: what Pillow remembers of the opened one would be written along.
    Image.frombytes(picture.mode, picture.size, picture.tobytes()).save(kept, "PNG", optimize=True)
    return kept.getvalue()
