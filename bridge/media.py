"""The store of audio: originals under the SHA-256 of their bytes, and copies made from them.

    incoming/<random>.part          being received
    store/<aa>/<sha256>             originals, written once, never changed
    derived/<aa>/<sha256>/<name>    made from an original; may be made again

Client file names never become paths. An original is on the disk for good (file and folder
flushed) before the database hears of it.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridge.errors import MediaRejected, NoSpace, TooLarge
from bridge.failpoints import reach

WORKING_COPY = "working.flac"  # 24 kHz, mono, 16 bit: what everything after intake reads
LISTENING_COPY = "listen.mp3"  # CBR 48 kbps mono: what the staff player plays

_BLOCK_BYTES = 256 * 1024
_LEFT_BEHIND_S = 3600.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What the decoder found out about a file by decoding all of it.

    `peaks` has one byte for each 100 ms: the loudest absolute sample, 0..255 of full scale.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_ms: int
    peaks: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received file that is not yet in the store."""

    path: Path
    sha256: str
    size_bytes: int


class MediaStore:
    """The folder of audio files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def receive(self, stream: BinaryIO, *, max_bytes: int, min_free_bytes: int) -> Incoming:
        """Write a stream to disk block by block, hashing on the way; flushed when this returns.

        Raises TooLarge (`limit_bytes`), MediaRejected `media_empty`, NoSpace. Nothing stays
        behind after an error, the stream's own included.
        """
        folder = self.root / "incoming"
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True)
        path = folder / f"{secrets.token_hex(16)}.part"
        digest = hashlib.sha256()
        size = 0
        try:
            with path.open("wb") as file:
                while block := stream.read(_BLOCK_BYTES):
                    size += len(block)
                    if size > max_bytes:
                        raise TooLarge(limit_bytes=max_bytes)
                    if shutil.disk_usage(folder).free - len(block) < min_free_bytes:
                        raise NoSpace()
                    file.write(block)
                    digest.update(block)
                file.flush()
                os.fsync(file.fileno())
            if size == 0:
                raise MediaRejected("media_empty")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        reach("media.received")
        return Incoming(path, digest.hexdigest(), size)

    def keep(self, incoming: Incoming) -> Path:
        """Move a received file into the store for good. Doing it twice is harmless.

        Raises FileNotFoundError when the file is neither received nor kept.
        """
        target = self.original(incoming.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        if incoming.path.exists() or not target.exists():
            incoming.path.chmod(0o440)
            incoming.path.replace(target)
        reach("media.renamed")
        flush_folder(target.parent)
        flush_folder(target.parent.parent)
        return target

    def discard(self, incoming: Incoming) -> None:
        """Forget a received file. Harmless after `keep`."""
        incoming.path.unlink(missing_ok=True)

    def sweep_incoming(self) -> None:
        """Remove what receivers that were killed left behind: files nobody wrote to for an hour."""
        for path in (self.root / "incoming").glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                    path.unlink()

    def original(self, sha256: str) -> Path:
        """Where the original with this hash lies or would lie."""
        return self.root / "store" / _checked(sha256)[:2] / sha256

    def derived(self, sha256: str, name: str) -> Path:
        """Where the copy `name` of an original lies or would lie; its folder is made."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a derived file's name: {name!r}")
        folder = self.copies_folder(sha256)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def copies_folder(self, sha256: str) -> Path:
        """Where the copies of an original lie or would lie; nothing is made."""
        return self.root / "derived" / _checked(sha256)[:2] / sha256


def flush_folder(folder: Path) -> None:
    """fsync a folder, so that a rename into it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return sha256
