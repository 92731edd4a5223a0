"""Fetches a stream over HTTP: only where an admin said, never further than they said.

The host's name is resolved here once, every address is judged, and the connection goes to the
judged address: a name that leads into a private network later leads nowhere. Redirects are
followed by hand, to hosts that the source names. Nothing is opened by what the stream contains:
its bytes go to `line_decoder`, which can reach no network.
"""

import contextlib
import http.client
import io
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from typing import cast
from urllib.parse import SplitResult, urljoin, urlsplit

from bridge.errors import InvalidInput, LineLost
from bridge.sources import SourceInfo, is_private, parse_address

CONNECT_S = 10.0
# Between two parts of the answer; a live stream that sends nothing for so long is gone.
READ_S = 15.0
BLOCK_BYTES = 16 * 1024
MOST_REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "Loa",
    "Accept": "audio/*, application/ogg",
    "Connection": "close",
}
_PLAYLIST_TYPES = ("mpegurl", "scpls", "dash+xml", "xspf")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a source may go: hosts by name, and whether their names may be private ones."""

    hosts: frozenset[str]
    private_network: bool

    @classmethod
    def of(cls, source: SourceInfo) -> "Reach":
        host = urlsplit(source.address.value).hostname or ""
        return cls(frozenset({host, *source.redirect_hosts}), source.private_network)


class Stream:
    """An open answer, for one reader, who closes it; `stop` may come from any thread."""

    def __init__(self, connection: socket.socket, answer: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._answer = answer

    def read(self) -> bytes:
        """Some bytes; none at the end. Raises OSError, http.client.HTTPException, ValueError."""
        return self._answer.read1(BLOCK_BYTES)

    def stop(self) -> None:
        """Let the reader get the end or an error at once."""
        with contextlib.suppress(OSError):  # the other side was quicker
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection."""
        self._answer.close()
        self._connection.close()


def open_stream(url: str, reach: Reach) -> Stream:
    """Ask for a stream and follow its redirects as far as `reach` goes.

    Raises LineLost: `line_unreachable`, `line_private` (`host`), `line_redirect` (`host`),
    `line_refused` (`status`), `line_playlist`, `line_unreadable` for a page of text.
    """
    for _ in range(MOST_REDIRECTS + 1):
        with contextlib.ExitStack() as opened:
            connection = opened.enter_context(_connect(urlsplit(url), reach))
            try:
                answer = opened.enter_context(_ask(connection, urlsplit(url)))
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise LineLost("line_unreachable", detail=str(error)) from error
            if answer.status in _REDIRECTS:
                url = _next_url(url, answer.getheader("Location"), reach)
                continue
            _require_sound(answer)
            connection.settimeout(READ_S)
            opened.pop_all()
            return Stream(connection, answer)
    raise LineLost("line_redirect", host=urlsplit(url).hostname)


def judged_addresses(host: str, port: int, reach: Reach) -> list[str]:
    """The IP addresses of a host that may be asked. Raises LineLost.

    A bare address was written by an admin and means itself.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LineLost("line_unreachable", detail=str(error)) from error
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    allowed = [item for item in addresses if reach.private_network or not is_private(item)]
    if not allowed:
        raise LineLost("line_private", host=host)
    return allowed


class _Answer(http.client.HTTPResponse):
    """An answer, also of old servers that say "ICY 200 OK" where HTTP says "HTTP/1.0 200 OK"."""

    def begin(self) -> None:
        if self.fp.peek(4)[:4] == b"ICY ":
            self.fp.read(3)
            self.fp = io.BufferedReader(_Prefixed(b"HTTP/1.0", self.fp))
        super().begin()


class _Prefixed(io.RawIOBase):
    """A file with some bytes before it."""

    def __init__(self, prefix: bytes, file: io.BufferedReader) -> None:
        super().__init__()
        self._prefix = prefix
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._prefix:
            start, self._prefix = self._prefix[:size], self._prefix[size:]
            return start
        return self._file.read1(size)

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)


def _connect(url: SplitResult, reach: Reach) -> socket.socket:
    host = url.hostname or ""
    port = url.port or (443 if url.scheme == "https" else 80)
    detail = ""
    for address in judged_addresses(host, port, reach):
        try:
            connection = socket.create_connection((address, port), timeout=CONNECT_S)
        except OSError as error:
            detail = str(error)
            continue
        if url.scheme != "https":
            return connection
        try:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        except (OSError, ValueError) as error:
            connection.close()
            detail = str(error)
    raise LineLost("line_unreachable", detail=detail)


def _ask(connection: socket.socket, url: SplitResult) -> http.client.HTTPResponse:
    """Send the request over a connection that is there and read the answer's head."""
    asking = http.client.HTTPConnection(url.hostname or "", url.port or 80)
    asking.response_class = _Answer
    asking.sock = connection
    standard = url.port is None
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    asking.request(
        "GET", target, headers={**_HEADERS, "Host": host if standard else f"{host}:{url.port}"}
    )
    return asking.getresponse()


def _next_url(url: str, location: str | None, reach: Reach) -> str:
    try:
        following = urljoin(url, location or "")
        host = urlsplit(following).hostname or "?"
    except ValueError as error:  # what cannot be taken apart may hold a password: it is not told
        raise LineLost("line_redirect", host="?") from error
    downgrade = url.startswith("https:") and not following.startswith("https:")
    if location is None or host not in reach.hosts or downgrade:
        raise LineLost("line_redirect", host=host)
    try:
        return parse_address(following).value
    except InvalidInput as error:
        raise LineLost("line_redirect", host=host) from error


def _require_sound(answer: http.client.HTTPResponse) -> None:
    if answer.status != 200:
        raise LineLost("line_refused", status=answer.status)
    kind = (answer.getheader("Content-Type") or "").lower()
    if any(name in kind for name in _PLAYLIST_TYPES):
        raise LineLost("line_playlist")
    if kind.startswith("text/"):
        raise LineLost("line_unreadable")
