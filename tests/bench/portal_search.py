"""How long a search takes in a large archive, on both databases.

    python -m tests.bench.portal_search [--announcements 100000] [--databases sqlite,postgresql]

A search is what the page asks for: the total, one page of hits, their titles and snippets. The last
line is one JSON object; `search_p95_ms` is that of the slower database.
"""

import argparse
import json
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bridge.db import Database
from bridge.search import Filters, search_announcements
from bridge.search_query import parse_query
from bridge.search_terms import (
    found_condition,
    unit_label,
    written_for_fts5,
    written_for_tsquery,
)
from tests.bench.large_archive import Archive, filled, measured_alone, peak_memory_mb

_ASKED = (
    "bà con", "ba con", "xã", "ủy ban nhân dân xã", "UBND", '"nhân dân trong xã"', "7 giờ 30",
    "7 giờ", "07:30", "bay gio", "họp thôn", "hop thon", '"họp thôn"', "thẻ bảo hiểm y tế", "BHYT",
    "tiêm phòng", "tiem phong tre em", "nghĩa vụ quân sự", "nhà văn hóa", "thông báo họp",
)  # fmt: skip


def measure(db: Database, unit_id: str, remembered: list[str]) -> list[tuple[float, str, int]]:
    """Each search once after a first round: (milliseconds, what was asked, how many found)."""
    filters = [None, Filters(category="Y tế"), Filters(begin=datetime(2024, 1, 1, tzinfo=UTC))]
    asked = [(one, some) for one in _ASKED for some in filters]
    asked += [(one, None) for one in remembered[: 3 * len(_ASKED)]]
    taken: list[tuple[float, str, int]] = []
    for kept in (False, True):
        for words, some in asked:
            with db.reading() as session:
                began = time.perf_counter()
                results = search_announcements(session, words, unit_id=unit_id, filters=some)
                if kept:
                    took = (time.perf_counter() - began) * 1000
                    taken.append((took, f"{words} {some or ''}", results.total))
    return sorted(taken)


def explain(db: Database, unit_id: str, asked: str) -> str:
    """How the database goes about the widest condition of a search."""
    condition = found_condition(parse_query(asked), (unit_label(unit_id),))
    with db.reading() as session:
        if db.is_sqlite:
            query = "EXPLAIN QUERY PLAN SELECT rowid FROM search_index WHERE search_index MATCH :c"
            rows = session.execute(text(query), {"c": written_for_fts5(condition)}).all()
            return "\n".join(str(row[-1]) for row in rows)
        search_announcements(session, asked, unit_id=unit_id)  # sets what the planner may use
        query = (
            "EXPLAIN (ANALYZE, BUFFERS) WITH hits AS MATERIALIZED (SELECT position"
            " FROM search_index WHERE entries @@ CAST(:c AS tsquery)) SELECT position FROM hits"
            " ORDER BY position DESC LIMIT 10"
        )
        rows = session.execute(text(query), {"c": written_for_tsquery(condition)}).all()
        return "\n".join(str(row[0]) for row in rows)


def measure_search(url: str, _folder: Path, archive: Archive) -> dict[str, float]:
    """Quantiles in milliseconds, and the memory that searching took, in MB."""
    db = Database(url)
    before_mb = peak_memory_mb()
    taken = measure(db, archive.unit_id, archive.remembered)
    grown_mb = peak_memory_mb() - before_mb
    cuts = statistics.quantiles([one for one, _, _ in taken], n=100, method="inclusive")
    print(f"  {len(taken)} searches, the slowest:")
    for took, asked, total in taken[-5:]:
        print(f"  {took:7.1f} ms  {asked}  ({total} found)")
    print("  " + explain(db, archive.unit_id, "bà con xã").replace("\n", "\n  "), flush=True)
    db.dispose()
    return {
        "search_p50_ms": round(cuts[49], 1),
        "search_p95_ms": round(cuts[94], 1),
        "search_p99_ms": round(cuts[98], 1),
        "search_memory_mb": round(grown_mb, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--announcements", type=int, default=100_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    given = parser.parse_args()
    found = {}
    for kind in given.databases.split(","):
        with filled(kind, given.announcements) as place:
            found[kind] = measured_alone(measure_search, *place)
    slowest = max(one["search_p95_ms"] for one in found.values())
    print(json.dumps({"search_p95_ms": slowest, **found}))


if __name__ == "__main__":
    main()
