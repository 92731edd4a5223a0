"""The list of work: what waits for whom, found by filters, kept up to date without reloading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from bridge.accounts import SUPERVISOR, roles_by_unit
from bridge.db import utc_now
from bridge.errors import BridgeError, InvalidInput, NotFound
from bridge.intake import retry_announcement
from bridge.models import Announcement
from bridge.returns import open_returns
from bridge.work_list import (
    WorkFilter,
    WorkPage,
    arrivals,
    categories_of,
    find_work,
    moving_work,
)
from web.access import ANYONE, EDITORS, READERS, SENDERS, may_retry, require_visible, units_of
from web.context import current_services
from web.editor.area import area
from web.editor.feedback import waiting_feedback
from web.editor.waiting import is_waiting, retriable_work, say_waited, waiting_ids
from web.editor.work_filters import GROUPS, MINE, RETRY, Asked, Group, filter_of, read_asked
from web.labels import describe_error
from web.progress import is_moving, work_state
from web.requests import safe_local_path
from web.security import current_person_id

PAGE_SIZE = 50
# What a page knows of what waits; a person for whom more waits needs no news of one more.
MOST_KNOWN = 300
MOST_RETRIED = 100
_TOLD_REFUSALS = 5  # by name; the answer travels in a cookie of four kilobytes


@dataclass(frozen=True, slots=True)
class Waited:
    """Since when something waits, and how long that is in words."""

    since: datetime
    words: str


@dataclass(slots=True)
class Section:
    """Part of the page: what was found of a group, or by filters alone."""

    group: Group | None
    found: WorkPage
    skip: int = 0
    waited: dict[str, Waited] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)  # what an approver wants put right

    @property
    def retriable(self) -> bool:
        """Whether something in it can be tried again."""
        return any(may_retry(item) for item in self.found.items)

    @property
    def page(self) -> int:
        """Which of its pages this is, from 1."""
        return self.skip // PAGE_SIZE + 1

    @property
    def pages(self) -> int:
        """How many pages it has by itself."""
        return max(1, -(-self.found.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class Lists:
    """Ids that are in groups which no state tells."""

    waiting: Sequence[str]
    retriable: frozenset[str]


@area.get("/")
def work_list() -> str:
    """Everything of the person's units by groups, or what the address's filters find, paged."""
    person_id = current_person_id()
    problem = None
    with current_services().db.reading() as session:
        roles = roles_by_unit(session, person_id)
        working = frozenset(unit for unit, held in roles.items() if held & ANYONE)
        units = units_of(session, person_id, READERS)
        asked = read_asked(request.args, units)
        lists = Lists(
            waiting_ids(session, person_id, roles),
            frozenset(item.id for item in retriable_work(session, working)),
        )
        try:
            wanted = filter_of(asked, units, person_id)
        except InvalidInput as error:
            problem = describe_error(error)
            asked = replace(asked, since="", until="")
            wanted = filter_of(asked, units, person_id)
        if asked.any:
            sections = [_page_of(session, asked, wanted, lists)]
        else:
            sections = list(_overview(session, wanted, lists))
        for section in sections:
            _tell_more(session, section)
        said = waiting_feedback(session, person_id)
        categories = categories_of(session, wanted.unit_ids)
    held = frozenset[str]().union(*roles.values())
    return render_template(
        "editor/work_list.html",
        asked=asked,
        groups=GROUPS,
        sections=sections,
        categories=categories,
        units=units,
        waiting=lists.waiting[:MOST_KNOWN],
        waiting_count=len(lists.waiting),
        may_send=bool(held & SENDERS),
        has_role=bool(held),
        mine=MINE,
        problem=problem,
        typed=request.args,
        said=said,
        may_answer=bool(held & EDITORS),
        is_admin="admin" in held,
        is_supervisor=SUPERVISOR in held,
        working=working,
    )


@area.get("/tien-do")
def work_progress() -> ResponseReturnValue:
    """What the page asks for again and again: the states of what is moving and of what it still
    shows as moving (`?ids=`), and the ids of all that waits for the person."""
    shown = set(request.args.get("ids", "").split(",")[:MOST_KNOWN])
    person_id = current_person_id()
    with current_services().db.reading() as session:
        roles = roles_by_unit(session, person_id)
        items = moving_work(session, roles, shown)
        waiting = waiting_ids(session, person_id, roles)
    return jsonify(
        items=[work_state(item) for item in items if is_moving(item) or item.id in shown],
        waiting=waiting[:MOST_KNOWN],
    )


@area.post("/thu-lai")
def retry_chosen() -> ResponseReturnValue:
    """Try again what was chosen, each by itself: one that is refused holds up no other."""
    back = safe_local_path(request.form.get("next", ""), url_for("editor.work_list", nhom=RETRY))
    chosen = list(dict.fromkeys(request.form.getlist("ban-tin")))[:MOST_RETRIED]
    if not chosen:
        flash(describe_error(InvalidInput("nothing_chosen")), "warning")
        return redirect(back, code=303)
    refused = []
    for announcement_id in chosen:
        try:
            _retry(announcement_id)
        except BridgeError as error:
            refused.append((announcement_id, error))
    flash(" ".join(_retried_words(len(chosen) - len(refused), refused)))
    return redirect(back, code=303)


def _retry(announcement_id: str) -> None:
    services = current_services()
    with services.db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        task_id = retry_announcement(
            session, announcement_id=announcement_id, actor_id=current_person_id()
        )
    services.queue.hand_over(services.db, task_id)


def _retried_words(count: int, refused: Sequence[tuple[str, BridgeError]]) -> Iterator[str]:
    if count:
        yield str(gettext("Đã cho thử lại %(count)s bản tin.", count=count))
    if not refused:
        return
    yield str(gettext("Chưa thử lại được %(count)s bản tin:", count=len(refused)))
    with current_services().db.reading() as session:
        for announcement_id, error in refused[:_TOLD_REFUSALS]:
            # Of what the person may not see not even the title is told.
            found = (
                None if isinstance(error, NotFound) else session.get(Announcement, announcement_id)
            )
            title = found.title[:80] if found and found.title else announcement_id[:20]
            yield f"“{title}”: {describe_error(error)}"
    if len(refused) > _TOLD_REFUSALS:
        yield str(gettext("và %(count)s bản tin khác.", count=len(refused) - _TOLD_REFUSALS))


def _overview(session: Session, wanted: WorkFilter, lists: Lists) -> Iterator[Section]:
    """Every group that has something, each announcement in the first group that it is in."""
    before = frozenset[str]()
    for group in GROUPS:
        found = find_work(
            session, replace(_of_group(wanted, group, lists), without=before), limit=group.shown
        )
        if found.total:
            yield Section(group, found)
        if group.key == MINE:
            before |= frozenset(lists.waiting)
        elif group.key == RETRY:
            before |= lists.retriable


def _page_of(session: Session, asked: Asked, wanted: WorkFilter, lists: Lists) -> Section:
    """One page of what a group and filters find; the last one for a page that is not there."""
    if asked.group:
        wanted = _of_group(wanted, asked.group, lists)
    skip = (max(1, asked.page) - 1) * PAGE_SIZE
    found = find_work(session, wanted, skip=skip, limit=PAGE_SIZE)
    if not found.items and found.total:
        skip = (found.total - 1) // PAGE_SIZE * PAGE_SIZE
        found = find_work(session, wanted, skip=skip, limit=PAGE_SIZE)
    return Section(asked.group, found, skip)


def _of_group(wanted: WorkFilter, group: Group, lists: Lists) -> WorkFilter:
    if group.key == MINE:
        return replace(wanted, ids=frozenset(lists.waiting))
    if group.key == RETRY:
        return replace(wanted, ids=lists.retriable)
    return replace(wanted, states=frozenset(group.states or ()))


def _tell_more(session: Session, section: Section) -> None:
    """Add how long what stands still has waited, and what it was sent back for."""
    now = utc_now()
    still = [item.id for item in section.found.items if is_waiting(item)]
    section.waited = {
        announcement_id: Waited(since, say_waited(now - since))
        for announcement_id, since in arrivals(session, still).items()
    }
    returned = open_returns(session, still)
    section.comments = {
        announcement_id: views[-1].comment for announcement_id, views in returned.items()
    }
