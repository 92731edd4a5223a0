"""Telling the hub: once for each feed, tried again while it is away, and nowhere else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from bridge.errors import SettingsError, TaskFailed
from bridge.media import MediaStore
from bridge.models import Task
from bridge.tasks import TaskContext
from publish.websub import TOPICS, ping_hub, plan_ping
from tests.bridge.lifecycle import Life
from tests.ports import held_port


class Hub:
    """A real server that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.asked: list[dict[str, list[str]]] = []

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[str]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hub.asked.append(parse_qs(body.decode()))
                status, headers = hub.answers.pop(0) if hub.answers else (204, {})
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_GET(self) -> None:
                hub.asked.append({"followed": [self.path]})
                self.do_POST()

            def log_message(self, *_arguments: object) -> None:
                pass

        with HTTPServer(("127.0.0.1", port), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def life(settings, database, unit) -> Life:
    return Life(database, MediaStore(settings.media_dir), unit)


def planned(life: Life, settings, announcement_id: str) -> list[str]:
    with life.db.writing() as session:
        plan_ping(session, settings, announcement_id)
        found = session.query(Task).filter_by(kind="ping_hub")
        return [task.id for task in found]


def test_a_hub_is_told_of_every_feed(life, settings):
    announcement_id, hub = life.reviewable(), Hub()
    assert planned(life, settings, announcement_id) == []  # no hub, nothing to do
    with hub.listening() as address:
        settings = replace(settings, websub_hub=address, public_url="https://loa.example")
        (task_id,) = planned(life, settings, announcement_id)
        assert planned(life, settings, announcement_id) == [task_id]
        ping_hub(TaskContext(settings, life.db, life.media), life.claim(task_id))
    assert life.task(task_id).state == "done"
    assert [one["hub.url"] for one in hub.asked] == [
        [f"https://loa.example/xa-mau/{name}"] for name in TOPICS
    ]
    assert {one["hub.mode"][0] for one in hub.asked} == {"publish"}


def test_a_hub_that_is_away_or_busy_is_asked_again(life, settings):
    hub = Hub()
    with held_port() as port:
        with hub.listening(port) as address:
            settings = replace(settings, websub_hub=address)
            (task_id,) = planned(life, settings, life.reviewable())
            run, context = life.claim(task_id), TaskContext(settings, life.db, life.media)
            hub.answers = [(503, {})]
            with pytest.raises(ConnectionError):
                ping_hub(context, run)
            hub.answers = [(429, {})]
            with pytest.raises(ConnectionError):
                ping_hub(context, run)
        with pytest.raises(OSError, match="refused"):
            ping_hub(context, run)
    assert life.task(task_id).state == "running"


@pytest.mark.parametrize("status", [302, 307, 403])
def test_a_refusal_is_for_good_and_no_way_on_is_followed(life, settings, status):
    hub = Hub()
    with hub.listening() as address:
        settings = replace(settings, websub_hub=address)
        (task_id,) = planned(life, settings, life.reviewable())
        hub.answers = [(status, {"Location": f"{address}inside"})]
        with pytest.raises(TaskFailed) as caught:
            ping_hub(TaskContext(settings, life.db, life.media), life.claim(task_id))
    assert (caught.value.code, caught.value.data) == ("hub_refused", {"status": status})
    assert len(hub.asked) == 1


def test_only_http_is_spoken(life, settings):
    settings = replace(settings, websub_hub="file:///etc/passwd")
    (task_id,) = planned(life, settings, life.reviewable())
    with pytest.raises(SettingsError):
        ping_hub(TaskContext(settings, life.db, life.media), life.claim(task_id))
