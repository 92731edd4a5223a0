"""Units as lists and pages show them. Read-only."""

from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.errors import NotFound
from bridge.models import Unit


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A unit as the portal shows it."""

    id: str
    slug: str
    name: str
    authority: str
    kind: str
    accent: str | None
    contact: str
    time_zone: str
    editor_may_approve: bool
    responsible: str = ""
    emblem: str = ""
    portal_url: str = ""

    def base(self, public_url: str) -> str:
        """Under which address residents reach its portal; `public_url` is the installation's."""
        return self.portal_url or public_url


def list_units(session: Session) -> list[UnitInfo]:
    """Every unit, by name."""
    return [read_unit(unit) for unit in session.scalars(select(Unit).order_by(Unit.name))]


def find_unit(session: Session, slug: str) -> UnitInfo:
    """The unit with this slug. Raises NotFound `unit_unknown`."""
    unit = session.scalar(select(Unit).where(Unit.slug == slug))
    if unit is None:
        raise NotFound("unit_unknown", slug=slug)
    return read_unit(unit)


def read_unit(unit: Unit) -> UnitInfo:
    """What is shown of a row."""
    return UnitInfo(**{item.name: getattr(unit, item.name) for item in fields(UnitInfo)})
