"""`loa backup`: a copy of everything that cannot be made again, while everything runs.

The ends of the audit log first, which must not name rows that the copied database lacks; then the
database, as it is at one moment; then the files, which are only ever added or replaced as a whole;
then a manifest with the SHA-256 of each. A file that the database names and that is gone
by the time it is copied (a capture became a recording, a revision was replaced) has a newer place
in a newer database: then the database is copied once more, and what the first round saw counts.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from shutil import rmtree
from stat import S_ISREG

from bridge.announcement_templates import TEMPLATES_FILE
from bridge.audit_heads import HEADS_FILE
from bridge.backup_folder import (
    BackupFolder,
    DatabaseEntry,
    FileEntry,
    Manifest,
    Problem,
    Progress,
    Unreadable,
    readable_blocks,
    require_space,
    told,
)
from bridge.database_copy import (
    NAMES,
    Contents,
    DatabaseCopy,
    copy_database,
    database_kind,
    hash_file,
    sqlite_path,
)
from bridge.db import Database, utc_now
from bridge.errors import BridgeError, InvalidInput
from bridge.secret_keys import SECOND_FACTOR_KEY, SECRET_KEY
from bridge.settings import Settings, settings_file

SETTINGS_NAME = "loa.toml"
LAST_BACKUP = "last_backup.json"  # in the folder `run`

# Each round copies only what changed since the one before; a fifth would find nothing new.
_ROUNDS = 4
_LEFT_OUT = ("incoming",)  # of media: not acknowledged yet
_DRAFT_ENDINGS = (".tmp", ".part")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a run did. `copied_*`: what it had to copy; the rest was in the folder already."""

    manifest: Manifest
    folder: Path
    copied_files: int
    copied_bytes: int
    mended_files: int  # contents in the folder that had gone bad and were copied again
    removed: tuple[str, ...]  # older backups
    open_to_others: bool

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.manifest.problems


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to back up; `sha256` where its name says what it must hold."""

    path: str
    file: Path
    size_bytes: int
    modified_ns: int
    mode: int
    sha256: str | None

    def entry(self, sha256: str, size_bytes: int) -> FileEntry:
        return FileEntry(self.path, sha256, size_bytes, self.modified_ns, self.mode)


def make_backup(
    settings: Settings,
    db: Database,
    root: Path,
    *,
    verify: bool = False,
    keep: int | None = None,
    on_progress: Progress = lambda phase, done, total: None,
) -> BackupReport:
    """Back up the installation into the folder `root`, which may hold earlier backups of it.

    `verify` reads again what the folder holds already, and copies anew what has gone bad there.
    `keep`: how many backups stay, this one included; none is removed without it, nor when this one
    has problems. Interrupted at any point, earlier backups stay as they were.

    Raises InvalidInput `backup_inside_data`, `backup_folder_foreign`; Conflict `backup_running`;
    NoSpace `backup_no_space`; BridgeError of `copy_database`; OperationalError, OSError.
    """
    root = root.absolute()
    _require_apart(settings.data_dir, root)
    folder = BackupFolder(root)
    with folder.writing():
        run = _Run(settings, db, folder, verify, on_progress)
        manifest = run.make()
        removed = folder.forget_all_but(keep) if keep and not manifest.problems else []
        report = BackupReport(
            manifest=manifest,
            folder=root / "backups" / manifest.name,
            copied_files=run.copied_files,
            copied_bytes=run.copied_bytes,
            mended_files=run.mended_files,
            removed=tuple(removed),
            open_to_others=folder.is_open_to_others(),
        )
    _note(settings, report)
    return report


class _Run:
    """One backup being made."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        folder: BackupFolder,
        verify: bool,
        on_progress: Progress,
    ) -> None:
        self.settings = settings
        self.db = db
        self.folder = folder
        self.on_progress = on_progress
        self.copied_files = self.copied_bytes = self.mended_files = 0
        # What was last seen under each path: as long as size and time stay, so does the content.
        self._known: dict[str, FileEntry] = {}
        # What this run has copied or found in the folder, by path and hash.
        self._seen: dict[tuple[str, str], FileEntry] = {}
        self._trusted: set[str] | None = set() if verify else None  # contents read again so far
        self._checked_bytes = 0
        self._unreadable: set[str] = set()

    def make(self) -> Manifest:
        """Copy what is missing and write the manifest; nothing of this backup stays on an error."""
        self._known = _last_files(self.folder)
        draft = self.folder.begin(utc_now())
        try:
            lacking: set[str] | None = None
            for _ in range(_ROUNDS):
                moment = utc_now()
                self._unreadable.clear()
                heads = self._copy_heads()
                copy = self._copy_database(draft)
                files = self._copy_files(copy.contents, heads)
                problems = self._compare(copy.contents, files)
                missing = {problem.path for problem in problems}
                if not missing or missing == lacking:
                    break
                lacking = missing
            # What the installation has lost, an earlier backup may still have.
            files |= {
                item.path: self._saved(item.path, copy.contents) for item in problems if item.saved
            }
            manifest = Manifest(
                name=draft.stem,
                made_at=moment.isoformat(timespec="seconds"),
                version=version("loa"),
                public_url=self.settings.effective_public_url,
                database=_database_entry(self.db, copy),
                files=tuple(files[path] for path in sorted(files)),
                problems=tuple(problems),
            )
            self.folder.finish(draft, manifest)
        except BaseException:
            rmtree(draft, ignore_errors=True)
            raise
        return manifest

    def _copy_database(self, draft: Path) -> DatabaseCopy:
        target = draft / NAMES[database_kind(self.db)]
        target.unlink(missing_ok=True)
        if self.db.is_sqlite:
            require_space(draft, sqlite_path(self.db).stat().st_size)
        step = partial(self.on_progress, "database")
        return copy_database(self.db, target, self.settings.postgresql_programs, step)

    def _copy_heads(self) -> dict[str, FileEntry]:
        """The ends of the audit log, by its path; nothing where there are none yet."""
        heads = {}
        for source in _source(HEADS_FILE, self.settings.data_dir / HEADS_FILE):
            entry = self._entry_without_reading(source) or self._copy(source, 0, source.size_bytes)
            if entry is not None:
                heads[HEADS_FILE] = entry
        return heads

    def _copy_files(self, contents: Contents, heads: dict[str, FileEntry]) -> dict[str, FileEntry]:
        """Every file of the data folder that belongs to this database, by its path, and `heads`."""
        sources = [
            source for source in _list_sources(self.settings) if _belongs(source.path, contents)
        ]
        entries = {source.path: self._entry_without_reading(source) for source in sources}
        unread = [source for source in sources if entries[source.path] is None]
        total = sum(source.size_bytes for source in unread)
        require_space(self.folder.root, total)
        done = 0
        for source in unread:
            entries[source.path] = self._copy(source, done, total)
            done += source.size_bytes
        self.on_progress("files", total, total)
        found = heads | {path: entry for path, entry in entries.items() if entry is not None}
        self._known = found
        self._seen |= {(entry.path, entry.sha256): entry for entry in found.values()}
        return found

    def _entry_without_reading(self, source: _Source) -> FileEntry | None:
        known = self._known.get(source.path)
        sha256 = source.sha256
        if sha256 is None and known is not None:
            same = (known.size_bytes, known.modified_ns) == (source.size_bytes, source.modified_ns)
            sha256 = known.sha256 if same else None
        if sha256 is None or not self._has(sha256, source.size_bytes):
            return None
        return source.entry(sha256, source.size_bytes)

    def _has(self, sha256: str, size_bytes: int) -> bool:
        if not self.folder.has(sha256, size_bytes):
            return False
        if self._trusted is None or sha256 in self._trusted:
            return True
        self._checked_bytes += size_bytes
        self.on_progress("check", self._checked_bytes, 0)
        if hash_file(self.folder.content_path(sha256))[0] != sha256:
            self.folder.content_path(sha256).unlink()
            self.mended_files += 1
            return False
        self._trusted.add(sha256)
        return True

    def _copy(self, source: _Source, done: int, total: int) -> FileEntry | None:
        """None for a file that is gone, or that cannot be read."""
        try:
            step = partial(self.on_progress, "files")
            blocks = told(readable_blocks(source.file), done, total, step)
            sha256, size_bytes = self.folder.keep(blocks)
        except Unreadable as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                self._unreadable.add(source.path)
            return None
        self.copied_files += 1
        self.copied_bytes += size_bytes
        if self._trusted is not None:
            self._trusted.add(sha256)
        return source.entry(sha256, size_bytes)

    def _compare(self, contents: Contents, files: dict[str, FileEntry]) -> list[Problem]:
        """What the database names and the files lack; what an earlier round saw is put back."""
        problems = {path: Problem(path, "unreadable") for path in self._unreadable}
        for reference in contents.references:
            path, sha256 = reference.path, reference.sha256
            entry = files.get(path)
            if entry is not None and entry.sha256 == sha256:
                continue
            # It was there when this database was copied, and has become something else since.
            if seen := self._seen.get((path, sha256)):
                files[path] = seen
                continue
            reason = "missing" if entry is None else "differs"
            if path in self._unreadable:
                reason = "unreadable"
            saved = self.folder.content_path(sha256).is_file()
            problems[path] = Problem(path, reason, saved)
        return [problems[path] for path in sorted(problems)]

    def _saved(self, path: str, contents: Contents) -> FileEntry:
        sha256 = next(item.sha256 for item in contents.references if item.path == path)
        facts = self.folder.content_path(sha256).stat()
        return FileEntry(path, sha256, facts.st_size, facts.st_mtime_ns, 0o440)


def _list_sources(settings: Settings) -> Iterator[_Source]:
    """Every file to back up but the ends of the audit log, as it stands when it is listed."""
    singles = {
        SECRET_KEY: settings.data_dir / SECRET_KEY,
        SECOND_FACTOR_KEY: settings.data_dir / SECOND_FACTOR_KEY,
        "run/address": settings.run_dir / "address",
        SETTINGS_NAME: settings_file(settings.data_dir),
        TEMPLATES_FILE: settings.data_dir / TEMPLATES_FILE,
    }
    for path, file in singles.items():
        yield from _source(path, file)
    for name, folder in (("media", settings.media_dir), ("site", settings.site_dir)):
        for file in _walk(folder):
            yield from _source(f"{name}/{file.relative_to(folder).as_posix()}", file)


def _walk(folder: Path) -> Iterator[Path]:
    """The files under a folder. Links to folders are followed: a store may lie on another disk."""
    seen: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        facts = Path(place).stat()
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()
            continue
        seen.add((facts.st_dev, facts.st_ino))
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_DRAFT_ENDINGS):
                yield Path(place, name)


def _source(path: str, file: Path) -> Iterator[_Source]:
    with suppress(FileNotFoundError):
        facts = file.stat()
        if S_ISREG(facts.st_mode):
            original = PurePosixPath(path).match("media/store/*/*")
            sha256 = file.name if original and _SHA256.fullmatch(file.name) else None
            mode = facts.st_mode & 0o777
            yield _Source(path, file, facts.st_size, facts.st_mtime_ns, mode, sha256)


def _belongs(path: str, contents: Contents) -> bool:
    """Not so for a page that the copied database knows of no publication for: it came later."""
    parts = path.split("/")
    if parts[0] != "site" or len(parts) < 4 or parts[1] not in contents.units:
        return True
    return "/".join(parts[:3]) in contents.places


def _last_files(folder: BackupFolder) -> dict[str, FileEntry]:
    names = folder.names()
    # A damaged manifest only costs reading everything again.
    with suppress(BridgeError):
        if names:
            return {entry.path: entry for entry in folder.read(names[-1]).files}
    return {}


def _database_entry(db: Database, copy: DatabaseCopy) -> DatabaseEntry:
    kind = database_kind(db)
    return DatabaseEntry(
        kind=kind,
        name=NAMES[kind],
        sha256=copy.sha256,
        size_bytes=copy.size_bytes,
        revision=copy.contents.revision,
        audit_sequence=copy.contents.audit_sequence,
        audit_hash=copy.contents.audit_hash,
        program=copy.program,
    )


def _require_apart(data_dir: Path, root: Path) -> None:
    data, backups = data_dir.resolve(), root.resolve()
    if backups.is_relative_to(data) or data.is_relative_to(backups):
        raise InvalidInput("backup_inside_data", path=str(root))


def _note(settings: Settings, report: BackupReport) -> None:
    """Leave word for the status page: `run/last_backup.json`."""
    manifest = report.manifest
    values = {
        "finished_at": utc_now().isoformat(timespec="seconds"),
        "folder": str(report.folder),
        "bytes": manifest.size_bytes,
        "files": len(manifest.files),
        "problems": len(manifest.problems),
    }
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = settings.run_dir / LAST_BACKUP
    draft = target.with_suffix(".tmp")
    draft.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    draft.replace(target)
