"""Searching what stands on the portal: SQLite's FTS5 and PostgreSQL give the same answer.

Neither database ranks: conditions that exclude one another are asked one after the other (see
`bridge.search_terms.ranked_conditions`), and within each the newest broadcast comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from bridge.models import PlaceName, SearchDocument, Unit
from bridge.search_index import position_at
from bridge.search_marks import Piece, Snippet, find_snippet, mark_text
from bridge.search_query import PlaceNames, Query, parse_query, place_names
from bridge.search_terms import (
    Condition,
    area_label,
    category_label,
    found_condition,
    ranked_conditions,
    unit_label,
    written_for_fts5,
    written_for_tsquery,
)

PAGE_SIZE = 10
MOST_PER_PAGE = 100
_LEAD_MS = 1_000  # a hit opens a second before it is heard
_FIRST_POSITION, _LAST_POSITION = -(1 << 63), (1 << 63) - 1
_WITHIN = "BETWEEN :first AND :last"
# The planner takes reading every row for cheap, as it does not count what lies out of the row.
_BY_INDEX = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true),"
    " set_config('enable_indexonlyscan', 'off', true), set_config('jit', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left out: `begin` and `end` (not included) are aware; empty words filter nothing."""

    begin: datetime | None = None
    end: datetime | None = None
    category: str = ""
    area: str = ""

    @property
    def are_set(self) -> bool:
        return bool(self.begin or self.end or self.category or self.area)


@dataclass(frozen=True, slots=True)
class Hit:
    """An announcement that was found; `title` and `snippet` are pieces, marked where they fit."""

    announcement_id: str
    unit_slug: str
    title: tuple[Piece, ...]
    category: str
    area: str
    priority: str
    broadcast_at: datetime
    duration_ms: int
    snippet: Snippet

    @property
    def second(self) -> int | None:
        """Where to begin to listen, in whole seconds; None: at the beginning."""
        if self.snippet.start_ms is None:
            return None
        return max(0, self.snippet.start_ms - _LEAD_MS) // 1000


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found. `total` counts all of it; `pages` is 0 where nothing is."""

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int
    query: Query


def search_announcements(
    session: Session,
    asked: str,
    *,
    unit_id: str | None = None,
    filters: Filters | None = None,
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> Results:
    """What was asked for among what stands on the portal, of one unit or of all.

    Never raises for what was asked. Without words the filters alone choose; without either nothing
    is found. A page that does not exist is the nearest that does.
    """
    wanted = filters or Filters()
    query = parse_query(asked, _place_names(session, unit_id))
    if not query.clauses and (asked.strip() or not wanted.are_set):
        return Results((), 0, 1, 0, query)
    is_alone = unit_id is None or _is_alone(session, unit_id)
    finder = _Finder(session, wanted)
    labels = [
        "" if unit_id is None or is_alone else unit_label(unit_id),
        category_label(wanted.category),
        area_label(wanted.area),
    ]
    conditions: list[Condition | None] = [*ranked_conditions(query, labels)] or [None]
    size = max(1, min(page_size, MOST_PER_PAGE))
    positions = finder.page(conditions, skip=(max(1, page) - 1) * size, size=size)
    total = len(positions)
    if page > 1 or total == size:
        total = finder.count(found_condition(query, labels) if conditions[0] else None)
    pages = -(-total // size)
    if not positions and total:
        page = pages
        positions = finder.page(conditions, skip=(pages - 1) * size, size=size)
    hits = _hits(session, query, positions)
    return Results(hits, total, min(max(1, page), max(1, pages)), pages, query)


class _Finder:
    """Asks the full-text index of one database."""

    def __init__(self, session: Session, filters: Filters) -> None:
        self.session = session
        self.is_sqlite = session.get_bind().dialect.name == "sqlite"
        self.bounds = {
            "first": position_at(filters.begin) if filters.begin else _FIRST_POSITION,
            "last": position_at(filters.end) - 1 if filters.end else _LAST_POSITION,
        }
        if not self.is_sqlite:
            session.execute(_BY_INDEX)

    def page(self, conditions: Sequence[Condition | None], *, skip: int, size: int) -> list[int]:
        """The positions of one page over all conditions in their order."""
        found: list[int] = []
        for condition in conditions:
            rows = self._positions(condition, skip, size - len(found))
            found += rows
            if len(found) == size:
                break
            skip = 0 if rows or not skip else skip - self.count(condition)
        return found

    def count(self, condition: Condition | None) -> int:
        """How many meet a condition; with None: how many there are at that time."""
        query = text(self._select("count(*)", condition))
        return int(self.session.scalar(query, self._values(condition)) or 0)

    def _positions(self, condition: Condition | None, skip: int, size: int) -> list[int]:
        key = "rowid" if self.is_sqlite else "position"
        query = self._select(key, condition) + f" ORDER BY {key} DESC LIMIT :size OFFSET :skip"
        values = self._values(condition) | {"size": size, "skip": skip}
        return list(self.session.scalars(text(query), values))

    def _select(self, what: str, condition: Condition | None) -> str:
        if self.is_sqlite:
            matching = "" if condition is None else "search_index MATCH :condition AND"
            return f"SELECT {what} FROM search_index WHERE {matching} rowid {_WITHIN}"  # noqa: S608  our words  # nosec B608
        if condition is None:
            return f"SELECT {what} FROM search_index WHERE position {_WITHIN}"  # noqa: S608  our words  # nosec B608
        # Found first, and only then cut to a time and ordered: the other way round it would read
        # the entries of every row of that time.
        found = "SELECT position FROM search_index WHERE entries @@ CAST(:condition AS tsquery)"
        return (
            f"WITH hits AS MATERIALIZED ({found}) "  # noqa: S608  our words  # nosec B608
            f"SELECT {what} FROM hits WHERE position {_WITHIN}"
        )

    def _values(self, condition: Condition | None) -> dict[str, int | str]:
        if condition is None:
            return dict(self.bounds)
        written = written_for_fts5 if self.is_sqlite else written_for_tsquery
        return {**self.bounds, "condition": written(condition)}


def _is_alone(session: Session, unit_id: str) -> bool:
    """Whether every text is of this unit, as in most installations: then nobody need ask.

    To be asked before a _Finder is made, for on PostgreSQL that keeps the planner from this index.
    """
    own = SearchDocument.unit_id
    # Two looks into the index; the least and the greatest in one query are a walk along it.
    others = exists().where(own < unit_id) | exists().where(own > unit_id)
    return not session.scalar(select(others))


def _place_names(session: Session, unit_id: str | None) -> PlaceNames:
    query = select(PlaceName.old_name, PlaceName.new_name).order_by(PlaceName.id)
    if unit_id is not None:
        query = query.where(PlaceName.unit_id == unit_id)
    return place_names((row.old_name, row.new_name) for row in session.execute(query))


def _hits(session: Session, query: Query, positions: Sequence[int]) -> tuple[Hit, ...]:
    rows = session.execute(
        select(SearchDocument, Unit.slug)
        .join(Unit, Unit.id == SearchDocument.unit_id)
        .where(SearchDocument.position.in_(positions))
    ).all()
    documents = {row.SearchDocument.position: row for row in rows}
    return tuple(
        _hit(query, documents[one].SearchDocument, documents[one].slug)
        for one in positions
        if one in documents
    )


def _hit(query: Query, document: SearchDocument, unit_slug: str) -> Hit:
    return Hit(
        announcement_id=document.announcement_id,
        unit_slug=unit_slug,
        title=mark_text(query, document.title),
        category=document.category,
        area=document.area,
        priority=document.priority,
        broadcast_at=document.broadcast_at,
        duration_ms=document.duration_ms,
        snippet=find_snippet(query, document.passages),
    )
