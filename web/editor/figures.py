"""What the pages of figures share: the unit that is asked about."""

from flask import request

from bridge.errors import NotFound
from bridge.units import UnitInfo
from web.access import READERS, units_of
from web.context import current_services
from web.security import current_person_id


def asked_unit() -> tuple[list[UnitInfo], UnitInfo | None]:
    """The units in which the person has a role, and the one of `?don-vi=`, else the first.

    Raises NotFound for any other.
    """
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), READERS)
    wanted = request.args.get("don-vi")
    if wanted is None:
        return units, units[0] if units else None
    found = next((one for one in units if one.slug == wanted), None)
    if found is None:
        raise NotFound("unit_unknown", slug=wanted)
    return units, found
