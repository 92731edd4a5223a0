"""What an admin may do about captures that were given up."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from bridge.capture_failures import discard_failed_capture, retry_capture
from bridge.chunk_store import ChunkStore
from bridge.db import utc_now
from bridge.errors import Conflict, Forbidden
from bridge.models import AuditEntry, Capture, Task
from tests.bridge.capturing import Sender, sender_of
from tests.bridge.lifecycle import Life


@pytest.fixture
def sender(own_life: Life, tmp_path: Path) -> Sender:
    return sender_of(own_life, tmp_path)


def given_up(sender: Sender, kind: str = "recorder") -> str:
    capture_id = sender.begin(kind=kind)
    sender.put(capture_id, 0, b"x")
    with sender.life.db.writing() as session:
        session.execute(
            update(Capture)
            .where(Capture.id == capture_id)
            .values(state="failed", failure_code="media_unreadable", finished_at=utc_now())
        )
    return capture_id


def audited(sender: Sender, capture_id: str) -> list[tuple[str, str | None]]:
    with sender.life.db.reading() as session:
        query = select(AuditEntry.action, AuditEntry.actor_id)
        rows = session.execute(query.where(AuditEntry.subject_id == capture_id))
        return [(action, actor_id) for action, actor_id in rows]


def test_what_was_given_up_is_finished_once_more_where_an_admin_wants_it(sender: Sender) -> None:
    admin = sender.life.person("admin")
    capture_id = given_up(sender)
    with sender.life.db.writing() as session:
        task_id = retry_capture(session, capture_id=capture_id, actor_id=admin)
    row = sender.row(capture_id)
    assert (row.state, row.failure_code, row.finished_at) == ("open", None, None)
    assert sender.stored(capture_id) == {0: b"x"}
    with sender.life.db.reading() as session:
        task = session.get_one(Task, task_id)
        assert (task.kind, task.capture_id, task.state) == ("finish_capture", capture_id, "queued")
    assert audited(sender, capture_id) == [("retry_capture", admin)]


def test_what_was_given_up_is_thrown_away_where_an_admin_wants_it(sender: Sender) -> None:
    admin = sender.life.person("admin")
    capture_id = given_up(sender)
    life = sender.life
    discard_failed_capture(life.db, life.media, capture_id=capture_id, actor_id=admin)
    assert sender.row(capture_id).state == "discarded"
    assert sender.stored(capture_id) == {}
    assert not ChunkStore(life.media.root).folder(capture_id).exists()
    assert audited(sender, capture_id) == [("discard_capture", admin)]


@pytest.mark.parametrize("role", ["operator", "editor", "approver", "supervisor"])
def test_nobody_but_an_admin_decides(sender: Sender, role: str) -> None:
    capture_id = given_up(sender)
    actor_id = sender.life.person(role)
    life = sender.life
    with pytest.raises(Forbidden), life.db.writing() as session:
        retry_capture(session, capture_id=capture_id, actor_id=actor_id)
    with pytest.raises(Forbidden):
        discard_failed_capture(life.db, life.media, capture_id=capture_id, actor_id=actor_id)
    assert sender.stored(capture_id) == {0: b"x"}


def test_what_is_still_coming_is_not_decided_about(sender: Sender) -> None:
    admin = sender.life.person("admin")
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"x")
    life = sender.life
    with pytest.raises(Conflict, match="capture_closed"), life.db.writing() as session:
        retry_capture(session, capture_id=capture_id, actor_id=admin)
    with pytest.raises(Conflict, match="capture_closed"):
        discard_failed_capture(life.db, life.media, capture_id=capture_id, actor_id=admin)
    assert sender.stored(capture_id) == {0: b"x"}
