"""The commands as people type them: results on stdout, one clear line for what went wrong."""

import json
from pathlib import Path

import pytest

from tests.functional.running import APPROVER, EDITOR, RunningLoa
from web.cli import cli

pytestmark = pytest.mark.model


def every_command() -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = []
    for name, command in cli.commands.items():
        names.append((name,))
        names += [(name, inner) for inner in getattr(command, "commands", {})]
    return names


@pytest.fixture
def bare_loa(tmp_path: Path) -> RunningLoa:
    """A data folder with nothing in it."""
    cache = Path("~/.cache/loa").expanduser()
    return RunningLoa(tmp_path / "data", "", cache)


@pytest.mark.parametrize("form", ["txt", "json", "srt", "vtt"])
def test_transcribe_prints_the_text_in_every_form(
    bare_loa: RunningLoa, short_clip: Path, form: str
) -> None:
    done = bare_loa.apart("transcribe", short_clip, "--format", form)
    assert done.returncode == 0, done.stderr
    assert "luyện viên" in done.stdout
    if form == "json":
        segments = json.loads(done.stdout)["segments"]
        assert segments[0]["words"][0]["start_ms"] >= 0
    if form in ("srt", "vtt"):
        assert " --> " in done.stdout


def test_transcribe_refuses_what_is_no_sound(bare_loa: RunningLoa, tmp_path: Path) -> None:
    path = tmp_path / "chu.mp3"
    path.write_text("không phải tiếng " * 99, encoding="utf-8")
    done = bare_loa.apart("transcribe", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("Lỗi: ")


def test_commands_on_an_empty_folder_say_what_to_do(bare_loa: RunningLoa) -> None:
    done = bare_loa.cli("announcement", "list")
    assert done.returncode == 1
    assert "loa up" in done.stderr
    assert not bare_loa.data.exists()


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_answers_help_in_vietnamese(command: tuple[str, ...]) -> None:
    from click.testing import CliRunner

    answer = CliRunner().invoke(cli, [*command, "--help"])
    assert answer.exit_code == 0
    description = answer.output.splitlines()[2]
    assert any(letter > "\x7f" for letter in description), description


def test_people_and_roles(loa: RunningLoa) -> None:
    added = loa.succeed("user", "add", "moi@xa-mau.example", "--name", "Người Mới")
    assert "Mật khẩu: " in added
    loa.succeed("user", "grant", "moi@xa-mau.example", "operator")
    listed = loa.succeed("user", "list")
    assert "moi@xa-mau.example\tNgười Mới\tcán bộ đài (xa-mau)" in listed.lower().replace(
        "người mới", "Người Mới"
    )
    again = loa.cli("user", "add", "moi@xa-mau.example", "--name", "Lại")
    assert again.returncode == 1
    short = loa.cli("user", "password", EDITOR, "--password-stdin", stdin="ngan\n")
    assert short.returncode == 1
    assert "12" in short.stderr


def test_approving_needs_an_approver_who_did_not_write_it(
    loa: RunningLoa, short_clip: Path
) -> None:
    announcement = loa.json("ingest", short_clip)["announcement"]
    too_early = loa.cli("announcement", "approve", announcement, "--by", APPROVER)
    assert too_early.returncode == 1
    editor = loa.cli("announcement", "approve", announcement, "--by", EDITOR)
    assert editor.returncode == 1
    assert loa.state(announcement) == "queued"


def test_show_has_the_promised_fields(loa: RunningLoa, short_clip: Path) -> None:
    announcement = loa.json("ingest", short_clip, "--title", "Thử")["announcement"]
    shown = loa.json("announcement", "show", announcement)
    promised = {"id", "state", "title", "text", "page_url", "segments", "history"}
    assert promised <= set(shown)
    assert shown["title"] == "Thử"
    assert [entry["action"] for entry in shown["history"]] == ["receive"]
    listed = loa.succeed("announcement", "list")
    assert announcement in listed
    assert "Thử" in listed
