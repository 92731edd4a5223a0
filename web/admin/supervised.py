"""The page of the units that somebody supervises: what stands, waits and failed in each."""

from dataclasses import dataclass
from datetime import timedelta

from flask import render_template

from bridge.accounts import SUPERVISOR
from bridge.db import utc_now
from bridge.overview import UnitFigures, unit_figures
from bridge.units import UnitInfo
from web.access import units_of
from web.admin.area import area
from web.context import current_services
from web.security import current_person_id

DAYS = 30
# A text that waits longer than a working week has been forgotten by somebody.
LONG_WAIT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit and its figures; `waits_long` where its oldest text has lain for days."""

    unit: UnitInfo
    figures: UnitFigures
    waits_long: bool


@area.get("/don-vi")
def supervised() -> str:
    """All units that the person supervises, by name."""
    now = utc_now()
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), {SUPERVISOR})
        figures = unit_figures(session, [unit.id for unit in units], now - timedelta(days=DAYS))
    lines = []
    for unit in units:
        found = figures[unit.id]
        waits_long = found.oldest_at is not None and now - found.oldest_at > LONG_WAIT
        lines.append(UnitLine(unit, found, waits_long))
    return render_template("admin/supervised.html", lines=lines, days=DAYS)
