"""Logging: one stream, one line an event, with the ids that tie lines together.

Two forms. `line` is for people at a terminal; `json` is one object a line for a collector:

    {"at": "2026-11-21T05:30:00.125+00:00", "level": "INFO", "logger": "bridge.worker",
     "message": "transcribe is done", "pid": 4711, "worker": "…", "task": "…", "announcement": "…"}

`request`, `task`, `announcement`, `capture` and `worker` stand beside these when known; `data`
holds what was passed as `extra={"data": {…}}`, `error` the trace of an exception. Never the words
of an announcement, a name, an address or what somebody searched for.
"""

import json
import logging
import logging.config
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_ids: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("loa_log_ids", default=())

# Everything that could end a line or steer a terminal.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class IdFilter(logging.Filter):
    """Puts the ids of the current context into each record, as `[request=… task=…]`."""

    def filter(self, record: logging.LogRecord) -> bool:
        given = _ids.get()
        ids = " ".join(f"{name}={value}" for name, value in given)
        record.ids = f" [{ids}]" if ids else ""
        record.named_ids = dict(given)
        return True


class LineFormatter(logging.Formatter):
    """An event as one line; only the trace of an exception takes more.

    What a stranger sent can stand in a message, so it must not be able to write a line of its own.
    """

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s%(ids)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"
        )

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        return _CONTROL.sub(_escape, super().formatMessage(record))


class JsonFormatter(logging.Formatter):
    """An event as one JSON object on one line, its trace included."""

    def format(self, record: logging.LogRecord) -> str:
        values = vars(record)
        event: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
            **values.get("named_ids", {}),
        }
        if data := values.get("data"):
            event["data"] = data
        if record.exc_info:
            event["error"] = self.formatException(record.exc_info)
        line = json.dumps(event, ensure_ascii=False, default=str)
        # What JSON leaves as it is and some readers take for the end of a line.
        return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


@contextmanager
def log_ids(**ids: str | None) -> Iterator[None]:
    """Tie every line logged inside to these ids (request, task, announcement, worker …)."""
    given = tuple((name, value) for name, value in ids.items() if value)
    token = _ids.set(_ids.get() + given)
    try:
        yield
    finally:
        _ids.reset(token)


def configure_logs(level: str = "INFO", form: str = "line") -> None:
    """Send every logger to stderr; the chatty libraries only when they warn.

    `form` is "line" or "json" (the setting `log_format`).
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"ids": {"()": IdFilter}},
            "formatters": {"line": {"()": LineFormatter}, "json": {"()": JsonFormatter}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": form,
                    "filters": ["ids"],
                }
            },
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                name: {"level": "WARNING"}
                for name in ("rq", "alembic", "waitress", "faster_whisper")
            },
        }
    )
