"""Asks one address again and again over several connections, in a process of its own.

    python -m tests.bench.load_client PORT PATH CONNECTIONS SECONDS

prints one JSON object: requests a second, and quantiles of the time from a request's first byte to
its answer's last one. One thread waits on all connections; each has one request under way.
"""

import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)
_BLOCK = 256 * 1024


@dataclass
class Connection:
    """One connection with a request under way since `sent_at` (seconds)."""

    port: int
    request: bytes
    waiting: selectors.BaseSelector
    sent_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    opened: socket.socket = field(init=False)

    def open(self) -> None:
        self.opened = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting.register(self.opened, selectors.EVENT_READ, self)

    def ask(self) -> None:
        self.sent_at = time.perf_counter()
        self.send()

    def send(self) -> None:
        self.got.clear()
        self.opened.sendall(self.request)

    def is_answered(self) -> bool:
        """Take what has come; whether the answer is there whole. Only 200 counts as one.

        Servers close a connection after so many answers (nginx: 1000): then it is asked on a new
        one, and the time runs on.
        """
        try:
            block = self.opened.recv(_BLOCK)
        except ConnectionResetError:
            block = b""
        if not block:
            self.waiting.unregister(self.opened)
            self.opened.close()
            self.open()
            self.send()
            return False
        self.got += block
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.got[: end + 2])
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(head.decode("latin-1"))
        found = _LENGTH.search(head)
        if found is None:
            raise ConnectionError("an answer without its length")
        return len(self.got) >= end + 4 + int(found[1])


def measure(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Ask for so long; what it took, in milliseconds."""
    request = f"GET {path} HTTP/1.1\r\nHost: loa\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        one = Connection(port, request, waiting)
        one.open()
        one.ask()
    took_s: list[float] = []
    began_at = time.perf_counter()
    while (now := time.perf_counter()) < began_at + seconds:
        for key, _ in waiting.select(1.0):
            one = key.data
            if one.is_answered():
                took_s.append(time.perf_counter() - one.sent_at)
                one.ask()
    took_s.sort()
    quantiles = {
        f"p{share}_ms": round(took_s[min(len(took_s) - 1, len(took_s) * share // 100)] * 1000, 2)
        for share in (50, 95, 99)
    }
    return {"rps": round(len(took_s) / (now - began_at), 1), **quantiles}


if __name__ == "__main__":
    asked_port, asked_path, count, length_s = sys.argv[1:]
    print(json.dumps(measure(int(asked_port), asked_path, int(count), float(length_s))))
