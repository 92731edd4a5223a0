"""What is measured for the status page and for `/metrics`, gathered in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.db import utc_now
from bridge.status import (
    DiskStatus,
    EngineTotals,
    LastBackup,
    WorkStatus,
    count_announcements,
    count_captures,
    disk_status,
    engine_totals,
    last_backup,
    live_workers,
    work_status,
)
from web.services import Services

_MISSED_BEATS = 3  # a worker gives a sign of life every `reap_s`; one may come late


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at the whole installation."""

    at: datetime
    workers: tuple[str, ...]
    work: WorkStatus
    disk: DiskStatus
    backup: LastBackup | None
    queue_answers: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What only `/metrics` wants: it takes a pass over larger tables."""

    announcements: Mapping[str, int]  # by state
    captures: Mapping[tuple[str, str], int]  # by (kind, state), unsettled ones alone
    engine: EngineTotals


def read_facts(services: Services, now: datetime | None = None) -> Facts:
    """Look at everything that the page shows. Raises SQLAlchemyError, OSError."""
    now = now or utc_now()
    settings = services.settings
    since = now - timedelta(seconds=_MISSED_BEATS * settings.reap_s)
    with services.db.reading() as session:
        workers = tuple(live_workers(session, since))
        work = work_status(session, now)
    return Facts(
        at=now,
        workers=workers,
        work=work,
        disk=disk_status(settings),
        backup=last_backup(settings),
        queue_answers=services.queue.is_reachable(),
    )


def read_totals(services: Services) -> Totals:
    """Sums over everything there is. Raises SQLAlchemyError."""
    with services.db.reading() as session:
        return Totals(
            announcements=count_announcements(session),
            captures=count_captures(session),
            engine=engine_totals(session),
        )
