"""Log lines and the ids that tie them together."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator

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
