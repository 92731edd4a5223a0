"""Senders that drop, reset or trickle, two dozen at once, while residents read the portal."""

import http.client
import socket
import statistics
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.faults.house import House, sha256
from tests.faults.ledger import Entry
from tests.functional.running import wait_for

CLIENTS = 24
TRICKLE_S = 6.0
VISITS = 30
# What a resident may wait for a page; measured on a quiet machine it is some 20 ms.
QUICK_S, SLOWEST_S = 0.5, 3.0


def connect(house: House) -> socket.socket:
    return socket.create_connection(("127.0.0.1", house.port), timeout=60)


def request_bytes(house: House, capture: str, content: bytes) -> bytes:
    """A chunk's request as it goes over the wire."""
    path, body, headers = house.person.chunk_request(capture, 0, content)
    given = {**house.person.headers, **headers, "Host": "localhost", "Connection": "close"}
    given["Content-Length"] = str(len(body))
    lines = [f"PUT {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drop(link: socket.socket, data: bytes) -> bytes:
    """Half of it, then an orderly goodbye."""
    link.sendall(data[: len(data) // 2])
    return b""


def reset(link: socket.socket, data: bytes) -> bytes:
    """Half of it, then a reset."""
    link.sendall(data[: len(data) // 2])
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return b""


def trickle(link: socket.socket, data: bytes) -> bytes:
    """All of it, in small pieces over some seconds; the status that came back."""
    pieces = 20
    size = -(-len(data) // pieces)
    for number in range(pieces):
        link.sendall(data[number * size : (number + 1) * size])
        time.sleep(TRICKLE_S / pieces)
    return link.recv(1000).split()[1]


MANNERS = (drop, reset, trickle)


@contextmanager
def crowd(jobs: Sequence[Callable[[], None]]) -> Iterator[None]:
    """Run all at once beside the block; what one raises fails the test."""
    problems: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(90)
    assert not problems, problems


def visit(house: House) -> float:
    """Open the portal's front page; the seconds it took."""
    begun_at = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    with closing(connection):
        connection.request("GET", "/")
        with connection.getresponse() as answer:
            answer.read()
            assert answer.status == 200
    return time.monotonic() - begun_at


@pytest.mark.fault(
    f"{CLIENTS} senders at once that drop, reset or trickle their chunk",
    expected="the portal stays quick; who comes again goes on; nothing is left behind",
)
def test_bad_lines(house: House, ledger: Entry, sounds: Callable[[int], list[Path]]) -> None:
    paths = sounds(CLIENTS)
    captures = [house.person.begin(path)["id"] for path in paths]
    answers: dict[int, bytes] = {}

    def send(number: int) -> None:
        data = request_bytes(house, captures[number], paths[number].read_bytes())
        with connect(house) as link:
            answers[number] = MANNERS[number % len(MANNERS)](link, data)

    with crowd([partial(send, number) for number in range(CLIENTS)]):
        seconds = [visit(house) for _ in range(VISITS)]
    # Many chunks that end in one moment: some are told to come again at once.
    assert set(answers.values()) <= {b"", b"201", b"429"}
    for number, path in enumerate(paths):
        stored = [[0, 0]] if answers[number] == b"201" else []
        assert house.person.begin(path)["received"] == stored
        house.acknowledged[sha256(path)] = house.person.record(path, chunks=1)
    wait_for(lambda: no_drafts(house), 10, "an end of all drafts")
    house.judge(ledger, 120)
    assert {house.state(one) for one in house.acknowledged.values()} == {"in_review"}
    middle, worst = statistics.median(seconds), max(seconds)
    ledger.saw(f"a page in {middle * 1000:.0f} ms, the slowest in {worst * 1000:.0f} ms")
    assert middle < QUICK_S
    assert worst < SLOWEST_S


def no_drafts(house: House) -> bool:
    media = house.data / "media"
    return not [*media.glob("captures/*/.*.part"), *media.glob("incoming/*.part")]
