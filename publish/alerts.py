"""Urgent announcements for machines: one CAP 1.2 message each, and an Atom list of them. Pure.

CAP is the OASIS Common Alerting Protocol. An announcement has one file, which holds the newest
message about it: the alert, the update that a correction is, the cancellation that follows a
withdrawal or the end of its urgency. Each message has an identifier of its own and names those
before it.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from bridge.feed_pages import Revision
from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from bridge.vietnamese import token_key
from publish import dates
from publish.atom import ATOM_TYPE, add_entry, begin_atom
from publish.captions import to_text
from publish.xml_writing import add, write_document

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
CAP_TYPE = "application/cap+xml"
ALERT_LIST = "alerts.atom"
ALERT_FOLDER = "alerts"
LISTED_ALERTS = 50
_SOON = timedelta(hours=1)  # CAP: "Expected" is action within the next hour


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told of an announcement now. `earlier`: identifier and moment of each before.

    `kind`: Alert, Update or Cancel. `note`: what residents were told of a correction.
    """

    announcement_id: str
    kind: str
    identifier: str
    sent: datetime
    earlier: tuple[tuple[str, datetime], ...] = ()
    note: str = ""


def newest_message(announcement_id: str, revisions: Iterable[Revision]) -> Message | None:
    """The last message that the publications of an announcement give rise to; None: never urgent.

    `revisions`: the first one first.
    """
    message: Message | None = None
    standing: tuple[tuple[str, datetime], ...] = ()  # sent and not cancelled

    def send(kind: str, mark: str, at: datetime, note: str) -> None:
        nonlocal message, standing
        identifier = f"loa-{announcement_id}-{mark}"
        message = Message(announcement_id, kind, identifier, at, standing, note)
        standing = () if kind == "Cancel" else (*standing, (identifier, at))

    for one in revisions:
        if one.is_urgent:
            kind = "Update" if standing else "Alert"
            send(kind, str(one.number), one.published_at, one.public_note)
        elif standing:
            send("Cancel", str(one.number), one.published_at, one.public_note)
        if one.withdrawn_at is not None and standing:
            send("Cancel", f"{one.number}-x", one.withdrawn_at, one.withdrawn_reason)
    return message


def build_alert(
    unit: UnitInfo, message: Message, item: PublishedItem | None, base_url: str
) -> bytes:
    """The message as CAP 1.2. `item`: as it stands; not looked at where the message cancels."""
    alert = Element("alert", {"xmlns": CAP})
    sender = urlsplit(base_url).netloc
    add(alert, "identifier", message.identifier)
    add(alert, "sender", sender)
    add(alert, "sent", _written(message.sent, unit))
    add(alert, "status", "Actual")
    add(alert, "msgType", message.kind)
    add(alert, "source", unit.authority)
    add(alert, "scope", "Public")
    if message.note:
        add(alert, "note", message.note)
    if message.earlier:
        named = (f"{sender},{one},{_written(at, unit)}" for one, at in message.earlier)
        add(alert, "references", " ".join(named))
    if item is not None and message.kind != "Cancel":
        _add_info(alert, message, item, f"{base_url}/{unit.slug}/{item.id}/")
    return write_document(alert)


def build_alert_list(
    unit: UnitInfo,
    messages: Sequence[tuple[Message, PublishedItem | None]],
    base_url: str,
    hub: str = "",
) -> bytes:
    """Atom: an entry for each announcement's newest message, whatever has come to its end too."""
    home = f"{base_url}/{unit.slug}/"
    feed = begin_atom(
        f"urn:uuid:{uuid5(NAMESPACE_URL, home + ALERT_LIST)}",
        f"Tin khẩn cấp · {unit.name}",
        max((message.sent for message, _ in messages), default=None),
        unit.authority,
    )
    add(feed, "link", rel="self", type=ATOM_TYPE, href=home + ALERT_LIST)
    if hub:
        add(feed, "link", rel="hub", href=hub)
    for message, item in messages:
        address = f"{home}{ALERT_FOLDER}/{alert_name(message.announcement_id)}"
        cancelled = item is None or message.kind == "Cancel"
        title = "Tin khẩn cấp đã hết hiệu lực hoặc đã gỡ" if cancelled or not item else item.title
        # A new id for each message: readers take an entry that they know for read.
        identity = f"{address}#{message.identifier}"
        entry = add_entry(feed, identity, title, message.sent, message.sent)
        add(entry, "link", rel="alternate", type=CAP_TYPE, href=address)
    return write_document(feed)


def alert_name(announcement_id: str) -> str:
    return f"{announcement_id}.cap"


def cap_category(category: str) -> str:
    """The category of CAP that fits a unit's own, by the words of data/cap.toml."""
    words = _spelled(category)
    for one in _table()["categories"]:
        if any(_spelled(word) in words for word in one["words"]):
            return str(one["cap"])
    return str(_table()["category"])


def _add_info(alert: Element, message: Message, item: PublishedItem, address: str) -> None:
    unit, more, table = item.unit, item.particulars, _table()
    until = more.valid_until or item.broadcast_at + timedelta(hours=table["hours"])
    info = add(alert, "info")
    add(info, "language", "vi-VN" if more.language == "vi" else more.language)
    add(info, "category", cap_category(item.category))
    add(info, "event", item.category or "Tin khẩn cấp")
    add(info, "urgency", _urgency(more.valid_from, message.sent))
    add(info, "severity", table["severity"])
    add(info, "certainty", table["certainty"])
    if more.valid_from is not None:
        add(info, "onset", _written(more.valid_from, unit))
    add(info, "expires", _written(until, unit))
    add(info, "senderName", unit.authority)
    add(info, "headline", item.title)
    add(info, "description", to_text(item.segments).strip())
    add(info, "web", address)
    if unit.contact:
        add(info, "contact", unit.contact)
    sound = item.audio["mp3"]
    resource = add(info, "resource")
    add(resource, "resourceDesc", "Tiếng loa")
    add(resource, "mimeType", "audio/mpeg")
    add(resource, "size", str(sound["bytes"]))
    add(resource, "uri", address + sound["name"])
    area = f"{item.area}, {unit.name}" if item.area else unit.name
    add(add(info, "area"), "areaDesc", area)


def _urgency(begins_at: datetime | None, sent: datetime) -> str:
    """An urgent announcement calls for action at once, unless it says from when on it holds."""
    if begins_at is None or begins_at <= sent:
        return "Immediate"
    return "Expected" if begins_at - sent <= _SOON else "Future"


def _written(moment: datetime, unit: UnitInfo) -> str:
    """CAP wants the offset in figures, never Z."""
    return dates.to_local(moment, unit.time_zone).isoformat(timespec="seconds")


def _spelled(text: str) -> str:
    """Its words in one spelling, a blank on both sides of each: "Y tế, Hoà" as " y tế hòa "."""
    words = (token_key(word) for word in re.findall(r"[^\W_]+", text))
    return f" {' '.join(words)} "


@cache
def _table() -> dict[str, Any]:
    text = (resources.files("publish") / "data" / "cap.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
