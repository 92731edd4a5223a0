"""The demo's pair of hands: does over HTTP what an operator and an approver do in a browser."""

import json
import re
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from bridge.errors import BridgeError

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_CONFIRM = re.compile(r'value="(\d+)" formaction="/lam-viec/([^"]+/da-nghe)"')
_SECONDS = 60.0


class StaffClient:
    """One person signed in to the staff pages at `base_url`."""

    def __init__(self, base_url: str, email: str, password: str) -> None:
        self._base = base_url
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        form = {"email": email, "password": password, "csrf_token": self._token("dang-nhap")}
        self._post("dang-nhap", urlencode(form).encode(), "application/x-www-form-urlencoded")
        # The token belongs to the session, and signing in began a new one.
        self._csrf_token = self._token("")

    def upload(self, path: Path, unit_id: str, title: str) -> str:
        """Send a file as the upload page's script does; the announcement's id."""
        query = urlencode({"name": path.name, "unit": unit_id, "title": title})
        answer = self._post(f"tai-len?{query}", path.read_bytes(), "application/octet-stream")
        return str(json.loads(answer)["announcement"])

    def state(self, announcement_id: str) -> dict[str, Any]:
        """How far the announcement has come, as the staff pages see it."""
        state: dict[str, Any] = json.loads(self._get(f"ban-tin/{announcement_id}/trang-thai"))
        return state

    def confirm(self, announcement_id: str) -> None:
        """Press "heard, and right" wherever the announcement's page asks for it."""
        page = self._get(f"ban-tin/{announcement_id}", accept="text/html")
        for version, path in _CONFIRM.findall(page):
            self._send_form(path, version=version)

    def approve(self, announcement_id: str, digest: str) -> None:
        """Approve the text with this digest."""
        self._send_form(f"ban-tin/{announcement_id}/duyet", digest=digest)

    def _send_form(self, page: str, **fields: str) -> None:
        form = urlencode({**fields, "csrf_token": self._csrf_token})
        self._post(page, form.encode(), "application/x-www-form-urlencoded")

    def _token(self, page: str) -> str:
        found = _TOKEN.search(self._get(page, accept="text/html"))
        if found is None:
            raise BridgeError("demo_failed", step=f"/lam-viec/{page}")
        return found.group(1)

    def _get(self, page: str, accept: str = "application/json") -> str:
        return self._open(page, None, {"Accept": accept})

    def _post(self, page: str, body: bytes, content_type: str) -> str:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if hasattr(self, "_csrf_token"):
            headers["X-CSRFToken"] = self._csrf_token
        return self._open(page, body, headers)

    def _open(self, page: str, body: bytes | None, headers: dict[str, str]) -> str:
        # The address is the demo's own server on this machine.
        # Its own house on this machine.
        request = Request(f"{self._base}/lam-viec/{page}", data=body, headers=headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            detail = _message(error.read())
            raise BridgeError(
                "demo_failed", step=request.selector.partition("?")[0], detail=detail
            ) from error


def _message(body: bytes) -> str:
    """The sentence in an error's answer."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
