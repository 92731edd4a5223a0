"""The audit chain: only added to, and any change shows."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridge.audit import FIRST_HASH, find_break, write_entry
from bridge.db import Database
from bridge.models import AuditEntry


def write_three(database: Database) -> None:
    for number in range(3):
        with database.writing() as session:
            write_entry(
                session,
                actor_id=None,
                action="test",
                subject_type="thing",
                subject_id=str(number),
                note="chữ có dấu",
            )


def test_entries_form_a_chain(database: Database) -> None:
    write_three(database)
    with database.reading() as session:
        first, second, third = (session.get_one(AuditEntry, number) for number in (1, 2, 3))
        assert first.previous_hash == FIRST_HASH
        assert second.previous_hash == first.hash
        assert third.previous_hash == second.hash
        assert find_break(session) is None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action='x'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    write_three(database)
    with pytest.raises(DBAPIError, match="never changed"), database.writing() as session:
        session.execute(text(statement))
    with database.reading() as session:
        assert find_break(session) is None
