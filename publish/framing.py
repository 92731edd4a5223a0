"""An announcement in a frame on another site: the snippet to copy, and its measures. Pure."""

from html import escape

from publish.names import EMBED

# The frame of embed.html: its title on two lines, the player and a link, at 320 CSS pixels.
FRAME_WIDTH = 480
FRAME_HEIGHT = 230
SMALLEST_WIDTH = 240


def frame_address(item_address: str) -> str:
    """The address of the small page; `item_address` ends with a slash."""
    return item_address + EMBED


def frame_snippet(item_address: str, title: str, width: int = FRAME_WIDTH) -> str:
    """HTML to be put into a page of another site. The frame gives way on narrow screens."""
    return (
        f'<iframe src="{escape(frame_address(item_address))}" title="{escape(title)}" '
        f'width="{width}" height="{FRAME_HEIGHT}" style="border:0;max-width:100%" '
        'loading="lazy"></iframe>'
    )
