"""The task that tells one address of one event, signed, and again later when that failed."""

import hashlib
import hmac
import json
import time
from typing import Any

from bridge.db import utc_now
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, end_attempt, finish_task, put_off
from bridge.webhooks import WAITS, Outgoing, checked_url, note_answer, prepare_delivery
from publish.outgoing import NotSent, post

GONE = 410  # the receiver wants nothing more of it


def deliver_webhook(context: TaskContext, run: TaskRun) -> None:
    """Send one delivery. Failed: it waits longer each time, and is given up after the last wait.

    Run twice, or killed after sending: the receiver gets the same delivery id again and can tell.
    Raises TaskFailed `webhook_unknown` where the address was removed, LeaseLost.
    """
    with context.db.reading() as session:
        outgoing = prepare_delivery(session, run)
    body = body_of(outgoing, context.settings)
    this_machine = context.settings.webhooks_to_this_machine
    try:
        checked_url(outgoing.url, this_machine=this_machine)
        status: int | None = post(
            outgoing.url,
            body,
            headers_of(outgoing, body, int(time.time())),
            this_machine=this_machine,
        )
        code, detail = "webhook_refused", ""
    except NotSent as error:
        status, code, detail = None, error.code, str(error.data.get("detail", ""))
    with context.db.writing() as session:
        note_answer(session, run, status=status, detail=detail)
        if status is not None and 200 <= status < 300:
            finish_task(session, run)
        elif status == GONE or run.attempt >= run.max_attempts:
            end_attempt(session, run, code=code, detail=detail, final=True)
        else:
            wait = WAITS[min(run.attempt, len(WAITS)) - 1]
            put_off(session, run, code=code, detail=detail, until=utc_now() + wait)


def body_of(outgoing: Outgoing, settings: Settings) -> bytes:
    """The delivery as JSON; the same bytes at each attempt, while the public address stays."""
    base = settings.effective_public_url
    home = f"{outgoing.portal_url or base}/{outgoing.unit_slug}"
    about: dict[str, Any] = {
        "id": outgoing.announcement_id,
        "url": f"{base}/api/v1/announcements/{outgoing.announcement_id}",
        "page_url": f"{home}/{outgoing.announcement_id}/",
        **outgoing.data,
    }
    told = {
        "id": outgoing.id,
        "event": outgoing.event,
        "occurred_at": outgoing.occurred_at.isoformat(timespec="seconds"),
        "unit": {"slug": outgoing.unit_slug, "name": outgoing.unit_name},
        "announcement": about,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def headers_of(outgoing: Outgoing, body: bytes, timestamp: int) -> dict[str, str]:
    """What goes before the body. The signature covers the moment, so that an old request cannot be
    sent again by whoever saw it: HMAC-SHA256 of "<timestamp>.<body>", in hexadecimal."""
    signed = f"{timestamp}.".encode() + body
    signature = hmac.new(outgoing.secret.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Loa",
        "X-Loa-Delivery": outgoing.id,
        "X-Loa-Event": outgoing.event,
        "X-Loa-Timestamp": str(timestamp),
        "X-Loa-Signature": f"v1={signature}",
        "Connection": "close",
    }
