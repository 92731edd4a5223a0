"""`loa ingest --script` and `loa announcement script`."""

import json
from pathlib import Path

import pytest

from bridge.scripts import script_view
from tests.web.conftest import TEXTS, Office, wav_bytes
from tests.web.editor.test_script import SCRIPT
from web.cli import run


@pytest.fixture
def script_path(tmp_path: Path) -> Path:
    path = tmp_path / "bài đọc.txt"
    path.write_text("\n".join(SCRIPT))
    return path


def loa(office: Office, *arguments: object) -> int:
    return run([*map(str, arguments), "--data", str(office.settings.data_dir)])


def test_a_script_given_with_the_recording_waits_with_it(
    office: Office, script_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = tmp_path / "loa.wav"
    sound.write_bytes(wav_bytes(1.0))
    assert loa(office, "ingest", sound, "--script", script_path) == 0
    announcement_id = json.loads(capsys.readouterr().out)["announcement"]
    with office.services.db.reading() as session:
        script = script_view(session, announcement_id)
    assert script is not None
    assert (script.file_name, script.applied_at) == ("bài đọc.txt", None)


def test_one_script_for_several_recordings_is_refused_before_any_is_taken(
    office: Office, script_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loa(office, "ingest", "a.wav", "b.wav", "--script", script_path) == 1
    assert "Một văn bản chỉ đi với một tệp tiếng." in capsys.readouterr().err
    assert loa(office, "ingest", "a.wav", "--script", tmp_path / "không có.txt") == 1


def test_a_script_attached_later_becomes_the_text(
    office: Office, script_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    announcement_id, editor = office.in_review(), office.person("editor")
    assert loa(office, "announcement", "script", announcement_id, script_path) == 2
    by = ("--by", editor.email)
    assert loa(office, "announcement", "script", announcement_id, script_path, *by) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"announcement": announcement_id, "applied": True, "departures": 0}
    assert [segment.text for segment in office.view(announcement_id).segments] == list(SCRIPT)


def test_the_script_of_another_recording_is_one_line_and_changes_nothing(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    announcement_id, editor = office.in_review(), office.person("editor")
    other = tmp_path / "khác.txt"
    other.write_text("Điện lực tạm ngừng cấp điện để sửa chữa đường dây khu vực chợ cũ.")
    by = ("--by", editor.email)
    assert loa(office, "announcement", "script", announcement_id, other, *by) == 1
    assert "khác hẳn lời trong bản ghi" in capsys.readouterr().err
    assert [segment.text for segment in office.view(announcement_id).segments] == list(TEXTS)
