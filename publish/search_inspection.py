"""What does not fit between the search index and the files by which a plain web host searches."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from bridge.inspection_findings import Finding
from bridge.units import UnitInfo
from publish.search_files import CONTENTS_NAME, SEARCH_FOLDER, named_files, search_files
from publish.site import PAGE, Site


def inspect_search(
    session: Session, site: Site, unit: UnitInfo, *, deep: bool = False
) -> Iterator[Finding]:
    """A unit's search page and the texts that it searches; `deep` compares them byte for byte."""
    folder = site.root / unit.slug / SEARCH_FOLDER
    named = named_files(folder)
    if named is None:
        yield Finding("search_missing", unit.slug, {"name": CONTENTS_NAME}, serious=False)
        return
    missing = sorted(name for name in named | {PAGE} if not (folder / name).is_file())
    if missing:
        yield Finding("search_missing", unit.slug, {"name": ", ".join(missing)}, serious=False)
        return
    if deep and any(
        _read(folder / name) != content for name, content in search_files(session, site, unit)
    ):
        yield Finding("search_differs", unit.slug)


def _read(path: Path) -> bytes | None:
    """A file's content; None where none can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None
