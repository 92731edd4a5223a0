"""The ends of the audit log outside the database: what they show that the chain does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bridge.audit import FIRST_HASH, find_break, hash_entry, write_entry
from bridge.audit_heads import HEADS_FILE, find_lost_head, write_head
from bridge.models import AuditEntry
from tests.bridge.audit_log import drop_triggers

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def write(session: Session, count: int) -> None:
    for number in range(count):
        write_entry(
            session, actor_id=None, action="test", subject_type="thing", subject_id=str(number)
        )


@pytest.fixture
def kept(uncommitted: Session, tmp_path: Path) -> Session:
    """Three rows and a line, five more and another line; the triggers are gone."""
    write(uncommitted, 3)
    write_head(uncommitted, tmp_path, NOW)
    write(uncommitted, 5)
    write_head(uncommitted, tmp_path, NOW + DAY)
    drop_triggers(uncommitted)
    return uncommitted


def test_a_line_a_day(kept: Session, tmp_path: Path) -> None:
    write(kept, 1)
    write_head(kept, tmp_path, NOW + DAY + timedelta(hours=6))
    path = tmp_path / HEADS_FILE
    lines = [line.split() for line in path.read_text().splitlines()]
    assert [line[:2] for line in lines] == [
        ["2026-11-21T07:00:00+00:00", "3"],
        ["2026-11-22T07:00:00+00:00", "8"],
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert find_lost_head(kept, tmp_path) is None


def test_nothing_is_written_of_an_empty_log(uncommitted: Session, tmp_path: Path) -> None:
    write_head(uncommitted, tmp_path, NOW)
    assert not (tmp_path / HEADS_FILE).exists()
    assert find_lost_head(uncommitted, tmp_path) is None


def test_rows_that_were_taken_off_the_end_are_missed(kept: Session, tmp_path: Path) -> None:
    kept.execute(delete(AuditEntry).where(AuditEntry.sequence > 6))
    assert find_break(kept) is None
    assert find_lost_head(kept, tmp_path) == 8


def test_a_chain_computed_anew_is_another(kept: Session, tmp_path: Path) -> None:
    previous = FIRST_HASH
    for number in range(1, 9):
        entry = kept.get_one(AuditEntry, number)
        entry.previous_hash = previous
        if number == 5:
            entry.action = "something_else"
        entry.hash = previous = hash_entry(entry)
        kept.flush()
    assert find_break(kept) is None
    assert find_lost_head(kept, tmp_path) == 8


@pytest.mark.parametrize("line", ["nonsense", "2026-11-21 x y", "\x00\xff", "a b c d"])
def test_a_line_that_cannot_be_read_is_told(kept: Session, tmp_path: Path, line: str) -> None:
    path = tmp_path / HEADS_FILE
    path.write_text(f"{line}\n{path.read_text()}")
    assert find_lost_head(kept, tmp_path) == 0
