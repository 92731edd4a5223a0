"""What a request leaves behind: its id, its line in the log, its place in the counters."""

import logging
import math
import re

import pytest
from flask import Flask

from bridge.logs import IdFilter
from tests.web.conftest import Office
from web.request_record import HEADER, current_measures

LOGGER = "web.request_record"
ABSENT = "000000000000"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every line of the process, with the ids that the log would show."""
    caplog.handler.addFilter(IdFilter())
    caplog.set_level(logging.DEBUG, logger=LOGGER)
    return caplog


def told(lines: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """Level, and what was asked and answered, of each line; without the time it took."""
    return [
        (record.levelno, record.getMessage().partition(" in ")[0])
        for record in lines.records
        if record.name == LOGGER
    ]


def test_every_answer_names_its_request(office: Office) -> None:
    browser = office.browser("editor")
    seen = set()
    for path in ("/lam-viec/", "/health/live", "/lam-viec/nowhere", "/", "/lam-viec/"):
        seen.add(browser.get(path).headers[HEADER])
    assert len(seen) == 5
    assert all(re.fullmatch(r"[0-9a-f]{12}", name) for name in seen)


def test_the_id_that_a_proxy_gave_is_kept_where_it_is_plain(office: Office) -> None:
    browser = office.browser()
    for given, kept in (
        ("7f-req.01_A", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("x y", False),
        ("x]\u00a0INFO", False),
        ("../etc", False),
    ):
        answer = browser.get("/health/live", headers={HEADER: given})
        assert (answer.headers[HEADER] == given) is kept, given


def test_lines_of_one_request_carry_its_id_and_what_it_is_about(
    office: Office, lines: pytest.LogCaptureFixture
) -> None:
    announcement = office.in_review()
    browser = office.browser("approver")
    answer = browser.post(f"/lam-viec/ban-tin/{announcement}/go", {"reason": "Đã hết hạn"})
    record = lines.records[-1]
    assert vars(record)["named_ids"] == {
        "request": answer.headers[HEADER],
        "announcement": announcement,
    }
    # Nothing of it stays for the next one that this thread answers.
    logging.getLogger(LOGGER).info("after")
    assert vars(lines.records[-1])["ids"] == ""


def test_an_unexpected_error_carries_the_request_in_its_trace(
    office: Office, lines: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError("hỏng")

    office.app.add_url_rule("/lam-viec/hong", "editor.broken", broken)
    answer = office.browser("editor").get("/lam-viec/hong")
    assert answer.status_code == 500
    trace = next(record for record in lines.records if record.name == "web.errors")
    assert vars(trace)["named_ids"] == {"request": answer.headers[HEADER]}
    assert (logging.WARNING, "GET /lam-viec/hong: 500") in told(lines)


def test_writes_and_refusals_are_told_and_the_daily_round_only_to_debuggers(
    office: Office, lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.request_record._SLOW_S", math.inf)  # slow answers are told as well
    editor, stranger = office.browser("editor"), office.browser()
    token = editor.token()
    lines.clear()
    editor.get("/lam-viec/")
    editor.get("/health/ready")
    editor.get("/lam-viec/static/staff.css")
    stranger.get("/lam-viec/", headers={"Accept": "application/json"})
    editor.client.post(f"/lam-viec/ban-tin/{ABSENT}/go", data={"csrf_token": token})
    assert told(lines) == [
        (logging.DEBUG, "GET /lam-viec/: 200"),
        (logging.DEBUG, "GET /health/ready: 200"),
        (logging.DEBUG, "GET /lam-viec/static/staff.css: 200"),
        (logging.INFO, "GET /lam-viec/: 401"),
        (logging.INFO, f"POST /lam-viec/ban-tin/{ABSENT}/go: 404"),
    ]


def test_what_somebody_searches_for_or_types_is_not_logged(
    office: Office, lines: pytest.LogCaptureFixture
) -> None:
    browser = office.browser("editor")
    browser.get("/lam-viec/?nhom=tim-kiem-rieng-tu")
    browser.post("/lam-viec/ngon-ngu", {"language": "en", "next": "/lam-viec/rieng-tu"})
    assert lines.records
    for record in lines.records:
        assert "rieng-tu" not in record.getMessage() + str(vars(record).get("data"))


def test_requests_are_counted_by_area_method_and_status(office: Office) -> None:
    browser = office.browser("editor")
    browser.get("/lam-viec/")
    browser.get("/lam-viec/")
    browser.get("/lam-viec/nowhere")
    browser.client.open("/lam-viec/", method="PROPFIND")
    assert count(office.app, area="editor", method="GET", status="200") == 2
    assert count(office.app, area="public", method="GET", status="404") == 1
    # A stranger must not be able to make as many counters as there are words.
    assert count(office.app, area="none", method="other", status="405") == 1
    assert seconds_counted(office.app, "editor") == 2


def count(app: Flask, **labels: str) -> float | None:
    with app.app_context():
        registry = current_measures().registry
    return registry.get_sample_value("loa_http_requests_total", labels)


def seconds_counted(app: Flask, area: str) -> float | None:
    with app.app_context():
        registry = current_measures().registry
    return registry.get_sample_value("loa_http_request_seconds_count", {"area": area})
