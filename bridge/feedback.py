"""What residents say: taking it in, answering it, showing question and answer to all.

The words of a resident are never changed. What is published is a text of the staff's own, made of
them, and only who may approve announcements may publish it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.db import is_id, utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, TooMany
from bridge.models import FEEDBACK_STATES, Announcement, Feedback, Publication, Unit
from bridge.senders import count_sending
from bridge.tasks import add_task
from bridge.transcript import normalise_text

TEXT_LENGTH, CONTACT_LENGTH, ANSWER_LENGTH = 2000, 200, 4000
MOST_A_DAY = 300  # of a unit: beyond that somebody sends by machine
REFRESH = "refresh_item"  # the task that writes an item's page again


@dataclass(frozen=True, slots=True)
class FeedbackInfo:
    """A message as the staff sees it."""

    id: str
    unit_id: str
    unit_slug: str
    time_zone: str
    announcement_id: str | None
    announcement_title: str
    text: str
    contact: str
    state: str
    answer: str
    answered_at: datetime | None
    public_question: str
    published_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackAnswer:
    """A message as its sender sees it by the code: what was said, and the answer, if any."""

    text: str
    created_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """A question and its answer as all residents read them."""

    id: str
    question: str
    answer: str
    asked_at: datetime
    answered_at: datetime


def send_feedback(
    session: Session,
    *,
    unit_id: str,
    announcement_id: str | None,
    text: str,
    contact: str,
    code: str,
    address: str,
    now: datetime | None = None,
) -> str:
    """Take in a resident's message; the receipt's code. The same code again changes nothing.

    `address` is counted (see `bridge.senders`) and not kept. Raises InvalidInput
    `feedback_empty`, `feedback_too_long`, `contact_too_long` (`limit`), TooMany
    `feedback_too_many`, NotFound `announcement_unknown` for one that does not stand in the unit.
    """
    if session.scalar(select(Feedback.id).where(Feedback.code == code)) is not None:
        return code
    text, contact = _lines(text), normalise_text(contact)
    if not text:
        raise InvalidInput("feedback_empty")
    if len(text) > TEXT_LENGTH:
        raise InvalidInput("feedback_too_long", limit=TEXT_LENGTH)
    if len(contact) > CONTACT_LENGTH:
        raise InvalidInput("contact_too_long", limit=CONTACT_LENGTH)
    if announcement_id is not None and find_subject(session, unit_id, announcement_id) is None:
        raise NotFound("announcement_unknown", id=announcement_id)
    now = now or utc_now()
    count_sending(session, address, now=now)
    recent = select(func.count(Feedback.id)).where(
        Feedback.unit_id == unit_id, Feedback.created_at > now - timedelta(days=1)
    )
    if (session.scalar(recent) or 0) >= MOST_A_DAY:
        raise TooMany("feedback_too_many", retry_after_s=3600)
    row = Feedback(
        unit_id=unit_id,
        announcement_id=announcement_id,
        code=code,
        text=text,
        contact=contact,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, None, "receive_feedback")
    return code


def find_subject(session: Session, unit_id: str, announcement_id: str) -> str | None:
    """The published title of an announcement that stands in the unit; None where none does."""
    if not is_id(announcement_id):
        return None
    return session.scalar(
        select(Publication.content["title"].as_string()).where(
            Publication.announcement_id == announcement_id,
            Publication.unit_id == unit_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    )


def answer_of_code(session: Session, unit_id: str, code: str) -> FeedbackAnswer:
    """What became of a message, for whoever has its code. Raises NotFound `feedback_unknown`."""
    row = session.scalar(select(Feedback).where(Feedback.unit_id == unit_id, Feedback.code == code))
    if row is None:
        raise NotFound("feedback_unknown")
    return FeedbackAnswer(row.text, row.created_at, row.answer, row.answered_at)


def list_feedback(
    session: Session, unit_ids: Collection[str], state: str, *, skip: int = 0, limit: int = 50
) -> list[FeedbackInfo]:
    """Messages in a state; new ones the oldest first, others the newest first."""
    order = Feedback.created_at.asc() if state == "new" else Feedback.created_at.desc()
    query = _infos().where(Feedback.unit_id.in_(unit_ids), Feedback.state == state)
    rows = session.execute(query.order_by(order, Feedback.id).offset(skip).limit(limit))
    return [_info(row) for row in rows]


def count_feedback(session: Session, unit_ids: Collection[str]) -> dict[str, int]:
    """How many messages stand in each state."""
    rows = session.execute(
        select(Feedback.state, func.count(Feedback.id))
        .where(Feedback.unit_id.in_(unit_ids))
        .group_by(Feedback.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in FEEDBACK_STATES}


def answer_feedback(
    session: Session, *, feedback_id: str, answer: str, actor_id: str
) -> FeedbackInfo:
    """Answer a message, or change its answer. The same answer again changes nothing.

    What was published is taken back with a change: the new words were read by nobody yet; the
    page is written again. Raises InvalidInput `answer_empty`, `answer_too_long`, Forbidden,
    NotFound.
    """
    row = _locked(session, feedback_id, actor_id, "editor", "approver")
    answer = _checked_answer(answer)
    if (row.state, row.answer) != ("answered", answer):
        row.answer, row.state = answer, "answered"
        row.answered_by, row.answered_at = actor_id, utc_now()
        _unpublish(session, row)
        _note(session, row, actor_id, "answer_feedback")
    return feedback_info(session, feedback_id)


def publish_feedback(
    session: Session, *, feedback_id: str, question: str, actor_id: str
) -> str | None:
    """Show a question, in the words given, and its answer to all residents.

    Returns the id of the task that writes the item's page, None for a message in general, which is
    shown on the feedback page. The same again changes nothing. Raises InvalidInput
    `feedback_empty`, `feedback_too_long`, Conflict `feedback_unanswered`, Forbidden, NotFound.
    """
    row = _locked(session, feedback_id, actor_id, "approver")
    question = _lines(question)
    if not question:
        raise InvalidInput("feedback_empty")
    if len(question) > TEXT_LENGTH:
        raise InvalidInput("feedback_too_long", limit=TEXT_LENGTH)
    if row.state != "answered":
        raise Conflict("feedback_unanswered")
    if row.published_at is None or row.public_question != question:
        row.public_question = question
        row.published_at = row.published_at or utc_now()
        _note(session, row, actor_id, "publish_feedback", question=question)
        session.flush()
    return _refresh(session, row)


def unpublish_feedback(session: Session, *, feedback_id: str, actor_id: str) -> str | None:
    """Take question and answer off the pages; the task's id as for `publish_feedback`.

    Twice is harmless. Raises Forbidden, NotFound.
    """
    row = _locked(session, feedback_id, actor_id, "approver")
    if row.published_at is None:
        return None
    task_id = _unpublish(session, row)
    _note(session, row, actor_id, "unpublish_feedback")
    return task_id


def hide_feedback(session: Session, *, feedback_id: str, actor_id: str) -> None:
    """Put abuse out of sight of all; the sender is told nothing. Twice is harmless.

    Raises Forbidden, NotFound.
    """
    row = _locked(session, feedback_id, actor_id, "editor", "approver")
    if row.state == "hidden":
        return
    _unpublish(session, row)
    row.state, row.answer, row.answered_at = "hidden", "", None
    _note(session, row, actor_id, "hide_feedback")


def reopen_feedback(session: Session, *, feedback_id: str, actor_id: str) -> None:
    """Bring a hidden message back among the new ones. Twice is harmless; others stay as they are.

    Raises Forbidden, NotFound.
    """
    row = _locked(session, feedback_id, actor_id, "editor", "approver")
    if row.state == "hidden":
        row.state = "new"
        _note(session, row, actor_id, "reopen_feedback")


def forget_contact(session: Session, *, feedback_id: str, actor_id: str) -> None:
    """Delete what leads to the sender, for good. Twice is harmless. Raises Forbidden, NotFound."""
    row = _locked(session, feedback_id, actor_id, "editor", "approver")
    if row.contact:
        row.contact = ""
        _note(session, row, actor_id, "forget_contact")


def feedback_info(session: Session, feedback_id: str) -> FeedbackInfo:
    """One message as the staff sees it. Raises NotFound `feedback_unknown`."""
    row = session.execute(_infos().where(Feedback.id == feedback_id)).one_or_none()
    if row is None:
        raise NotFound("feedback_unknown")
    return _info(row)


def public_answers(
    session: Session, unit_id: str, announcement_id: str | None, limit: int = 50
) -> tuple[PublicAnswer, ...]:
    """What is shown to all on an item's page (None: in general), in the order of asking."""
    rows: Sequence[Feedback] = session.scalars(
        select(Feedback)
        .where(
            Feedback.unit_id == unit_id,
            Feedback.announcement_id == announcement_id,
            Feedback.published_at.is_not(None),
        )
        .order_by(Feedback.created_at.desc(), Feedback.id)
        .limit(limit)
    ).all()
    return tuple(
        PublicAnswer(
            row.id,
            row.public_question,
            row.answer,
            row.created_at,
            row.answered_at or row.created_at,
        )
        for row in reversed(rows)
    )


def _locked(session: Session, feedback_id: str, actor_id: str, *roles: str) -> Feedback:
    row = session.get(Feedback, feedback_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("feedback_unknown")
    require_role(session, actor_id, row.unit_id, *roles)
    return row


def _checked_answer(answer: str) -> str:
    answer = _lines(answer)
    if not answer:
        raise InvalidInput("answer_empty")
    if len(answer) > ANSWER_LENGTH:
        raise InvalidInput("answer_too_long", limit=ANSWER_LENGTH)
    return answer


def _unpublish(session: Session, row: Feedback) -> str | None:
    if row.published_at is None:
        return None
    row.published_at, row.public_question = None, ""
    session.flush()
    return _refresh(session, row)


def _refresh(session: Session, row: Feedback) -> str | None:
    if row.announcement_id is None:
        return None
    # A run that writes the page holds this row: what it did not see yet gets a run of its own.
    session.get(Announcement, row.announcement_id, with_for_update=True)
    return add_task(session, kind=REFRESH, announcement_id=row.announcement_id)


def _lines(text: str) -> str:
    """Several lines, each normalised, without empty ones at the ends."""
    return "\n".join(normalise_text(line) for line in text.splitlines()).strip()


def _infos() -> Select[Feedback, str, str, str]:
    return (
        select(Feedback, Unit.slug, Unit.time_zone, Announcement.title)
        .join(Unit, Feedback.unit_id == Unit.id)
        .outerjoin(Announcement, Feedback.announcement_id == Announcement.id)
    )


def _info(found: Row[Feedback, str, str, str]) -> FeedbackInfo:
    row: Feedback = found.Feedback
    return FeedbackInfo(
        id=row.id,
        unit_id=row.unit_id,
        unit_slug=found.slug,
        time_zone=found.time_zone,
        announcement_id=row.announcement_id,
        announcement_title=found.title or "",
        text=row.text,
        contact=row.contact,
        state=row.state,
        answer=row.answer,
        answered_at=row.answered_at,
        public_question=row.public_question,
        published_at=row.published_at,
        created_at=row.created_at,
    )


def _note(session: Session, row: Feedback, actor_id: str | None, action: str, **data: str) -> None:
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type="feedback",
        subject_id=row.id,
        unit_id=row.unit_id,
        **data,
    )
