"""The status page: is everything running, and what wants a person."""

from dataclasses import dataclass

from flask import render_template
from sqlalchemy.orm import Session

from bridge.accounts import roles_by_unit
from bridge.errors import Forbidden
from bridge.intake import CANCELLED
from bridge.models import ROLES
from bridge.queries import WorkItem, list_work
from bridge.status import CaptureItem, unsettled_captures
from bridge.units import UnitInfo, list_units
from bridge.workflow import State
from web.access import may_retry
from web.context import current_services
from web.labels import StateLabel, describe_failure, mark, say
from web.security import current_person_id
from web.status.area import area
from web.status.facts import read_facts
from web.status.lines import source_lines
from web.status.parts import all_parts, say_age, say_size, short_parts, summary

_MOST = 50  # of a list; more than that is not read line by line

# States in which something can have given up that a person may try again.
_MAY_FAIL = (State.FAILED, State.APPROVED, State.WITHDRAWN)

CAPTURE_KINDS: dict[str, str] = {
    "recorder": mark("Thu âm trên trang"),
    "upload": mark("Gửi tệp"),
    "line": mark("Thu từ đường tiếng"),
}
UNREADABLE = mark("Chưa đọc được")  # the chunks stay, so it can be tried again


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """A capture as a line of the page."""

    item: CaptureItem
    kind: str
    size: str
    silent_for: str
    failure: str | None


@area.get("/tinh-trang")
def status() -> str:
    """Everything to the admin of a unit, with the failures and captures of their units alone;
    to the other staff whether the machine works and takes files.
    """
    services, person_id = current_services(), current_person_id()
    facts = read_facts(services)
    with services.db.reading() as session:
        roles = roles_by_unit(session, person_id)
        if not roles:
            raise Forbidden("role_missing", roles=list(ROLES))
        units = [unit for unit in list_units(session) if unit.id in roles]
        governed = [unit for unit in units if "admin" in roles[unit.id]]
        failures = _failures(session, governed)
        captures = unsettled_captures(session, [unit.id for unit in governed], _MOST)
        sources = source_lines(session, governed, facts.at)
    time_zone = (governed or units)[0].time_zone
    if governed:
        parts = all_parts(facts, services.settings, time_zone)
    else:
        parts = short_parts(facts, time_zone)
    return render_template(
        "status/page.html",
        facts=facts,
        parts=parts,
        summary=summary(parts),
        time_zone=time_zone,
        is_admin=bool(governed),
        several_units=len(governed) > 1,
        failed_label=StateLabel(say(UNREADABLE), "shape-failed", "state-failed", ""),
        failures=failures,
        sources=sources,
        captures=[
            CaptureLine(
                item,
                say(CAPTURE_KINDS[item.kind]),
                say_size(item.received_bytes),
                say_age(facts.at - item.touched_at),
                describe_failure(item.failure_code, item.failure_data)
                if item.state == "failed"
                else None,
            )
            for item in captures
        ],
    )


def _failures(session: Session, units: list[UnitInfo]) -> list[WorkItem]:
    """What gave up by itself and can be tried again; what a person stopped is no failure."""
    found = list_work(session, {unit.id for unit in units}, _MAY_FAIL)
    return [item for item in found if may_retry(item) and item.failure_code != CANCELLED][:_MOST]
