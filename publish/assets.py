"""The portal's own files under names that carry their content, so they may be cached for ever."""

import hashlib
import re
from functools import cache
from importlib import resources

FOLDER = "assets"
_STATIC = resources.files("publish") / "static"
# A script comes after those that it imports.
_SERVED = (
    *("loa.css", "player.js", "home.js", "item.js", "offline.js", "counting.js", "emblem.svg"),
    *("search_readings.js", "search_query.js", "search.js", "embed.css", "cover.png"),
)

# Not for readers of the portal's pages, and so not kept on their devices: the cover of the podcast,
# and what other sites show in a frame.
FOR_OTHERS = frozenset(("cover.png", "embed.css"))


def hashed_name(name: str, content: bytes) -> str:
    """ "loa.css" becomes "loa-<ten figures of its SHA-256>.css"."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"


def is_content_of_name(name: str, content: bytes) -> bool:
    """Whether a file's name, as `hashed_name` makes it, is that of this content."""
    stem, _, suffix = name.rpartition(".")
    return hashed_name(f"{stem.rpartition('-')[0]}.{suffix}", content) == name


@cache
def shared_assets() -> dict[str, tuple[str, bytes]]:
    """Each served file by its plain name: its address from the site's root, and its content."""
    assets: dict[str, tuple[str, bytes]] = {}
    for name in _SERVED:
        content = static_file(name)
        for imported, (address, _) in assets.items():
            own_name = address.removeprefix(f"{FOLDER}/")
            content = content.replace(f'"./{imported}"'.encode(), f'"./{own_name}"'.encode())
        assets[name] = (f"{FOLDER}/{hashed_name(name, content)}", content)
    return assets


def static_file(name: str) -> bytes:
    """A file as it is served: scripts without what only their readers need."""
    content = (_STATIC / name).read_bytes()
    return lighten(content.decode()).encode() if name.endswith(".js") else content


def lighten(script: str) -> str:
    """A script without comments and indentation, a third lighter; its statements keep their lines.

    For our own scripts, which have no text over several lines and no comment's signs in a text.
    """
    bare = re.sub(r"/\*\*.*?\*/ ?", "", script, flags=re.DOTALL)
    bare = re.sub(r"(?:^|(?<=\s))// .*$", "", bare, flags=re.MULTILINE)
    return "".join(f"{line.strip()}\n" for line in bare.splitlines() if line.strip())


def icon_symbols() -> str:
    """The drawn icons, to stand once in each page."""
    return (_STATIC / "icons.svg").read_text(encoding="utf-8")
