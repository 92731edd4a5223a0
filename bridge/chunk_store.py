"""The pieces of captures on the disk.

    captures/<capture id>/<number, eight digits>     one chunk, written once
    captures/<capture id>/.<random>.part             being written

A chunk is on the disk for good (file and folders flushed) before the database hears of it.
"""

import contextlib
import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridge.errors import BridgeError, NoSpace
from bridge.media import flush_folder

_ID = re.compile(r"[0-9a-z]{12}")
_LEFT_BEHIND_S = 3600.0


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """What the database says of a chunk."""

    number: int
    sha256: str
    size_bytes: int


class ChunkDamaged(BridgeError):
    """A chunk's file is gone, cannot be read, or does not hold what was stored. Data: `number`."""

    default_code = "chunk_damaged"


class ChunkStore:
    """The folder of chunks, inside the store of audio."""

    def __init__(self, media_root: Path) -> None:
        self.root = media_root / "captures"

    def draft(self, capture_id: str, content: bytes) -> Path:
        """Write a chunk under a passing name, flushed. `place` or `drop` it afterwards.

        Raises NoSpace, and leaves nothing behind then.
        """
        path = self.folder(capture_id) / f".{secrets.token_hex(8)}.part"
        try:
            with self._create(path) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpace() from error
            raise
        return path

    def place(self, draft: Path, capture_id: str, number: int) -> None:
        """Give a draft its number, for good. The caller holds the capture's lock."""
        draft.replace(self.path(capture_id, number))
        flush_folder(draft.parent)

    def drop(self, draft: Path) -> None:
        """Forget a draft. Harmless after `place`."""
        draft.unlink(missing_ok=True)

    def path(self, capture_id: str, number: int) -> Path:
        """Where a chunk lies or would lie."""
        return self.folder(capture_id) / f"{number:08d}"

    def folder(self, capture_id: str) -> Path:
        """Where a capture's chunks lie or would lie."""
        if not _ID.fullmatch(capture_id):
            raise ValueError(f"not a capture's id: {capture_id!r}")
        return self.root / capture_id

    def has(self, capture_id: str, chunk: StoredChunk) -> bool:
        """Whether a chunk's file is there with the right size; its bytes are not read."""
        with contextlib.suppress(FileNotFoundError):
            return self.path(capture_id, chunk.number).stat().st_size == chunk.size_bytes
        return False

    def remove(self, capture_id: str) -> None:
        """Delete a capture's folder with all that is in it. Harmless when it is gone."""
        shutil.rmtree(self.folder(capture_id), ignore_errors=True)  # what stays is swept later

    def folders(self) -> dict[str, Path]:
        """The folders that are there, by capture id."""
        with contextlib.suppress(FileNotFoundError):
            return {path.name: path for path in self.root.iterdir() if _ID.fullmatch(path.name)}
        return {}

    def left_behind(self) -> list[Path]:
        """Drafts that nobody wrote to for an hour: their writers were killed."""
        found = []
        for path in self.root.glob("*/.*.part"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                    found.append(path)
        return found

    def open(self, capture_id: str, chunks: Sequence[StoredChunk]) -> "ChunkReader":
        """These chunks one after another as a single stream, each checked as it is read."""
        return ChunkReader(self, capture_id, chunks)

    def _create(self, path: Path) -> BinaryIO:
        with contextlib.suppress(FileNotFoundError):
            return path.open("xb")
        self.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for made in (self.root, path.parent):
            made.mkdir(exist_ok=True)
            flush_folder(made.parent)
        return path.open("xb")


class ChunkReader(io.RawIOBase):
    """Chunks as one stream. Reading raises ChunkDamaged for one whose bytes are not as stored."""

    def __init__(self, store: ChunkStore, capture_id: str, chunks: Sequence[StoredChunk]) -> None:
        super().__init__()
        self._store = store
        self._capture_id = capture_id
        self._waiting = list(reversed(chunks))
        self._content = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._content and self._waiting:
            self._content = memoryview(self._load(self._waiting.pop()))
        if size < 0:
            size = len(self._content)
        block = bytes(self._content[:size])
        self._content = self._content[size:]
        return block

    def _load(self, chunk: StoredChunk) -> bytes:
        try:
            content = self._store.path(self._capture_id, chunk.number).read_bytes()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EIO):
                raise
            if error.errno == errno.EIO:
                # A bad block costs this chunk. Of a disk that is away none is lost: that raises.
                self._store.drop(self._store.draft(self._capture_id, b"\0"))
            raise ChunkDamaged(number=chunk.number) from error
        if hashlib.sha256(content).hexdigest() != chunk.sha256:
            raise ChunkDamaged(number=chunk.number)
        return content
