"""The command line on the office's data."""

from collections.abc import Callable

import pytest

from tests.web.conftest import Office
from web.cli import run

Loa = Callable[..., tuple[int, str, str]]


@pytest.fixture
def loa(office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Loa:
    """Runs `loa …` on the office's data: exit status, stdout, stderr."""
    monkeypatch.setenv("LANGUAGE", "vi")  # the command line sets it; it is put back afterwards
    monkeypatch.setenv("LOA_MIN_DURATION_MS", "100")
    monkeypatch.setenv("LOA_MIN_FREE_BYTES", "0")

    def typed(*arguments: str) -> tuple[int, str, str]:
        status = run([*arguments, "--data", str(office.settings.data_dir)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return typed
