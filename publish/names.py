"""Names of the published files, and places in their addresses. Pure.

Files of one revision carry the first twelve figures of its content's digest, so a page never
meets the sound or the captions of another revision.
"""

import re

from bridge.vietnamese import fold_diacritics

# First words of units' names that are written small inside a sentence.
_KINDS = ("Xã", "Phường", "Đặc khu", "Tỉnh", "Thành phố")
_STEM_LENGTH = 60
MEGABYTE = 1_000_000
# Beside an item's page: what other sites show of it in a frame.
EMBED = "nhung.html"


def captions_name(digest: str) -> str:
    """The WebVTT file of a revision."""
    return f"captions-{digest[:12]}.vtt"


def text_name(digest: str) -> str:
    """The plain text of a revision."""
    return f"text-{digest[:12]}.txt"


def download_stem(title: str) -> str:
    """The title as a file name without its ending: plain letters, figures and hyphens."""
    words = re.findall(r"[a-z0-9]+", fold_diacritics(title))
    return "-".join(words)[:_STEM_LENGTH].strip("-") or "ban-tin"


def name_in_sentence(name: str) -> str:
    """A unit's name as it stands inside a sentence: "Xã Mẫu" becomes "xã Mẫu"."""
    if name.startswith(tuple(f"{kind} " for kind in _KINDS)):
        return name[0].lower() + name[1:]
    return name


def file_size(size_bytes: int) -> str:
    """A size as people read it: "804 kB", "2,3 MB"."""
    if size_bytes >= MEGABYTE:
        return f"{size_bytes / MEGABYTE:.1f} MB".replace(".", ",")
    return f"{max(1, round(size_bytes / 1000))} kB"
