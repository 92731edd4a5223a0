"""How often a password may be guessed: waits that grow, and nobody locked out of their office."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bridge.accounts import create_user
from bridge.login_attempts import (
    ACCOUNT_SPAN,
    FIRST_WAIT,
    FREE_TRIES,
    LONGEST_WAIT,
    OF_A_PLACE,
    OF_AN_ACCOUNT,
    PLACE_SPAN,
    begin_attempt,
    forget_attempts,
    forget_old_attempts,
)
from bridge.logins import begin_login
from bridge.models import LoginAttempt

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
OFFICE, ELSEWHERE = "192.0.2.7", "198.51.100.9"
SECOND = timedelta(seconds=1)


def tries(session: Session, count: int, account: str, address: str, now: datetime = NOW) -> None:
    session.add_all(LoginAttempt(account=account, address=address, at=now) for _ in range(count))
    session.flush()


def test_after_the_free_ones_each_costs_a_longer_wait(uncommitted: Session) -> None:
    now = NOW
    for _ in range(FREE_TRIES):
        assert begin_attempt(uncommitted, "an@xa-mau.local", OFFICE, now) is None
    waits = []
    for _ in range(7):
        wait = begin_attempt(uncommitted, "an@xa-mau.local", OFFICE, now)
        assert wait is not None
        waits.append(wait)
        # Asking in vain changes nothing.
        assert begin_attempt(uncommitted, " An@xa-mau.local ", OFFICE, now) == wait
        now += wait
        assert begin_attempt(uncommitted, "an@xa-mau.local", OFFICE, now) is None
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT


def test_a_right_password_takes_them_away_for_this_place_alone(uncommitted: Session) -> None:
    tries(uncommitted, FREE_TRIES, "an@xa-mau.local", OFFICE)
    tries(uncommitted, FREE_TRIES, "an@xa-mau.local", ELSEWHERE)
    forget_attempts(uncommitted, "AN@xa-mau.local", OFFICE)
    assert begin_attempt(uncommitted, "an@xa-mau.local", OFFICE, NOW) is None
    assert begin_attempt(uncommitted, "an@xa-mau.local", ELSEWHERE, NOW) is not None


def test_one_place_may_not_try_many_accounts(uncommitted: Session) -> None:
    for number in range(OF_A_PLACE):
        assert begin_attempt(uncommitted, f"{number}@xa-mau.local", ELSEWHERE, NOW) is None
    wait = begin_attempt(uncommitted, "another@xa-mau.local", ELSEWHERE, NOW + SECOND)
    assert wait == PLACE_SPAN - SECOND
    assert begin_attempt(uncommitted, "another@xa-mau.local", OFFICE, NOW) is None
    later = NOW + PLACE_SPAN + SECOND
    assert begin_attempt(uncommitted, "another@xa-mau.local", ELSEWHERE, later) is None


@pytest.mark.parametrize("known", [False, True])
def test_many_places_may_not_try_one_account_but_its_own_place_may(
    uncommitted: Session, known: bool
) -> None:
    person = create_user(uncommitted, email="an@xa-mau.local", name="An", password_hash="unusable")
    if known:
        begin_login(uncommitted, user_id=person.id, address=OFFICE, browser="", now=NOW)
    for number in range(OF_AN_ACCOUNT):
        assert begin_attempt(uncommitted, person.email, f"198.51.100.{number}", NOW) is None
    assert begin_attempt(uncommitted, person.email, "203.0.113.1", NOW) == ACCOUNT_SPAN
    assert (begin_attempt(uncommitted, person.email, OFFICE, NOW) is None) == known


def test_old_ones_go(uncommitted: Session) -> None:
    tries(uncommitted, 3, "an@xa-mau.local", OFFICE, NOW - ACCOUNT_SPAN - SECOND)
    tries(uncommitted, 2, "an@xa-mau.local", OFFICE)
    forget_old_attempts(uncommitted, NOW)
    assert uncommitted.scalar(select(func.count()).select_from(LoginAttempt)) == 2


def test_what_is_typed_may_be_anything(uncommitted: Session) -> None:
    assert begin_attempt(uncommitted, "x" * 10_000, "y" * 1000, NOW) is None
