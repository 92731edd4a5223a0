"""`loa announcement`: deciding and stopping without a browser."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bridge.db import utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput
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


def test_it_is_sent_back_answered_and_approved_for_later(office: Office) -> None:
    announcement_id = office.in_review()
    office.confirm(announcement_id)
    editor, approver = office.person("editor").email, office.person("approver").email
    by_approver = (announcement_id, "--by", approver)
    told = loa(office, "return", *by_approver, "--comment", "Nghe lại giờ.")
    assert told == {"announcement": announcement_id, "state": "in_review"}
    with pytest.raises(Conflict, match="returns_open"):
        loa(office, "approve", *by_approver)
    answer = ("resubmit", announcement_id, "--by", editor, "--reply", "Đã nghe lại.")
    assert [loa(office, *answer)["answered"] for _ in range(2)] == [1, 0]
    for wrong in ("mai", " "):
        with pytest.raises(InvalidInput, match="publish_at"):
            loa(office, "approve", *by_approver, "--at", wrong)
    tomorrow = utc_now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(days=1)
    at = tomorrow.strftime("%d/%m/%Y %H:%M")
    told = loa(office, "approve", *by_approver, "--at", at)
    assert told["state"] == "approved"
    assert datetime.fromisoformat(told["publish_at"]) == tomorrow.replace(second=0, microsecond=0)
    told = loa(office, "unschedule", *by_approver)
    assert told == {"announcement": announcement_id, "state": "in_review"}
    loa(office, "return", *by_approver, "--comment", "Sai tên thôn.")
    loa(office, "approve", *by_approver, "--at", at, "--resolve-returns")
    told = loa(office, "publish-now", *by_approver)
    assert told == {"announcement": announcement_id, "state": "approved"}


def test_a_first_publication_takes_no_public_note(office: Office) -> None:
    announcement_id = office.in_review()
    office.confirm(announcement_id)
    approver = office.person("approver").email
    with pytest.raises(InvalidInput, match="note_needless"):
        loa(office, "approve", announcement_id, "--by", approver, "--note", "Sai giờ.")


def test_what_waits_to_be_heard_is_made_urgent(office: Office) -> None:
    receipt = office.received()
    operator = office.person("operator").email
    told = loa(office, "priority", receipt.announcement_id, "urgent", "--by", operator)
    assert told == {"announcement": receipt.announcement_id, "priority": "urgent"}
    assert office.view(receipt.announcement_id).work.priority == "urgent"
