"""How far the recorder goes to fetch a stream, and how it is answered."""

import socket
import threading

import pytest

from bridge.errors import LineLost
from tests.transcribe.line_servers import holds, sends, serving, source_at
from transcribe.line_stream import Reach, judged_addresses, open_stream


def fetch(url: str, reach: Reach | None = None) -> bytes:
    """All that a stream sends."""
    stream = open_stream(url, reach or Reach.of(source_at(url)))
    try:
        content = b""
        while block := stream.read():
            content += block
        return content
    finally:
        stream.close()


def refusal(url: str, reach: Reach | None = None) -> str:
    with pytest.raises(LineLost) as lost:
        fetch(url, reach)
    return lost.value.code


def test_a_stream_is_fetched_and_says_nothing_about_this_machine() -> None:
    with serving(sends(b"sound" * 10_000)) as server:
        assert fetch(server.url) == b"sound" * 10_000
    assert server.requests[0].startswith("GET /luong HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in server.requests[0]
    assert "User-Agent: Loa\r\n" in server.requests[0]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"ICY 200 OK\r\ncontent-type:audio/mpeg\r\nicy-br:64\r\n\r\n", b"sound"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"3\r\nsou\r\n2\r\nnd\r\n0\r\n\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"sound"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n", b"sound"),
    ],
)
def test_the_ways_of_servers_old_and_new_are_understood(head: bytes, body: bytes) -> None:
    with serving(sends(body, head)) as server:
        assert fetch(server.url) == b"sound"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "line_refused"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n", "line_unreadable"),
        (
            b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n",
            "line_playlist",
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Type: audio/x-mpegurl\r\n\r\n", "line_playlist"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "line_unreachable"),
        (b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", "line_unreachable"),
        (b"", "line_unreachable"),
    ],
)
def test_what_is_no_stream_is_refused_by_its_head(head: bytes, code: str) -> None:
    with serving(sends(b"x", head) if head else sends(b"", b"")) as server:
        assert refusal(server.url) == code


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # so that nobody else gets the port meanwhile
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/luong"
        assert refusal(url) == "line_unreachable"


@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1", "0x7f.1"])
def test_a_name_that_leads_into_a_private_network_is_not_followed(host: str) -> None:
    with serving(sends(b"secret")) as server:
        url = f"http://{host}:{server.port}/"
        assert refusal(url) == "line_private"
        assert server.requests == []
        assert fetch(url, Reach(frozenset({host}), private_network=True)) == b"secret"


def test_a_bare_address_is_what_an_admin_wrote() -> None:
    assert judged_addresses("10.0.0.7", 80, Reach(frozenset(), False)) == ["10.0.0.7"]
    assert judged_addresses("fd00::7", 80, Reach(frozenset(), False)) == ["fd00::7"]


def redirect(location: str) -> bytes:
    return f"HTTP/1.0 302 Found\r\nLocation: {location}\r\n\r\n".encode()


def test_a_redirect_on_the_same_host_is_followed() -> None:
    with serving(sends(b"", redirect("/khac?a=1")), sends(b"sound")) as server:
        assert fetch(server.url) == b"sound"
    assert server.requests[1].startswith("GET /khac?a=1 ")


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:{port}/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "//localhost:{port}/x",
        "http://user:pass@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/list.m3u8",
        "http://127.0.0.1:99999/",
        "http://[/",
        "http://user:pass@[/",
    ],
)
def test_a_redirect_anywhere_else_is_refused(location: str) -> None:
    with serving(sends(b"secret")) as other:
        head = redirect(location.format(port=other.port))
        with serving(sends(b"", head)) as server:
            with pytest.raises(LineLost, match="line_redirect") as lost:
                fetch(server.url)
            assert lost.value.data["host"]
            assert "pass" not in str(lost.value)
        assert other.requests == []


def test_a_redirect_to_a_host_that_the_source_names_is_judged_like_the_first() -> None:
    with serving(sends(b"sound")) as other:
        head = redirect(f"http://localhost:{other.port}/")
        with serving(sends(b"", head)) as server:
            source = source_at(server.url, redirect_hosts=("localhost",))
            assert refusal(server.url, Reach.of(source)) == "line_private"
            source = source_at(server.url, redirect_hosts=("localhost",), private_network=True)
            assert fetch(server.url, Reach.of(source)) == b"sound"


def test_redirects_come_to_an_end() -> None:
    with serving(sends(b"", redirect("/"))) as server:
        assert refusal(server.url) == "line_redirect"
    assert len(server.requests) == 4


def test_a_reader_is_woken_from_another_thread() -> None:
    with serving(holds(b"")) as server:
        stream = open_stream(server.url, Reach.of(source_at(server.url)))
        stopping = threading.Timer(0.1, stream.stop)
        stopping.start()
        assert stream.read() == b""
        stopping.join()
        stream.close()
