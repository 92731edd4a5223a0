"""Backing up: everything that cannot be made again, each content once, and nothing by halves."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.audit_heads import HEADS_FILE, write_head
from bridge.backup import BackupReport, make_backup
from bridge.backup_folder import BackupFolder, Problem, Progress
from bridge.captures import discard_capture
from bridge.db import utc_now
from bridge.errors import BridgeError, Conflict, InvalidInput, NoSpace
from bridge.postgresql_programs import find_program
from bridge.status import last_backup
from tests.bridge.installations import Installation, die_while, make_installation
from tests.bridge.lifecycle import sha256
from tests.conftest import DATABASES, Templates
from tests.disks import small_disk

on_both = pytest.mark.parametrize("house", DATABASES, indirect=True)


def quiet(phase: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def house(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> Iterator[Installation]:
    """An installation; on SQLite unless the test asks for both databases."""
    made = make_installation(templates, getattr(request, "param", "sqlite"), tmp_path / "data")
    yield made
    made.db.dispose()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "sao-luu"


def back_up(
    house: Installation,
    target: Path,
    *,
    verify: bool = False,
    keep: int | None = None,
    on_progress: Progress = quiet,
) -> BackupReport:
    return make_backup(
        house.settings, house.db, target, verify=verify, keep=keep, on_progress=on_progress
    )


def contents(target: Path) -> set[str]:
    return {path.name for path in (target / "files").glob("*/*")}


@on_both
def test_everything_that_cannot_be_made_again_is_backed_up(
    house: Installation, target: Path
) -> None:
    report = back_up(house, target)
    assert report.problems == ()
    paths = {entry.path for entry in report.manifest.files}
    kinds = {"/".join(path.split("/")[:2]) for path in paths}
    unit = house.life.unit.slug
    assert kinds == {
        *("secret_key", "loa.toml", "templates.toml", "run/address"),
        *("media/store", "media/captures", f"site/{unit}"),
    }
    assert len([path for path in paths if path.startswith("media/captures/")]) == 2
    assert contents(target) == {entry.sha256 for entry in report.manifest.files}
    for entry in report.manifest.files:
        assert sha256((target / "files" / entry.sha256[:2] / entry.sha256).read_bytes()) == (
            entry.sha256
        )


def test_only_the_owner_can_read_a_backup(house: Installation, target: Path) -> None:
    report = back_up(house, target)
    assert not report.open_to_others
    for path in (target, *target.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@on_both
def test_a_second_run_copies_only_what_is_new(house: Installation, target: Path) -> None:
    first = back_up(house, target)
    house.life.reviewable(b"one more sound")
    second = back_up(house, target)
    assert second.copied_files == 1
    assert second.copied_bytes == len(b"one more sound")
    assert len(second.manifest.files) == len(first.manifest.files) + 1
    folder = BackupFolder(target)
    assert folder.read(first.manifest.name) == first.manifest  # the first is as it was
    assert folder.read() == second.manifest


def test_word_is_left_for_the_status_page(house: Installation, target: Path) -> None:
    report = back_up(house, target)
    told = json.loads((house.settings.run_dir / "last_backup.json").read_text())
    assert told["folder"] == str(report.folder)
    assert told["files"] == len(report.manifest.files)
    assert told["bytes"] == report.manifest.size_bytes
    assert told["finished_at"].endswith("+00:00")


def test_what_is_still_coming_in_and_drafts_are_left_out(house: Installation, target: Path) -> None:
    incoming = house.settings.media_dir / "incoming"
    incoming.mkdir(exist_ok=True)
    (incoming / "half.part").write_bytes(b"half")
    (house.settings.site_dir / ".index.html.0000.tmp").write_bytes(b"draft")
    paths = {entry.path for entry in back_up(house, target).manifest.files}
    assert not [path for path in paths if "half" in path or path.endswith(".tmp")]


def test_a_store_that_lies_on_another_disk_is_followed(
    house: Installation, target: Path, tmp_path: Path
) -> None:
    store = house.settings.media_dir / "store"
    elsewhere = tmp_path / "elsewhere"
    store.rename(elsewhere)
    store.symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(elsewhere)
    report = back_up(house, target)
    assert report.problems == ()
    assert sha256(b"sound in review") in contents(target)


def test_a_page_that_came_after_the_database_was_copied_is_left_out(
    house: Installation, target: Path
) -> None:
    late = house.settings.site_dir / house.life.unit.slug / "0123456789ab" / "index.html"
    late.parent.mkdir()
    late.write_text("not known to the database")
    paths = {entry.path for entry in back_up(house, target).manifest.files}
    assert not [path for path in paths if "0123456789ab/" in path]


def test_a_lost_original_is_named_and_kept_where_an_earlier_backup_has_it(
    house: Installation, target: Path
) -> None:
    back_up(house, target)
    lost = house.original(b"sound in review")
    lost.unlink()
    unsaved = house.life.reviewable(b"lost before the first backup")
    house.original(b"lost before the first backup").unlink()
    report = back_up(house, target)
    found = {problem.path.rpartition("/")[2]: problem for problem in report.problems}
    assert found.keys() == {lost.name, house.life.view(unsaved).sha256}
    assert found[lost.name].reason == "missing"
    assert found[lost.name].saved
    assert not found[house.life.view(unsaved).sha256].saved
    assert lost.name in {entry.sha256 for entry in report.manifest.files}
    told = last_backup(house.settings)
    assert told is not None
    assert told.problems == 2


def test_an_original_whose_bytes_have_changed_is_named(house: Installation, target: Path) -> None:
    original = house.original(b"sound in review")
    original.chmod(0o640)
    original.write_bytes(b"SOUND in review")
    report = back_up(house, target)
    path = f"media/store/{original.name[:2]}/{original.name}"
    assert report.problems == (Problem(path, "differs"),)


@on_both
def test_captures_that_end_while_files_are_copied_cost_only_another_round(
    house: Installation, target: Path
) -> None:
    waiting = [house.capture(b"piece %d" % number, b"rest") for number in range(6)]
    ended: list[str] = []

    def end_one(phase: str, done: int, total: int) -> None:
        # The copy of the database still has it, its chunks are gone when files are looked for.
        if phase == "database" and waiting:
            ended.append(waiting.pop())
            discard_capture(house.db, house.life.media, capture_id=ended[-1], actor_id=None)

    report = back_up(house, target, on_progress=end_one)
    assert len(ended) > 1  # in each round
    assert report.problems == ()
    paths = {entry.path for entry in report.manifest.files}
    assert not [path for path in paths if ended[0] in path]


@on_both
def test_the_ends_of_the_audit_log_name_no_row_that_the_copied_database_lacks(
    house: Installation, target: Path
) -> None:
    days = list(range(5))

    def note_head(phase: str, done: int, total: int) -> None:
        if phase == "files" and days:
            house.life.person("editor")  # a row
            day = utc_now() + timedelta(days=5 - len(days))
            days.pop()
            with house.db.reading() as session:
                write_head(session, house.settings.data_dir, day)

    note_head("files", 0, 0)
    report = back_up(house, target, on_progress=note_head)
    assert days == []
    (heads,) = (entry for entry in report.manifest.files if entry.path == HEADS_FILE)
    lines = (target / "files" / heads.sha256[:2] / heads.sha256).read_text().splitlines()
    newest = report.manifest.database.audit_sequence
    assert [line for line in lines if int(line.split()[1]) > (newest or 0)] == []
    assert lines


def test_an_interrupted_run_leaves_the_earlier_backup_and_saves_the_next_one_work(
    house: Installation, target: Path
) -> None:
    first = back_up(house, target)
    for number in range(5):
        house.life.reviewable(b"new sound %d" % number)

    def interrupt(phase: str, done: int, total: int) -> None:
        if phase == "files" and done > 2 * len(b"new sound 0"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(house, target, on_progress=interrupt)
    assert BackupFolder(target).names() == [first.manifest.name]
    second = back_up(house, target)
    assert 0 < second.copied_files < 5
    assert not list(target.rglob("*.tmp"))


@pytest.mark.parametrize("phase", ["database", "files"])
def test_a_run_killed_in_its_midst_leaves_nothing_that_counts(
    house: Installation, target: Path, phase: str
) -> None:
    first = back_up(house, target)
    house.life.reviewable(b"new sound")
    die_while("backup", phase, house.settings.data_dir, target)
    assert list(target.rglob("*.tmp"))
    folder = BackupFolder(target)
    assert folder.names() == [first.manifest.name]
    second = back_up(house, target)
    assert second.problems == ()
    assert folder.names() == [first.manifest.name, second.manifest.name]
    assert not list(target.rglob("*.tmp"))


def test_verifying_mends_what_has_gone_bad_in_the_backup(house: Installation, target: Path) -> None:
    back_up(house, target)
    rotten = BackupFolder(target).content_path(sha256(b"sound in review"))
    rotten.write_bytes(b"Sound in review")
    assert back_up(house, target).mended_files == 0  # without reading, nobody can know
    assert back_up(house, target, verify=True).mended_files == 1
    assert rotten.read_bytes() == b"sound in review"


def test_only_as_many_backups_stay_as_asked_for(house: Installation, target: Path) -> None:
    capture_id = house.capture(b"to be discarded")
    first = back_up(house, target)
    discard_capture(house.db, house.life.media, capture_id=capture_id, actor_id=None)
    second = back_up(house, target)
    third = back_up(house, target, keep=2)
    assert third.removed == (first.manifest.name,)
    assert BackupFolder(target).names() == [second.manifest.name, third.manifest.name]
    assert sha256(b"to be discarded") not in contents(target)
    assert sha256(b"sound in review") in contents(target)


def test_no_older_backup_goes_while_the_new_one_has_problems(
    house: Installation, target: Path
) -> None:
    back_up(house, target)
    house.original(b"sound in review").unlink()
    assert back_up(house, target, keep=1).removed == ()
    assert len(BackupFolder(target).names()) == 2


def test_a_folder_with_other_things_in_it_is_refused(house: Installation, target: Path) -> None:
    target.mkdir()
    (target / "thu.doc").write_bytes(b"a letter")
    with pytest.raises(InvalidInput, match="backup_folder_foreign"):
        back_up(house, target)
    assert [path.name for path in target.iterdir()] == ["thu.doc"]


@pytest.mark.parametrize("place", ["data/sao-luu", "."])
def test_a_backup_inside_the_data_folder_or_around_it_is_refused(
    house: Installation, tmp_path: Path, place: str
) -> None:
    with pytest.raises(InvalidInput, match="backup_inside_data"):
        back_up(house, tmp_path / place)


def test_two_backups_into_one_folder_do_not_run_at_once(house: Installation, target: Path) -> None:
    back_up(house, target)
    with (target / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="backup_running"):
            back_up(house, target)
    back_up(house, target)


def test_a_full_disk_is_told_and_the_earlier_backup_stays(
    house: Installation, tmp_path: Path
) -> None:
    disk = tmp_path / "dia"
    with small_disk(disk, 3000):
        target = disk / "sao-luu"
        first = back_up(house, target)
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(b"0" * 5_000_000)
        house.life.reviewable(b"no room for this" * 1000)
        with pytest.raises(NoSpace, match="backup_no_space"):
            back_up(house, target)
        assert BackupFolder(target).names() == [first.manifest.name]
        filler.unlink()
        assert back_up(house, target).problems == ()


def test_a_damaged_sqlite_database_replaces_no_backup(house: Installation, target: Path) -> None:
    first = back_up(house, target)
    house.db.dispose()
    with house.settings.sqlite_path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(os.urandom(8 * 4096))
    with pytest.raises(BridgeError, match="backup_database_failed"):
        back_up(house, target)
    assert BackupFolder(target).names() == [first.manifest.name]


def fake_program(folder: Path, name: str, version: str) -> Path:
    folder.mkdir()
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian)'\n")
    path.chmod(0o755)
    return path


def test_a_program_of_postgresql_that_is_missing_or_too_old_is_named(tmp_path: Path) -> None:
    with pytest.raises(BridgeError) as missing:
        find_program("pg_dump", 18, str(tmp_path))
    assert (missing.value.code, missing.value.data["name"]) == ("pg_program_missing", "pg_dump")
    path = fake_program(tmp_path / "bin", "pg_dump", "15.18")
    with pytest.raises(BridgeError) as old:
        find_program("pg_dump", 18, str(path.parent))
    assert old.value.code == "pg_program_old"
    assert old.value.data == {"name": "pg_dump", "path": str(path), "found": 15, "needed": 18}
    assert find_program("pg_dump", 15, str(path.parent)).major == 15
