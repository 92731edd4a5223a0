"""Restoring: the same installation again, verified, into an empty place, in several goes."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.audit import find_break
from bridge.backup import make_backup
from bridge.backup_folder import BackupFolder, FileEntry, Manifest, Problem, Progress
from bridge.db import Database
from bridge.errors import BridgeError, Conflict, InvalidInput, NotFound
from bridge.models import AuditEntry
from bridge.restore import RESTORE_MARK, RestoreReport, require_restored, restore_backup
from bridge.schema import database_revision, newest_revision, upgrade_database
from bridge.settings import load_settings
from tests.bridge.installations import (
    PROGRAMS,
    Installation,
    die_while,
    make_installation,
    new_postgresql,
    rows,
    tree,
)
from tests.bridge.lifecycle import sha256
from tests.conftest import DATABASES, Templates

Restore = Callable[..., RestoreReport]

on_both = pytest.mark.parametrize("original", DATABASES, indirect=True)


@dataclass(frozen=True)
class Original:
    """An installation and a folder with one backup of it."""

    house: Installation
    backups: Path
    kind: str


@pytest.fixture(scope="module")
def originals(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Original]]:
    """Made once for each kind of database; nobody changes them."""
    made: dict[str, Original] = {}

    def make(kind: str) -> Original:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            house = make_installation(templates, kind, folder / "data")
            make_backup(house.settings, house.db, folder / "sao-luu")
            made[kind] = Original(house, folder / "sao-luu", kind)
        return made[kind]

    yield make
    for original in made.values():
        original.house.db.dispose()


@pytest.fixture
def original(
    request: pytest.FixtureRequest, originals: Callable[[str], Original], tmp_path: Path
) -> Original:
    """A copy of the backups, for the test to spoil; on SQLite unless it asks for both."""
    found = originals(getattr(request, "param", "sqlite"))
    shutil.copytree(found.backups, tmp_path / "sao-luu")
    return replace(found, backups=tmp_path / "sao-luu")


@pytest.fixture
def new_data(tmp_path: Path) -> Path:
    return tmp_path / "new"


@pytest.fixture
def restore(
    original: Original, new_data: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> Restore:
    """Restores the backups into `new_data`, a PostgreSQL database into an empty one."""
    if original.kind == "postgresql":
        monkeypatch.setenv("LOA_DATABASE_URL", new_postgresql(postgresql_url))
        monkeypatch.setenv("LOA_POSTGRESQL_PROGRAMS", str(PROGRAMS))

    def run(
        on_progress: Progress = lambda phase, done, total: None, **options: object
    ) -> RestoreReport:
        return restore_backup(new_data, original.backups, on_progress=on_progress, **options)  # type: ignore[arg-type]

    return run


def interrupt_at(phase: str) -> Progress:
    def on_progress(now: str, done: int, total: int) -> None:
        if now == phase and done > 0:
            raise KeyboardInterrupt

    return on_progress


def stored(original: Original, content: bytes) -> Path:
    return BackupFolder(original.backups).content_path(sha256(content))


def rewrite(original: Original, change: Callable[[Manifest], Manifest]) -> None:
    """Put another manifest in the place of the newest one."""
    manifest = BackupFolder(original.backups).read()
    path = original.backups / "backups" / manifest.name / "manifest.json"
    path.write_bytes(change(manifest).to_json())


@on_both
def test_files_and_rows_are_the_same_again(
    original: Original, restore: Restore, new_data: Path
) -> None:
    report = restore()
    assert report.finished
    assert (report.damaged, report.problems, report.upgraded_to) == ((), (), None)
    assert tree(new_data) == tree(original.house.settings.data_dir)
    assert (new_data / "run" / "address").read_text() == "http://127.0.0.1:8000"
    assert not (new_data / RESTORE_MARK).exists()
    database = Database(report.settings.effective_database_url)
    assert rows(database) == rows(original.house.db)
    with database.reading() as session:
        assert find_break(session) is None
        last = session.query(AuditEntry).order_by(AuditEntry.sequence.desc()).first()
        assert last is not None
        assert (last.action, last.subject_id) == ("restore", report.manifest.name)
    database.dispose()


def test_what_is_private_stays_private(restore: Restore, new_data: Path) -> None:
    restore()
    assert (new_data / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (new_data / "loa.db").stat().st_mode & 0o777 == 0o600
    for name in ("media", "run"):
        assert (new_data / name).stat().st_mode & 0o777 == 0o700


@on_both
def test_an_interrupted_restoration_is_finished_by_the_next_one(
    original: Original, restore: Restore, new_data: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        restore(interrupt_at("database"))
    with pytest.raises(Conflict, match="restore_unfinished"):
        require_restored(load_settings(data_dir=new_data))
    done = len(tree(new_data)) - 1  # without the mark
    report = restore()
    assert report.copied_files <= len(report.manifest.files) - done
    assert tree(new_data) == tree(original.house.settings.data_dir)
    require_restored(report.settings)
    database = Database(report.settings.effective_database_url)
    assert rows(database) == rows(original.house.db)
    database.dispose()


@pytest.mark.parametrize("phase", ["files", "database"])
def test_a_restoration_killed_in_its_midst_is_finished_by_the_next_one(
    original: Original, restore: Restore, new_data: Path, phase: str
) -> None:
    die_while("restore", phase, new_data, original.backups)
    assert list(new_data.rglob(".*.restoring"))
    restore()
    assert tree(new_data) == tree(original.house.settings.data_dir)
    assert not list(new_data.rglob(".*.restoring"))


@on_both
def test_a_run_that_died_after_the_database_was_filled_is_finished(
    original: Original, restore: Restore, new_data: Path
) -> None:
    report = restore()
    (new_data / RESTORE_MARK).write_text(
        f'{{"backup": "{report.manifest.name}", "made_at": "{report.manifest.made_at}"}}'
    )
    assert restore().copied_files == 0
    database = Database(report.settings.effective_database_url)
    assert rows(database) == rows(original.house.db)
    with database.reading() as session:
        assert session.query(AuditEntry).filter_by(action="restore").count() == 1
    database.dispose()


@pytest.mark.parametrize("name", ["loa.db", "thu.doc"])
def test_a_folder_with_anything_in_it_is_left_alone(
    restore: Restore, new_data: Path, name: str
) -> None:
    new_data.mkdir()
    (new_data / name).write_bytes(b"something")
    with pytest.raises(InvalidInput, match="restore_"):
        restore()
    assert [path.name for path in new_data.iterdir()] == [name]


def test_the_topmost_folder_of_a_new_disk_counts_as_empty(restore: Restore, new_data: Path) -> None:
    (new_data / "lost+found").mkdir(parents=True)
    assert restore().finished


def test_one_backup_does_not_go_on_where_another_stopped(
    original: Original, restore: Restore, new_data: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        restore(interrupt_at("files"))
    rewrite(original, lambda manifest: replace(manifest, made_at="2026-11-22T05:30:00+00:00"))
    with pytest.raises(InvalidInput, match="restore_not_empty"):
        restore()


@pytest.mark.parametrize("original", ["postgresql"], indirect=True)
def test_a_database_with_tables_in_it_is_left_alone(
    original: Original, restore: Restore, monkeypatch: pytest.MonkeyPatch, new_data: Path
) -> None:
    monkeypatch.setenv("LOA_DATABASE_URL", original.house.db.url)
    before = rows(original.house.db)
    with pytest.raises(InvalidInput, match="restore_database_not_empty"):
        restore()
    assert rows(original.house.db) == before
    assert not new_data.exists()


@pytest.mark.parametrize("original", ["postgresql"], indirect=True)
def test_a_backup_of_the_other_kind_of_database_is_named(
    restore: Restore, monkeypatch: pytest.MonkeyPatch, new_data: Path
) -> None:
    monkeypatch.delenv("LOA_DATABASE_URL")
    with pytest.raises(InvalidInput) as refused:
        restore()
    assert (refused.value.code, refused.value.data["kind"]) == (
        "restore_other_database",
        "postgresql",
    )
    assert not new_data.exists()


def test_damaged_and_missing_files_are_named_and_the_others_restored(
    original: Original, restore: Restore, new_data: Path
) -> None:
    stored(original, b"sound in review").write_bytes(b"SOUND in review")
    stored(original, b"published sound").unlink()
    report = restore()
    assert not report.finished
    paths = {
        problem.path.rpartition("/")[2]: (problem.reason, problem.path)
        for problem in report.damaged
    }
    assert paths.keys() == {sha256(b"sound in review"), sha256(b"published sound")}
    assert paths[sha256(b"sound in review")][0] == "differs"
    assert paths[sha256(b"published sound")][0] == "missing"
    assert not (new_data / paths[sha256(b"sound in review")][1]).exists()
    assert not (new_data / "loa.db").exists()
    with pytest.raises(Conflict):
        require_restored(report.settings)

    stored(original, b"sound in review").write_bytes(b"sound in review")  # found elsewhere
    report = restore(skip_damaged=True)
    assert report.finished
    assert report.copied_files == 1
    assert [problem.reason for problem in report.damaged] == ["missing"]
    assert (new_data / "loa.db").exists()


@on_both
def test_a_damaged_copy_of_the_database_is_named_and_nothing_is_made_of_it(
    original: Original, restore: Restore, new_data: Path
) -> None:
    folder = BackupFolder(original.backups)
    path = folder.database_path(folder.read())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BridgeError) as damaged:
        restore()
    assert (damaged.value.code, damaged.value.data["path"]) == ("backup_damaged", str(path))
    assert not (new_data / "loa.db").exists()


@pytest.mark.parametrize("spoil", ["flipped", "shortened", "missing"])
def test_a_damaged_manifest_is_named_and_an_earlier_backup_still_serves(
    original: Original, restore: Restore, spoil: str
) -> None:
    house = original.house
    first = BackupFolder(original.backups).names()[0]
    second = make_backup(house.settings, house.db, original.backups).manifest
    path = original.backups / "backups" / second.name / "manifest.json"
    content = path.read_bytes()
    if spoil == "missing":
        path.unlink()
    elif spoil == "shortened":
        path.write_bytes(content[:-100])
    else:
        path.write_bytes(content.replace(b"secret_key", b"secret-key"))
    with pytest.raises(BridgeError) as damaged:
        restore()
    assert (damaged.value.code, damaged.value.data["path"]) == ("backup_damaged", str(path))
    assert restore(name=first).finished


def test_a_backup_that_is_not_there_is_named(original: Original, restore: Restore) -> None:
    with pytest.raises(NotFound, match="backup_unknown"):
        restore(name="000009-20261121-053000")
    with pytest.raises(NotFound, match="backup_unknown"):
        restore_backup(original.backups.parent / "x", original.backups.parent)


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_written(
    original: Original, restore: Restore, new_data: Path
) -> None:
    def newer(manifest: Manifest) -> Manifest:
        return replace(manifest, database=replace(manifest.database, revision="9999_later"))

    rewrite(original, newer)
    with pytest.raises(BridgeError, match="backup_newer"):
        restore()
    assert not new_data.exists()


def test_a_backup_in_a_form_of_the_future_is_refused(original: Original, restore: Restore) -> None:
    name = BackupFolder(original.backups).names()[0]
    path = original.backups / "backups" / name / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(BridgeError) as refused:
        restore()
    assert (refused.value.code, refused.value.data["found"]) == ("backup_format_unknown", 2)


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "media/../../outside", ""])
def test_a_manifest_that_leads_outside_the_data_folder_is_refused(
    original: Original, restore: Restore, new_data: Path, path: str
) -> None:
    def astray(manifest: Manifest) -> Manifest:
        entry = FileEntry(path, sha256(b"sound in review"), 15, 0, 0o644)
        return replace(manifest, files=(*manifest.files, entry))

    rewrite(original, astray)
    with pytest.raises(BridgeError, match="backup_damaged"):
        restore()
    assert not new_data.exists()


def test_what_was_wrong_when_it_was_backed_up_is_told_again(
    original: Original, restore: Restore
) -> None:
    problem = Problem("media/store/aa/bb", "missing")
    rewrite(original, lambda manifest: replace(manifest, problems=(problem,)))
    assert restore().problems == (problem,)


def test_a_database_of_an_older_version_is_brought_to_this_one(tmp_path: Path) -> None:
    old = load_settings({}, data_dir=tmp_path / "old")
    database = Database(old.effective_database_url)
    upgrade_database(database, "0002")
    report = make_backup(old, database, tmp_path / "sao-luu")
    database.dispose()
    assert report.manifest.database.revision == "0002"
    restored = restore_backup(tmp_path / "new", tmp_path / "sao-luu")
    assert restored.upgraded_to == newest_revision()
    database = Database(restored.settings.effective_database_url)
    assert database_revision(database) == newest_revision()
    database.dispose()
