"""Sends a few bytes to an address that a person wrote down, and reaches nothing else with it.

The host's name is resolved here once, every address is judged, and the connection goes to a judged
address, so a name that leads into a private network leads nowhere. No redirect is followed, the
answer's body is not read, and the whole takes a limited time however slowly the other side speaks.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

from bridge.errors import BridgeError
from bridge.sources import is_private

WHOLE_S = 10.0  # from the first packet to the answer's last header


class NotSent(BridgeError):
    """Nothing came back. Codes: `webhook_private` (`host`), `webhook_unreachable`."""

    default_code = "webhook_unreachable"


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    this_machine: bool = False,
    whole_s: float = WHOLE_S,
) -> int:
    """POST and give the answer's status. `this_machine`: loopback addresses are allowed too.

    Raises NotSent.
    """
    parts = urlsplit(url)
    try:
        with _connected(parts, this_machine, whole_s) as connection:
            asking = http.client.HTTPConnection(parts.hostname or "")
            asking.sock = connection
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            asking.request("POST", target, body, {**headers, "Host": parts.netloc})
            return asking.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent(detail=str(error)) from error


def judged_addresses(host: str, port: int, *, this_machine: bool) -> list[str]:
    """The IP addresses of a host that may be asked. Raises NotSent."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(detail=str(error)) from error
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    allowed = [one for one in addresses if _may_reach(one, this_machine)]
    if not allowed:
        raise NotSent("webhook_private", host=host)
    return allowed


def _may_reach(address: str, this_machine: bool) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if this_machine and found.is_loopback:
        return True
    return not is_private(address) and not any(map(is_private, _within(found)))


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterator[str]:
    """The IPv4 addresses to which translators on the way would bring an IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address in ipaddress.ip_network("64:ff9b::/96"):  # NAT64, RFC 6052
        yield str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None:
        yield str(address.sixtofour)
    if address.teredo is not None:
        yield str(address.teredo[1])


@contextmanager
def _connected(parts: SplitResult, this_machine: bool, whole_s: float) -> Iterator[socket.socket]:
    """A connection to a judged address, cut off when its time is over."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = judged_addresses(host, port, this_machine=this_machine)
    connection = _first_that_answers(addresses, port, whole_s)
    # Shutting down the descriptor itself ends a handshake as well, which owns the socket by then.
    cut = socket.fromfd(connection.fileno(), connection.family, connection.type)
    timer = threading.Timer(whole_s, _shut, args=(cut,))
    timer.daemon = True
    timer.start()
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = context.wrap_socket(connection, server_hostname=host)
        yield connection
    finally:
        timer.cancel()
        connection.close()
        cut.close()


def _first_that_answers(addresses: list[str], port: int, whole_s: float) -> socket.socket:
    problem: OSError | None = None
    for address in addresses[:3]:
        try:
            return socket.create_connection((address, port), timeout=whole_s / 3)
        except OSError as error:
            problem = error
    raise problem or OSError("no address")


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it ended by itself
        connection.shutdown(socket.SHUT_RDWR)
