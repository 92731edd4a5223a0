"""Search without an application: a unit's texts by month, for the script of its search page.

    <unit>/tim/index.html        the page; the application answers in its place where there is one
    <unit>/tim/muc-luc.json      which months there are, and names and short forms to search by
    <unit>/tim/2026-11-1.json    the texts of a month, the oldest first; a full file begins another

Publishing one announcement writes the files of its month again, and the table of contents.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.details import split_areas
from bridge.models import Publication, SearchDocument
from bridge.place_names import list_place_names
from bridge.search_index import position_at
from bridge.search_readings import list_abbreviations
from bridge.units import UnitInfo
from publish.dates import to_local
from publish.files import remove_whole, write_whole
from publish.search_page import SearchPage, render_search
from publish.site import PAGE, Site, accent_address

SEARCH_FOLDER = "tim"
CONTENTS_NAME = "muc-luc.json"
VERSION = 1
# About 40 kB compressed; a text that is longer by itself has a file of its own.
_FILE_BYTES = 120_000
# What the table of contents says of each month, by month; files by name.
Months = dict[str, dict[str, Any]]
Files = Iterator[tuple[str, bytes]]
_MONTH_FILE = re.compile(r"\d{4}-\d{2}-\d+\.json")


def write_search(
    session: Session, site: Site, unit: UnitInfo, announcement_id: str | None = None
) -> None:
    """Write what the search of a unit needs, as the open transaction sees it.

    With `announcement_id` only the months in which it stands or stood; with an empty one only the
    page and the table of contents. Raises OSError.
    """
    folder = site.root / unit.slug / SEARCH_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    known = _known_months(folder) if announcement_id is not None else None
    months: Months = {}
    if announcement_id is None or known is None:
        files = _all_months(session, unit, months)
    else:
        months |= known
        files = _some_months(session, unit, months, _months_of(session, unit, announcement_id))
    for name, content in chain(files, _contents(session, site, unit, months)):
        write_whole(folder / name, content)
    _tidy(folder, months)


def write_search_month(session: Session, site: Site, unit: UnitInfo, month: str) -> None:
    """Write the files of one month, and the table of contents with it. Raises OSError."""
    folder = site.root / unit.slug / SEARCH_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    months = _known_months(folder) or {}
    files = _some_months(session, unit, months, [month])
    for name, content in chain(files, _contents(session, site, unit, months)):
        write_whole(folder / name, content)
    _tidy(folder, months)


def drop_other_months(
    session: Session, site: Site, unit: UnitInfo, wanted: Collection[str]
) -> None:
    """Take away the files of other months than `wanted`, and write the page. Raises OSError."""
    folder = site.root / unit.slug / SEARCH_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    known = _known_months(folder) or {}
    months = {month: entry for month, entry in known.items() if month in wanted}
    for name, content in _contents(session, site, unit, months):
        write_whole(folder / name, content)
    _tidy(folder, months)


def search_files(session: Session, site: Site, unit: UnitInfo) -> Iterator[tuple[str, bytes]]:
    """Every file of a unit's search folder, by its name, as it should be."""
    months: Months = {}
    yield from _all_months(session, unit, months)
    yield from _contents(session, site, unit, months)


def read_choices(site_folder: Path, unit_slug: str) -> tuple[list[str], list[str]]:
    """Categories and areas that a unit's texts have, by what lies in the portal's folder."""
    months = _known_months(site_folder / unit_slug / SEARCH_FOLDER)
    return choices((months or {}).values())


def named_files(folder: Path) -> set[str] | None:
    """Names of the texts that the table of contents in `folder` names; None without one."""
    months = _known_months(folder)
    return None if months is None else {name for one in months.values() for name in one["files"]}


def choices(months: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The categories and the areas of some months, each once, in order."""
    listed = list(months)
    categories = {name for month in listed for name in month["categories"]}
    areas = {name for month in listed for name in month["areas"]}
    return sorted(categories), sorted(areas)


def _known_months(folder: Path) -> Months | None:
    """What the table of contents says; None where there is none that this version wrote."""
    try:
        contents = json.loads((folder / CONTENTS_NAME).read_text(encoding="utf-8"))
        if contents["version"] != VERSION:
            return None
        return {month["month"]: month for month in contents["months"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _all_months(session: Session, unit: UnitInfo, months: Months) -> Files:
    """The files of every month; `months` gets what the table of contents says of each."""
    documents = session.scalars(
        select(SearchDocument)
        .where(SearchDocument.unit_id == unit.id)
        .order_by(SearchDocument.position)
        .execution_options(yield_per=100)
    )
    for month, some in groupby(documents, key=lambda one: _month(one.broadcast_at, unit)):
        yield from _month_files(month, some, unit, months)


def _some_months(session: Session, unit: UnitInfo, months: Months, wanted: Iterable[str]) -> Files:
    for month in wanted:
        months.pop(month, None)
        yield from _month_files(month, _documents(session, unit, month), unit, months)


def _months_of(session: Session, unit: UnitInfo, announcement_id: str) -> list[str]:
    """The months of all revisions: a correction may have moved it."""
    contents = session.scalars(
        select(Publication.content).where(Publication.announcement_id == announcement_id)
    )
    moments = {datetime.fromisoformat(content["broadcast_at"]) for content in contents}
    return sorted({_month(moment, unit) for moment in moments})


def _month(moment: datetime, unit: UnitInfo) -> str:
    return to_local(moment, unit.time_zone).strftime("%Y-%m")


def _documents(session: Session, unit: UnitInfo, month: str) -> Iterator[SearchDocument]:
    zone = ZoneInfo(unit.time_zone)
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    end = (begin + timedelta(days=32)).replace(day=1)
    yield from session.scalars(
        select(SearchDocument)
        .where(
            SearchDocument.unit_id == unit.id,
            SearchDocument.position >= position_at(begin),
            SearchDocument.position < position_at(end),
        )
        .order_by(SearchDocument.position)
    )


def _month_files(
    month: str, documents: Iterable[SearchDocument], unit: UnitInfo, months: Months
) -> Files:
    entry: dict[str, Any] = {"month": month, "files": [], "count": 0}
    categories: set[str] = set()
    areas: set[str] = set()
    waiting: list[str] = []
    size = 0

    def close() -> tuple[str, bytes]:
        name = f"{month}-{len(entry['files']) + 1}.json"
        entry["files"].append(name)
        return name, ("[" + ",\n".join(waiting) + "]\n").encode()

    for document in documents:
        line = _line(document, unit)
        if waiting and size + len(line.encode()) > _FILE_BYTES:
            yield close()
            waiting, size = [], 0
        waiting.append(line)
        size += len(line.encode())
        entry["count"] += 1
        categories |= {document.category} - {""}
        areas |= set(split_areas(document.area))
    if waiting:
        yield close()
        months[month] = entry | {"categories": sorted(categories), "areas": sorted(areas)}


def _line(document: SearchDocument, unit: UnitInfo) -> str:
    local = to_local(document.broadcast_at, unit.time_zone)
    return _json(
        {
            "id": document.announcement_id,
            "title": document.title,
            "summary": document.summary,
            "category": document.category,
            "area": document.area,
            "at": local.strftime("%Y-%m-%dT%H:%M"),
            "passages": document.passages,
        }
    )


def _contents(session: Session, site: Site, unit: UnitInfo, months: Months) -> Files:
    """The table of contents and the page; asked for when all months are known."""
    contents = {
        "version": VERSION,
        "months": [months[month] for month in sorted(months, reverse=True)],
        "names": [[pair.old, pair.new] for pair in list_place_names(session, unit.id)],
        "abbreviations": list_abbreviations(),
    }
    yield CONTENTS_NAME, (_json(contents) + "\n").encode()
    categories, areas = choices(months.values())
    page = SearchPage(categories=categories, areas=areas, is_static=True)
    yield PAGE, render_search(site.pages, unit, accent_address(unit), page)


def _tidy(folder: Path, months: Mapping[str, Mapping[str, Any]]) -> None:
    """Remove files that the table of contents does not name any more."""
    needed = {name for one in months.values() for name in one["files"]}
    for path in folder.iterdir():
        if _MONTH_FILE.fullmatch(path.name) and path.name not in needed:
            remove_whole(path)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
