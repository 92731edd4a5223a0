"""Logins: what a cookie stands for, what is news to its person, and how they end."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import create_user, set_password
from bridge.db import utc_now
from bridge.errors import NotFound
from bridge.logins import (
    IDLE,
    LIFETIME,
    REMEMBERED,
    SEEN_EVERY,
    begin_login,
    end_login,
    end_other_logins,
    forget_old_logins,
    news_of_logins,
    note_seen,
    open_login,
    open_logins,
    settle_login,
)
from bridge.models import AuditEntry, Login, User

OFFICE, ELSEWHERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def person(uncommitted: Session) -> User:
    return create_user(uncommitted, email="an@xa-mau.local", name="An", password_hash="unusable")


def begin(session: Session, person: User, address: str = OFFICE, browser: str = "Firefox") -> str:
    return begin_login(session, user_id=person.id, address=address, browser=browser).id


def holds(session: Session, login_id: str, person: User) -> bool:
    return open_login(session, login_id, person.fs_uniquifier) is not None


def test_a_cookie_holds_as_long_as_its_login(uncommitted: Session, person: User) -> None:
    login = begin(uncommitted, person)
    found = open_login(uncommitted, login, person.fs_uniquifier)
    assert found is not None
    assert (found.user.id, found.is_due) == (person.id, False)
    assert open_login(uncommitted, login, "another") is None
    assert open_login(uncommitted, "nosuchlogin0", person.fs_uniquifier) is None
    later = utc_now() + LIFETIME
    assert open_login(uncommitted, login, person.fs_uniquifier, later) is None
    end_login(uncommitted, login_id=login, user_id=person.id)
    assert not holds(uncommitted, login, person)


def test_what_nobody_uses_for_hours_ends(uncommitted: Session, person: User) -> None:
    login = begin(uncommitted, person)
    used = utc_now() + timedelta(hours=3)
    assert open_login(uncommitted, login, person.fs_uniquifier, used) is not None
    note_seen(uncommitted, login, used)
    uncommitted.expire_all()
    later = utc_now() + timedelta(hours=6)
    assert open_login(uncommitted, login, person.fs_uniquifier, later) is not None
    assert [one.id for one in open_logins(uncommitted, person.id, later)] == [login]
    later = used + IDLE
    assert open_login(uncommitted, login, person.fs_uniquifier, later) is None
    assert open_logins(uncommitted, person.id, later) == []


def test_a_new_password_and_an_inactive_person_end_it(uncommitted: Session, person: User) -> None:
    login, before = begin(uncommitted, person), person.fs_uniquifier
    set_password(uncommitted, user_id=person.id, password_hash="another")
    assert open_login(uncommitted, login, before) is None
    person.active = False
    uncommitted.flush()
    assert not holds(uncommitted, login, person)


def test_that_it_was_seen_is_written_down_now_and_then(uncommitted: Session, person: User) -> None:
    login = begin(uncommitted, person)
    later = utc_now() + SEEN_EVERY + timedelta(seconds=1)
    found = open_login(uncommitted, login, person.fs_uniquifier, later)
    assert found is not None
    assert found.is_due
    note_seen(uncommitted, login, later)
    uncommitted.expire_all()
    found = open_login(uncommitted, login, person.fs_uniquifier, later)
    assert found is not None
    assert not found.is_due


def test_a_place_is_news_once_and_the_first_one_never(uncommitted: Session, person: User) -> None:
    here = begin(uncommitted, person)
    again = begin(uncommitted, person)
    there = begin(uncommitted, person, ELSEWHERE)
    assert [one.id for one in news_of_logins(uncommitted, person.id, here)] == [there]
    assert news_of_logins(uncommitted, person.id, there) == []  # not to whoever sits there
    settle_login(uncommitted, login_id=there, user_id=person.id)
    assert news_of_logins(uncommitted, person.id, here) == []
    begin(uncommitted, person, ELSEWHERE)
    assert news_of_logins(uncommitted, person.id, again) == []
    begin(uncommitted, person, ELSEWHERE, "Chrome")
    assert len(news_of_logins(uncommitted, person.id, again)) == 1


def test_one_is_ended_or_all_others_and_the_log_says_so(uncommitted: Session, person: User) -> None:
    logins = [begin(uncommitted, person, browser=f"browser {number}") for number in range(4)]
    end_login(uncommitted, login_id=logins[1], user_id=person.id)
    end_login(uncommitted, login_id=logins[1], user_id=person.id)  # twice is once
    assert {one.id for one in open_logins(uncommitted, person.id)} == {
        *(logins[0], logins[2], logins[3])
    }
    assert end_other_logins(uncommitted, user_id=person.id, kept=logins[0]) == 2
    assert [one.id for one in open_logins(uncommitted, person.id)] == logins[:1]
    assert end_other_logins(uncommitted, user_id=person.id, kept=logins[0]) == 0
    written = select(AuditEntry.action, AuditEntry.data).where(AuditEntry.subject_id == person.id)
    ends = [row.data for row in uncommitted.execute(written) if row.action == "log_out"]
    assert ends == [{"count": 1}, {"count": 2}]


def test_nobody_ends_the_login_of_another(uncommitted: Session, person: User) -> None:
    login = begin(uncommitted, person)
    other = create_user(uncommitted, email="b@xa-mau.local", name="B", password_hash="unusable")
    for act in (end_login, settle_login):
        with pytest.raises(NotFound, match="login_unknown"):
            act(uncommitted, login_id=login, user_id=other.id)
    assert holds(uncommitted, login, person)


def test_what_is_old_is_forgotten(uncommitted: Session, person: User) -> None:
    old, new = begin(uncommitted, person), begin(uncommitted, person)
    uncommitted.get_one(Login, old).created_at = utc_now() - REMEMBERED - timedelta(days=1)
    uncommitted.flush()
    forget_old_logins(uncommitted, utc_now())
    assert list(uncommitted.scalars(select(Login.id))) == [new]


def test_long_names_of_browsers_are_cut(uncommitted: Session, person: User) -> None:
    login = begin(uncommitted, person, "x" * 500, "y" * 5000)
    [seen] = open_logins(uncommitted, person.id)
    assert (seen.id, len(seen.address), len(seen.browser)) == (login, 64, 300)
