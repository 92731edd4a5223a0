"""The commands as people type them: results on stdout, one clear line for what went wrong."""

import re
from pathlib import Path

import click
import pytest
from PIL import Image
from sqlalchemy import text

from tests.functional.conftest import CACHE
from tests.functional.running import APPROVER, EDITOR, RunningLoa, on_sqlite
from web.cli import COMMANDS, cli

pytestmark = pytest.mark.model


def every_command() -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = []
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        names.append((name,))
        names += [(name, inner) for inner in getattr(command, "commands", {})]
    return names


@pytest.fixture
def bare_loa(tmp_path: Path) -> RunningLoa:
    """A data folder with nothing in it."""
    return RunningLoa(tmp_path / "data", "", CACHE)


def test_transcribe_prints_the_text_alone_or_with_its_times_and_marks(
    bare_loa: RunningLoa, short_clip: Path, model: Path
) -> None:
    # Each form by itself: tests/publish/test_captions.py.
    bare_loa.lend_model(model)
    plain = bare_loa.apart("transcribe", short_clip)
    assert plain.returncode == 0, plain.stderr
    assert "luyện viên" in plain.stdout
    assert "-->" not in plain.stdout
    content = bare_loa.json("transcribe", short_clip, "--format", "json")
    assert content["segments"][0]["words"][0]["start_ms"] >= 0
    assert {mark["segment"] for mark in content["marks"]} <= {*range(len(content["segments"]))}
    assert " ".join(segment["text"] for segment in content["segments"]) == " ".join(
        plain.stdout.split()
    )


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
def test_every_command_answers_help_in_vietnamese(
    bare_loa: RunningLoa, command: tuple[str, ...]
) -> None:
    answer = bare_loa.cli(*command, "--help")
    assert answer.returncode == 0
    description = answer.stdout.split("\n\n")[1]  # behind the usage, which may take two lines
    assert any(letter > "\x7f" for letter in description), description


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--help",), "Cách dùng: loa [OPTIONS]"),
        (("--help",), "--version   Hiện phiên bản."),
        (("ingest", "--help"), "Hiện phần chỉ dẫn này."),
        (("khong-co",), "Lỗi: Không có lệnh 'khong-co'."),
        (("ingest",), "Lỗi: Thiếu tham số 'FILE...'."),
        (("up", "--port", "abc"), "'abc' không phải là số."),
        (("up", "--khong-co"), "Không có tùy chọn '--khong-co'"),
        (("transcribe", "a.wav", "--format", "doc"), "'doc' không phải một trong"),
    ],
)
def test_click_itself_speaks_vietnamese(
    bare_loa: RunningLoa, arguments: tuple[str, ...], words: str
) -> None:
    done = bare_loa.cli(*arguments)
    assert words in done.stdout + done.stderr
    for english in ("Usage", "Options:", "Error", "Show this", "Missing", "Invalid", "Try '"):
        assert english not in done.stdout + done.stderr


@on_sqlite
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


@on_sqlite
def test_approving_needs_an_approver_who_did_not_write_it(
    loa: RunningLoa, short_clip: Path
) -> None:
    announcement = loa.json("ingest", short_clip)["announcement"]
    too_early = loa.cli("announcement", "approve", announcement, "--by", APPROVER)
    assert too_early.returncode == 1
    editor = loa.cli("announcement", "approve", announcement, "--by", EDITOR)
    assert editor.returncode == 1
    assert loa.state(announcement) == "queued"


@on_sqlite
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


@on_sqlite
def test_the_portal_of_a_new_unit_stands_at_once(loa: RunningLoa, tmp_path: Path) -> None:
    loa.succeed("unit", "add", "xa-vi-du", "--name", "Xã Ví Dụ")
    home = loa.data / "site" / "xa-vi-du" / "index.html"
    assert "Ủy ban nhân dân xã Ví Dụ" in home.read_text(encoding="utf-8")
    reserved = loa.cli("unit", "add", "lam-viec", "--name", "Xã Khác")
    assert (reserved.returncode, reserved.stdout) == (1, "")
    assert "dành riêng" in reserved.stderr
    emblem = tmp_path / "bieu-trung.png"
    Image.new("RGB", (60, 60), "green").save(emblem)
    said = ("--contact", "Điện thoại: 0200 000 000", "--emblem", emblem)
    loa.succeed("unit", "set", "xa-vi-du", *said)
    page = home.read_text(encoding="utf-8")
    assert "0200 000 000" in page
    (shown,) = re.findall(r"assets/emblem-[0-9a-f]{10}\.png", page)
    assert (loa.data / "site" / shown).is_file()
    refused = loa.cli("unit", "set", "xa-vi-du", "--accent", "xanh")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_doctor_makes_nothing_in_a_folder_that_is_not_there(bare_loa: RunningLoa) -> None:
    done = bare_loa.cli("doctor")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 8
    assert "loa up" in done.stdout
    assert not bare_loa.data.exists()


def test_an_unreachable_database_is_one_line_everywhere(bare_loa: RunningLoa) -> None:
    bare_loa.database_url = "postgresql://127.0.0.1:1/nowhere"
    listed = bare_loa.cli("unit", "list")
    assert (listed.returncode, listed.stdout, listed.stderr.count("\n")) == (1, "", 1)
    assert listed.stderr.startswith("Lỗi: Không mở được cơ sở dữ liệu.")
    done = bare_loa.cli("doctor")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 8
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("LOA_PORT", "99999"), ("LOA_LOG_LEVEL", "LOUD"), ("LOA_WORKERS", "0")]
)
def test_a_senseless_setting_is_one_line(bare_loa: RunningLoa, name: str, value: str) -> None:
    bare_loa.settings[name] = value
    done = bare_loa.cli("up")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert value in done.stderr


def test_a_changed_line_of_the_audit_log_is_found(loa: RunningLoa) -> None:
    assert loa.succeed("audit", "verify") == "Nhật ký nguyên vẹn.\n"
    postgresql = not loa.database.is_sqlite
    triggers = ["audit_entry_fixed ON audit_entry"] if postgresql else ["audit_entry_no_update"]
    with loa.database.writing() as session:
        for trigger in triggers:
            session.execute(text(f"DROP TRIGGER {trigger}"))
        session.execute(text("UPDATE audit_entry SET action = 'x' WHERE sequence = 2"))
    found = loa.cli("audit", "verify")
    assert (found.returncode, found.stdout) == (1, "")
    assert "dòng 2" in found.stderr
