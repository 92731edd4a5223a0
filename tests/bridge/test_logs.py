"""Log lines and the ids that tie them together."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bridge.logs import IdFilter, log_ids


class Lines(logging.Handler):
    """Keeps the ids of each record."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(IdFilter())
        self.ids: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.ids.append(vars(record)["ids"])


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logger = logging.getLogger("test.ids")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def log() -> None:
    logging.getLogger("test.ids").warning("line")


def test_a_line_carries_the_ids_of_all_blocks_around_it(lines: Lines) -> None:
    log()
    with log_ids(request="r1"):
        with log_ids(task="t1", announcement="a1"):
            log()
        log()
    log()
    assert lines.ids == ["", " [request=r1 task=t1 announcement=a1]", " [request=r1]", ""]


def test_ids_that_are_not_known_are_left_out(lines: Lines) -> None:
    with log_ids(task="t1", announcement=None):
        log()
    assert lines.ids == [" [task=t1]"]


def test_an_error_takes_the_ids_away_as_well(lines: Lines) -> None:
    with pytest.raises(ValueError, match="wrong"), log_ids(task="t1"):
        raise ValueError("wrong")
    log()
    assert lines.ids == [""]


def test_another_thread_does_not_carry_them(lines: Lines) -> None:
    with log_ids(task="t1"):
        thread = threading.Thread(target=log)
        thread.start()
        thread.join()
    assert lines.ids == [""]


def test_one_stream_one_line_an_event_and_quiet_libraries() -> None:
    # In a process of its own: it sets up the logging of all of it.
    script = """
import json
import logging
from bridge.logs import configure_logs, log_ids
configure_logs()
with log_ids(task="0123456789ab"):
    logging.getLogger("bridge.worker").info("bắt đầu")
logging.getLogger("bridge.worker").debug("hidden")
logging.getLogger("rq.worker").info("hidden")
logging.getLogger("rq.worker").warning("shown")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    first, second = done.stderr.splitlines()
    assert first.endswith(" INFO bridge.worker [task=0123456789ab] bắt đầu")
    assert second.endswith(" WARNING rq.worker shown")
    assert done.stdout == ""


def in_its_own_process(script: str) -> list[str]:
    """The lines that a script logs; it sets up the logging of all of its process."""
    done = subprocess.run(
        [sys.executable, "-c", f"import logging\nfrom bridge.logs import *\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_json_lines_carry_ids_data_and_traces_each_as_a_field() -> None:
    first, second, third = map(
        json.loads,
        in_its_own_process("""
configure_logs("INFO", "json")
logger = logging.getLogger("bridge.worker")
with log_ids(worker="w", task="0123456789ab", announcement=None, capture="c"):
    logger.info("bắt đầu, lần %d", 2, extra={"data": {"status": 503}})
    try:
        raise ValueError("hỏng\\nhai dòng")
    except ValueError:
        logger.exception("failed")
logging.getLogger("rq.worker").info("hidden")
logger.warning("no ids: \\"%s\\"", "a\\nb\\u2028c")
"""),
    )
    assert (
        first.items()
        >= {
            "level": "INFO",
            "logger": "bridge.worker",
            "message": "bắt đầu, lần 2",
            "worker": "w",
            "task": "0123456789ab",
            "capture": "c",
            "data": {"status": 503},
        }.items()
    )
    assert datetime.fromisoformat(first["at"]).utcoffset() == timedelta(0)
    assert "announcement" not in first
    assert "error" not in first
    assert second["task"] == "0123456789ab"
    assert second["error"].endswith("ValueError: hỏng\nhai dòng")
    assert "task" not in third
    assert third["message"] == 'no ids: "a\nb\u2028c"'


def test_what_a_stranger_sent_cannot_forge_a_line() -> None:
    lines = in_its_own_process("""
configure_logs()
forged = "x\\n2026-11-21T05:30:00+0000 INFO web all is well \\x1b[2J\\u2028\\x85y"
logging.getLogger("web.errors").warning("at %s", forged)
""")
    assert len(lines) == 1
    assert lines[0].endswith(r"all is well \x1b[2J\u2028\x85y")


def test_a_trace_stays_readable_over_several_lines() -> None:
    lines = in_its_own_process("""
configure_logs()
try:
    raise ValueError("hỏng")
except ValueError:
    logging.getLogger("web").exception("failed")
""")
    assert lines[0].endswith(" ERROR web failed")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: hỏng"
