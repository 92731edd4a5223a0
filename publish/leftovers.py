"""What lies in the portal's folder without belonging to a publication.

Residents do not come across most of it, for no page links there; a page of nobody's is worse, for
no one has approved what it says.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bridge.db import Database, utc_now
from bridge.housekeeping import SETTLED_AFTER, Leftover, Swept, measure, note_sweep
from bridge.models import Task, Unit
from bridge.publications import PublishedItem, published_item
from bridge.publishing import lock_portal
from bridge.turns import is_due
from publish.alerts import ALERT_FOLDER
from publish.archive import FOLDERS
from publish.assets import FOLDER
from publish.files import with_packed
from publish.names import EMBED, captions_name, text_name
from publish.offline import LOST
from publish.pages import ABOUT
from publish.site import GONE_MARKER, PAGE, Site

_ID = re.compile(r"[0-9a-z]{12}")
# Drafts of pages whose writers were killed; those of announcements lie in folders looked at anyway.
_DRAFTS = (
    ".*.tmp",
    "*/.*.tmp",
    *(f"*/{place}/**/.*.tmp" for place in (*FOLDERS.values(), ABOUT, LOST, ALERT_FOLDER)),
)


def stray_pages(root: Path, known: Mapping[str, AbstractSet[str]]) -> list[tuple[str, str]]:
    """Pages of announcements that were never published: (unit's slug, announcement's id).

    `known`: by unit's slug the ids of all that stands, or stood, on its portal.
    """
    return [
        (folder.parent.name, folder.name)
        for folder in _item_folders(root)
        if folder.name not in known.get(folder.parent.name, ()) and (folder / PAGE).exists()
    ]


def needed_names(item: PublishedItem) -> set[str]:
    """Names of the files that stand in an item's folder, compressed copies among them."""
    if item.withdrawn_at is not None:
        return {*with_packed({PAGE, EMBED}), GONE_MARKER}
    sounds = {str(sound["name"]) for sound in item.audio.values()}
    texts = {PAGE, EMBED, captions_name(item.digest), text_name(item.digest)}
    return with_packed(texts) | sounds


def find_site_leftovers(session: Session, site: Site, now: datetime) -> list[Leftover]:
    """Folders and files that no publication needs and nobody touched for a day."""
    found: list[Leftover] = []
    for folder in _item_folders(site.root):
        item = published_item(session, folder.name)
        session.expire_all()  # one text at a time in memory
        if item is None or item.unit.slug != folder.parent.name:
            found += measure("page", [folder])
        else:
            needed = needed_names(item)
            found += measure("page", [one for one in folder.iterdir() if one.name not in needed])
    for pattern in _DRAFTS:
        found += measure("page", sorted(site.root.glob(pattern)))
    busy = set(session.scalars(select(Task.announcement_id).where(_is_open())))
    return [
        item
        for item in found
        if item.newest_at < now - SETTLED_AFTER
        and not {item.path.name, item.path.parent.name} & busy
    ]


def remove_site_leftovers(
    db: Database,
    site: Site,
    leftovers: Sequence[Leftover],
    *,
    actor_id: str | None = None,
    on_removed: Callable[[Leftover], None] = lambda item: None,
) -> Swept:
    """Take away what `find_site_leftovers` found; what is needed or touched by now stays."""
    total = Swept()
    for item in leftovers:
        if _remove(db, site, item):
            total = total.plus(Swept(item.files, item.size_bytes))
            on_removed(item)
    note_sweep(db, {"page": total} if total.files else {}, actor_id)
    return total


def _remove(db: Database, site: Site, item: Leftover) -> bool:
    is_folder = item.path.is_dir() and not item.path.is_symlink()
    folder = item.path if is_folder else item.path.parent
    # A publication is recorded in a write transaction too: none can come in between.
    with db.writing() as session:
        unit_id = session.scalar(select(Unit.id).where(Unit.slug == folder.parent.name))
        if unit_id is not None:
            lock_portal(session, unit_id)
        busy = is_being_published(session, folder.name)
        published = published_item(session, folder.name)
        now = next(measure(item.kind, [item.path]), None)
        if busy or now is None or now.newest_at != item.newest_at:
            return False
        if is_folder:
            if published is not None:
                return False
            site.remove_item(folder.parent.name, folder.name)
            return True
        if published is not None and item.path.name in needed_names(published):
            return False
        item.path.unlink(missing_ok=True)
        return True


def is_being_published(session: Session, announcement_id: str) -> bool:
    """Whether a task is to bring an announcement's folder up to date, or is at it."""
    is_its = Task.announcement_id == announcement_id
    return session.scalar(select(Task.id).where(_is_open(), is_its).limit(1)) is not None


def _is_open() -> ColumnElement[bool]:
    # One whose time has not come touches nothing yet, and may wait for months.
    is_open = Task.state.in_(("queued", "running")) & is_due(utc_now())
    return Task.kind.in_(("publish", "unpublish")) & is_open


def _item_folders(root: Path) -> Iterator[Path]:
    """Folders that can only be an announcement's: two levels down, named like an id, flat."""
    for folder in sorted(root.glob("*/*/")):
        is_named_so = _ID.fullmatch(folder.name) and folder.parent.name != FOLDER
        if is_named_so and not any(path.is_dir() for path in folder.iterdir()):
            yield folder
