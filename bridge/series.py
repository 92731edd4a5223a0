"""What belongs together: the parts of one recording, and broadcasts that go on in another one.

Read-only. What residents are told of it is in the publications alone: a page names another only
where both stand, under the titles that were approved.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, select
from sqlalchemy.orm import Session, aliased

from bridge.models import Announcement, Publication
from bridge.workflow import State

# A broadcast is continued on the same day; a night's one may cross midnight.
CONTINUED_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PublicLink:
    """Another announcement on the same portal."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class PublicLinks:
    """What a page says of others.

    `previous`, `following`: to be heard before and after it. `is_part`: it has become part of
    another announcement, which `whole` is once that stands.
    """

    previous: PublicLink | None = None
    following: PublicLink | None = None
    is_part: bool = False
    whole: PublicLink | None = None


NO_LINKS = PublicLinks()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another announcement as the staff sees it. `start_ms` of the recording."""

    id: str
    title: str
    state: str
    failure_code: str | None
    joined_into: str | None
    version: int
    start_ms: int
    end_ms: int
    broadcast_at: datetime

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


def parts_of_recording(session: Session, announcement_id: str) -> list[Neighbour]:
    """The announcements of the same recording in the order of its sound, this one among them.

    Those that were joined to another are left out. Nothing for an unknown one.
    """
    own = aliased(Announcement)
    return _neighbours(
        session,
        Announcement.recording_id
        == select(own.recording_id).where(own.id == announcement_id).scalar_subquery(),
        Announcement.joined_into.is_(None),
        order=(Announcement.start_ms, Announcement.end_ms, Announcement.id),
    )


def previous_part(parts: Collection[Neighbour], announcement_id: str) -> Neighbour | None:
    """The part that ends where this one begins; None where there is none, or it is withdrawn."""
    own = next((one for one in parts if one.id == announcement_id), None)
    if own is None:
        return None
    return next(
        (one for one in parts if one.end_ms == own.start_ms and one.state != State.WITHDRAWN), None
    )


def find_neighbour(session: Session, announcement_id: str | None) -> Neighbour | None:
    """One announcement; that which it was joined to in its place."""
    found = _neighbours(session, Announcement.id == (announcement_id or ""))
    if found and found[0].joined_into is not None:
        found = _neighbours(session, Announcement.id == found[0].joined_into)
    return found[0] if found else None


def continued_by(session: Session, announcement_id: str) -> Neighbour | None:
    """What goes on with this one, or with a part that was joined to it."""
    whole = aliased(Announcement)
    found = _neighbours(
        session,
        Announcement.joined_into.is_(None),
        Announcement.id != announcement_id,
        Announcement.continues_id.in_(
            select(whole.id).where(
                (whole.id == announcement_id) | (whole.joined_into == announcement_id)
            )
        ),
        order=(Announcement.broadcast_at, Announcement.id),
    )
    return found[0] if found else None


def may_continue(session: Session, announcement_id: str) -> list[Neighbour]:
    """What this one may be said to go on with: the unit's broadcasts of the day before its hour
    that nothing else goes on with, the latest first."""
    own = session.get_one(Announcement, announcement_id)
    other = aliased(Announcement)
    taken = select(other.continues_id).where(
        other.continues_id.is_not(None), other.id != announcement_id
    )
    return _neighbours(
        session,
        Announcement.unit_id == own.unit_id,
        Announcement.id != announcement_id,
        Announcement.state != State.WITHDRAWN,
        Announcement.continues_id.is_(None) | (Announcement.continues_id != announcement_id),
        Announcement.broadcast_at <= own.broadcast_at,
        Announcement.broadcast_at >= own.broadcast_at - CONTINUED_WITHIN,
        Announcement.id.not_in(taken),
        order=(Announcement.broadcast_at.desc(), Announcement.id),
    )


def public_links(
    session: Session, unit_id: str, announcement_id: str | None = None
) -> dict[str, PublicLinks]:
    """What the pages of a unit say of each other; pages that name no other are left out.

    With `announcement_id` only that page's, which costs less.
    """
    joined = _joined(session, unit_id)
    follows = _follows(session, unit_id, joined)
    followed = {before: one for one, before in reversed(follows.items())}
    known = {*follows, *followed, *joined}
    wanted = known if announcement_id is None else known & {announcement_id}
    named = [link for one in wanted for link in (follows.get(one), followed.get(one))]
    named += [joined[one] for one in wanted if one in joined]
    titles = _titles(session, {one for one in named if one is not None})
    return {
        one: PublicLinks(
            previous=titles.get(follows.get(one, "")),
            following=titles.get(followed.get(one, "")),
            is_part=one in joined,
            whole=titles.get(joined.get(one, "")),
        )
        for one in wanted
    }


def pages_that_name(session: Session, unit_id: str, announcement_id: str) -> set[str]:
    """The announcements whose pages may say something of this one, or did so before."""
    joined = _joined(session, unit_id)
    whole = joined.get(announcement_id, announcement_id)
    follows = _follows(session, unit_id, joined)
    every = select(Publication.continues_id).where(
        Publication.announcement_id.in_((announcement_id, whole)),
        Publication.continues_id.is_not(None),
    )
    found = {joined.get(one, one) for one in session.scalars(every) if one is not None}
    found |= {one for one, before in follows.items() if before == whole}
    found |= {one for one, other in joined.items() if other == whole}
    return (found | {whole}) - {announcement_id}


def _joined(session: Session, unit_id: str) -> dict[str, str]:
    """What is part of another now, by id. One step leads to where it is."""
    rows = session.execute(
        select(Announcement.id, Announcement.joined_into).where(
            Announcement.unit_id == unit_id, Announcement.joined_into.is_not(None)
        )
    )
    return {one: whole for one, whole in rows if whole is not None}


def _follows(session: Session, unit_id: str, joined: Mapping[str, str]) -> dict[str, str]:
    """What each standing page goes on with, by id; the earliest publication first."""
    rows = session.execute(
        select(Publication.announcement_id, Publication.continues_id)
        .where(
            Publication.unit_id == unit_id,
            Publication.continues_id.is_not(None),
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
        .order_by(Publication.published_at, Publication.id)
    )
    resolved = ((one, joined.get(before or "", before or "")) for one, before in rows)
    return {one: before for one, before in resolved if one != before}


def _titles(session: Session, announcement_ids: Collection[str]) -> dict[str, PublicLink]:
    """Those of them that stand on the portal."""
    rows = session.execute(
        select(Publication.announcement_id, Publication.content["title"].as_string()).where(
            Publication.announcement_id.in_(announcement_ids),
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
    )
    return {one: PublicLink(one, title) for one, title in rows}


def _neighbours(
    session: Session,
    *conditions: ColumnElement[bool],
    order: Collection[ColumnExpressionArgument[Any]] = (),
) -> list[Neighbour]:
    rows = session.execute(
        select(
            Announcement.id,
            Announcement.title,
            Announcement.state,
            Announcement.failure_code,
            Announcement.joined_into,
            Announcement.version,
            Announcement.start_ms,
            Announcement.end_ms,
            Announcement.broadcast_at,
        )
        .where(*conditions)
        .order_by(*order)
    )
    return [Neighbour(*row) for row in rows]
