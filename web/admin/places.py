"""Which unit an admin's page is about, and who may come there."""

from sqlalchemy.orm import Session

from bridge.accounts import SUPERVISOR, roles_by_unit
from bridge.errors import Forbidden, NotFound
from bridge.units import UnitInfo, find_unit
from web.security import current_person_id

ADMINS = frozenset({"admin"})
OVERSEERS = ADMINS | {SUPERVISOR}


def own_unit(session: Session, slug: str, among: frozenset[str] = ADMINS) -> UnitInfo:
    """The unit, for its admins, or whoever has a role `among` these.

    Raises NotFound for a foreign one as for none, Forbidden.
    """
    unit = find_unit(session, slug)
    roles = roles_by_unit(session, current_person_id()).get(unit.id)
    if not roles:
        raise NotFound("unit_unknown", slug=slug)
    if not roles & among:
        raise Forbidden("role_missing", roles=["admin"])
    return unit
