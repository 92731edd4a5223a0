"""A sender of captures over plain sockets, and a link that breaks, for tests of both."""

import contextlib
import hashlib
import http.client
import json
import random
import re
import select
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


class Interrupted(Exception):
    """The link broke, or the server is away; ask again."""


@dataclass
class ChunkClient:
    """One person's program that sends files in chunks and goes on after every interruption."""

    port: int
    cookie: str = ""
    token: str = ""
    sent_chunks: int = 0
    interruptions: int = 0

    def sign_in(self, email: str, password: str) -> None:
        page = self._ask("GET", "/lam-viec/dang-nhap")[2].decode()
        fields = {"email": email, "password": password, "csrf_token": _found(page)}
        status, _, _ = self._ask(
            "POST",
            "/lam-viec/dang-nhap",
            urllib.parse.urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert status in (302, 303), status
        self.token = _found(self._ask("GET", "/lam-viec/")[2].decode())

    def send_file(self, path: Path, key: str, deadline_s: float) -> dict[str, Any]:
        """Send a whole file, whatever happens on the way; the receipt."""
        deadline = time.monotonic() + deadline_s
        size = path.stat().st_size
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest()
        wanted = {"key": key, "kind": "upload", "file_name": path.name, "size_bytes": size}
        while time.monotonic() < deadline:
            try:
                capture = self.json("POST", "/api/v1/captures", wanted)
                self._send_missing(path, capture)
                chunks = -(-size // capture["chunk_bytes"])
                how = {"chunks": chunks, "sha256": whole}
                return self.json("POST", f"/api/v1/captures/{capture['id']}/finish", how)
            except Interrupted:
                self.interruptions += 1
                time.sleep(0.05)
        raise AssertionError(f"not sent within {deadline_s} s")

    def json(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        status, _, answer = self._ask(method, path, content, {"Content-Type": "application/json"})
        found = json.loads(answer) if answer else {}
        if status in (409, 429) or status >= 500:
            raise Interrupted(found)
        assert status < 400, found
        return found

    def put(self, capture_id: str, number: int, content: bytes) -> int:
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Chunk-Sha256": hashlib.sha256(content).hexdigest(),
        }
        path = f"/api/v1/captures/{capture_id}/chunks/{number}"
        return self._ask("PUT", path, content, headers)[0]

    def _send_missing(self, path: Path, capture: dict[str, Any]) -> None:
        if capture["state"] != "open":
            return
        there = {n for first, last in capture["received"] for n in range(first, last + 1)}
        size, step = capture["size_bytes"], capture["chunk_bytes"]
        with path.open("rb") as file:
            for number in range(-(-size // step)):
                if number in there:
                    continue
                file.seek(number * step)
                status = self.put(capture["id"], number, file.read(step))
                if status not in (200, 201):
                    raise Interrupted(status)
                self.sent_chunks += 1

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Accept": "text/html", "Cookie": self.cookie, **(headers or {})}
        if self.token:
            sent["X-CSRFToken"] = self.token
        try:
            with contextlib.closing(connection):
                connection.request(method, path, body, sent)
                answer = connection.getresponse()
                content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(str(error)) from error
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return answer.status, dict(answer.getheaders()), content


@dataclass
class BreakingLink:
    """A port that leads to another one and breaks `cuts` times, each after some of the bytes."""

    target_port: int
    cut_every_bytes: int
    cuts: int
    seed: int = 1
    cut: int = 0
    port: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def open(self) -> Iterator["BreakingLink"]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(server,))
            thread.start()
            try:
                yield self
            finally:
                self._stop.set()
                thread.join()

    def _accept(self, server: socket.socket) -> None:
        chance = random.Random(self.seed)  # noqa: S311
        left = self._distance(chance)
        while not self._stop.is_set():
            if not select.select([server], [], [], 0.1)[0]:
                continue
            client, _ = server.accept()
            with client:
                left = self._carry(client, left)
                if left <= 0:
                    self.cut += 1
                    left = self._distance(chance)
                    # Closing with a reset, as a router that loses its power.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _distance(self, chance: random.Random) -> int:
        return int(self.cut_every_bytes * chance.uniform(0.5, 1.4))

    def _carry(self, client: socket.socket, left: int) -> int:
        """Carry one connection; how many bytes are left before the next cut."""
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
        except OSError:
            return left
        with server:
            other = {client: server, server: client}
            while not self._stop.is_set():
                for source in select.select(list(other), [], [], 0.1)[0]:
                    try:
                        block = source.recv(65536)
                        if not block:
                            return left
                        other[source].sendall(block)
                    except OSError:
                        return left
                    if source is client and self.cut < self.cuts:
                        left -= len(block)
                        if left <= 0:
                            return left
        return left


def _found(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None, page[:2000]
    return found.group(1)
