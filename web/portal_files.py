"""The portal's folder, answered in front of the framework: pages, sound, feeds.

Nothing here asks the database, a session or a language, so the portal answers when everything else
is down, and one request costs a few looks at the file system. Whatever is no file of the portal
goes on to the application behind: other addresses, other methods, wrong addresses.
"""

import hashlib
import os
import re
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import IO, TYPE_CHECKING, Any, cast

from werkzeug.http import is_resource_modified, parse_if_range_header, parse_range_header

from bridge.logs import log_ids
from publish.files import PACKED
from publish.names import EMBED
from publish.site import GONE_MARKER, PAGE
from web.request_record import HEADER, RequestMeasures, choose_id, note_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
Span = tuple[int, int]  # of bytes, the end not among them

PORTAL_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
# What other sites show in a frame.
EMBED_POLICY = PORTAL_POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".cap": "application/cap+xml; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
    ".mp3": "audio/mpeg",
    ".webm": "audio/webm",
    ".webmanifest": "application/manifest+json",
}
RSS_TYPE = "application/rss+xml; charset=utf-8"
# Players and readers on other sites fetch these by script.
SHARED = frozenset((".atom", ".cap", ".json", ".mp3", ".vtt", ".webm", ".xml"))

_NEVER = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")  # the weight of what must not be sent
_RSS = re.compile(r"feed(-[0-9-]+)?\.xml")
# A name that carries its content's hash never changes its content.
_HASHED = re.compile(r"-[0-9a-f]{8,64}\.[a-z0-9]+$")
_YEAR_S = 365 * 24 * 3600
_REASONS = {200: "200 OK", 206: "206 Partial Content", 304: "304 Not Modified", 410: "410 Gone"}
_UNSATISFIABLE = "416 Range Not Satisfiable"
_KEPT_FILE_BYTES = 256 * 1024
_KEPT_BYTES = 32 * 1024 * 1024
_BLOCK_BYTES = 64 * 1024
# As `web.app` gives them to every answer.
_COMMON: Headers = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent. `content` None: too large to keep, read as it goes out."""

    path: str
    signature: tuple[int, int, int]
    content: bytes | None
    etag: str
    modified_at: float
    headers: tuple[tuple[str, str], ...]  # without those of a status


def headers_of(name: str, *, packed: bool = False) -> Headers:
    """What an answer with a file of this name carries besides its length and its ETag."""
    suffix = os.path.splitext(name)[1]  # noqa: PTH122  this is asked for every file
    is_rss = _RSS.fullmatch(name) is not None
    kind = RSS_TYPE if is_rss else TYPES.get(suffix, "application/octet-stream")
    cached = f"public, max-age={_YEAR_S}, immutable" if _HASHED.search(name) else "no-cache"
    headers = [("Content-Type", kind), ("Cache-Control", cached), *_COMMON]
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    if kind.startswith("audio/"):
        headers.append(("Accept-Ranges", "bytes"))
    else:
        headers.append(("Vary", "Accept-Encoding"))
    if suffix in SHARED:
        headers.append(("Access-Control-Allow-Origin", "*"))
    if suffix == ".html":
        headers.append(
            ("Content-Security-Policy", EMBED_POLICY if name == EMBED else PORTAL_POLICY)
        )
    return headers


class PortalFiles:
    """WSGI: answers for the files below `root`, and asks `behind` for everything else."""

    def __init__(
        self,
        behind: "WSGIApplication",
        root: str,
        reserved: frozenset[str],
        measures: RequestMeasures,
        answered: frozenset[str] = frozenset(),
    ) -> None:
        """`reserved`: first parts of addresses that are the application's own.

        `answered`: second parts, below a unit's, to which the application has the better answer.
        """
        self._behind, self._root, self._reserved = behind, root, reserved
        self._answered = answered
        self._measures = measures
        self._kept: OrderedDict[str, _File] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        began_at = time.perf_counter()
        method = environ["REQUEST_METHOD"]
        found = self._find(environ) if method in ("GET", "HEAD") else None
        if found is None:
            return self._behind(environ, start_response)
        file, is_gone = found
        status, headers, span = _answer(environ, file, is_gone)
        request_id = choose_id(environ.get("HTTP_X_REQUEST_ID", ""))
        headers.append((HEADER, request_id))
        start_response(status, headers)
        with log_ids(request=request_id):
            seconds = time.perf_counter() - began_at
            path = environ["PATH_INFO"]
            note_answer(self._measures, "public", method, path, int(status[:3]), seconds)
        return _body(environ, file, *span) if span is not None and method == "GET" else []

    def _find(self, environ: "WSGIEnvironment") -> tuple[_File, bool] | None:
        """The file that is asked for, and whether it is the notice of something withdrawn."""
        name = _file_name(environ["PATH_INFO"], self._reserved, self._answered)
        if name is None:
            return None
        path = f"{self._root}/{name}"
        found = _look(path)
        if found is None:
            return None
        folder, _, own = path.rpartition("/")
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        if "HTTP_RANGE" not in environ and _takes_gzip(accepted):
            packed = _look(path + PACKED)
            if packed is not None:
                path, found = path + PACKED, packed
        is_gone = own == PAGE and os.path.exists(f"{folder}/{GONE_MARKER}")  # noqa: PTH110
        file = self._read(path, own, found)
        return None if file is None else (file, is_gone)

    def _read(self, path: str, name: str, found: os.stat_result) -> _File | None:
        signature = (found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            file = self._kept.get(path)
            if file is not None and file.signature == signature:
                self._kept.move_to_end(path)
                return file
        try:
            file = _load(path, name, signature)
        except OSError:  # gone since it was looked at
            return None
        if file.content is not None:
            self._keep(file)
        return file

    def _keep(self, file: _File) -> None:
        with self._lock:
            former = self._kept.pop(file.path, None)
            self._kept[file.path] = file
            self._kept_bytes += _length(file) - (_length(former) if former else 0)
            while self._kept_bytes > _KEPT_BYTES:
                _, oldest = self._kept.popitem(last=False)
                self._kept_bytes -= _length(oldest)


def _file_name(path_info: str, reserved: frozenset[str], answered: frozenset[str]) -> str | None:
    """The address as a name below the portal's folder; None where it can be no page's."""
    try:
        address = path_info.encode("latin-1").decode()
    except UnicodeError:
        return None
    if address == "/":  # its front is the application's
        return None
    *folders, own = address.removeprefix("/").split("/")
    parts = [*folders, own or PAGE]
    is_apps = parts[0] in reserved or (len(parts) == 3 and parts[1] in answered)
    return None if is_apps or not all(map(_is_plain, parts)) else "/".join(parts)


def _is_plain(part: str) -> bool:
    """Whether a part of an address is the name of something that may be shown."""
    is_odd = part in ("", GONE_MARKER) or part[0] == "." or part.endswith(PACKED)
    return not is_odd and "\\" not in part and "\0" not in part


def _look(path: str) -> os.stat_result | None:
    try:
        found = os.stat(path)  # noqa: PTH116  this is asked for every file
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _load(path: str, name: str, signature: tuple[int, int, int]) -> _File:
    modified_ns, size, number = signature
    content = None
    if size <= _KEPT_FILE_BYTES:
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read()
        etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    else:
        etag = f'"{modified_ns:x}-{size:x}-{number:x}"'
    headers = headers_of(name, packed=path.endswith(PACKED))
    headers += [("ETag", etag), ("Last-Modified", formatdate(modified_ns // 10**9, usegmt=True))]
    return _File(path, signature, content, etag, modified_ns // 10**9, tuple(headers))


def _length(file: _File) -> int:
    return len(file.content or b"")


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip (RFC 9110, 12.5.3); `*` is not taken for it."""
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            return _NEVER.fullmatch(weight) is None
    return False


def _answer(
    environ: "WSGIEnvironment", file: _File, is_gone: bool
) -> tuple[str, Headers, Span | None]:
    """Status, headers and which bytes of the file are sent.

    A notice is always given whole: a part of it would hide it.
    """
    size = file.signature[1] if file.content is None else len(file.content)
    headers = list(file.headers)
    if is_gone:
        whole = [*(one for one in headers if one[0] != "ETag"), ("Content-Length", str(size))]
        return _REASONS[410], whole, (0, size)
    if _is_known(environ, file):
        return _REASONS[304], headers, None
    if "HTTP_RANGE" in environ and _range_counts(environ, file):
        asked = parse_range_header(environ["HTTP_RANGE"])
        if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1:
            return _part(file, asked.range_for_length(size), size)
    headers.append(("Content-Length", str(size)))
    return _REASONS[200], headers, (0, size)


def _part(file: _File, wanted: Span | None, size: int) -> tuple[str, Headers, Span | None]:
    headers = list(file.headers)
    if wanted is None:
        headers += [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]
        return _UNSATISFIABLE, headers, None
    begin, end = wanted
    headers += [
        ("Content-Range", f"bytes {begin}-{end - 1}/{size}"),
        ("Content-Length", str(end - begin)),
    ]
    return _REASONS[206], headers, (begin, end)


def _is_known(environ: "WSGIEnvironment", file: _File) -> bool:
    if "HTTP_IF_NONE_MATCH" not in environ and "HTTP_IF_MODIFIED_SINCE" not in environ:
        return False
    changed = formatdate(file.modified_at, usegmt=True)
    return not is_resource_modified(environ, etag=file.etag, last_modified=changed)


def _range_counts(environ: "WSGIEnvironment", file: _File) -> bool:
    """Whether a part may be sent: not where it was asked for of another content."""
    condition = parse_if_range_header(environ.get("HTTP_IF_RANGE"))
    if condition.etag is not None:
        return f'"{condition.etag}"' == file.etag
    return condition.date is None or condition.date.timestamp() == file.modified_at


def _body(environ: "WSGIEnvironment", file: _File, begin: int, end: int) -> Iterable[bytes]:
    if file.content is not None:
        return [file.content[begin:end]]
    opened = open(file.path, "rb")  # noqa: PTH123, SIM115  the server closes it
    opened.seek(begin)
    wrapper: Any = environ.get("wsgi.file_wrapper")
    if getattr(wrapper, "__module__", "").startswith("waitress"):
        # It sends from the file as far as Content-Length says, and holds no thread meanwhile.
        return cast(Iterable[bytes], wrapper(opened, _BLOCK_BYTES))
    return _blocks(opened, end - begin)


def _blocks(opened: IO[bytes], left: int) -> Iterator[bytes]:
    with opened:
        while left > 0 and (block := opened.read(min(left, _BLOCK_BYTES))):
            left -= len(block)
            yield block
