"""`loa announcement split` and `join`."""

import json

import pytest
from click.testing import CliRunner

from bridge.errors import InvalidInput
from tests.web.commands.test_announcement import loa
from tests.web.conftest import Office
from web.commands.announcement import announcement


def split(office: Office, *arguments: str) -> list[dict[str, object]]:
    command = ["split", *arguments, "--data", str(office.settings.data_dir)]
    result = CliRunner().invoke(announcement, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_recording_is_parted_and_joined_from_the_command_line(office: Office) -> None:
    whole, editor = office.in_review(), office.person("editor").email
    made = split(office, whole, "--at", "3000", "--at", "6000", "--title", "Tiêm", "--by", editor)
    assert [one["start_ms"] for one in made] == [0, 2_900, 5_900]
    assert [one["title"] for one in made] == ["Lịch tiêm chủng", "Tiêm", "Xin cảm ơn"]
    third, second = str(made[2]["announcement"]), made[1]["announcement"]
    assert loa(office, "join", third, "--by", editor) == {"announcement": second, "joined": third}
    with pytest.raises(InvalidInput, match="parts_apart"):
        loa(office, "join", whole, "--by", editor)


def test_a_place_inside_a_segment_is_refused(office: Office) -> None:
    whole, editor = office.in_review(), office.person("editor").email
    with pytest.raises(InvalidInput, match="part_inside_segment"):
        split(office, whole, "--at", "3100", "--by", editor)
