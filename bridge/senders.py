"""How much one sender has sent today, without knowing who that is.

An address becomes a mark by a salt that is made anew each day and deleted the next: nothing that
is kept leads back to an address, and no mark of one day is found on another.
"""

import hashlib
import hmac
import ipaddress
import secrets
from datetime import UTC, date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.errors import TooMany
from bridge.models import SenderDay, SenderMark

# Many households share one address of a telephone network, so the limit is a generous one.
MOST_A_DAY = 20
_IPV6_NETWORK = 64  # bits: what one household has


def count_sending(
    session: Session, address: str, *, limit: int = MOST_A_DAY, now: datetime | None = None
) -> None:
    """Count one sending of an address, in the caller's transaction. Raises TooMany.

    What was kept of former days goes away here.
    """
    today = (now or utc_now()).astimezone(UTC).date()
    session.execute(delete(SenderMark).where(SenderMark.day != today))
    session.execute(delete(SenderDay).where(SenderDay.day != today))
    mark = _mark(address, _salt(session, today))
    insert = _insert_of(session)(SenderMark).values(mark=mark, day=today, sent=1)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[SenderMark.mark], set_={"sent": SenderMark.sent + 1}
        )
    )
    sent = session.scalar(select(SenderMark.sent).where(SenderMark.mark == mark))
    if (sent or 0) > limit:
        raise TooMany("feedback_too_many", retry_after_s=3600)


def network_of(address: str) -> str:
    """What of an address belongs to one household: all of IPv4, the first half of IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_NETWORK), strict=False))


def _salt(session: Session, today: date) -> bytes:
    made = _insert_of(session)(SenderDay).values(day=today, salt=secrets.token_bytes(32))
    session.execute(made.on_conflict_do_nothing())  # another process may have been quicker
    salt = session.scalar(select(SenderDay.salt).where(SenderDay.day == today))
    return bytes(salt or b"")


def _mark(address: str, salt: bytes) -> str:
    return hmac.new(salt, network_of(address).encode(), hashlib.sha256).hexdigest()[:32]


def _insert_of(session: Session):  # type: ignore[no-untyped-def]
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql_insert if is_postgresql else sqlite_insert
