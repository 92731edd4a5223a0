"""`loa ingest`: what is said of the files it takes."""

import json
from pathlib import Path

import pytest

from tests.web.conftest import Office, wav_bytes
from web.cli import run


def test_what_is_sent_as_urgent_is_urgent(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = tmp_path / "loa.wav"
    sound.write_bytes(wav_bytes(1.0))
    command = ["ingest", str(sound), "--data", str(office.settings.data_dir), "--priority"]
    assert run([*command, "gấp"]) == 2
    capsys.readouterr()
    assert run([*command, "urgent"]) == 0
    announcement_id = json.loads(capsys.readouterr().out)["announcement"]
    assert office.view(announcement_id).work.priority == "urgent"
