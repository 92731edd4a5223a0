"""Letters to the staff: who shall get which, and how each stands. `publish.letters` sends them.

A letter that lets somebody set a password carries a secret, of which only the hash may lie in the
database: so the link is made when the letter goes out, and one that goes out again, because nobody
knows whether the first arrived, has a new link, and only the newest holds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bridge.accounts import own_roles
from bridge.audit import write_entry
from bridge.db import utc_now
from bridge.models import Letter, Task, Unit, User
from bridge.people import INVITATION_HOLDS, RESET_HOLDS, new_link
from bridge.tasks import TaskRun, add_task, hold

KIND = "letter"
# A mail server that restarts is back in a minute; after a day the reader has asked somebody.
WAITS = tuple(timedelta(minutes=count) for count in (1, 5, 15, 60, 180, 360, 720))
MOST_ATTEMPTS = len(WAITS) + 1
# Of "I forgot my password" for one person: whoever types another's address fills no letter box.
MOST_RESETS = 3
RESETS_WITHIN = timedelta(hours=1)
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """What a letter says, at the moment when it goes out. `token` is of the link that it carries,
    which holds for `holds`; `happened_at` and `address` are of a login.
    """

    kind: str
    to_name: str
    to_address: str
    units: tuple[str, ...]
    time_zone: str
    token: str = ""
    holds: timedelta = timedelta(0)
    address: str = ""
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LetterState:
    """How the newest letter of a kind to a person stands, as the task table has it."""

    task_state: str
    created_at: datetime
    error_code: str | None


def order_letter(
    session: Session,
    *,
    kind: str,
    user_id: str,
    unit_id: str | None = None,
    actor_id: str | None = None,
    address: str = "",
    happened_at: datetime | None = None,
) -> str:
    """Have a letter sent; its task's id. Two of the same kind that both still wait are one."""
    waiting = select(Task.id).join(Letter, Letter.task_id == Task.id)
    if kind != "new_login":
        found = session.scalar(
            waiting.where(
                Letter.kind == kind, Letter.user_id == user_id, Task.state == "queued"
            ).limit(1)
        )
        if found is not None:
            return found
    task_id = add_task(session, kind=KIND, max_attempts=MOST_ATTEMPTS)
    session.add(
        Letter(
            kind=kind,
            user_id=user_id,
            unit_id=unit_id,
            created_by=actor_id,
            address=address,
            happened_at=happened_at,
            task_id=task_id,
        )
    )
    session.flush()
    return task_id


def order_forgotten(session: Session, email: str, now: datetime | None = None) -> str | None:
    """Have whoever has this address sent a link for a new password; the letter's task.

    None where nobody has it, or has had too many: whoever asks is told the same.
    """
    now = now or utc_now()
    user = session.scalar(select(User).where(User.email == email.strip().lower(), User.active))
    if user is None:
        return None
    sent = session.scalar(
        select(func.count())
        .select_from(Letter)
        .where(
            Letter.user_id == user.id,
            Letter.kind.in_(("reset", "invitation")),
            Letter.created_at > now - RESETS_WITHIN,
        )
    )
    if (sent or 0) >= MOST_RESETS:
        return None
    kind = "invitation" if user.password is None else "reset"
    write_entry(
        session,
        actor_id=None,
        action="forget_password",
        subject_type="user",
        subject_id=user.id,
    )
    return order_letter(session, kind=kind, user_id=user.id)


def prepare_letter(session: Session, run: TaskRun) -> ReadyLetter | None:
    """What the letter of a task says; None where nobody needs it any more.

    Makes the link that it carries: commit before sending, or the link leads nowhere. Raises
    LeaseLost.
    """
    hold(session, run)
    letter = session.scalar(select(Letter).where(Letter.task_id == run.id))
    user = session.get(User, letter.user_id) if letter is not None else None
    if letter is None or user is None or not user.active:
        return None
    if letter.kind == "invitation" and user.password is not None:
        return None  # they have set one meanwhile
    wanted = [letter.unit_id] if letter.unit_id else list(own_roles(session, user.id))
    units = session.scalars(select(Unit).where(Unit.id.in_(wanted)).order_by(Unit.name)).all()
    token, holds = "", timedelta(0)
    if letter.kind in ("invitation", "reset"):
        holds = INVITATION_HOLDS if letter.kind == "invitation" else RESET_HOLDS
        token = new_link(session, letter.kind, user.id, holds, letter.created_by)
    return ReadyLetter(
        kind=letter.kind,
        to_name=user.name,
        to_address=user.email,
        units=tuple(unit.name for unit in units),
        time_zone=units[0].time_zone if units else "Asia/Ho_Chi_Minh",
        token=token,
        holds=holds,
        address=letter.address,
        happened_at=letter.happened_at,
    )


def invitation_letters(session: Session, unit_id: str) -> dict[str, LetterState]:
    """How the newest invitation to each person stands, by the person's id, where one was sent."""
    rows = session.execute(
        select(Letter.user_id, Letter.created_at, Task.state, Task.error_code)
        .join(Task, Letter.task_id == Task.id)
        .where(Letter.kind == "invitation", Letter.unit_id == unit_id)
        .order_by(Letter.created_at)
    )
    return {user_id: LetterState(state, at, code) for user_id, at, state, code in rows}


def forget_old_letters(session: Session, now: datetime) -> None:
    """Delete what is older than KEPT."""
    session.execute(delete(Letter).where(Letter.created_at < now - KEPT))
