"""How often a password may be guessed.

Each try is written down before the password is looked at, so that many at once are counted too; a
right password takes its account's tries from that place away again. A try that comes too soon is
refused without a look, and not counted: whoever waits gets in.

What is asked of (NIST SP 800-63B-4, 3.2.2: at most 100 wrong tries in a row of one account; OWASP
ASVS 5, 6.3.1):

- one account from one place: five are free, then each costs a wait that doubles, from half a minute
  to a quarter of an hour;
- one place, whatever accounts: thirty in a quarter of an hour; an office shares an address;
- one account from wherever: fifty in a day. Not from places where the person has signed in before:
  nobody shall be able to lock somebody else out of their own office.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.logins import has_logged_in_from
from bridge.models import LoginAttempt

FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
OF_A_PLACE, PLACE_SPAN = 30, timedelta(minutes=15)
OF_AN_ACCOUNT, ACCOUNT_SPAN = 50, timedelta(days=1)
_ACCOUNT_LENGTH, _ADDRESS_LENGTH = 255, 64


def begin_attempt(
    session: Session, account: str, address: str, now: datetime | None = None
) -> timedelta | None:
    """Write down a try, in the caller's transaction; or how long to wait before the next one.

    `account` is what was typed, `address` where the request comes from.
    """
    now = now or utc_now()
    account, address = _keys(account, address)
    wait = max(
        _wait_of_pair(session, account, address, now),
        _wait_of_span(session, LoginAttempt.address == address, OF_A_PLACE, PLACE_SPAN, now),
        _wait_of_account(session, account, address, now),
    )
    if wait > timedelta(0):
        return wait
    session.add(LoginAttempt(account=account, address=address, at=now))
    return None


def forget_attempts(session: Session, account: str, address: str) -> None:
    """The password was right: the tries of this account from this place count no more."""
    account, address = _keys(account, address)
    session.execute(
        delete(LoginAttempt).where(LoginAttempt.account == account, LoginAttempt.address == address)
    )


def forget_old_attempts(session: Session, now: datetime) -> None:
    """Delete what no rule looks at any more."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - ACCOUNT_SPAN))


def _wait_of_pair(session: Session, account: str, address: str, now: datetime) -> timedelta:
    """Half a minute after the fifth wrong try, a minute after the sixth, and so on."""
    count, last = session.execute(
        select(func.count(), func.max(LoginAttempt.at)).where(
            LoginAttempt.account == account,
            LoginAttempt.address == address,
            LoginAttempt.at > now - ACCOUNT_SPAN,
        )
    ).one()
    if count < FREE_TRIES:
        return timedelta(0)
    doublings = min(count - FREE_TRIES, 10)
    over: datetime = last + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return over - now


def _wait_of_account(session: Session, account: str, address: str, now: datetime) -> timedelta:
    wait = _wait_of_span(session, LoginAttempt.account == account, OF_AN_ACCOUNT, ACCOUNT_SPAN, now)
    if wait > timedelta(0) and has_logged_in_from(session, account, address, now):
        return timedelta(0)
    return wait


def _wait_of_span(
    session: Session, which: ColumnElement[bool], most: int, span: timedelta, now: datetime
) -> timedelta:
    """Until fewer than so many of these tries lie within the span."""
    nth = session.scalar(
        select(LoginAttempt.at)
        .where(which, LoginAttempt.at > now - span)
        .order_by(LoginAttempt.at.desc())
        .offset(most - 1)
        .limit(1)
    )
    return nth + span - now if nth is not None else timedelta(0)


def _keys(account: str, address: str) -> tuple[str, str]:
    return account.strip().lower()[:_ACCOUNT_LENGTH], address[:_ADDRESS_LENGTH]
