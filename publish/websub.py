"""Telling the WebSub hub that a unit's feeds have changed (W3C WebSub, section 6)."""

import logging
import urllib.error
import urllib.request
from email.message import Message
from http import HTTPStatus
from http.client import HTTPResponse
from typing import IO
from urllib.parse import urlencode, urlsplit

from sqlalchemy.orm import Session

from bridge.errors import SettingsError, TaskFailed
from bridge.models import Announcement, Unit
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, add_task, finish_task, hold
from publish.alerts import ALERT_LIST
from publish.atom import ATOM_ENDING
from publish.feeds import FEED_NAME, FEED_STEM
from publish.json_feed import JSON_ENDING

logger = logging.getLogger(__name__)

PING = "ping_hub"
TOPICS = (FEED_NAME, FEED_STEM + ATOM_ENDING, FEED_STEM + JSON_ENDING, ALERT_LIST)
_ATTEMPTS = 6
_ANSWER_WITHIN_S = 10.0
_ANSWER_BYTES = 4096  # of what a hub answers no more is read
# The hub may do it another time; any other refusal is for good.
_LATER = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS))


def plan_ping(session: Session, settings: Settings, announcement_id: str) -> None:
    """Have the hub told after the open transaction; nothing where no hub is set."""
    if settings.websub_hub:
        add_task(session, kind=PING, announcement_id=announcement_id, max_attempts=_ATTEMPTS)


def ping_hub(context: TaskContext, run: TaskRun) -> None:
    """Tell the hub of the settings that the feeds of the announcement's unit have changed.

    A task of its own: the announcement is on the portal whatever comes of this. Run twice, or
    killed: the hub is told twice and looks twice. Nothing but the settings' own address is asked,
    and where that sends on to another nobody follows. Raises TaskFailed `hub_refused` (`status`),
    SettingsError; OSError where the hub cannot be reached, which is tried again; LeaseLost.
    """
    hub = context.settings.websub_hub
    with context.db.writing() as session:
        hold(session, run)
        announcement = session.get_one(Announcement, run.announcement_id)
        unit = session.get_one(Unit, announcement.unit_id)
        home = f"{unit.portal_url or context.settings.effective_public_url}/{unit.slug}"
    if hub:
        for name in TOPICS:
            _tell(hub, f"{home}/{name}")
    with context.db.writing() as session:
        hold(session, run)
        finish_task(session, run)


class _NoWayOn(urllib.request.HTTPRedirectHandler):
    """What a hub may not do: send us to addresses inside the office's own network."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        return None


def _tell(hub: str, topic: str) -> None:
    if urlsplit(hub).scheme not in ("http", "https"):
        raise SettingsError(name="websub_hub", value=hub)
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
    request = urllib.request.Request(hub, data=body, method="POST")  # noqa: S310  looked at above
    try:
        answer: HTTPResponse
        with urllib.request.build_opener(_NoWayOn).open(
            request, timeout=_ANSWER_WITHIN_S
        ) as answer:
            answer.read(_ANSWER_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
            raise ConnectionError(f"{hub}: {status}") from error
        raise TaskFailed("hub_refused", status=status) from error
    logger.info("told %s of %s", hub, topic)
