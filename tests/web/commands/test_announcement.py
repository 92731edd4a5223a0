"""`loa announcement`: deciding and stopping without a browser."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from bridge.errors import Conflict, Forbidden
from bridge.flags import NewFlag, save_flags
from tests.web.conftest import TEXTS, Office
from web.commands.announcement import announcement


def loa(office: Office, *arguments: str) -> Any:
    """The JSON that the command prints."""
    command = [*arguments, "--data", str(office.settings.data_dir)]
    result = CliRunner().invoke(announcement, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_flagged_passages_are_shown_hidden_and_only_then_approved(office: Office) -> None:
    announcement_id = office.in_review()
    segment = office.view(announcement_id).segments[2]
    with office.services.db.writing() as session:
        reason = {"text": "xin", "times": 5}
        save_flags(session, announcement_id, [NewFlag(segment.id, "loop", 0, 2, reason)])
    editor, approver = office.person("editor").email, office.person("approver").email
    shown = loa(office, "show", announcement_id)
    assert shown["segments"][2]["flags"] == [{"kind": "loop", "reason": reason, "decision": None}]
    with pytest.raises(Conflict):
        loa(office, "approve", announcement_id, "--by", approver)
    decide = ("decide", announcement_id, "--by", editor)
    assert loa(office, *decide, "--keep", "--kind", "too_fast")["decided"] == 0
    assert loa(office, *decide, "--hide")["decided"] == 1
    shown = loa(office, "show", announcement_id)
    assert shown["text"] == " ".join(TEXTS[:2])
    assert (shown["segments"][2]["text"], shown["segments"][2]["hidden"]) == (TEXTS[2], True)
    with pytest.raises(Conflict, match="checks_missing"):
        loa(office, "approve", announcement_id, "--by", approver)
    assert loa(office, "confirm", announcement_id, "--by", editor)["confirmed"] == 1
    assert loa(office, "confirm", announcement_id, "--by", editor)["confirmed"] == 0
    assert loa(office, "approve", announcement_id, "--by", approver)["state"] == "approved"


def test_deciding_needs_a_decision(office: Office) -> None:
    command = ["decide", office.in_review(), "--by", office.person("editor").email]
    result = CliRunner().invoke(announcement, [*command, "--data", str(office.settings.data_dir)])
    assert result.exit_code == 2
    assert "--keep" in result.output


def test_hearing_is_stopped_and_tried_again(office: Office) -> None:
    announcement_id, _run = office.transcribing()
    with pytest.raises(Forbidden):
        loa(office, "cancel", announcement_id, "--by", office.person().email)
    assert loa(office, "cancel", announcement_id)["state"] == "failed"
    assert office.view(announcement_id).work.failure_code == "cancelled"
    assert loa(office, "retry", announcement_id)["state"] == "queued"
