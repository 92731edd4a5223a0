"""What monitors ask: health and metrics, on both databases."""

import dataclasses
import json
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from werkzeug.test import TestResponse

from bridge.db import new_id, utc_now
from bridge.models import Capture, WorkerBeat
from bridge.status import backup_note
from tests.web.conftest import Browser, Office
from web.app import create_app
from web.status.readiness import KEPT_S

Samples = dict[tuple[str, tuple[str, ...]], float]
both = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)


def scrape(browser: Browser, **options: Any) -> Samples:
    """Every sample by its name and the values of its labels."""
    answer = browser.get("/metrics", **options)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


@contextmanager
def changed(office: Office, **settings: Any) -> Iterator[Browser]:
    """A browser before the same office under other settings."""
    app = create_app(dataclasses.replace(office.settings, **settings))
    yield Browser(app)
    app.extensions["loa"].db.dispose()


def break_database(office: Office) -> None:
    with office.services.db.write_engine.begin() as connection:
        connection.execute(text("ALTER TABLE task RENAME TO task_away"))


@both
def test_ready_says_what_is_away_and_is_503_only_without_the_database(office: Office) -> None:
    browser = office.browser()
    answer = browser.get("/health/ready")
    assert answer.status_code == 200  # nobody listens on the office's Redis: files wait
    assert answer.get_json() == {
        "status": "limited",
        "database": "ok",
        "queue": "away",
        "disk": "ok",
    }
    with changed(office, min_free_bytes=shutil.disk_usage("/").total * 1000) as full:
        answer = full.get("/health/ready")
    assert (answer.status_code, answer.get_json()["disk"]) == (200, "full")
    break_database(office)
    with changed(office) as later:
        answer = later.get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "waiting", "database": "unreachable"}
    assert browser.get("/health/live").get_json() == {"status": "ok"}


@both
def test_ready_is_503_while_the_database_is_of_another_version(office: Office) -> None:
    with office.services.db.write_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = office.browser().get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "waiting", "database": "outdated"}


def hang_up(queue: socket.socket, held: socket.socket, asked: Future[TestResponse]) -> TestResponse:
    """The answer to who asks when the queue hangs up, on every further try as well."""
    held.close()
    queue.settimeout(0.05)
    while not asked.done():
        with suppress(TimeoutError):
            queue.accept()[0].close()
    queue.settimeout(None)
    return asked.result()


def test_a_hung_queue_holds_one_who_asks_and_the_others_hear_at_once(office: Office) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as queue,
        changed(office, redis_url=f"redis://127.0.0.1:{queue.getsockname()[1]}/0") as first,
        ThreadPoolExecutor(1) as pool,
    ):
        others = Browser(first.client.application)
        services = first.client.application.extensions["loa"]
        pool_of_queue = services.queue.connection.connection_pool
        patience_s = pool_of_queue.connection_kwargs["socket_timeout"]
        # As long as a slow machine needs: the test hangs up itself.
        pool_of_queue.connection_kwargs["socket_timeout"] = 60
        asked = pool.submit(first.get, "/health/ready")
        hung, _address = queue.accept()  # and nothing is ever said
        for _ in range(5):
            answer = others.get("/health/ready")
            assert answer.status_code == 503
            assert answer.get_json() == {"status": "waiting", "database": "unknown"}
        assert not asked.done()
        found = hang_up(queue, hung, asked)
        assert (found.status_code, found.get_json()["queue"]) == (200, "away")
        time.sleep(KEPT_S)
        asked = pool.submit(first.get, "/health/ready")
        again, _address = queue.accept()
        assert others.get("/health/ready").get_json() == found.get_json()
        assert not asked.done()
        hang_up(queue, again, asked)
        pool_of_queue.connection_kwargs["socket_timeout"] = patience_s
        pool_of_queue.reset()
        time.sleep(KEPT_S)
        asked = pool.submit(first.get, "/health/ready")
        with queue.accept()[0]:  # whoever asks does not wait for ever
            assert asked.result(60).get_json() == found.get_json()


def test_health_sets_no_cookie_and_is_never_cached(office: Office) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        answer = office.browser("editor").get(path)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


@both
def test_metrics_say_what_stands_in_the_database_and_on_the_disk(office: Office) -> None:
    office.in_review()
    office.failed("engine_died")
    office.received()
    with office.services.db.writing() as session:
        session.add(WorkerBeat(name="h:up:1:1", seen_at=utc_now()))
        session.add(WorkerBeat(name="h:up:2:2", seen_at=utc_now() - timedelta(hours=1)))
        session.add(
            Capture(
                unit_id=office.unit.id,
                kind="recorder",
                client_key=new_id(),
                file_name="thu-am.webm",
                chunk_bytes=1,
            )
        )
    samples = scrape(office.browser())
    assert samples["loa_database_up", ()] == 1
    assert samples["loa_queue_up", ()] == 0
    assert samples["loa_workers", ()] == 1
    assert samples["loa_tasks", ("transcribe", "queued")] == 1
    assert samples["loa_tasks", ("transcribe", "done")] == 1
    assert samples["loa_tasks", ("transcribe", "failed")] == 1
    assert samples["loa_tasks", ("publish", "queued")] == 0
    assert 0 <= samples["loa_oldest_waiting_task_age_seconds", ()] < 60
    assert samples["loa_task_last_done_timestamp_seconds", ("transcribe",)] > 1.7e9
    assert ("loa_task_last_done_timestamp_seconds", ("publish",)) not in samples
    assert samples["loa_announcements", ("in_review",)] == 1
    assert samples["loa_announcements", ("published",)] == 0
    assert samples["loa_captures", ("recorder", "open")] == 1
    assert samples["loa_captures", ("upload", "open")] == 0
    assert 0 < samples["loa_disk_free_bytes", ()] <= samples["loa_disk_total_bytes", ()]
    assert samples["process_resident_memory_bytes", ()] > 1_000_000


def test_without_a_backup_no_moment_is_made_up(office: Office) -> None:
    browser = office.browser()
    assert not [name for name, _labels in scrape(browser) if name.startswith("loa_backup")]
    moment = datetime(2026, 11, 20, 19, tzinfo=UTC)
    note = {
        "finished_at": moment.isoformat(),
        "folder": "/x",
        "bytes": 5_000,
        "files": 12,
        "problems": 2,
    }
    office.settings.run_dir.mkdir(exist_ok=True)
    backup_note(office.settings).write_text(json.dumps(note))
    samples = scrape(browser)
    assert samples["loa_backup_last_timestamp_seconds", ()] == moment.timestamp()
    assert samples["loa_backup_last_size_bytes", ()] == 5_000
    assert samples["loa_backup_last_problems", ()] == 2


@both
def test_metrics_outlive_the_database(office: Office) -> None:
    break_database(office)
    samples = scrape(office.browser())
    assert samples["loa_database_up", ()] == 0
    assert samples["loa_disk_free_bytes", ()] > 0
    # What cannot be known is left out, never told as 0.
    assert not [name for name, _labels in samples if name in ("loa_tasks", "loa_workers")]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_without_a_token_this_machine_may_read_the_metrics(office: Office, address: str) -> None:
    assert scrape(office.browser(), environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("10.0.0.5", None),
        ("203.0.113.9", None),
        ("", None),
        ("127.0.0.1", "X-Forwarded-For"),
        ("127.0.0.1", "X-Real-IP"),
        ("127.0.0.1", "Forwarded"),
        ("127.0.0.1", "Via"),
    ],
)
def test_without_a_token_nobody_else_may_not_even_through_a_proxy(
    office: Office, address: str, header: str | None
) -> None:
    headers = {header: "127.0.0.1"} if header else {}
    answer = office.browser("admin").get(
        "/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers
    )
    assert answer.status_code == 403
    assert "loa_" not in answer.get_data(as_text=True)


def test_with_a_token_only_who_has_it_may_from_anywhere(office: Office) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    with changed(office, metrics_token="mot-tu-khoa-dai") as browser:
        for header in ("", "Bearer", "Bearer ", "Bearer sai", "Basic mot-tu-khoa-dai"):
            answer = browser.get("/metrics", headers={"Authorization": header})
            assert answer.status_code == 401, header
        assert browser.get("/metrics").status_code == 401  # not even this machine
        given = {"Authorization": "bearer mot-tu-khoa-dai"}
        assert scrape(browser, headers=given, environ_base=elsewhere)
