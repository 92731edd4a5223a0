"""Files that appear whole or not at all, and beside each text its compressed copy for servers.

A page and its copy are two files, and no rename swaps two at once. So the copy goes first: it is
taken away before the page changes and put back after. At every moment, and after a crash at any
moment, a copy that stands is the page's own; where none stands the page is sent as it is.
"""

import gzip
import os
import secrets
import zlib
from pathlib import Path, PurePath

from bridge.failpoints import reach
from bridge.media import flush_folder

PACKED = ".gz"
# What shrinks. Sound is compressed already.
_TEXTS = frozenset(
    ".atom .cap .css .html .js .json .svg .txt .vtt .webmanifest .xml".split()  # noqa: SIM905
)
_WORTH_PACKING = 512  # bytes: below it the headers of the answer are most of what is sent
_TRAILER = 8  # bytes at the end of a gzip file: CRC-32 and length of what was packed (RFC 1952)


def write_whole(path: Path, content: bytes) -> bool:
    """Put `content` at `path` by a durable draft beside it and a rename. False: it stood already.

    A reader, or a machine that loses power, finds the old file or the new one, never a part, and
    never a compressed copy that says something else. The parent folder must exist.
    """
    packed = path.with_name(path.name + PACKED)
    wants_packed = is_packed(path.name, len(content))
    stood = path.is_file() and path.read_bytes() == content
    if stood and (is_copy_of(packed, content) if wants_packed else not packed.exists()):
        return False
    if packed.exists():
        packed.unlink()
        flush_folder(path.parent)
    if not stood:
        _replace(path, content)
        reach("publish.unpacked")
    if wants_packed:
        _replace(packed, gzip.compress(content, 9, mtime=0))
    flush_folder(path.parent)
    return True


def remove_whole(path: Path) -> None:
    """Take a file away with its compressed copy; nothing where there is none."""
    path.with_name(path.name + PACKED).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def is_packed(name: str, size_bytes: int) -> bool:
    """Whether a file of this name and size has a compressed copy beside it."""
    return size_bytes >= _WORTH_PACKING and PurePath(name).suffix in _TEXTS


def is_copy_of(packed: Path, content: bytes) -> bool:
    """Whether a compressed file stands there and is that of `content`, by its own checksum."""
    try:
        with packed.open("rb") as file:
            file.seek(-_TRAILER, os.SEEK_END)
            trailer = file.read()
    except OSError:
        return False
    checksum, length = zlib.crc32(content), len(content) & 0xFFFFFFFF
    return trailer == checksum.to_bytes(4, "little") + length.to_bytes(4, "little")


def with_packed(names: set[str]) -> set[str]:
    """The names, and those of the compressed copies that may stand beside them."""
    return names | {name + PACKED for name in names}


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
