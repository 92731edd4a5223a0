"""Names that places had before they were merged: who searches for one finds the other too.

Names are data of each unit: hamlets and communes go on being called as they were, by those who
search and in the broadcasts of former years.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.errors import InvalidInput
from bridge.models import PlaceName
from bridge.search_words import folded_words
from bridge.tasks import add_task
from bridge.transcript import normalise_text

REWRITE = "refresh_search"  # the task that writes a unit's search again
NAME_LENGTH = 200
MOST_NAMES = 500  # of one unit: they are looked through at every search


@dataclass(frozen=True, slots=True)
class PlaceNamePair:
    """What a place was called, and what it is called, or belongs to, now."""

    old: str
    new: str


def list_place_names(session: Session, unit_id: str) -> list[PlaceNamePair]:
    """A unit's pairs, by the old name."""
    rows = session.scalars(select(PlaceName).where(PlaceName.unit_id == unit_id))
    return sorted(
        (PlaceNamePair(row.old_name, row.new_name) for row in rows),
        key=lambda pair: (folded_words(pair.old), pair.old, pair.new),
    )


def add_place_name(
    session: Session, *, unit_id: str, old: str, new: str, actor_id: str | None
) -> bool:
    """Let two names stand for each other; False where they do already. None acts as the system.

    Raises InvalidInput `place_name_missing`, `place_name_too_long` (`limit` characters),
    `place_names_same`, `place_names_many` (`limit`); Forbidden for anybody but an admin.
    """
    require_role(session, actor_id, unit_id, "admin")
    old, new = _checked(old), _checked(new)
    if folded_words(old) == folded_words(new):
        raise InvalidInput("place_names_same")
    pairs = list_place_names(session, unit_id)
    if PlaceNamePair(old, new) in pairs:
        return False
    if len(pairs) >= MOST_NAMES:
        raise InvalidInput("place_names_many", limit=MOST_NAMES)
    session.add(PlaceName(unit_id=unit_id, old_name=old, new_name=new, created_by=actor_id))
    _note(session, unit_id, actor_id, "add_place_name", old, new)
    return True


def remove_place_name(
    session: Session, *, unit_id: str, old: str, new: str, actor_id: str | None
) -> bool:
    """Let two names stand for each other no more; False where they did not.

    Raises Forbidden for anybody but an admin.
    """
    require_role(session, actor_id, unit_id, "admin")
    old, new = normalise_text(old), normalise_text(new)
    row = session.scalar(
        select(PlaceName).where(
            PlaceName.unit_id == unit_id, PlaceName.old_name == old, PlaceName.new_name == new
        )
    )
    if row is None:
        return False
    session.delete(row)
    _note(session, unit_id, actor_id, "remove_place_name", old, new)
    return True


def _checked(name: str) -> str:
    said = normalise_text(name)
    if not folded_words(said):
        raise InvalidInput("place_name_missing")
    if len(said) > NAME_LENGTH:
        raise InvalidInput("place_name_too_long", limit=NAME_LENGTH)
    return said


def _note(
    session: Session, unit_id: str, actor_id: str | None, action: str, old: str, new: str
) -> None:
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type="unit",
        subject_id=unit_id,
        unit_id=unit_id,
        old=old,
        new=new,
    )
    add_task(session, kind=REWRITE, unit_id=unit_id)
