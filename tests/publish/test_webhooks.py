"""Telling other systems: what they get and how it is signed, second tries, where nothing goes."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bridge.db import Database, utc_now
from bridge.editing import save_segment_text
from bridge.errors import InvalidInput, NotFound, TaskFailed
from bridge.media import MediaStore
from bridge.models import Task
from bridge.review import withdraw_announcement
from bridge.settings import Settings
from bridge.tasks import TaskContext, claim_task
from bridge.webhooks import (
    MOST_ATTEMPTS,
    WAITS,
    add_webhook,
    checked_url,
    list_deliveries,
    list_webhooks,
    remove_webhook,
    resend_delivery,
)
from publish.outgoing import NotSent, judged_addresses, post
from publish.webhooks import deliver_webhook
from tests.bridge.lifecycle import Life, new_life


@dataclass
class Receiver:
    """Another system on this machine: keeps what it is sent, answers as it is told."""

    url: str
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((dict(self.headers), body))
            self.send_response(told.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told = Receiver(f"http://127.0.0.1:{server.server_port}/loa?khoa=1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Office:
    """A commune that tells a receiver of its events."""

    life: Life
    context: TaskContext
    admin: str
    approver: str

    def tell(self, url: str, *events: str) -> tuple[str, str]:
        with self.life.db.writing() as session:
            webhook, secret = add_webhook(
                session,
                unit_id=self.life.unit.id,
                url=url,
                events=events or ("published", "corrected", "withdrawn", "review"),
                this_machine=True,
                actor_id=self.admin,
            )
        return webhook.id, secret

    def deliveries(self) -> list[tuple[str, str, int]]:
        with self.life.db.reading() as session:
            found = list_deliveries(session, self.life.unit.id)
        return [(one.event, one.task_state, one.attempts) for one in reversed(found)]

    def work(self) -> None:
        """What a worker does that is told of every open delivery."""
        with self.life.db.reading() as session:
            ids = [one.id for one in session.query(Task).filter_by(kind="webhook", state="queued")]
        for task_id in ids:
            run = claim_task(self.life.db, task_id, worker="test", lease_s=60)
            if run is not None:
                deliver_webhook(self.context, run)

    def hurry(self) -> None:
        """Time passes until the next try."""
        with self.life.db.writing() as session:
            session.query(Task).filter_by(kind="webhook").update({Task.not_before: None})


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    db = Database(settings.effective_database_url)
    media = MediaStore(settings.media_dir)
    life = new_life(db, media)
    near = replace(settings, webhooks_to_this_machine=True, public_url="https://loa.example")
    context = TaskContext(near, db, media)
    yield Office(life, context, life.person("admin"), life.person("approver"))
    db.dispose()


def test_events_arrive_in_turn_signed_over_the_moment_and_the_body(
    office: Office, receiver: Receiver
) -> None:
    _webhook, secret = office.tell(receiver.url)
    announcement_id = office.life.published(office.approver, title="Lịch tiêm")
    with office.life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=announcement_id, reason="Nhầm", actor_id=office.approver
        )
    office.work()
    events = ("review", "published", "withdrawn")
    assert office.deliveries() == [(event, "done", 1) for event in events]
    ids = set()
    for headers, body in receiver.got:
        told = json.loads(body)
        ids.add(told["id"])
        assert headers["X-Loa-Delivery"] == told["id"]
        assert headers["X-Loa-Event"] == told["event"]
        assert told["announcement"]["id"] == announcement_id
        signed = f"{headers['X-Loa-Timestamp']}.".encode() + body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-Loa-Signature"] == f"v1={expected}"
    assert len(ids) == 3
    told = {json.loads(body)["event"]: json.loads(body) for _headers, body in receiver.got}
    assert told["withdrawn"]["announcement"]["reason"] == "Nhầm"


def test_a_correction_is_told_as_one_and_only_to_who_wants_it(
    office: Office, receiver: Receiver
) -> None:
    office.tell(receiver.url, "corrected")
    announcement_id = office.life.published(office.approver, title="Lịch tiêm")
    assert office.deliveries() == []
    view = office.life.view(announcement_id)
    with office.life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=view.segments[0].id,
            expected_version=view.segments[0].version,
            text="Kính thưa bà con.",
            actor_id=office.life.person("editor"),
        )
    office.life.publish(office.life.approve(announcement_id, office.approver, public_note="Sửa."))
    office.work()
    told = json.loads(receiver.got[0][1])
    assert (told["event"], told["announcement"]["note"]) == ("corrected", "Sửa.")
    assert told["announcement"]["url"].startswith("https://loa.example/api/v1/announcements/")


def test_a_failure_is_tried_again_later_and_later_and_given_up_in_sight(
    office: Office, receiver: Receiver
) -> None:
    office.tell(receiver.url, "review")
    office.life.reviewable()
    receiver.status = 302  # not followed: nothing listens there
    for attempt in range(1, MOST_ATTEMPTS + 1):
        office.work()
        office.work()  # too early: nothing happens
        assert len(receiver.got) == attempt
        state = "queued" if attempt < MOST_ATTEMPTS else "failed"
        assert office.deliveries() == [("review", state, attempt)]
        with office.life.db.reading() as session:
            (shown,) = list_deliveries(session, office.life.unit.id)
            assert (shown.status, shown.error_code) == (302, "webhook_refused")
        if shown.next_at is not None:
            wait = shown.next_at - utc_now()
            assert WAITS[attempt - 1] - timedelta(seconds=30) < wait <= WAITS[attempt - 1]
        office.hurry()
    assert len({body for _headers, body in receiver.got}) == 1  # the same, told as often


def test_a_delivery_may_be_sent_again_under_its_id(office: Office, receiver: Receiver) -> None:
    office.tell(receiver.url, "review")
    office.life.reviewable()
    receiver.status = 410
    office.work()
    assert office.deliveries() == [("review", "failed", 1)]  # it wants nothing more
    receiver.status = 200
    with office.life.db.reading() as session:
        (shown,) = list_deliveries(session, office.life.unit.id)
    again = {"delivery_id": shown.id, "unit_id": office.life.unit.id}
    with office.life.db.writing() as session:
        first = resend_delivery(session, **again, actor_id=office.admin)
        assert resend_delivery(session, **again, actor_id=office.admin) == first
    office.work()
    assert office.deliveries() == [("review", "done", 1)]
    assert len({headers["X-Loa-Delivery"] for headers, _body in receiver.got}) == 1
    with pytest.raises(NotFound), office.life.db.writing() as session:
        resend_delivery(session, delivery_id=shown.id, unit_id="other", actor_id=office.admin)


def test_to_an_address_that_was_removed_nothing_goes_any_more(
    office: Office, receiver: Receiver
) -> None:
    webhook_id, _secret = office.tell(receiver.url, "review")
    office.life.reviewable()
    unit_id = office.life.unit.id
    with office.life.db.writing() as session:
        remove_webhook(session, webhook_id=webhook_id, unit_id=unit_id, actor_id=office.admin)
        assert list_webhooks(session, unit_id) == []
    with pytest.raises(TaskFailed, match="webhook_unknown"):
        office.work()
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://portal.example/", "webhook_address"),
        ("https://user:pass@portal.example/", "webhook_address"),
        ("https://portal.example/#x", "webhook_address"),
        ("https://portal.example:99999/", "webhook_address"),
        ("ftp://portal.example/", "webhook_address"),
        ("https:///x", "webhook_address"),
        ("https://10.0.0.1/", "webhook_private"),
        ("https://169.254.169.254/latest", "webhook_private"),
        ("https://[::1]/", "webhook_private"),
        ("https://[::ffff:127.0.0.1]/", "webhook_private"),
    ],
)
def test_an_address_that_leads_inside_or_is_not_safe_is_refused(url: str, code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        checked_url(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "2130706433", "0x7f.1", "0", "10.1.2.3", "169.254.1.1", "224.0.0.1"),
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        "localhost",
    ],
)
def test_a_name_that_resolves_to_an_inner_address_is_not_connected_to(host: str) -> None:
    with pytest.raises(NotSent):
        judged_addresses(host, 443, this_machine=False)


def test_a_receiver_that_speaks_without_end_is_cut_off_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _address = server.accept()
            with connection:
                try:
                    for _ in range(100):
                        connection.sendall(b"HTTP/1.1 200 OK\r\nX: "[:1])
                        threading.Event().wait(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=trickle)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(NotSent):
            post(url, b"{}", {}, this_machine=True, whole_s=0.4)
        thread.join(30)
        assert not thread.is_alive()
