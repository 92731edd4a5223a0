"""Somebody who sends sound in chunks, for tests of captures."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import update

from bridge.captures import NewCapture, open_capture, received_ranges, store_chunk, stored_chunks
from bridge.chunk_store import ChunkStore
from bridge.db import new_id
from bridge.models import Capture
from bridge.settings import Settings, load_settings
from tests.bridge.lifecycle import Life


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Sender:
    """One person (None: the machine itself) who sends to the commune of a life."""

    life: Life
    settings: Settings
    actor_id: str | None
    more: dict[str, Any] = field(default_factory=dict)

    def begin(self, *, kind: str = "recorder", key: str | None = None, **about: Any) -> str:
        """Open a capture; its id."""
        return self.ask(kind=kind, key=key, **about)[0]

    def ask(
        self, *, kind: str = "recorder", key: str | None = None, **about: Any
    ) -> tuple[str, bool]:
        wanted = NewCapture(key=key or f"key-{new_id()}", kind=kind, file_name="loa.webm", **about)
        return open_capture(
            self.life.db,
            self.life.media,
            self.settings,
            unit_id=self.life.unit.id,
            actor_id=self.actor_id,
            wanted=wanted,
        )

    def begin_file(self, size: int, chunk_bytes: int) -> str:
        """Open the capture of a file whose chunks are small."""
        capture_id = self.begin(kind="upload", size_bytes=size)
        with self.life.db.writing() as session:
            session.execute(
                update(Capture).where(Capture.id == capture_id).values(chunk_bytes=chunk_bytes)
            )
        return capture_id

    def put(self, capture_id: str, number: int, content: bytes, **about: Any) -> bool:
        return store_chunk(
            self.life.db,
            self.life.media,
            self.settings,
            capture_id=capture_id,
            actor_id=self.actor_id,
            number=number,
            content=content,
            **{"sha256": sha256(content), **about},
        )

    def row(self, capture_id: str) -> Capture:
        with self.life.db.reading() as session:
            return session.get_one(Capture, capture_id)

    def received(self, capture_id: str) -> list[list[int]]:
        with self.life.db.reading() as session:
            return received_ranges(session, capture_id)

    def stored(self, capture_id: str) -> dict[int, bytes]:
        """What the database and the disk hold, each chunk found to be as its row says."""
        chunks = ChunkStore(self.life.media.root)
        with self.life.db.reading() as session:
            rows = stored_chunks(session, capture_id)
        return {row.number: chunks.open(capture_id, [row]).read() for row in rows}

    def files(self, capture_id: str) -> list[Path]:
        folder = ChunkStore(self.life.media.root).folder(capture_id)
        return sorted(folder.iterdir()) if folder.exists() else []


def sender_of(life: Life, folder: Path, **settings: Any) -> Sender:
    """An operator of the commune; `settings` as `load_settings` takes them."""
    loaded = load_settings({}, data_dir=folder, **{"min_free_bytes": 0, **settings})
    return Sender(life, loaded, life.person("operator"))
