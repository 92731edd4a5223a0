"""`loa backup`, `loa restore`: what they print, and how they end."""

import socket
from pathlib import Path

import pytest

from bridge.backup_folder import BackupFolder
from bridge.errors import Conflict
from bridge.restore import RESTORE_MARK
from bridge.settings import load_settings
from tests.bridge.installations import Installation, make_installation
from tests.bridge.lifecycle import sha256
from tests.conftest import Templates
from web.cli import run
from web.commands.serve import prepare_database


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line sets the language for click; the tests after these keep theirs."""
    monkeypatch.setenv("LANGUAGE", "vi")
    for name in ("LOA_DATA", "LOA_CONFIG", "LOA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def house(templates: Templates, tmp_path: Path) -> Installation:
    """An installation on SQLite with something of every kind in it."""
    made = make_installation(templates, "sqlite", tmp_path / "data")
    made.db.dispose()
    return made


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "sao-luu"


def loa(*arguments: object) -> int:
    return run([str(argument) for argument in arguments])


def test_there_and_back_again(
    house: Installation, backups: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loa("backup", backups, "--data", house.settings.data_dir) == 0
    name = BackupFolder(backups).names()[0]
    told = capsys.readouterr()
    assert f"Đã sao lưu vào {backups}/backups/{name}: " in told.out
    assert "khóa bí mật" in told.out
    assert loa("backup", backups, "--data", house.settings.data_dir, "--keep", 1) == 0
    told = capsys.readouterr()
    assert "lần này chép 0 tệp, 0 MB." in told.out
    assert f"Đã xóa 1 bản cũ: {name}." in told.out

    assert loa("restore", backups, "--list") == 0
    assert "sqlite, 11 tệp" in capsys.readouterr().out
    new = tmp_path / "new"
    assert loa("restore", backups, "--data", new) == 0
    told = capsys.readouterr()
    assert "Đã khôi phục bản 000002-" in told.out
    assert "loa doctor" in told.out
    assert "<html" in (new / "site" / "index.html").read_text()  # the pages were built again
    assert loa("audit", "verify", "--data", new) == 0


def test_a_lost_original_is_told_and_the_command_fails(
    house: Installation, backups: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.original(b"sound in review").unlink()
    assert loa("backup", backups, "--data", house.settings.data_dir) == 1
    told = capsys.readouterr()
    assert f"{sha256(b'sound in review')} không còn." in told.err
    assert "Đã sao lưu" in told.out


def test_sound_that_the_portal_lacks_after_the_restoring_is_told(
    house: Installation, backups: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lost,) = house.settings.site_dir.glob("*/*/audio-*.mp3")
    lost.unlink()
    loa("backup", backups, "--data", house.settings.data_dir)
    capsys.readouterr()
    assert loa("restore", backups, "--data", tmp_path / "new") == 1
    told = capsys.readouterr()
    assert f"Bản tin {lost.parent.name} thiếu tệp tiếng trên trang tin." in told.err
    assert "Đã khôi phục bản 000001-" in told.out


def test_a_damaged_backup_is_told_with_what_to_do(
    house: Installation, backups: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loa("backup", backups, "--data", house.settings.data_dir)
    content = BackupFolder(backups).content_path(sha256(b"sound in review"))
    content.write_bytes(b"SOUND in review")
    new = tmp_path / "new"
    assert loa("restore", backups, "--data", new) == 1
    told = capsys.readouterr().err
    assert f"{content.name} nội dung không đúng." in told
    assert "--skip-damaged" in told
    with pytest.raises(Conflict, match="restore_unfinished"):
        prepare_database(load_settings(data_dir=new))  # so `loa up` does not start
    before = sorted(new.iterdir())
    with socket.create_server(("127.0.0.1", 0)) as taken:  # where no page can be served
        web = f"web --port {taken.getsockname()[1]}"
        for command in (web, "worker --burst", "db upgrade", "user list"):
            assert loa(*command.split(), "--data", new) == 1
            assert "mới khôi phục một phần" in capsys.readouterr().err
    assert sorted(new.iterdir()) == before  # nor does any of them make a database
    assert (new / RESTORE_MARK).exists()
    assert loa("restore", backups, "--data", new, "--skip-damaged") == 1
    assert "Đã khôi phục" in capsys.readouterr().out
    assert not (new / RESTORE_MARK).exists()


def test_what_cannot_be_done_is_one_clear_line(
    house: Installation, backups: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = house.settings.data_dir
    assert loa("backup", backups, "--data", tmp_path / "nothing") == 1
    assert "Chưa có dữ liệu" in capsys.readouterr().err
    assert loa("backup", data / "sao-luu", "--data", data) == 1
    assert "nằm chung chỗ" in capsys.readouterr().err
    for arguments in (("restore", backups), ("restore", backups, "--list")):
        assert loa(*arguments, "--data", tmp_path / "new") == 1
        assert "Không thấy bản sao lưu" in capsys.readouterr().err
    loa("backup", backups, "--data", data)
    capsys.readouterr()
    assert loa("restore", backups, "--data", data) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "không trống" in told.err
