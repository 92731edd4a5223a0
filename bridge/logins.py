"""Who is signed in where. A cookie opens nothing without the row that stands here for it.

So a stolen or copied cookie ends when the person signs out, ends that login from another machine,
or gets a new password; and every login can be seen by the person whose it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from bridge.audit import write_entry
from bridge.db import utc_now
from bridge.errors import NotFound
from bridge.models import Login, User

# One working day: a machine in an office that somebody forgot signs out by itself.
LIFETIME = timedelta(hours=12)
# Nobody was at it for so long: lunch and a meeting fit in, an afternoon that somebody left early
# does not. A page that is only open asks every few minutes and counts as use.
IDLE = timedelta(hours=4)
# How exact "last seen" is. Each time costs a write.
SEEN_EVERY = timedelta(minutes=5)
# After so long a browser at an address counts as new again, and an ended login is forgotten.
REMEMBERED = timedelta(days=90)
_BROWSER_LENGTH, _ADDRESS_LENGTH = 300, 64


@dataclass(frozen=True, slots=True)
class LoginView:
    """A login as the person sees it."""

    id: str
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """A login that has just begun: its id, for the cookie, and whether the place is new."""

    id: str
    is_new_place: bool


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """A login that holds, and whose it is. `is_due`: it is time to write down that it was seen."""

    user: User
    is_due: bool


def begin_login(
    session: Session, *, user_id: str, address: str, browser: str, now: datetime | None = None
) -> BegunLogin:
    """Somebody has signed in."""
    now = now or utc_now()
    address, browser = address[:_ADDRESS_LENGTH], browser[:_BROWSER_LENGTH]
    before = select(Login.id).where(Login.user_id == user_id, Login.created_at > now - REMEMBERED)
    known = before.where(Login.address == address, Login.browser == browser)
    # The very first login of a person is no news to them.
    is_new = session.scalar(before.limit(1)) is not None and session.scalar(known.limit(1)) is None
    login = Login(
        user_id=user_id,
        address=address,
        browser=browser,
        created_at=now,
        seen_at=now,
        is_new_place=is_new,
    )
    session.add(login)
    session.flush()
    write_entry(
        session,
        actor_id=user_id,
        action="log_in",
        subject_type="user",
        subject_id=user_id,
        address=address,
    )
    return BegunLogin(login.id, is_new)


def open_login(
    session: Session,
    login_id: str,
    fs_uniquifier: str,
    now: datetime | None = None,
    *,
    person_class: type[User] = User,
) -> OpenLogin | None:
    """The login that a cookie names, with its person; None when it does not hold (any more)."""
    now = now or utc_now()
    row = session.execute(
        select(Login.seen_at, person_class)
        .join(person_class, Login.user_id == person_class.id)
        .where(
            Login.id == login_id,
            Login.ended_at.is_(None),
            Login.created_at > now - LIFETIME,
            Login.seen_at > now - IDLE,
            person_class.fs_uniquifier == fs_uniquifier,
            person_class.active,
        )
    ).one_or_none()
    if row is None:
        return None
    seen_at, person = row
    return OpenLogin(person, seen_at < now - SEEN_EVERY)


def note_seen(session: Session, login_id: str, now: datetime | None = None) -> None:
    """Write down that a login was used just now."""
    session.execute(update(Login).where(Login.id == login_id).values(seen_at=now or utc_now()))


def open_logins(session: Session, user_id: str, now: datetime | None = None) -> list[LoginView]:
    """Where a person is signed in, the last used first."""
    query = _open(user_id, now or utc_now()).order_by(Login.seen_at.desc(), Login.id)
    return [_view(login) for login in session.scalars(query)]


def news_of_logins(
    session: Session, user_id: str, own_login_id: str, now: datetime | None = None
) -> list[LoginView]:
    """Logins from places that are new, of which the person has said nothing yet; not their own."""
    now = now or utc_now()
    query = select(Login).where(
        Login.user_id == user_id,
        Login.is_new_place,
        Login.known_at.is_(None),
        Login.id != own_login_id,
        Login.created_at > now - REMEMBERED,
    )
    return [_view(login) for login in session.scalars(query.order_by(Login.created_at.desc()))]


def settle_login(session: Session, *, login_id: str, user_id: str) -> None:
    """The person knows of this login: it is no news any more. Raises NotFound `login_unknown`."""
    _own(session, login_id, user_id).known_at = utc_now()


def end_login(session: Session, *, login_id: str, user_id: str) -> None:
    """End one login of a person; harmless when it has ended. Raises NotFound `login_unknown`."""
    login = _own(session, login_id, user_id)
    login.known_at = login.known_at or utc_now()
    if login.ended_at is None:
        login.ended_at = utc_now()
        _note_end(session, user_id, 1)


def end_other_logins(session: Session, *, user_id: str, kept: str) -> int:
    """End every login of a person but the one that asks; how many that were."""
    ended = 0
    for login in session.scalars(_open(user_id, utc_now()).where(Login.id != kept)):
        login.ended_at = login.known_at = utc_now()
        ended += 1
    if ended:
        _note_end(session, user_id, ended)
    return ended


def forget_old_logins(session: Session, now: datetime) -> None:
    """Delete what is older than REMEMBERED."""
    session.execute(delete(Login).where(Login.created_at < now - REMEMBERED))


def has_logged_in_from(session: Session, account: str, address: str, now: datetime) -> bool:
    """Whether the person with this address for letters has signed in from this place."""
    query = (
        select(Login.id)
        .join(User, Login.user_id == User.id)
        .where(
            User.email == account,
            Login.address == address,
            Login.created_at > now - REMEMBERED,
        )
    )
    return session.scalar(query.limit(1)) is not None


def _open(user_id: str, now: datetime) -> Select[Login]:
    return select(Login).where(
        Login.user_id == user_id,
        Login.ended_at.is_(None),
        Login.created_at > now - LIFETIME,
        Login.seen_at > now - IDLE,
    )


def _own(session: Session, login_id: str, user_id: str) -> Login:
    login = session.get(Login, login_id)
    if login is None or login.user_id != user_id:
        raise NotFound("login_unknown", id=login_id)
    return login


def _note_end(session: Session, user_id: str, count: int) -> None:
    write_entry(
        session,
        actor_id=user_id,
        action="log_out",
        subject_type="user",
        subject_id=user_id,
        count=count,
    )


def _view(login: Login) -> LoginView:
    return LoginView(login.id, login.address, login.browser, login.created_at, login.seen_at)
