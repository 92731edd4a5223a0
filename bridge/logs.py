"""Logging: one stream, one line an event, with the ids that tie lines together."""

import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ids: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("loa_log_ids", default=())


class IdFilter(logging.Filter):
    """Puts the ids of the current context into each record, as `[request=… task=…]`."""

    def filter(self, record: logging.LogRecord) -> bool:
        ids = " ".join(f"{name}={value}" for name, value in _ids.get())
        record.ids = f" [{ids}]" if ids else ""
        return True


@contextmanager
def log_ids(**ids: str | None) -> Iterator[None]:
    """Tie every line logged inside to these ids (request, task, announcement, worker …)."""
    given = tuple((name, value) for name, value in ids.items() if value)
    token = _ids.set(_ids.get() + given)
    try:
        yield
    finally:
        _ids.reset(token)


def configure_logs(level: str = "INFO") -> None:
    """Send every logger to stderr; the chatty libraries only when they warn."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"ids": {"()": IdFilter}},
            "formatters": {
                "line": {
                    "format": "%(asctime)s %(levelname)s %(name)s%(ids)s %(message)s",
                    "datefmt": "%Y-%m-%dT%H:%M:%S%z",
                }
            },
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "line",
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
