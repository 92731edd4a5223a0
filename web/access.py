"""What a person sees and is offered. The use cases in `bridge` refuse by themselves; this module
keeps foreign announcements invisible and buttons that would be refused off the page.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import SUPERVISOR, roles_by_unit
from bridge.errors import NotFound
from bridge.models import Announcement
from bridge.queries import AnnouncementView, WorkItem, announcement_view
from bridge.scripts import waits_for_text
from bridge.units import UnitInfo, list_units
from bridge.workflow import Action, State, may

SENDERS = frozenset({"operator", "editor", "admin"})
EDITORS = frozenset({"editor", "approver", "admin"})
APPROVERS = frozenset({"approver", "admin"})
ANYONE = frozenset({"operator", "editor", "approver", "admin"})
READERS = ANYONE | {SUPERVISOR}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the page may offer: each needs a role and a state in which it works."""

    edit: bool
    approve: bool
    approve_blocked: bool  # could approve, but touched the text last
    approve_waits: int  # segments that somebody has to decide before it can be approved
    send_back: bool
    resubmit: bool
    reschedule: bool
    hurry: bool
    withdraw: bool
    retry: bool
    cancel: bool
    reopen: bool
    download: bool


def units_of(session: Session, person_id: str, roles: Collection[str]) -> list[UnitInfo]:
    """The units in which the person has one of the roles, by name."""
    held = roles_by_unit(session, person_id)
    return [unit for unit in list_units(session) if held.get(unit.id, frozenset()) & set(roles)]


def visible_announcement(
    session: Session, announcement_id: str, person_id: str
) -> tuple[AnnouncementView, frozenset[str]]:
    """An announcement of one of the person's units, and their roles there.

    Raises NotFound for a foreign one as for none at all: ids must not tell what exists.
    """
    view = announcement_view(session, announcement_id)
    roles = roles_by_unit(session, person_id).get(view.work.unit_id, frozenset())
    if not roles:
        raise NotFound("announcement_unknown", id=announcement_id)
    return view, roles


def require_visible(session: Session, announcement_id: str, person_id: str) -> str:
    """The unit's id of an announcement that the person may see, without loading the rest of it.

    Raises NotFound as `visible_announcement` does.
    """
    unit_id = session.scalar(select(Announcement.unit_id).where(Announcement.id == announcement_id))
    if unit_id is None or not roles_by_unit(session, person_id).get(unit_id):
        raise NotFound("announcement_unknown", id=announcement_id)
    return unit_id


def permissions(view: AnnouncementView, roles: frozenset[str], person_id: str) -> Permissions:
    """What this person may do with this announcement now."""
    state = State(view.work.state)
    works = bool(roles & ANYONE)
    approver = bool(roles & APPROVERS) and may(state, Action.APPROVE)
    own_text = view.last_editor_id == person_id and not view.editor_may_approve
    undecided = view.undecided if may(state, Action.APPROVE) else 0
    return Permissions(
        edit=bool(roles & EDITORS) and may(state, Action.EDIT),
        approve=approver and not own_text,
        approve_blocked=approver and own_text,
        approve_waits=undecided,
        send_back=bool(roles & APPROVERS) and may(state, Action.RETURN),
        resubmit=bool(roles & EDITORS) and may(state, Action.RESUBMIT),
        reschedule=bool(roles & APPROVERS) and view.work.publish_at is not None,
        hurry=works and state == State.QUEUED,
        withdraw=bool(roles & APPROVERS) and may(state, Action.WITHDRAW),
        retry=works and may_retry(view.work),
        cancel=works and may_cancel(view.work),
        reopen=bool(roles & EDITORS)
        and may(state, Action.REOPEN)
        and view.work.joined_into is None,
        download=bool(roles & EDITORS),
    )


def may_attach_script(view: AnnouncementView, roles: frozenset[str]) -> bool:
    """Whether the page offers attaching, using and dropping a script: to everybody while the sound
    is not heard yet, to those who may change texts from then on."""
    if waits_for_text(view.work.state):
        return bool(roles & ANYONE)
    return bool(roles & EDITORS) and may(State(view.work.state), Action.EDIT)


def may_retry(work: WorkItem) -> bool:
    """Whether something gave up that can be tried again: hearing, publishing, taking down."""
    if work.state == State.APPROVED:
        return work.task_state in ("failed", "cancelled")
    if work.state == State.WITHDRAWN:
        return (work.task_kind, work.task_state) == ("unpublish", "failed")
    return may(State(work.state), Action.RETRY)


def may_cancel(work: WorkItem) -> bool:
    """Whether the machine waits to hear it, or hears it, and can be stopped."""
    return may(State(work.state), Action.CANCEL)
