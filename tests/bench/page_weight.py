"""What a page of the portal costs its reader before any sound: itself and all it loads."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from publish.files import is_packed

_LOADED = re.compile(
    r"<(?:script|img)\b[^>]* src=\"([^\"]+)\"|<link\b[^>]* rel=\"(?:stylesheet|icon)\"[^>]*>"
)
_ADDRESS = re.compile(r" href=\"([^\"]+)\"")
_IMPORTED = re.compile(rb"from \"\./([^\"]+)\"")


def sent_bytes(path: Path) -> int:
    """Of a file as servers send it: compressed where a compressed copy stands beside it."""
    content = path.read_bytes()
    if is_packed(path.name, len(content)):
        return len(gzip.compress(content, 9, mtime=0))
    return len(content)


def page_bytes(root: Path, page: Path) -> int:
    """A page of the portal's folder with its sheets, scripts and pictures."""
    return sent_bytes(page) + sum(sent_bytes(path) for path in loaded(root, page))


def script_bytes(root: Path, page: Path) -> int:
    """The scripts that a page loads, with those that they import."""
    return sum(sent_bytes(path) for path in loaded(root, page) if path.suffix == ".js")


def loaded(root: Path, page: Path) -> set[Path]:
    """The files that a browser fetches with a page."""
    found: set[Path] = set()
    waiting = list(_named(root, page))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            if path.suffix == ".js":
                imported = _IMPORTED.findall(path.read_bytes())
                waiting += [path.with_name(name.decode()) for name in imported]
    return found


def _named(root: Path, page: Path) -> Iterator[Path]:
    for match in _LOADED.finditer(page.read_text(encoding="utf-8")):
        address = match[1] or _ADDRESS.search(match[0])[1]  # type: ignore[index]
        if address.startswith("data:"):
            continue
        place = root / address[1:] if address.startswith("/") else page.parent / address
        yield place.resolve(strict=True)
