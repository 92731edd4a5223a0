"""The end of the audit log as it stood each day, kept outside the database.

The chain alone does not show that its last rows are gone, nor that all of it was computed anew. A
line a day says how far it went and with which hash; whoever copies that file elsewhere (a backup
does) can tell later.

    2026-11-21T07:00:00+00:00 1042 9f2c…      moment, sequence, hash
"""

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.models import AuditEntry

HEADS_FILE = "audit-heads.txt"


def write_head(session: Session, data_dir: Path, now: datetime) -> None:
    """Add today's line where there is none yet. Two at once may add two; both are right."""
    path = data_dir / HEADS_FILE
    lines = _lines(path)
    day = now.date().isoformat()
    if lines and lines[-1].startswith(day):
        return
    last = session.execute(
        select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    ).one_or_none()
    if last is None:
        return
    line = f"{now.isoformat(timespec='seconds')} {last.sequence} {last.hash}\n"
    # O_APPEND: a line of this length is written whole, after whatever another worker wrote.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def find_lost_head(session: Session, data_dir: Path) -> int | None:
    """The sequence of the first line whose row is gone or another; None if all are there.

    A line that cannot be read counts as one that differs, at sequence 0.
    """
    for line in _lines(data_dir / HEADS_FILE):
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdigit():
            return 0
        sequence = int(parts[1])
        stands = session.scalar(select(AuditEntry.hash).where(AuditEntry.sequence == sequence))
        if stands != parts[2]:
            return sequence
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []
