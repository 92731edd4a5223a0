"""The staff's list of work: what is found by filters, page by page, and what waits for whom."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Case, ColumnElement, UnaryExpression, case, func, or_, select
from sqlalchemy.orm import Session

from bridge.models import (
    PRIORITIES,
    Announcement,
    Approval,
    AuditEntry,
    Confirmation,
    Flag,
    Task,
    Unit,
)
from bridge.queries import WorkItem, work_item, work_rows
from bridge.returns import is_returned
from bridge.vietnamese import fold_diacritics, fold_tone_position, to_nfc
from bridge.workflow import State

# What puts an announcement where somebody has to do something about it, or the machine has to.
_ARRIVALS = (
    *("receive", "transcribe", "fail", "cancel", "retry", "approve", "withdraw", "reopen"),
    *("return", "resubmit", "unschedule", "made_by_parting"),
)
_LEVELS = tuple(enumerate(PRIORITIES))  # the most urgent last
# A commune writes a dozen titles a day; they are looked through again and again while one types.
_REMEMBERED_TITLES = 20_000
_EDGES = ".,;:!?…\"'()[]{}“”‘’«»–—-/"


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """What an announcement must be to be found; everything that is given counts together."""

    unit_ids: frozenset[str]
    states: frozenset[str] | None = None
    ids: frozenset[str] | None = None  # none but these
    without: frozenset[str] = frozenset()
    category: str = ""
    urgent: bool = False
    person_id: str | None = None  # who sent it or changed it last
    since: datetime | None = None  # of the broadcast
    until: datetime | None = None  # not included
    words: str = ""  # of the title, see `title_has`


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Some of what was found, urgent first, then the newest; `total` is how many there are."""

    items: tuple[WorkItem, ...]
    total: int


@dataclass(frozen=True, slots=True)
class InReview:
    """What says for whom an announcement in review waits, as far as the database knows it."""

    id: str
    unit_id: str
    version: int
    last_editor_id: str | None
    editor_may_approve: bool
    undecided: bool  # a person still has to keep or hide something
    returned: bool  # an approver wants something put right
    confirmed: frozenset[tuple[str, int]]  # segment ids and versions that somebody heard


def find_work(session: Session, wanted: WorkFilter, *, skip: int = 0, limit: int = 50) -> WorkPage:
    """The announcements that a filter finds, without the first `skip`, at most `limit` of them."""
    found = select(Announcement.id, Announcement.title).where(*_conditions(wanted))
    ordered = found.order_by(*_urgent_then_newest())
    if wanted.words.strip():
        ids = [id for id, title in session.execute(ordered) if title_has(title, wanted.words)]
        total, chosen = len(ids), ids[skip : skip + limit]
    else:
        total = session.scalars(select(func.count()).select_from(found.subquery())).one()
        chosen = [id for id, _title in session.execute(ordered.offset(skip).limit(limit))]
    return WorkPage(tuple(work_items(session, chosen)), total)


def work_items(session: Session, ids: Sequence[str]) -> list[WorkItem]:
    """The announcements with these ids, in the order of the ids; unknown ids are passed over."""
    rows = session.execute(work_rows().where(Announcement.id.in_(ids)))
    found = {row.Announcement.id: work_item(row) for row in rows}
    return [found[id] for id in ids if id in found]


def moving_work(
    session: Session, unit_ids: Collection[str], shown: Collection[str]
) -> list[WorkItem]:
    """What the machine has in hand, and what a page still shows as such."""
    in_hand = (State.RECEIVED, State.QUEUED, State.TRANSCRIBING, State.APPROVED)
    which = or_(Announcement.state.in_(in_hand), Announcement.id.in_(shown))
    query = work_rows().where(Announcement.unit_id.in_(unit_ids), which)
    return [work_item(row) for row in session.execute(query)]


def failed_work(session: Session, unit_ids: Collection[str]) -> list[WorkItem]:
    """What failed or was stopped, urgent first, then the newest, and may have to be tried again.

    Of approved and withdrawn ones those of which some task failed once: the newest task, which is
    in the answer, says whether it did.
    """
    gave_up = (
        select(Task.id)
        .where(Task.announcement_id == Announcement.id, Task.state.in_(("failed", "cancelled")))
        .correlate(Announcement)
        .exists()
    )
    over = Announcement.state.in_((State.APPROVED, State.WITHDRAWN))
    query = work_rows().where(
        Announcement.unit_id.in_(unit_ids),
        or_(Announcement.state == State.FAILED, over & gave_up),
    )
    return [work_item(row) for row in session.execute(query.order_by(*_urgent_then_newest()))]


def in_review(session: Session, unit_ids: Collection[str]) -> list[InReview]:
    """Everything of the units that is in review, urgent first, then the newest."""
    undecided = (
        select(Flag.id)
        .where(Flag.announcement_id == Announcement.id, Flag.decision.is_(None))
        .correlate(Announcement)
        .exists()
    )
    which = (Announcement.unit_id.in_(unit_ids), Announcement.state == State.IN_REVIEW)
    rows = session.execute(
        select(Announcement, Unit.editor_may_approve, undecided, is_returned())
        .join(Unit, Announcement.unit_id == Unit.id)
        .where(*which)
        .order_by(*_urgent_then_newest())
    ).all()
    heard: dict[str, set[tuple[str, int]]] = {}
    confirmations = select(
        Confirmation.announcement_id, Confirmation.segment_id, Confirmation.version
    ).join(Announcement, Confirmation.announcement_id == Announcement.id)
    for announcement_id, segment_id, version in session.execute(confirmations.where(*which)):
        heard.setdefault(announcement_id, set()).add((segment_id, version))
    return [
        InReview(
            announcement.id,
            announcement.unit_id,
            announcement.version,
            announcement.last_editor_id,
            may_approve,
            asked,
            returned,
            frozenset(heard.get(announcement.id, ())),
        )
        for announcement, may_approve, asked, returned in rows
    ]


def arrivals(session: Session, ids: Iterable[str]) -> Mapping[str, datetime]:
    """Since when each announcement stands where it does: heard, failed, sent back, reopened."""
    wanted = list(ids)
    rows = session.execute(
        select(AuditEntry.subject_id, func.max(AuditEntry.at).label("at"))
        .where(
            AuditEntry.subject_type == "announcement",
            AuditEntry.subject_id.in_(wanted),
            AuditEntry.action.in_(_ARRIVALS),
        )
        .group_by(AuditEntry.subject_id)
    )
    since: dict[str, datetime] = {row.subject_id: row.at for row in rows}
    # A change of what was approved brings it back to review.
    voided = session.execute(
        select(Approval.announcement_id, func.max(Approval.voided_at))
        .where(Approval.announcement_id.in_(wanted), Approval.voided_at.is_not(None))
        .group_by(Approval.announcement_id)
    )
    for announcement_id, moment in voided:
        if moment is not None:
            since[announcement_id] = max(since.get(announcement_id, moment), moment)
    return since


def categories_of(session: Session, unit_ids: Collection[str]) -> list[str]:
    """The categories that the units' announcements have, by their letters without marks."""
    found = session.scalars(
        select(Announcement.category)
        .where(Announcement.unit_id.in_(unit_ids), Announcement.category != "")
        .distinct()
    )
    return sorted(found, key=lambda name: (fold_diacritics(name), name))


def title_has(title: str, words: str) -> bool:
    """Whether each of the words begins some word of the title.

    A word without any mark is found with every mark: "tiem chung" finds "tiêm chủng". One with
    marks is found with these marks alone, wherever its tone is placed.
    """
    folded, exact = _keys(title)
    for word in to_nfc(words).lower().split():
        bare = word.strip(_EDGES)
        if fold_diacritics(bare) == bare:
            if not any(key.startswith(bare) for key in folded):
                return False
        elif not any(_begins(key, bare) for key in exact):
            return False
    return True


@lru_cache(_REMEMBERED_TITLES)
def _keys(title: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = tuple(word.strip(_EDGES) for word in to_nfc(title).lower().split())
    return tuple(fold_diacritics(word) for word in words), words


def _begins(word: str, wanted: str) -> bool:
    return word.startswith(wanted) or fold_tone_position(word) == fold_tone_position(wanted)


def _conditions(wanted: WorkFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Announcement.unit_id.in_(wanted.unit_ids)]
    if wanted.states is not None:
        found.append(Announcement.state.in_(wanted.states))
    if wanted.ids is not None:
        found.append(Announcement.id.in_(wanted.ids))
    if wanted.without:
        found.append(Announcement.id.not_in(wanted.without))
    if wanted.category:
        found.append(Announcement.category == wanted.category)
    if wanted.urgent:
        found.append(Announcement.priority == "urgent")
    if wanted.person_id is not None:
        mine = (Announcement.created_by, Announcement.last_editor_id)
        found.append(or_(*(column == wanted.person_id for column in mine)))
    if wanted.since is not None:
        found.append(Announcement.broadcast_at >= wanted.since)
    if wanted.until is not None:
        found.append(Announcement.broadcast_at < wanted.until)
    return found


def _urgent_then_newest() -> tuple[Case[int], UnaryExpression[datetime], UnaryExpression[str]]:
    urgency = case(*((Announcement.priority == level, -place) for place, level in _LEVELS), else_=0)
    return urgency, Announcement.created_at.desc(), Announcement.id.asc()
