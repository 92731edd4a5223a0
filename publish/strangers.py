"""What lies in the portal's folder that Loa has not written, and that a browser would run or show
as if it were the office's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from sqlalchemy.orm import Session

from bridge.units import UnitInfo
from publish.archive import OVERVIEW, every_place
from publish.assets import FOLDER, is_content_of_name
from publish.files import PACKED
from publish.leftovers import stray_pages
from publish.names import EMBED
from publish.offline import LOST, WORKER_NAME
from publish.pages import ABOUT
from publish.search_files import SEARCH_FOLDER
from publish.site import PAGE

_SHOWN = frozenset(".htm .html .js .mjs .php .shtml .svg .xht .xhtml".split())  # noqa: SIM905


def strange_files(
    session: Session, root: Path, units: Sequence[UnitInfo], known: Mapping[str, AbstractSet[str]]
) -> Iterator[str]:
    """Pages, scripts and drawings below `root` that belong to nothing, as paths from there.

    `known`: by unit's slug the ids of all that stands, or stood, on its portal. Pages in a folder
    that could be another announcement's are not named here: `leftovers.stray_pages` has them.
    """
    expected = {PAGE, "404.html"}
    for unit in units:
        places = {OVERVIEW, ABOUT, LOST, SEARCH_FOLDER, *every_place(session, unit.id)}
        own = {PAGE, WORKER_NAME, *(f"{place}/{PAGE}" for place in places)}
        expected |= {f"{unit.slug}/{name}" for name in own}
    strays = {f"{slug}/{one}" for slug, one in stray_pages(root, known)}
    for path in sorted(root.rglob("*")):
        # Some servers send a compressed copy to whoever asks for a file that is not there.
        shown = path.with_suffix("") if path.suffix == PACKED else path
        if shown.suffix.lower() not in _SHOWN or not path.is_file():
            continue
        place = shown.relative_to(root)
        if place.as_posix() in expected or place.parent.as_posix() in strays:
            continue
        if not (_is_of_announcement(place, known) or _is_asset(shown, place)):
            yield path.relative_to(root).as_posix()


def _is_of_announcement(place: Path, known: Mapping[str, AbstractSet[str]]) -> bool:
    if len(place.parts) != 3 or place.name not in (PAGE, EMBED):
        return False
    slug, announcement_id, _name = place.parts
    return announcement_id in known.get(slug, ())


def _is_asset(path: Path, place: Path) -> bool:
    """Whether its name says what is in it; those of former editions stay."""
    if place.parts[:-1] != (FOLDER,):
        return False
    try:
        return is_content_of_name(path.name, path.read_bytes())
    except OSError:
        return False
