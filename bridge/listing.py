"""Keeps the lists of a portal in step with its publications, in the same transaction."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bridge.archive import Heading, headings_of, month_of, slug_base
from bridge.details import Particulars
from bridge.models import Listing, ListingShelf, Publication, Shelf, Unit


def list_anew(session: Session, announcement_id: str) -> None:
    """Make the lists say of one announcement what its current publication says.

    Nothing stands there for one that was withdrawn or never published. Done twice it changes
    nothing. Two at once of one unit must take turns (`lock_portal`), for they may open a heading.
    """
    session.flush()
    row = session.execute(
        select(Publication.unit_id, Publication.content, Unit.time_zone)
        .join(Unit, Unit.id == Publication.unit_id)
        .where(
            Publication.announcement_id == announcement_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        session.execute(delete(Listing).where(Listing.announcement_id == announcement_id))
        _put_on(session, announcement_id, [], "", None)
        return
    unit_id, content, time_zone = row
    broadcast_at = datetime.fromisoformat(content["broadcast_at"])
    session.merge(
        Listing(
            announcement_id=announcement_id,
            unit_id=unit_id,
            broadcast_at=broadcast_at,
            title=content["title"],
            category=content["category"],
            area=content["area"],
            priority=content["priority"],
            duration_ms=content["duration_ms"],
            valid_until=Particulars.of_content(content).valid_until,
        )
    )
    shelves = [_shelf(session, unit_id, one).id for one in headings_of(content, time_zone)]
    _put_on(session, announcement_id, shelves, month_of(broadcast_at, time_zone), broadcast_at)


def recount(session: Session, shelf_ids: Iterable[str]) -> None:
    """Count what stands under headings; by whoever writes their pages and has the portal's turn.

    The whole archive is counted with its headings alone, not by its hundred thousand lines.
    """
    session.flush()
    number = (
        select(func.count())
        .select_from(ListingShelf)
        .where(ListingShelf.shelf_id == Shelf.id)
        .scalar_subquery()
    )
    session.execute(
        update(Shelf)
        .where(Shelf.id.in_(sorted(shelf_ids)))
        .values(count=number)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def find_shelf(session: Session, unit_id: str, heading: Heading) -> Shelf | None:
    """The heading as this unit's archive has it."""
    return session.scalar(
        select(Shelf).where(
            Shelf.unit_id == unit_id, Shelf.kind == heading.kind, Shelf.key == heading.key
        )
    )


def _shelf(session: Session, unit_id: str, heading: Heading) -> Shelf:
    found = find_shelf(session, unit_id, heading)
    if found is not None:
        return found
    # "Thôn Hoa" and "thôn Hòa" are two places: the second one's address is numbered.
    base = slug = slug_base(heading.name)
    taken = set(
        session.scalars(
            select(Shelf.slug).where(
                Shelf.unit_id == unit_id,
                Shelf.kind == heading.kind,
                Shelf.slug.startswith(base, autoescape=True),
            )
        )
    )
    number = 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    shelf = Shelf(unit_id=unit_id, kind=heading.kind, key=heading.key, slug=slug, name=heading.name)
    session.add(shelf)
    session.flush()
    return shelf


def _put_on(
    session: Session,
    announcement_id: str,
    shelf_ids: Iterable[str],
    month: str,
    broadcast_at: datetime | None,
) -> None:
    """Under these headings and no others."""
    wanted = set(shelf_ids)
    for standing in session.scalars(
        select(ListingShelf).where(ListingShelf.announcement_id == announcement_id)
    ).all():
        if standing.shelf_id not in wanted:
            session.delete(standing)
    for shelf_id in sorted(wanted):
        session.merge(
            ListingShelf(
                announcement_id=announcement_id,
                shelf_id=shelf_id,
                month=month,
                broadcast_at=broadcast_at,
            )
        )
    session.flush()
