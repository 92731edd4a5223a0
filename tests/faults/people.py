"""People who send over HTTP, every request on a connection of its own: these are what breaks."""

import http.client
import json
import re
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.functional.running import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SECONDS = 30.0


class Refused(Exception):
    """The server said no; `status` and its error `code`."""

    def __init__(self, status: int, answer: Any) -> None:
        error = answer.get("error") if isinstance(answer, dict) else None
        self.status = status
        self.code = error.get("code") if isinstance(error, dict) else error
        super().__init__(f"{status} {self.code}")


class Person:
    """Somebody signed in to the staff pages."""

    def __init__(self, port: int, email: str) -> None:
        self.port = port
        self._email = email
        self.sign_in()

    def sign_in(self) -> None:
        """Begin a session."""
        self._cookies: dict[str, str] = {}
        self.token = ""
        self.token = self._find_token("/lam-viec/dang-nhap")
        form = {"email": self._email, "password": PASSWORD, "csrf_token": self.token}
        status, _ = self.exchange(
            "POST",
            "/lam-viec/dang-nhap",
            urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"},
        )
        if status != 302:
            raise Refused(status, None)
        self.token = self._find_token("/lam-viec/")

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        found = {"Accept": "application/json", "Cookie": cookies}
        return {**found, "X-CSRFToken": self.token}

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """One request; the status and the body. Raises OSError or HTTPException when cut off."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request(method, path, body, {**self.headers, **(headers or {})})
            with connection.getresponse() as answer:
                for value in answer.headers.get_all("Set-Cookie") or ():
                    for name, morsel in SimpleCookie(value).items():
                        self._cookies[name] = morsel.value
                return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, method: str, path: str, about: object = None, **headers: str) -> Any:
        """One JSON exchange. Raises Refused for anything but a success."""
        body = None if about is None else json.dumps(about).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self._answer(method, path, body, headers)

    def begin(self, path: Path, kind: str = "recorder") -> dict[str, Any]:
        """Open a capture for a file, or find it again."""
        size = path.stat().st_size if kind == "upload" else None
        about = {"key": path.stem, "kind": kind, "file_name": path.name, "size_bytes": size}
        found: dict[str, Any] = self.ask("POST", "/api/v1/captures", {**about, "title": "Thử"})
        return found

    def put(self, capture: str, number: int, content: bytes) -> None:
        """Send one chunk. Raises Refused."""
        self._answer("PUT", *self.chunk_request(capture, number, content))

    def chunk_request(
        self, capture: str, number: int, content: bytes
    ) -> tuple[str, bytes, dict[str, str]]:
        """Path, body and headers of a chunk's request."""
        headers = {
            "X-Chunk-Sha256": sha256(content).hexdigest(),
            "Content-Type": "application/octet-stream",
        }
        return f"/api/v1/captures/{capture}/chunks/{number}", content, headers

    def finish(self, capture: str, chunks: int) -> str:
        """End a capture; the announcement."""
        receipt = self.ask("POST", f"/api/v1/captures/{capture}/finish", {"chunks": chunks})
        return str(receipt["announcement"])

    def record(self, path: Path, chunks: int = 3) -> str:
        """Send a file in chunks as a recorder does: what is missing, then the end."""
        capture = self.begin(path)
        parts = split(path.read_bytes(), chunks)
        there = {n for first, last in capture["received"] for n in range(first, last + 1)}
        if capture["state"] == "open":
            for number in sorted(set(range(chunks)) - there):
                self.put(capture["id"], number, parts[number])
        return self.finish(capture["id"], chunks)

    def upload(self, path: Path) -> str:
        """Send a file in one request; the announcement."""
        query = urlencode({"name": path.name, "title": "Thử"})
        receipt = self._answer(
            "POST",
            f"/lam-viec/tai-len?{query}",
            path.read_bytes(),
            {"Content-Type": "application/octet-stream"},
        )
        return str(receipt["announcement"])

    def state(self, announcement: str) -> dict[str, Any]:
        """What the announcement's page polls for."""
        found: dict[str, Any] = self.ask("GET", f"/lam-viec/ban-tin/{announcement}/trang-thai")
        return found

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        status, content = self.exchange(method, path, body, headers)
        try:
            answer = json.loads(content or b"null")
        except ValueError:
            answer = None
        if not 200 <= status < 300:
            raise Refused(status, answer)
        return answer

    def _find_token(self, page: str) -> str:
        status, content = self.exchange("GET", page, headers={"Accept": "text/html"})
        found = _TOKEN.search(content.decode())
        if found is None:
            raise Refused(status, page)
        return found.group(1)


def split(content: bytes, parts: int) -> list[bytes]:
    """The content in so many pieces of nearly one size."""
    size = -(-len(content) // parts)
    return [content[number * size : (number + 1) * size] for number in range(parts)]
