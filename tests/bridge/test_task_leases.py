"""Leases from a clock that was set back, and runs that hold a lease and write nothing."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from bridge.db import Database, new_id, utc_now
from bridge.models import Task
from bridge.tasks import (
    TaskRun,
    add_task,
    claim_task,
    finish_task,
    hold,
    idle_seconds,
    renew_lease,
    report_progress,
    shorten_leases,
)

LEASE_S = 60.0


@pytest.fixture
def run(shared_database: Database) -> TaskRun:
    """A run that has just begun."""
    with shared_database.writing() as session:
        task_id = add_task(session, kind="trial")
    found = claim_task(shared_database, task_id, worker=new_id(), lease_s=LEASE_S)
    assert found is not None
    return found


def shorten(db: Database, run: TaskRun, ahead_s: float) -> float:
    """What is left of a lease that ends so many seconds from now, when it is looked at now."""
    now = utc_now()
    until = now + timedelta(seconds=ahead_s)
    with db.writing() as session:
        session.execute(update(Task).where(Task.id == run.id).values(lease_until=until))
    with db.writing() as session:
        shorten_leases(session, LEASE_S, now)
    with db.reading() as session:
        lease_until = session.get_one(Task, run.id).lease_until
    assert lease_until is not None
    return (lease_until - now).total_seconds()


@pytest.mark.parametrize(
    ("ahead_s", "left_s"), [(3600, LEASE_S), (121, LEASE_S), (110, 110), (60, 60), (-5, -5)]
)
def test_only_a_lease_from_the_future_is_shortened(
    shared_database: Database, run: TaskRun, ahead_s: float, left_s: float
) -> None:
    assert shorten(shared_database, run, ahead_s) == left_s


def test_the_holder_of_a_shortened_lease_goes_on(shared_database: Database, run: TaskRun) -> None:
    shorten(shared_database, run, 3600)
    renew_lease(shared_database, run, LEASE_S)
    with shared_database.writing() as session:
        finish_task(session, run)


def test_renewing_its_lease_is_no_sign_that_a_run_works(
    shared_database: Database, run: TaskRun
) -> None:
    before = time.monotonic()
    assert idle_seconds(run) <= time.monotonic() - before
    time.sleep(0.3)
    renew_lease(shared_database, run, LEASE_S)
    assert idle_seconds(run) >= 0.3


def test_what_a_run_writes_is_a_sign_that_it_works(shared_database: Database, run: TaskRun) -> None:
    idle_seconds(run)
    time.sleep(0.3)
    before = time.monotonic()
    report_progress(shared_database, run, 1, 2)
    assert idle_seconds(run) <= time.monotonic() - before
    time.sleep(0.3)
    before = time.monotonic()
    with shared_database.writing() as session:
        hold(session, run)
    assert idle_seconds(run) <= time.monotonic() - before
