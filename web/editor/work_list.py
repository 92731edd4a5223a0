"""The list of what waits, grouped by what it waits for."""

from dataclasses import dataclass

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from bridge.accounts import roles_by_unit
from bridge.queries import list_units, list_work
from bridge.workflow import State
from web.access import SENDERS
from web.context import current_services
from web.editor.area import area
from web.labels import mark
from web.progress import is_moving, work_state
from web.security import current_person_id

MOST = 200


@dataclass(frozen=True, slots=True)
class Group:
    """Announcements that wait for the same thing. `key` stands in the address as the filter."""

    key: str
    title: str
    states: frozenset[State]
    shown: int = MOST  # how many of it stand on the page of all groups


# In the order of what a person must do something about. What is done is cut short, so that it
# never pushes what waits off the page.
GROUPS = (
    Group("cho-duyet", mark("Chờ nghe, sửa và duyệt"), frozenset({State.IN_REVIEW})),
    Group("vuong", mark("Cần thử lại"), frozenset({State.FAILED})),
    Group(
        "dang-chep",
        mark("Máy đang chép"),
        frozenset({State.RECEIVED, State.QUEUED, State.TRANSCRIBING}),
    ),
    Group("da-dang", mark("Đã duyệt và đăng"), frozenset({State.APPROVED, State.PUBLISHED}), 20),
    Group("da-go", mark("Đã gỡ"), frozenset({State.WITHDRAWN}), 5),
)


@area.get("/")
def work_list() -> str:
    """Everything of the person's units, or one group of it (`?nhom=`)."""
    person_id = current_person_id()
    chosen = next((group for group in GROUPS if group.key == request.args.get("nhom")), None)
    with current_services().db.reading() as session:
        roles = roles_by_unit(session, person_id)
        zones = {unit.id: unit.time_zone for unit in list_units(session)}
        groups = [
            (group, list_work(session, set(roles), group.states, MOST if chosen else group.shown))
            for group in ([chosen] if chosen else GROUPS)
        ]
    held = frozenset[str]().union(*roles.values())
    return render_template(
        "editor/work_list.html",
        groups=groups,
        chosen=chosen,
        all_groups=GROUPS,
        zones=zones,
        several_units=len(roles) > 1,
        may_send=bool(held & SENDERS),
        has_role=bool(held),
    )


@area.get("/tien-do")
def work_progress() -> ResponseReturnValue:
    """The states of what is moving, and of what the page (`?ids=`) still shows as moving."""
    shown = set(request.args.get("ids", "").split(",")[:MOST])
    with current_services().db.reading() as session:
        roles = roles_by_unit(session, current_person_id())
        items = list_work(session, set(roles))
    return jsonify(
        items=[work_state(item) for item in items if is_moving(item) or item.id in shown]
    )
