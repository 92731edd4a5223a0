"""Every command that names who acts: whose act it may be stands here, and nobody else's is taken.

A command with `--by` that has no line here fails the build. Who may gets any other answer: that
what they ask is out of place just then is another matter.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bridge.accounts import set_parent
from bridge.errors import BridgeError
from bridge.models import User
from tests.web.commands.conftest import Loa
from tests.web.conftest import Office, wav_bytes
from web import cli as command_line
from web.cli import cli

ADMINS = {"admin"}
APPROVERS = {"approver", "admin"}
EDITORS = {"editor", "approver", "admin"}
SENDERS = {"operator", "editor", "admin"}
STAFF = {"operator", "editor", "approver", "admin"}
ROLES = ("operator", "editor", "approver", "admin", "supervisor")
KINDS = (*ROLES, "overseer", "foreign", "left")

# Command: who may, and what is typed after it; ID is an announcement in review.
COMMANDS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "announcement approve": (APPROVERS, ("ID",)),
    "announcement cancel": (STAFF, ("ID",)),
    "announcement confirm": (EDITORS, ("ID",)),
    "announcement decide": (EDITORS, ("ID", "--keep")),
    "announcement join": (EDITORS, ("PART",)),
    "announcement priority": (STAFF, ("ID", "urgent")),
    "announcement publish-now": (APPROVERS, ("ID",)),
    "announcement resubmit": (EDITORS, ("ID",)),
    "announcement retry": (STAFF, ("ID",)),
    "announcement return": (APPROVERS, ("ID", "--comment", "Sai giờ.")),
    "announcement script": (STAFF, ("ID", "TEXT")),
    "announcement split": (EDITORS, ("ID", "--at", "3000")),
    "announcement unschedule": (APPROVERS, ("ID",)),
    "announcement withdraw": (APPROVERS, ("ID", "--reason", "Ghi nhầm.")),
    "ingest": (SENDERS, ("SOUND", "--unit", "xa-mau")),
    "person withdraw": (EDITORS, ("Trần Văn Mẫu", "--yes", "--unit", "xa-mau")),
    "retention set": (ADMINS, ("withdrawn", "30", "--unit", "xa-mau")),
    "schedule add": (ADMINS, ("Đài", "05:00–05:30 hằng ngày", "--unit", "xa-mau")),
    "schedule remove": (ADMINS, ("SCHEDULE",)),
    "source add": (ADMINS, ("Đài mới", "alsa:plughw:1", "--unit", "xa-mau")),
    "source remove": (ADMINS, ("Đài", "--unit", "xa-mau")),
}


def naming() -> Iterator[str]:
    """All commands with `--by`, wherever they are."""
    waiting: list[tuple[str, click.Command | None]] = [("", cli)]
    context = click.Context(cli)
    while waiting:
        name, command = waiting.pop()
        if isinstance(command, click.Group):
            for one in command.list_commands(context):
                waiting.append((f"{name} {one}".strip(), command.get_command(context, one)))
        elif command is not None and any("--by" in item.opts for item in command.params):
            yield name


def test_every_command_that_names_who_acts_has_a_line() -> None:
    assert set(naming()) == set(COMMANDS)


@pytest.fixture
def people(office: Office) -> dict[str, User]:
    other = office.unit_named("tinh-mau", "Tỉnh Mẫu")
    with office.services.db.writing() as session:
        set_parent(session, slug="xa-mau", parent_slug="tinh-mau")
    found = {role: office.person(role) for role in ROLES}
    found["overseer"] = office.person("supervisor", unit=other)
    found["foreign"] = office.person("operator", "editor", "approver", "admin", unit=other)
    found["left"] = office.person("admin", active=False)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_who_may(
    office: Office,
    people: dict[str, User],
    loa: Loa,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    may, typed = COMMANDS[name]
    monkeypatch.setattr(command_line, "describe_error", code_of)
    for module in ("person", "files"):
        monkeypatch.setattr(f"web.commands.{module}.describe_error", code_of)
    (tmp_path / "text.txt").write_text("Kính thưa bà con.", encoding="utf-8")
    assert loa("source", "add", "Đài", "alsa:plughw:1", "--unit", "xa-mau")[0] == 0
    told = loa("schedule", "add", "Đài", "05:00–05:30 hằng ngày", "--unit", "xa-mau")[1]
    things = {"TEXT": str(tmp_path / "text.txt"), "SCHEDULE": told.split("\t")[0]}
    refused = set()
    # Who may comes last: it is done then, and there to be asked for no more.
    asked = sorted(people.items(), key=lambda one: one[0] in may)
    for number, (kind, person) in enumerate(asked):
        sound = tmp_path / f"{number}.wav"
        sound.write_bytes(wav_bytes(0.3, seed=100 + number))
        things["SOUND"] = str(sound)
        things["ID"] = office.in_review(texts=("Kính thưa.", "Mời ông Trần Văn Mẫu."))
        if "PART" in typed:
            things["PART"] = second_part(loa, things["ID"], people["editor"].email)
        words = [things.get(word, word) for word in typed]
        _status, _out, err = loa(*name.split(), *words, "--by", person.email)
        if "role_missing" in err:
            refused.add(kind)
    assert refused == set(KINDS) - may, name


def second_part(loa: Loa, announcement_id: str, email: str) -> str:
    """The id of what comes after the first segment, made an announcement of its own."""
    split = ("announcement", "split", announcement_id, "--at", "3000", "--by", email)
    return str(json.loads(loa(*split)[1].splitlines()[-1])["announcement"])


def code_of(error: BridgeError) -> str:
    return error.code
