"""A unit's emblem: only a picture comes through, and icons are drawn from it."""

import io

import pytest
from PIL import Image, PngImagePlugin

from bridge.errors import InvalidInput
from publish.emblem import LONGEST_SIDE, clean_emblem, draw_icon


def png(size=(300, 200), said="", colour=(10, 90, 60, 255)):
    told = PngImagePlugin.PngInfo()
    if said:
        told.add_text("Comment", said)
    kept = io.BytesIO()
    Image.new("RGBA", size, colour).save(kept, "PNG", pnginfo=told)
    return kept.getvalue()


def read(content):
    return Image.open(io.BytesIO(content), formats=["PNG"])


def test_only_the_picture_comes_through():
    given = png(said="<script>alert(1)</script>") + b"<script>alert(2)</script>"
    cleaned = clean_emblem(given)
    assert b"script" in given
    assert b"script" not in cleaned
    assert read(cleaned).getpixel((0, 0)) == (10, 90, 60, 255)
    assert clean_emblem(given) == cleaned
    assert clean_emblem(cleaned) == cleaned


def test_a_large_one_is_made_smaller_in_its_shape():
    assert read(clean_emblem(png((2000, 1000)))).size == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "emblem_no_png"),
        (b"", "emblem_no_png"),
        (png()[:60], "emblem_no_png"),
        (png((5000, 5000)), "emblem_too_large"),
        (b"\x89PNG" + bytes(3 * 1024 * 1024), "emblem_too_large"),
    ],
)
def test_what_is_no_small_png_is_refused(content, code):
    with pytest.raises(InvalidInput) as refused:
        clean_emblem(content)
    assert refused.value.code == code


def test_icons_are_square_and_show_the_unit():
    own = read(draw_icon(192, "#1f6b4a", None))
    assert own.size == (192, 192)
    assert own.getpixel((0, 0)) == (0x1F, 0x6B, 0x4A)
    assert own.getpixel((92, 96)) == (255, 255, 255)
    with_emblem = read(draw_icon(512, None, clean_emblem(png())))
    assert with_emblem.size == (512, 512)
    assert with_emblem.getpixel((256, 256)) == (10, 90, 60)
    assert with_emblem.getpixel((0, 0)) == (0xFB, 0xF8, 0xF2)
