"""Watched folders: what is taken, refused and left alone, and what survives a crash."""

import contextlib
import ctypes
import dataclasses
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bridge.errors import InvalidInput
from bridge.queries import WorkItem, list_work
from tests.children import killed_when_started
from tests.web.conftest import Office, wav_bytes
from web.cli import run
from web.services import Services
from web.watched_files import is_open_for_writing
from web.watching import REFUSED_FOLDER, TAKEN_FOLDER, FolderWatch, Outcome

QUIET_S = 10.0
both = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A folder, its watch on a clock of its own, and the office behind it."""

    def __init__(self, office: Office, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.office, self.folder, self.clock = office, folder, Clock()
        self.services = office.services
        self.restart()

    def restart(self, services: Services | None = None) -> None:
        self.watch = FolderWatch(
            services or self.services,
            unit_id=self.office.unit.id,
            folder=self.folder,
            quiet_s=QUIET_S,
            clock=self.clock,
        )

    def drop(self, name: str, content: bytes | None = None) -> Path:
        path = self.folder / name
        path.write_bytes(wav_bytes(0.6, seed=len(name)) if content is None else content)
        return path

    def look(self, after_s: float = 0.0) -> list[Outcome]:
        self.clock.now += after_s
        return list(self.watch.look())

    def settle(self) -> list[Outcome]:
        """Two looks, as far apart as files must stand still."""
        return self.look() + self.look(QUIET_S)

    @property
    def work(self) -> list[WorkItem]:
        with self.services.db.reading() as session:
            return list_work(session, None)

    def names(self, folder: str = ".") -> list[str]:
        return sorted(path.name for path in (self.folder / folder).iterdir() if not path.is_dir())


@pytest.fixture
def watched(office: Office, tmp_path: Path) -> Watched:
    return Watched(office, tmp_path / "loa-ip")


def test_a_file_whose_decoder_was_killed_is_asked_for_twice(watched: Watched) -> None:
    path = watched.drop("phát thanh sáng.wav")
    with killed_when_started("transcribe.decoder"):
        assert watched.settle() == []
    assert watched.names() == [path.name]
    (outcome,) = watched.look(60)
    assert outcome.announcement_id is not None


@both
def test_a_finished_file_becomes_an_announcement_and_moves_aside(watched: Watched) -> None:
    path = watched.drop("phát thanh sáng.wav")
    written = 1_790_000_000  # 21/09/2026
    os.utime(path, (written, written))
    content = path.read_bytes()
    (outcome,) = watched.settle()
    assert (outcome.name, outcome.error, outcome.is_duplicate) == (path.name, None, False)
    (item,) = watched.work
    assert (item.id, item.state) == (outcome.announcement_id, "queued")
    assert item.broadcast_at.timestamp() == written
    assert watched.office.view(item.id).file_name == path.name
    assert watched.names() == []
    assert (watched.folder / TAKEN_FOLDER / path.name).read_bytes() == content
    assert watched.look(60) == []


def test_a_file_that_is_still_growing_waits_until_it_stands_still(watched: Watched) -> None:
    whole = wav_bytes(1.0)
    path = watched.drop("a.wav", whole[:1000])
    for end in range(1000, len(whole), 4000):
        path.write_bytes(whole[:end])
        assert watched.look(QUIET_S) == []
    path.write_bytes(whole)
    assert watched.look() == []
    assert watched.look(QUIET_S - 0.1) == []
    assert len(watched.look(0.1)) == 1
    assert watched.office.view(watched.work[0].id).work.duration_ms == 1000


def test_a_file_that_is_open_for_writing_waits_however_still_it_stands(watched: Watched) -> None:
    path = watched.drop("a.wav")
    with path.open("ab"):
        with path.open("rb") as reader:
            assert is_open_for_writing(reader.fileno())
        assert watched.settle() + watched.look(600) == []
    with path.open("rb") as reader:
        assert not is_open_for_writing(reader.fileno())
    assert len(watched.look(QUIET_S)) == 1


@pytest.mark.parametrize(
    "name",
    [".an.wav", "a.wav.part", "a.TMP", "a.wav.crdownload", "a.wav~", "~$a.wav", "Thumbs.db"],
)
def test_names_that_say_unfinished_are_left_alone(watched: Watched, name: str) -> None:
    watched.drop(name)
    assert watched.settle() == []
    assert watched.names() == [name]


def test_links_pipes_and_folders_are_never_opened(watched: Watched, tmp_path: Path) -> None:
    outside = tmp_path / "outside.wav"
    outside.write_bytes(wav_bytes())
    (watched.folder / "link.wav").symlink_to(outside)
    os.mkfifo(watched.folder / "pipe.wav")
    (watched.folder / "2026-11-21").mkdir()
    (watched.folder / "2026-11-21" / "inner.wav").write_bytes(wav_bytes())
    assert watched.settle() == []
    assert watched.work == []
    assert watched.names() == ["link.wav", "pipe.wav"]
    assert outside.exists()


def test_a_file_that_becomes_a_link_is_not_followed(watched: Watched, tmp_path: Path) -> None:
    path = watched.drop("a.wav")
    watched.look()
    outside = tmp_path / "outside.wav"
    shutil.move(path, outside)
    path.symlink_to(outside)
    assert watched.look(QUIET_S) == []
    assert watched.work == []
    assert path.is_symlink()


def test_what_is_done_never_moves_through_a_link(watched: Watched, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (watched.folder / TAKEN_FOLDER).rmdir()
    (watched.folder / TAKEN_FOLDER).symlink_to(elsewhere)
    watched.drop("a.wav")
    assert len(watched.settle()) == 1
    assert list(elsewhere.iterdir()) == []
    assert watched.names() == ["a.wav"]  # taken once, and left where it is
    assert watched.look(600) == []
    assert len(watched.work) == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("ghi chú.txt", "không phải tiếng".encode(), "Không đọc được tệp này như một tệp tiếng."),
        ("trống.wav", b"", "Tệp rỗng"),
        ("lớn.wav", b"x" * 200_001, "Tệp lớn hơn mức cho phép"),
        ("ngắn.wav", wav_bytes(0.1), "Tiếng ngắn hơn 0,5 giây"),
    ],
)
def test_what_cannot_be_used_moves_aside_with_the_reason(
    watched: Watched, name: str, content: bytes, sentence: str
) -> None:
    watched.drop(name, content)
    watched.look()
    outcomes = [one for _again in range(3) for one in watched.look(10 * QUIET_S)]
    assert [one.name for one in outcomes] == [name]
    assert outcomes[0].error is not None
    assert watched.names() == []
    assert watched.names(REFUSED_FOLDER) == sorted([name, f"{name}.ly-do.txt"])
    assert (watched.folder / REFUSED_FOLDER / name).read_bytes() == content
    reason = (watched.folder / REFUSED_FOLDER / f"{name}.ly-do.txt").read_bytes()
    assert reason.startswith(b"\xef\xbb\xbf")
    assert sentence in reason.decode("utf-8-sig")
    assert reason.count(b"\r\n") == 4
    assert watched.work == []


def test_an_empty_file_gets_time_to_be_filled(watched: Watched) -> None:
    path = watched.drop("a.wav", b"")
    assert watched.settle() + watched.look(QUIET_S) == []
    path.write_bytes(wav_bytes())
    (outcome,) = watched.settle()
    assert outcome.announcement_id is not None


def test_the_same_bytes_again_make_no_second_announcement(watched: Watched) -> None:
    content = wav_bytes()
    watched.drop("a.wav", content)
    watched.settle()
    watched.drop("a.wav", content)
    watched.drop("b.wav", content)
    outcomes = watched.settle()
    assert [one.is_duplicate for one in outcomes] == [True, True]
    assert len(watched.work) == 1
    assert watched.names(TAKEN_FOLDER) == ["a (2).wav", "a.wav", "b.wav"]


def test_other_bytes_under_a_known_name_are_another_announcement(watched: Watched) -> None:
    for seed in range(3):
        watched.drop("a.wav", wav_bytes(seed=seed))
        assert len(watched.settle()) == 1
    assert len(watched.work) == 3
    assert watched.names(TAKEN_FOLDER) == ["a (2).wav", "a (3).wav", "a.wav"]


def test_strange_names_are_taken_too(watched: Watched) -> None:
    long = "đ" * 125 + ".wav"  # 254 bytes
    raw = os.fsdecode(b"\xff\xfe\xe1.wav")
    for number, name in enumerate((long, raw, "a\nb.wav")):
        watched.drop(name, wav_bytes(0.6, seed=number))
    assert len(watched.settle()) == 3
    watched.drop(long, b"not sound at all")
    watched.drop(raw, b"not sound either")
    watched.look()
    assert len(watched.look(QUIET_S) + watched.look(QUIET_S)) == 2
    assert len(watched.names(REFUSED_FOLDER)) == 4
    watched.drop(long, wav_bytes(0.6, seed=9))
    assert len(watched.settle()) == 1
    assert len(watched.names(TAKEN_FOLDER)) == 4


@both
def test_killed_between_recording_and_moving_it_only_moves(watched: Watched) -> None:
    path = watched.drop("a.wav")
    content = path.read_bytes()
    watched.settle()
    # As it stands after such a crash: recorded, and still where it was dropped.
    path.write_bytes(content)
    (watched.folder / TAKEN_FOLDER / "a.wav").unlink()
    watched.restart()
    (outcome,) = watched.settle()
    assert outcome.is_duplicate
    assert (len(watched.work), watched.names(TAKEN_FOLDER)) == (1, ["a.wav"])


def test_killed_between_reason_and_moving_one_reason_stands(watched: Watched) -> None:
    (watched.folder / REFUSED_FOLDER / "a.wav.ly-do.txt").write_text("nửa chừng")
    watched.drop("a.wav", b"not sound")
    watched.look()
    assert len(watched.look(QUIET_S) + watched.look(QUIET_S)) == 1
    assert watched.names(REFUSED_FOLDER) == ["a.wav", "a.wav.ly-do.txt"]


def _replace(path: Path) -> None:
    path.with_name(".other").write_bytes(path.read_bytes())
    path.with_name(".other").replace(path)


@pytest.mark.parametrize(
    "meddle",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes() + b"more"),
        lambda path: os.utime(path, (1, 1)),
        _replace,
    ],
    ids=["vanishes", "grows", "is touched", "is replaced"],
)
def test_what_changes_between_looking_and_taking_is_not_taken(
    watched: Watched, meddle: Callable[[Path], object]
) -> None:
    first, second = watched.drop("a.wav"), watched.drop("bb.wav")
    os.utime(first, (1_790_000_000, 1_790_000_000))
    watched.look()
    watched.clock.now += QUIET_S
    looking = watched.watch.look()
    assert next(looking).name == first.name  # the second is on the list of this very look
    meddle(second)
    assert list(looking) == []
    assert len(watched.work) == 1
    assert second.exists() == (watched.names() == ["bb.wav"])


@contextlib.contextmanager
def without_roots_rights() -> Iterator[None]:
    """Files are opened as by a user without any rights, in this thread alone."""
    libc = ctypes.CDLL(None)
    before = libc.setfsuid(65_534)
    try:
        yield
    finally:
        libc.setfsuid(before)


def test_an_unreadable_file_is_told_once_and_taken_when_it_can_be_read(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # entered by anybody, as pytest's own folders are not
        watched = Watched(office, Path(folder) / "loa-ip")
        path = watched.drop("a.wav")
        path.chmod(0)
        with caplog.at_level(logging.WARNING), without_roots_rights():
            assert watched.settle() + watched.look(600) + watched.look(600) == []
        assert [record.name for record in caplog.records] == ["web.watching"]
        path.chmod(0o600)
        assert len(watched.look(600)) == 1


def test_a_full_disk_leaves_everything_where_it_is_and_the_work_goes_on_later(
    watched: Watched, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    full = dataclasses.replace(office.settings, min_free_bytes=2**62)
    watched.restart(dataclasses.replace(office.services, settings=full))
    watched.drop("a.wav")
    with caplog.at_level(logging.WARNING):
        assert watched.settle() == []
        for _again in range(5):
            assert watched.look(120) == []
    assert len(caplog.records) == 1
    assert (watched.names(), watched.work) == (["a.wav"], [])
    assert list((office.settings.media_dir / "incoming").iterdir()) == []
    watched.restart()
    assert len(watched.settle()) == 1


@both
def test_a_database_that_is_away_costs_nothing_but_time(watched: Watched) -> None:
    watched.drop("a.wav")
    watched.look()
    with watched.services.db.write_engine.begin() as connection:
        connection.execute(text("ALTER TABLE recording RENAME TO recording_away"))
    assert watched.look(QUIET_S) + watched.look(120) == []
    with watched.services.db.write_engine.begin() as connection:
        connection.execute(text("ALTER TABLE recording_away RENAME TO recording"))
    assert len(watched.look(120)) == 1
    assert len(watched.work) == 1


def test_a_folder_that_goes_away_and_comes_back_is_watched_on(watched: Watched) -> None:
    away = watched.folder.with_name("away")
    watched.folder.rename(away)
    assert watched.look() + watched.look(120) == []
    away.rename(watched.folder)
    watched.drop("a.wav")
    assert watched.look(120) == []
    assert len(watched.look(QUIET_S)) == 1


def test_the_data_folder_is_not_for_watching(office: Office) -> None:
    data = office.settings.data_dir
    for folder in (data, data.parent, data / "media"):
        folder.mkdir(exist_ok=True)
        with pytest.raises(InvalidInput) as caught:
            FolderWatch(office.services, unit_id=office.unit.id, folder=folder, quiet_s=1)
        assert caught.value.code == "watch_folder_unfit"
        assert not (folder / TAKEN_FOLDER).exists()


@contextlib.contextmanager
def watching(office: Office, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A real `loa watch` in a process of its own."""
    settings = office.settings
    process = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "watch", str(folder), "--unit", "xa-mau", "--quiet", "0"],
        env={
            **os.environ,
            "LOA_DATA": str(settings.data_dir),
            "LOA_DATABASE_URL": settings.database_url,
            "LOA_MIN_FREE_BYTES": "0",
            "LOA_REDIS_URL": settings.redis_url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "Đang theo dõi" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_killed_at_any_moment_nothing_is_lost_or_doubled(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "loa-ip"
    folder.mkdir()
    names = [f"{number}.wav" for number in range(5)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(wav_bytes(0.6, seed=number))
    # With one watch at work a second one is refused; then the first is killed in mid-work.
    with watching(office, folder) as process:
        environment = {"LOA_DATA": str(office.settings.data_dir)}
        environment["LOA_DATABASE_URL"] = office.settings.database_url
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            assert run(["watch", str(folder), "--unit", "xa-mau"]) == 1
        _wait_for(lambda: len(list((folder / TAKEN_FOLDER).iterdir())) >= 1)
        process.send_signal(signal.SIGKILL)
    with watching(office, folder) as process:
        _wait_for(lambda: len(list((folder / TAKEN_FOLDER).iterdir())) == 5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert sorted(path.name for path in (folder / TAKEN_FOLDER).iterdir()) == names
    with office.services.db.reading() as session:
        assert len(list_work(session, None)) == 5


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
