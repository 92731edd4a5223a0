"""The audit chain: only added to, and any change shows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bridge.audit import FIRST_HASH, find_break, hash_entry, write_entry
from bridge.db import Database, utc_now
from bridge.models import AuditEntry
from tests.bridge.audit_log import drop_triggers
from tests.bridge.conftest import Together


def write(session: Session, subject_id: str) -> None:
    write_entry(
        session,
        actor_id=None,
        action="test",
        subject_type="thing",
        subject_id=subject_id,
        note="chữ có dấu",
    )


def write_three(database: Database) -> None:
    for number in range(3):
        with database.writing() as session:
            write(session, str(number))


@pytest.fixture
def three(uncommitted: Session) -> Session:
    """A log of three entries without its triggers."""
    for number in range(3):
        write(uncommitted, str(number))
    assert find_break(uncommitted) is None
    drop_triggers(uncommitted)
    return uncommitted


def test_entries_form_a_chain(database: Database) -> None:
    write_three(database)
    with database.reading() as session:
        first, second, third = (session.get_one(AuditEntry, number) for number in (1, 2, 3))
        assert first.previous_hash == FIRST_HASH
        assert second.previous_hash == first.hash
        assert third.previous_hash == second.hash
        assert find_break(session) is None


def test_an_empty_log_is_unbroken(database: Database) -> None:
    with database.reading() as session:
        assert find_break(session) is None


def test_an_entry_says_who_did_what_when_and_where(database: Database) -> None:
    before = utc_now()
    with database.writing() as session:
        write_entry(
            session,
            actor_id="actor",
            action="approve",
            subject_type="announcement",
            subject_id="item",
            unit_id="unit",
            digest="đ" * 3,
            revision=2,
        )
    with database.reading() as session:
        entry = session.get_one(AuditEntry, 1)
    assert (entry.actor_id, entry.action, entry.unit_id) == ("actor", "approve", "unit")
    assert (entry.subject_type, entry.subject_id) == ("announcement", "item")
    assert entry.data == {"digest": "đđđ", "revision": 2}
    assert before <= entry.at <= utc_now()


def test_an_entry_of_a_transaction_that_failed_is_not_there(database: Database) -> None:
    write_three(database)

    def write_and_fail() -> None:
        with database.writing() as session:
            write(session, "lost")
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        write_and_fail()
    write_three(database)
    with database.reading() as session:
        assert find_break(session) is None
        assert session.get(AuditEntry, 7) is None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action='x'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    write_three(database)
    with pytest.raises(DBAPIError, match="never changed"), database.writing() as session:
        session.execute(text(statement))
    with database.reading() as session:
        assert find_break(session) is None


def test_emptying_the_log_is_refused(database: Database) -> None:
    write_three(database)
    # SQLite has no TRUNCATE; its DELETE without a condition fires the triggers all the same.
    statement = "DELETE FROM audit_entry" if database.is_sqlite else "TRUNCATE audit_entry"
    with pytest.raises(DBAPIError, match="never changed"), database.writing() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    "values",
    [
        {"action": "approve"},
        {"actor_id": "other"},
        {"unit_id": "other"},
        {"subject_type": "other"},
        {"subject_id": "other"},
        {"data": {"note": "chữ khác"}},
        {"at": utc_now() - timedelta(days=1)},
        {"hash": "f" * 64},
        {"previous_hash": FIRST_HASH},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_change_below_the_triggers_is_found(three: Session, values: dict[str, object]) -> None:
    three.execute(update(AuditEntry).where(AuditEntry.sequence == 2).values(**values))
    three.expire_all()
    assert find_break(three) == 2


def remove_first(session: Session) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.sequence == 1))


def remove_middle(session: Session) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.sequence == 2))


def remove_middle_and_close_ranks(session: Session) -> None:
    remove_middle(session)
    session.execute(update(AuditEntry).where(AuditEntry.sequence == 3).values(sequence=2))


def rewrite_with_a_fitting_hash(session: Session) -> None:
    """The changed row fits by itself: the row after it gives the change away."""
    entry = session.get_one(AuditEntry, 2)
    entry.action = "approve"
    entry.hash = hash_entry(entry)


@pytest.mark.parametrize(
    ("tamper", "found_at"),
    [
        (remove_first, 2),
        (remove_middle, 3),
        (remove_middle_and_close_ranks, 2),
        (rewrite_with_a_fitting_hash, 3),
    ],
)
def test_a_removed_or_rewritten_entry_is_found(
    three: Session, tamper: Callable[[Session], None], found_at: int
) -> None:
    tamper(three)
    three.flush()
    three.expire_all()
    assert find_break(three) == found_at


def test_processes_that_write_at_once_make_one_chain(
    database: Database, together: Together
) -> None:
    together("write_entries", database.url, 30, processes=2)
    with database.reading() as session:
        assert session.get(AuditEntry, 60) is not None
        assert session.get(AuditEntry, 61) is None
        assert find_break(session) is None
