"""Whether the database, the audio on the disk and the portal agree: what `loa doctor` asks."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from bridge.capture_inspection import inspect_captures
from bridge.db import Database, utc_now
from bridge.housekeeping import Leftover, find_leftovers
from bridge.inspection import inspect_log, inspect_sound, inspect_work
from bridge.inspection_findings import Depth, Finding, Progress
from bridge.media import MediaStore
from bridge.settings import Settings
from publish.inspection import inspect_site
from publish.leftovers import find_site_leftovers
from publish.names import file_size
from publish.site import open_site
from web.findings import LEFTOVER_KINDS

# Longer than any step in which files and rows may differ for a moment.
_LOOK_AGAIN_S = 0.5

_SOUND, _PORTAL = "Tệp tiếng", "Trang tin"

Inspect = Callable[[], list[Finding]]


def consistency_parts(
    settings: Settings,
    db: Database,
    *,
    depth: Depth = Depth.USUAL,
    progress_of: Callable[[str], Progress] | None = None,
    now: datetime | None = None,
) -> Iterator[tuple[str, Inspect]]:
    """What is to be looked at: a name, and a function that gives what does not fit.

    `progress_of` gives, for the name of a part that may take long, what is told how far it is.
    """
    compared, deep = depth >= Depth.USUAL, depth >= Depth.DEEP
    media, site = MediaStore(settings.media_dir), open_site(settings)
    now = now or utc_now()

    def told(part: str) -> Progress | None:
        return progress_of(part) if progress_of is not None else None

    def sound() -> list[Finding]:
        with db.reading() as session:
            return list(inspect_sound(session, media, deep=deep, on_progress=told(_SOUND)))

    def work() -> list[Finding]:
        with db.reading() as session:
            found = list(inspect_work(session, now, deep=compared))
            return found + list(inspect_log(session, settings.data_dir))

    def captures() -> list[Finding]:
        with db.reading() as session:
            return list(inspect_captures(session, media, settings, now, deep=deep))

    def portal() -> list[Finding]:
        with db.reading() as session:
            return list(inspect_site(session, site, deep=compared, on_progress=told(_PORTAL)))

    def leftovers() -> list[Finding]:
        found = find_leftovers(db, media, settings, now)
        with db.reading() as session:
            found += find_site_leftovers(session, site, now)
        return [leftover_finding(item, settings.data_dir) for item in found]

    yield _SOUND, sound
    yield "Bản tin và việc", work
    yield "Bản ghi đang nhận", captures
    yield _PORTAL, portal
    yield "Tệp thừa", leftovers


def confirmed(inspect: Inspect) -> list[Finding]:
    """What is found twice, a moment apart: work that goes on meanwhile is no inconsistency."""
    first = inspect()
    if not first:
        return []
    time.sleep(_LOOK_AGAIN_S)
    again = inspect()
    return [finding for finding in first if finding in again]


def leftover_finding(item: Leftover, data_dir: Path) -> Finding:
    """A leftover as a finding; its path as it is seen from the data folder."""
    inside = item.path.is_relative_to(data_dir)
    is_original = item.kind == "original"
    path = item.path.relative_to(data_dir) if inside and not is_original else item.path
    return Finding(
        "leftover_original" if is_original else "leftover",
        str(path),
        {"what": LEFTOVER_KINDS[item.kind], "size": file_size(item.size_bytes)},
        serious=False,
    )
