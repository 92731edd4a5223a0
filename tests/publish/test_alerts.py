"""CAP messages: which is sent when, what it says, and that OASIS's schema takes it."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest

from bridge.details import Particulars
from bridge.feed_pages import Revision
from publish.alerts import (
    CAP,
    CAP_TYPE,
    build_alert,
    build_alert_list,
    cap_category,
    newest_message,
)
from publish.atom import ATOM_TYPE
from tests.publish.conftest import BROADCAST_AT
from tests.publish.schemas import cap_faults

BASE = "https://loa.example"
ID = "b3d8t6w1cevr"
AT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def revision(number, *, urgent=True, withdrawn=None, note=""):
    at = AT + timedelta(hours=number - 1)
    gone_at = None if withdrawn is None else at + timedelta(minutes=10)
    return Revision(number, urgent, at, note, gone_at, withdrawn or "")


@pytest.mark.parametrize(
    ("revisions", "kind", "identifier", "earlier"),
    [
        ([revision(1)], "Alert", "1", []),
        ([revision(1), revision(2)], "Update", "2", ["1"]),
        ([revision(1), revision(2), revision(3)], "Update", "3", ["1", "2"]),
        ([revision(1, withdrawn="Nhầm.")], "Cancel", "1-x", ["1"]),
        ([revision(1), revision(2, urgent=False)], "Cancel", "2", ["1"]),
        # A new alarm after a cancelled one is no update of it.
        ([revision(1, withdrawn="Nhầm."), revision(2)], "Alert", "2", []),
        # What was cancelled is not cancelled again.
        (
            [revision(1), revision(2, urgent=False), revision(3, urgent=False, withdrawn="Cũ.")],
            "Cancel",
            "2",
            ["1"],
        ),
        ([revision(1, urgent=False), revision(2)], "Alert", "2", []),
    ],
)
def test_each_publication_has_its_message(revisions, kind, identifier, earlier):
    message = newest_message(ID, revisions)
    assert message is not None
    assert (message.kind, message.identifier) == (kind, f"loa-{ID}-{identifier}")
    assert [one for one, _ in message.earlier] == [f"loa-{ID}-{one}" for one in earlier]


def test_what_was_never_urgent_has_no_message():
    assert newest_message(ID, [revision(1, urgent=False, withdrawn="Nhầm.")]) is None


def read(content):
    """Every element's text by its name; fails where OASIS's schema refuses the document."""
    assert cap_faults(content) == []
    root = ElementTree.fromstring(content)  # noqa: S314  our own
    return {one.tag.removeprefix(f"{{{CAP}}}"): one.text for one in root.iter()}


def test_an_alert_says_what_where_and_until_when(unit_info, make_item):
    more = Particulars(valid_until=BROADCAST_AT + timedelta(days=2))
    item = make_item("Nước sông lên.", priority="urgent", category="Thiên tai", particulars=more)
    said = read(build_alert(unit_info, newest_message(ID, [revision(1)]), item, BASE))
    assert (
        said.items()
        >= {
            "identifier": f"loa-{ID}-1",
            "sender": "loa.example",
            "sent": "2026-11-21T06:30:00+07:00",
            "status": "Actual",
            "msgType": "Alert",
            "scope": "Public",
            "language": "vi-VN",
            "category": "Met",
            "event": "Thiên tai",
            "urgency": "Immediate",
            "severity": "Unknown",
            "certainty": "Unknown",
            "expires": "2026-11-23T05:30:00+07:00",
            "senderName": "Ủy ban nhân dân xã Mẫu",
            "headline": "Lịch tiêm chủng",
            "description": "Nước sông lên.",
            "web": f"{BASE}/xa-mau/{ID}/",
            "areaDesc": "toàn xã, Xã Mẫu",
            "uri": f"{BASE}/xa-mau/{ID}/{item.audio['mp3']['name']}",
        }.items()
    )
    assert "references" not in said


def test_an_update_names_the_messages_before_it_and_what_was_wrong(unit_info, make_item):
    item = make_item("Nước <rút> & \x08.", priority="urgent", category="")
    message = newest_message(ID, [revision(1), revision(2, note="Giờ là 7 giờ.")])
    said = read(build_alert(unit_info, message, item, BASE))
    assert said["msgType"] == "Update"
    assert said["references"] == f"loa.example,loa-{ID}-1,2026-11-21T06:30:00+07:00"
    assert said["note"] == "Giờ là 7 giờ."
    assert (said["event"], said["description"]) == ("Tin khẩn cấp", "Nước <rút> & .")
    assert said["expires"] == "2026-11-22T05:30:00+07:00"  # a day after the broadcast


def test_a_cancellation_says_nothing_of_what_was_taken_down(unit_info):
    message = newest_message(ID, [revision(1, withdrawn="Ghi nhầm ngày.")])
    said = read(build_alert(unit_info, message, None, BASE))
    assert (said["msgType"], said["note"]) == ("Cancel", "Ghi nhầm ngày.")
    assert said["references"].startswith(f"loa.example,loa-{ID}-1,")
    assert "info" not in said


@pytest.mark.parametrize(
    ("minutes", "urgency"), [(-5, "Immediate"), (30, "Expected"), (300, "Future")]
)
def test_what_begins_later_is_told_so(unit_info, make_item, minutes, urgency):
    more = Particulars(valid_from=AT + timedelta(minutes=minutes))
    item = make_item(priority="urgent", particulars=more)
    said = read(build_alert(unit_info, newest_message(ID, [revision(1)]), item, BASE))
    assert said["urgency"] == urgency


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("Y tế", "Health"),
        ("Cháy rừng", "Fire"),
        ("Bão, lũ", "Met"),
        ("Bảo hiểm", "Other"),
        ("An ninh trật tự", "Security"),
        ("", "Other"),
    ],
)
def test_a_unit_s_category_finds_its_word_in_cap(category, expected):
    assert cap_category(category) == expected


def test_the_list_leads_to_each_message_and_a_new_one_is_new(unit_info, make_item):
    item = make_item(priority="urgent")
    first, second = (newest_message(ID, [revision(n) for n in range(1, m)]) for m in (2, 3))
    lists = [
        feedparser.parse(build_alert_list(unit_info, [(one, item)], BASE))
        for one in (first, second)
    ]
    for parsed in lists:
        assert (parsed.bozo, parsed.version) == (False, "atom10")
        (entry,) = parsed.entries
        assert entry.title == item.title
        (link,) = entry.links
        assert (link.type, link.href) == (CAP_TYPE, f"{BASE}/xa-mau/alerts/{ID}.cap")
    assert lists[0].entries[0].id != lists[1].entries[0].id
    assert {link.rel: link.type for link in lists[0].feed.links} == {"self": ATOM_TYPE}
    gone = newest_message(ID, [revision(1, withdrawn="Nhầm.")])
    content = build_alert_list(unit_info, [(gone, None)], BASE, "https://hub.example/")
    (entry,) = feedparser.parse(content).entries
    assert entry.title == "Tin khẩn cấp đã hết hiệu lực hoặc đã gỡ"
    assert b'rel="hub"' in content
