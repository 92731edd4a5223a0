"""The folder that holds backups: every content once, and for each backup what lay where.

    loa-backup.json                  says that the folder is Loa's
    lock                             held by the one backup that runs
    files/<aa>/<sha256>              contents, each once however many backups name it
    backups/<number>-<moment>/       one backup: manifest.json, and database.db or database.dump

A content is copied under another name, flushed, then renamed; a backup's folder gets its name when
all in it is complete. So whatever interrupts a backup, the ones before it stay whole and the next
goes on with what was copied. It needs no hard links and no file modes: a memory stick can hold it.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from bridge.errors import BridgeError, Conflict, InvalidInput, NoSpace, NotFound
from bridge.media import flush_folder

FORMAT = 1
MIB = 1024 * 1024
# What the work is at ("database", "files", "check"), bytes done, bytes in all (0: unknown).
Progress = Callable[[str, int, int], None]
Step = Callable[[int, int], None]  # the same of one kind of work

# What a disk puts into its topmost folder by itself.
OF_THE_DISK = frozenset({"lost+found", "System Volume Information"})

_MARKER = "loa-backup.json"
_MANIFEST = "manifest.json"
_NAME = re.compile(r"(\d{6})-\d{8}-\d{6}")
_BLOCK_BYTES = 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the data folder: `path` is relative to it, with slashes."""

    path: str
    sha256: str
    size_bytes: int
    modified_ns: int
    mode: int  # permission bits


@dataclass(frozen=True, slots=True)
class DatabaseEntry:
    """The copy of the database, and what it must hold when it has been restored.

    `audit_sequence` and `audit_hash` are the last row of the audit chain (0 and "" without one);
    `program` is the major version of the pg_dump that wrote it, 0 for SQLite.
    """

    kind: str  # "sqlite" or "postgresql"
    name: str
    sha256: str
    size_bytes: int
    revision: str
    audit_sequence: int
    audit_hash: str
    program: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that the database names and that is not as it should be.

    `reason`: "missing", "differs" (its content is not what the database says), "unreadable".
    `saved`: the backup has the right content all the same, from an earlier run.
    """

    path: str
    reason: str
    saved: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup consists of."""

    name: str
    made_at: str  # ISO 8601, UTC: when the database was copied
    version: str  # of Loa
    public_url: str
    database: DatabaseEntry
    files: tuple[FileEntry, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def size_bytes(self) -> int:
        """What the backup would take by itself."""
        return self.database.size_bytes + sum(entry.size_bytes for entry in self.files)

    def to_json(self) -> bytes:
        """The manifest's file: its values, and the SHA-256 of these as the last of them."""
        values = {"format": FORMAT, **asdict(self)}
        return json.dumps({**values, "digest": _digest(values)}, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """Raises ValueError, KeyError or TypeError for anything but a manifest of this format."""
        values: dict[str, Any] = json.loads(content)
        digest = values.pop("digest")
        if values.pop("format") != FORMAT:
            raise ValueError("another format")
        if digest != _digest({"format": FORMAT, **values}):
            raise ValueError("the digest does not fit")
        files = tuple(FileEntry(**entry) for entry in values.pop("files"))
        for entry in files:
            require_inside(entry.path)
        return cls(
            database=DatabaseEntry(**values.pop("database")),
            files=files,
            problems=tuple(Problem(**problem) for problem in values.pop("problems")),
            **values,
        )


class BackupFolder:
    """One folder of backups."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._touched: set[Path] = set()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the folder if need be and hold it; leftovers of killed runs are removed.

        Raises InvalidInput `backup_folder_foreign` for a folder with other things in it,
        BridgeError `backup_format_unknown`, Conflict `backup_running`, NoSpace, OSError.
        """
        self._require_ours()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(self.root / _MARKER, json.dumps({"format": FORMAT}).encode())
        (self.root / "files").mkdir(mode=0o700, exist_ok=True)
        (self.root / "backups").mkdir(mode=0o700, exist_ok=True)
        with held(self.root / "lock", "backup_running"):
            for draft in (self.root / "files").glob("*.tmp"):
                draft.unlink()
            for draft in (self.root / "backups").glob("*.tmp"):
                shutil.rmtree(draft)
            yield

    def is_backup(self) -> bool:
        """Whether the folder says of itself that backups lie in it."""
        return (self.root / _MARKER).is_file()

    def is_open_to_others(self) -> bool:
        """Whether the file system lets other users of the machine read what lies here."""
        return bool((self.root / _MARKER).stat().st_mode & 0o077)

    def names(self) -> list[str]:
        """The finished backups, oldest first."""
        found = (self.root / "backups").glob("*")
        return sorted(path.name for path in found if _NAME.fullmatch(path.name))

    def read(self, name: str | None = None) -> Manifest:
        """A backup's manifest; without a name the newest's.

        Raises NotFound `backup_unknown`, BridgeError `backup_damaged`, `backup_format_unknown`.
        """
        names = self.names()
        if not names or (name is not None and name not in names):
            raise NotFound("backup_unknown", path=str(self.root), name=name or "")
        path = self.root / "backups" / (name or names[-1]) / _MANIFEST
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise BridgeError("backup_damaged", path=str(path)) from None
        try:
            manifest = Manifest.from_json(content)
        except (ValueError, KeyError, TypeError):
            if (found := _format_of(content)) not in (None, FORMAT):
                raise BridgeError("backup_format_unknown", found=found) from None
            raise BridgeError("backup_damaged", path=str(path)) from None
        return manifest

    def database_path(self, manifest: Manifest) -> Path:
        """Where a backup's copy of the database lies."""
        return self.root / "backups" / manifest.name / manifest.database.name

    def content_path(self, sha256: str) -> Path:
        """Where the content with this hash lies or would lie."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self.root / "files" / sha256[:2] / sha256

    def has(self, sha256: str, size_bytes: int) -> bool:
        """Whether the content is here; by its size alone, without reading it."""
        try:
            return self.content_path(sha256).stat().st_size == size_bytes
        except FileNotFoundError:
            return False

    def keep(self, blocks: Iterable[bytes]) -> tuple[str, int]:
        """Write a content and flush it; its SHA-256 and size in bytes.

        Raises NoSpace `backup_no_space`, OSError, and whatever `blocks` raises.
        """
        draft = self.root / "files" / f"{secrets.token_hex(8)}.tmp"
        try:
            with naming_full_disk(self.root), open_private(draft) as file:
                sha256, size = copy_blocks(blocks, file)
            target = self.content_path(sha256)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        self._touched |= {target.parent, target.parent.parent}
        return sha256, size

    def begin(self, moment: datetime) -> Path:
        """Make the folder of a new backup under a passing name; `finish` gives it its own."""
        numbers = [int(name[:6]) for name in self.names()]
        name = f"{max(numbers, default=0) + 1:06}-{moment:%Y%m%d-%H%M%S}"
        folder = self.root / "backups" / f"{name}.tmp"
        folder.mkdir(mode=0o700)
        return folder

    def finish(self, folder: Path, manifest: Manifest) -> None:
        """Write the manifest and give the backup its name, once all else is on the disk."""
        for touched in self._touched:
            flush_folder(touched)
        self._touched.clear()
        self._write(folder / _MANIFEST, manifest.to_json())
        flush_folder(folder)
        folder.rename(folder.with_suffix(""))
        flush_folder(folder.parent)
        flush_folder(self.root)

    def forget_all_but(self, count: int) -> list[str]:
        """Remove the older backups, and the contents that no other one names; their names.

        Raises BridgeError `backup_damaged` before anything is removed if one to be kept cannot be
        read: what it names would be lost.
        """
        names = self.names()
        gone, staying = names[:-count], names[-count:]
        if not gone:
            return []
        needed = {entry.sha256 for name in staying for entry in self.read(name).files}
        for name in gone:
            draft = self.root / "backups" / f"{name}.tmp"
            (self.root / "backups" / name).rename(draft)
            shutil.rmtree(draft)
        for path in (self.root / "files").glob("*/*"):
            if path.name not in needed:
                path.unlink()
        return gone

    def _require_ours(self) -> None:
        if self.is_backup():
            found = _format_of((self.root / _MARKER).read_bytes())
            if found not in (None, FORMAT):
                raise BridgeError("backup_format_unknown", found=found)
        elif self.root.is_dir():
            # A run that was killed at its very beginning leaves a draft of the marker.
            names = {path.name for path in self.root.iterdir() if _MARKER not in path.name}
            if names - OF_THE_DISK:
                raise InvalidInput("backup_folder_foreign", path=str(self.root))

    def _write(self, path: Path, content: bytes) -> None:
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            with naming_full_disk(self.root), open_private(draft) as file:
                copy_blocks((content,), file)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def open_private(path: Path) -> BinaryIO:
    """A new file to write that only its owner can read, where the file system knows owners."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def read_blocks(path: Path) -> Iterator[bytes]:
    """A file's content in blocks of a megabyte."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


class Unreadable(Exception):
    """A file that was to be copied could not be read; the cause says why."""


def readable_blocks(path: Path) -> Iterator[bytes]:
    """The same, with Unreadable for whatever is wrong with it: the fault is not the target's."""
    try:
        yield from read_blocks(path)
    except OSError as error:
        raise Unreadable from error


def told(blocks: Iterable[bytes], done: int, total: int, step: Step) -> Iterator[bytes]:
    """Pass blocks on and say how far that is, after `done` bytes of other files."""
    for block in blocks:
        yield block
        done += len(block)
        step(done, total)


def copy_blocks(blocks: Iterable[bytes], file: BinaryIO) -> tuple[str, int]:
    """Write blocks to an open file and flush it to the disk; SHA-256 and bytes of them."""
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        file.write(block)
        digest.update(block)
        size += len(block)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


@contextmanager
def naming_full_disk(folder: Path) -> Iterator[None]:
    """Turn "no space left" into NoSpace `backup_no_space` that names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise no_space(folder) from error
        raise


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raise NoSpace `backup_no_space` when the disk of an existing folder has less than that."""
    if shutil.disk_usage(folder).free < needed_bytes:
        raise no_space(folder, needed_bytes)


def no_space(folder: Path, needed_bytes: int = 0) -> NoSpace:
    """The error for a disk that is too full; what is needed is unknown once writing has begun."""
    free = shutil.disk_usage(folder).free
    missing = max(needed_bytes - free, MIB)
    return NoSpace("backup_no_space", path=str(folder), missing_mib=-(-missing // MIB))


def require_inside(path: str) -> None:
    """Raise ValueError unless it is a plain relative path that stays in its folder."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts or "\0" in path:
        raise ValueError(f"a path that leads outside: {path!r}")


@contextmanager
def held(path: Path, code: str) -> Iterator[None]:
    """Hold a file's lock; the kernel gives it back when we die. Raises Conflict `code`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(code, path=str(path.parent)) from None
        yield
    finally:
        os.close(descriptor)


def _digest(values: dict[str, Any]) -> str:
    content = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _format_of(content: bytes) -> object:
    try:
        values = json.loads(content)
    except ValueError:
        return None
    return values.get("format") if isinstance(values, dict) else None
