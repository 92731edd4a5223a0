"""`loa restore`: an installation made from a backup, in a data folder with nothing in it.

Each file is verified while it is written, appears whole or not at all, and is not copied again by
the next run after an interruption; the database comes last. While the mark `restore.json` lies in
the data folder, `loa up` does not start there.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from bridge.audit import write_entry
from bridge.backup import SETTINGS_NAME
from bridge.backup_folder import (
    OF_THE_DISK,
    BackupFolder,
    FileEntry,
    Manifest,
    Problem,
    Progress,
    Unreadable,
    copy_blocks,
    held,
    naming_full_disk,
    open_private,
    readable_blocks,
    require_space,
    told,
)
from bridge.database_copy import (
    database_kind,
    hash_file,
    holds_entry,
    is_empty,
    load_postgresql,
    load_sqlite,
)
from bridge.db import Database
from bridge.errors import BridgeError, Conflict, InvalidInput
from bridge.media import flush_folder
from bridge.models import AuditEntry
from bridge.schema import is_known_revision, newest_revision, upgrade_database
from bridge.search_index import complete_search
from bridge.settings import Settings, load_settings, load_settings_from

RESTORE_MARK = "restore.json"
# Folders that only the owner may enter, as those make them who make them elsewhere.
_PRIVATE = ("media", "run")
_DRAFT = ".restoring"
_MARK_DRAFT = f".{RESTORE_MARK}{_DRAFT}"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restoration did. `damaged`: files that the backup no longer has whole.

    `problems`: what was wrong in the installation already when the backup was made. `finished` is
    False where damaged files stopped it before the database.
    """

    manifest: Manifest
    settings: Settings
    copied_files: int
    copied_bytes: int
    damaged: tuple[Problem, ...]
    finished: bool
    upgraded_to: str | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.manifest.problems


def restore_backup(
    data_dir: Path,
    root: Path,
    *,
    name: str | None = None,
    skip_damaged: bool = False,
    on_progress: Progress = lambda phase, done, total: None,
) -> RestoreReport:
    """Make the data folder from a backup in the folder `root`: the newest, or the one named.

    The folder must be missing or empty, or hold what an interrupted restoration of the same backup
    left: that one is finished. The settings, so the database, are those of the backup, with the
    LOA_* variables over them. A database of an older version is brought to this one.

    Damaged or missing files are named in the report; all others are restored, and the database only
    with `skip_damaged`. Run again, it goes on from there.

    Raises NotFound `backup_unknown`; BridgeError `backup_damaged`, `backup_format_unknown`,
    `backup_newer`, and of PostgreSQL's programs; InvalidInput `restore_not_empty`,
    `restore_other_database`, `restore_database_not_empty`; Conflict `restore_running`; NoSpace
    `backup_no_space`; SettingsError.
    """
    folder = BackupFolder(root.absolute())
    manifest = folder.read(name)
    if not is_known_revision(manifest.database.revision):
        raise BridgeError("backup_newer", version=manifest.version)
    settings = _settings_of(manifest, folder, data_dir)
    db = Database(settings.effective_database_url)
    try:
        if database_kind(db) != manifest.database.kind:
            raise InvalidInput("restore_other_database", kind=manifest.database.kind)
        _require_ours(data_dir, manifest)
        _require_free(data_dir, db, manifest)
        with _marked(data_dir, manifest):
            files = _Files(data_dir, folder, manifest, on_progress)
            files.restore()
            if files.damaged and not skip_damaged:
                return files.report(settings, finished=False)
            upgraded_to = _restore_database(settings, db, folder, manifest, on_progress)
            _hand_over(data_dir)
            (data_dir / RESTORE_MARK).unlink()
            flush_folder(data_dir)
    finally:
        db.dispose()
    return files.report(load_settings(data_dir=data_dir), finished=True, upgraded_to=upgraded_to)


def require_restored(settings: Settings) -> None:
    """Raise Conflict `restore_unfinished` in a data folder that is only half restored."""
    if (settings.data_dir / RESTORE_MARK).exists():
        raise Conflict("restore_unfinished", path=str(settings.data_dir))


class _Files:
    """The files of one restoration."""

    def __init__(
        self, data_dir: Path, folder: BackupFolder, manifest: Manifest, on_progress: Progress
    ) -> None:
        self.data_dir = data_dir
        self.folder = folder
        self.manifest = manifest
        self.on_progress = on_progress
        self.copied_files = self.copied_bytes = 0
        self.damaged: list[Problem] = []

    def restore(self) -> None:
        """Write every file that is not there yet, and flush all to the disk."""
        waiting = [entry for entry in self.manifest.files if not self._is_there(entry)]
        total = sum(entry.size_bytes for entry in waiting)
        require_space(self.data_dir, total + self.manifest.database.size_bytes)
        for name in _PRIVATE:
            (self.data_dir / name).mkdir(mode=0o700, exist_ok=True)
        folders = {self.data_dir}
        done = 0
        for entry in waiting:
            if reason := self._copy(entry, done, total):
                self.damaged.append(Problem(entry.path, reason))
            target = self.data_dir / entry.path
            folders |= {parent for parent in target.parents if parent.is_relative_to(self.data_dir)}
            done += entry.size_bytes
        self.on_progress("files", total, total)
        for place in folders:
            flush_folder(place)

    def report(
        self, settings: Settings, *, finished: bool, upgraded_to: str | None = None
    ) -> RestoreReport:
        return RestoreReport(
            manifest=self.manifest,
            settings=settings,
            copied_files=self.copied_files,
            copied_bytes=self.copied_bytes,
            damaged=tuple(self.damaged),
            finished=finished,
            upgraded_to=upgraded_to,
        )

    def _is_there(self, entry: FileEntry) -> bool:
        # A file got its time before its name: with both it was whole.
        with suppress(FileNotFoundError):
            facts = (self.data_dir / entry.path).stat()
            return (facts.st_size, facts.st_mtime_ns) == (entry.size_bytes, entry.modified_ns)
        return False

    def _copy(self, entry: FileEntry, done: int, total: int) -> str | None:
        """Put one file in its place; why it cannot be, where the backup is at fault."""
        target = self.data_dir / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}{_DRAFT}")
        draft.unlink(missing_ok=True)
        blocks = readable_blocks(self.folder.content_path(entry.sha256))
        try:
            with naming_full_disk(self.data_dir), open_private(draft) as file:
                told_blocks = told(blocks, done, total, partial(self.on_progress, "files"))
                sha256, size_bytes = copy_blocks(told_blocks, file)
            if sha256 != entry.sha256:
                return "differs"
            draft.chmod(entry.mode)
            os.utime(draft, ns=(entry.modified_ns, entry.modified_ns))
            draft.replace(target)
        except Unreadable as error:
            return "missing" if isinstance(error.__cause__, FileNotFoundError) else "unreadable"
        finally:
            draft.unlink(missing_ok=True)
        self.copied_files += 1
        self.copied_bytes += size_bytes
        return None


def _restore_database(
    settings: Settings,
    db: Database,
    folder: BackupFolder,
    manifest: Manifest,
    on_progress: Progress,
) -> str | None:
    """Load the copy unless an earlier run did, and bring it to this version: the new revision."""
    source, entry = folder.database_path(manifest), manifest.database
    step = partial(on_progress, "database")
    if is_empty(db):
        if not source.is_file() or hash_file(source) != (entry.sha256, entry.size_bytes):
            raise BridgeError("backup_damaged", path=str(source))
        if db.is_sqlite:
            load_sqlite(source, db, step)
        else:
            load_postgresql(source, db, entry.program, settings.postgresql_programs, step)
    upgrade_database(db)
    complete_search(db)
    with db.writing() as session:
        last = session.scalar(select(func.max(AuditEntry.sequence))) or 0
        if last == entry.audit_sequence:  # not yet noted by a run that was interrupted after this
            write_entry(
                session,
                actor_id=None,
                action="restore",
                subject_type="backup",
                subject_id=manifest.name,
                made_at=manifest.made_at,
            )
    return newest_revision() if entry.revision != newest_revision() else None


def _settings_of(manifest: Manifest, folder: BackupFolder, data_dir: Path) -> Settings:
    found = [entry for entry in manifest.files if entry.path == SETTINGS_NAME]
    for entry in found:
        path = folder.content_path(entry.sha256)
        if path.is_file() and hash_file(path)[0] == entry.sha256:
            return load_settings_from(path, data_dir)
    return load_settings(data_dir=data_dir)


def _mark_of(manifest: Manifest) -> dict[str, str]:
    return {"backup": manifest.name, "made_at": manifest.made_at}


def _require_ours(data_dir: Path, manifest: Manifest) -> None:
    """Raise InvalidInput `restore_not_empty` unless the folder is empty or half restored by us."""
    if not data_dir.exists():
        return
    names = {path.name for path in data_dir.iterdir()} - OF_THE_DISK - {_MARK_DRAFT}
    if RESTORE_MARK in names:
        with suppress(ValueError):
            if json.loads((data_dir / RESTORE_MARK).read_bytes()) == _mark_of(manifest):
                return
    if names:
        raise InvalidInput("restore_not_empty", path=str(data_dir))


def _require_free(data_dir: Path, db: Database, manifest: Manifest) -> None:
    """Raise InvalidInput unless the database is empty, or what an interrupted run of ours made."""
    if is_empty(db):
        return
    entry = manifest.database
    with db.read_engine.connect() as connection:
        ours = holds_entry(connection, entry.audit_sequence, entry.audit_hash)
    if not ours or not (data_dir / RESTORE_MARK).exists():
        raise InvalidInput("restore_database_not_empty")


@contextmanager
def _marked(data_dir: Path, manifest: Manifest) -> Iterator[None]:
    """Leave the mark, held so that no second restoration goes on beside this one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    mark = data_dir / RESTORE_MARK
    if not mark.exists():
        draft = data_dir / _MARK_DRAFT
        draft.write_text(json.dumps(_mark_of(manifest)), encoding="utf-8")
        draft.replace(mark)
    with held(mark, "restore_running"):
        yield


def _hand_over(data_dir: Path) -> None:
    """Restored by root for a service: everything gets the owner of the data folder."""
    owner = data_dir.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for place, folders, names in os.walk(data_dir):
        for name in (*folders, *names):
            os.chown(Path(place, name), owner.st_uid, owner.st_gid, follow_symlinks=False)
