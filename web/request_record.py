"""What each request leaves behind: an id in every log line, one line of its own, and its time.

The id is the one that a proxy sent in `X-Request-ID` where it is plain, else a new one; the answer
carries it back, so that a person's complaint, the proxy's log and ours can be laid side by side.
"""

import logging
import re
import secrets
import time
from contextlib import ExitStack
from typing import cast

from flask import Flask, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from werkzeug.wrappers import Response

from bridge.logs import log_ids

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,63}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SLOW_S = 2.0  # an answer that a person notices as slow is worth a line even if all went well
# Asked every few seconds by pages and monitors: a line for each would bury the rest.
_QUIET = frozenset({"health", "public", "search", "assets", "counting"})


class RequestMeasures:
    """The counters of this process and the registry that `/metrics` reads them from."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, processor time, open files
        self._requests = Counter(
            "loa_http_requests",
            "Requests answered by this web process.",
            ("area", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "loa_http_request_seconds",
            "Seconds from the whole request to the beginning of its answer, in this web process.",
            ("area",),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )

    def note(self, area: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(area, method if method in _METHODS else "other", status).inc()
        self._seconds.labels(area).observe(seconds)


def install_request_record(app: Flask) -> None:
    """Give requests their ids and note how they end. Call it before any other before_request."""
    app.extensions["loa_measures"] = RequestMeasures()
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget_ids)


def current_measures() -> RequestMeasures:
    """The measures of the application that is answering."""
    return measures_of(current_app)


def measures_of(app: Flask) -> RequestMeasures:
    """The measures of an application whose requests are recorded."""
    return cast(RequestMeasures, app.extensions["loa_measures"])


def choose_id(given: str) -> str:
    """A request's id: the one that a proxy gave it where that is plain, else a new one."""
    return given if _PLAIN_ID.fullmatch(given) else secrets.token_hex(6)


def note_answer(
    measures: RequestMeasures, area: str, method: str, path: str, status: int, seconds: float
) -> None:
    """Count an answer, and say what is worth a line. `path` without its query: what people search
    for is nobody's business."""
    measures.note(area, method, status, seconds)
    level = _level(area, method, status, seconds)
    if not logger.isEnabledFor(level):
        return
    milliseconds = round(seconds * 1000)
    facts = {"method": method, "path": path, "status": status, "duration_ms": milliseconds}
    logger.log(
        level, "%s %s: %d in %d ms", method, path, status, milliseconds, extra={"data": facts}
    )


def _begin() -> None:
    g.request_id = choose_id(request.headers.get(HEADER, ""))
    g.began_at = time.perf_counter()
    named = request.view_args or {}
    g.ids = ExitStack()
    g.ids.enter_context(
        log_ids(
            request=g.request_id,
            announcement=named.get("announcement_id"),
            capture=named.get("capture_id"),
        )
    )


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.began_at
    area = request.blueprint or "none"
    note_answer(
        current_measures(), area, request.method, request.path, response.status_code, seconds
    )
    response.headers[HEADER] = g.request_id
    return response


def _level(area: str, method: str, status: int, seconds: float) -> int:
    """What changed something, was refused, broke or was slow is told; the rest only to DEBUG."""
    if status >= 500 or seconds > _SLOW_S:
        return logging.INFO if area == "health" else logging.WARNING
    told = method not in ("GET", "HEAD", "OPTIONS") or status in (401, 403, 429)
    return logging.INFO if told and area not in _QUIET else logging.DEBUG


def _forget_ids(_error: BaseException | None) -> None:
    ids: ExitStack | None = g.pop("ids", None)
    if ids is not None:
        ids.close()
