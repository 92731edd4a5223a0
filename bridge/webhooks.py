"""Telling other systems what happened: where to, of which events, and how each delivery stands.

An event becomes a delivery and its task in the transaction in which it happens, so none is lost
and none is told that did not happen. `publish.webhooks` sends; how a delivery stands is said by
its task alone.
"""

import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.db import utc_now
from bridge.errors import Conflict, InvalidInput, NotFound, TaskFailed
from bridge.models import WEBHOOK_EVENTS, Announcement, Task, Unit, Webhook, WebhookDelivery
from bridge.sources import is_private
from bridge.tasks import TaskRun, add_task, hold

KIND = "webhook"
URL_LENGTH = 1000
MOST_WEBHOOKS = 10  # of a unit
# After a failure the next try waits so long: a restart is over in a minute, a broken machine is
# mended by the next working day. Then it is given up, after two days in all.
WAITS = tuple(timedelta(minutes=count) for count in (1, 5, 15, 60, 180, 360, 720, 1440))
MOST_ATTEMPTS = len(WAITS) + 1
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """An address that is told, as lists show it; the secret is shown once, when it is made."""

    id: str
    url: str
    events: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """A delivery and how it stands. `task_state` as the task table has it."""

    id: str
    webhook_id: str
    url: str
    event: str
    announcement_id: str
    title: str
    created_at: datetime
    task_state: str
    attempts: int
    next_at: datetime | None
    error_code: str | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What one attempt at a delivery has to send."""

    id: str
    url: str
    secret: str
    event: str
    occurred_at: datetime
    announcement_id: str
    unit_slug: str
    unit_name: str
    portal_url: str  # empty: under the installation's address
    data: dict[str, Any]


def add_webhook(
    session: Session,
    *,
    unit_id: str,
    url: str,
    events: Collection[str],
    this_machine: bool = False,
    actor_id: str | None,
) -> tuple[WebhookInfo, str]:
    """Tell an address of these events from now on; what is known of it, and its secret.

    `this_machine` allows addresses of this machine, and plain HTTP to it. Raises InvalidInput
    `webhook_address`, `webhook_private`, `webhook_event_unknown`, Conflict `webhook_exists`,
    `too_many_webhooks` (`limit`), Forbidden.
    """
    require_role(session, actor_id, unit_id)
    url = checked_url(url, this_machine=this_machine)
    if not events or not set(events) <= set(WEBHOOK_EVENTS):
        raise InvalidInput("webhook_event_unknown")
    standing = list_webhooks(session, unit_id)
    if any(one.url == url for one in standing):
        raise Conflict("webhook_exists", url=url)
    if len(standing) >= MOST_WEBHOOKS:
        raise Conflict("too_many_webhooks", limit=MOST_WEBHOOKS)
    row = Webhook(
        unit_id=unit_id,
        url=url,
        secret=secrets.token_urlsafe(32),
        events=[event for event in WEBHOOK_EVENTS if event in events],
        created_by=actor_id,
        created_at=utc_now(),
    )
    session.add(row)
    session.flush()
    _note(session, row, actor_id, "add_webhook", url=url, events=row.events)
    return _info(row), row.secret


def remove_webhook(session: Session, *, webhook_id: str, unit_id: str, actor_id: str) -> None:
    """Tell an address nothing more, not even what waits. Done twice changes nothing more.

    Raises NotFound `webhook_unknown`, Forbidden.
    """
    row = session.get(Webhook, webhook_id, with_for_update=True)
    if row is None or row.unit_id != unit_id:
        raise NotFound("webhook_unknown")
    require_role(session, actor_id, row.unit_id)
    if row.removed_at is None:
        row.removed_at = utc_now()
        _note(session, row, actor_id, "remove_webhook", url=row.url)


def list_webhooks(session: Session, unit_id: str) -> list[WebhookInfo]:
    """Where a unit's events are told, the oldest first."""
    rows = session.scalars(
        select(Webhook)
        .where(Webhook.unit_id == unit_id, Webhook.removed_at.is_(None))
        .order_by(Webhook.created_at, Webhook.id)
    )
    return [_info(row) for row in rows]


def tell_webhooks(
    session: Session, announcement: Announcement, event: str, **data: object
) -> list[str]:
    """Have an event told to whoever wants it, in the caller's transaction; the tasks' ids.

    `data` is told besides the ids, the title and the addresses. Nobody has to hand the tasks over:
    the reaper does so within seconds.
    """
    wanted = session.scalars(
        select(Webhook)
        .where(Webhook.unit_id == announcement.unit_id, Webhook.removed_at.is_(None))
        .order_by(Webhook.id)
    ).all()
    made = []
    for webhook in wanted:
        if event not in webhook.events:
            continue
        _forget_old(session, webhook.id)
        task_id = add_task(session, kind=KIND, max_attempts=MOST_ATTEMPTS)
        session.add(
            WebhookDelivery(
                webhook_id=webhook.id,
                announcement_id=announcement.id,
                event=event,
                data={"title": announcement.title} | data,
                task_id=task_id,
                created_at=utc_now(),
            )
        )
        made.append(task_id)
    session.flush()
    return made


def list_deliveries(session: Session, unit_id: str, limit: int = 50) -> list[DeliveryInfo]:
    """A unit's newest deliveries to addresses that still stand."""
    rows = session.execute(
        select(WebhookDelivery, Webhook.url, Task)
        .join(Webhook, WebhookDelivery.webhook_id == Webhook.id)
        .join(Task, WebhookDelivery.task_id == Task.id)
        .where(Webhook.unit_id == unit_id, Webhook.removed_at.is_(None))
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id)
        .limit(limit)
    )
    return [_delivery(row) for row in rows]


def resend_delivery(session: Session, *, delivery_id: str, unit_id: str, actor_id: str) -> str:
    """Send one delivery again, at once, under its old id; the id of the task to hand over.

    While it waits, it waits no longer; while it is being sent, nothing changes. Raises NotFound
    `delivery_unknown`, Forbidden.
    """
    row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
    webhook = session.get(Webhook, row.webhook_id) if row else None
    stands = webhook is not None and webhook.unit_id == unit_id and webhook.removed_at is None
    if row is None or webhook is None or not stands:
        raise NotFound("delivery_unknown")
    require_role(session, actor_id, unit_id)
    task = session.get_one(Task, row.task_id, with_for_update=True)
    if task.state == "queued":
        task.not_before = None
    elif task.state != "running":
        row.task_id = add_task(session, kind=KIND, max_attempts=MOST_ATTEMPTS)
        _note(session, webhook, actor_id, "resend_delivery", delivery=row.id)
    session.flush()
    return row.task_id


def prepare_delivery(session: Session, run: TaskRun) -> Outgoing:
    """What a run has to send. Raises TaskFailed `webhook_unknown` once the address is removed."""
    row = session.execute(
        select(WebhookDelivery, Webhook, Unit)
        .join(Webhook, WebhookDelivery.webhook_id == Webhook.id)
        .join(Unit, Webhook.unit_id == Unit.id)
        .where(WebhookDelivery.task_id == run.id, Webhook.removed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise TaskFailed("webhook_unknown")
    delivery, webhook, unit = row
    return Outgoing(
        id=delivery.id,
        url=webhook.url,
        secret=webhook.secret,
        event=delivery.event,
        occurred_at=delivery.created_at,
        announcement_id=delivery.announcement_id,
        unit_slug=unit.slug,
        unit_name=unit.name,
        portal_url=unit.portal_url,
        data=delivery.data,
    )


def note_answer(session: Session, run: TaskRun, *, status: int | None, detail: str) -> None:
    """Write down what came back, in the transaction that ends the attempt. Raises LeaseLost."""
    hold(session, run)
    delivery = session.scalars(
        select(WebhookDelivery).where(WebhookDelivery.task_id == run.id)
    ).one()
    delivery.status, delivery.detail = status, detail[:500]


def checked_url(text: str, *, this_machine: bool = False) -> str:
    """An address that may be told. Raises InvalidInput `webhook_address`, `webhook_private`.

    A name is judged when it is resolved, at each delivery; a bare IP address here already.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidInput("webhook_address") from error
    local = host in ("localhost", "127.0.0.1", "::1")
    fine = parts.scheme == "https" or (parts.scheme == "http" and local and this_machine)
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= URL_LENGTH
    if not (fine and host and plain) or "@" in parts.netloc or parts.fragment:
        raise InvalidInput("webhook_address")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return text
    if is_private(host) and not (local and this_machine):
        raise InvalidInput("webhook_private")
    return text


def _forget_old(session: Session, webhook_id: str) -> None:
    old = utc_now() - KEPT
    ended = select(Task.id).where(Task.state.in_(("done", "failed", "cancelled")))
    session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.created_at < old,
            WebhookDelivery.task_id.in_(ended),
        )
    )


def _info(row: Webhook) -> WebhookInfo:
    return WebhookInfo(row.id, row.url, tuple(row.events), row.created_at)


def _delivery(row: Row[WebhookDelivery, str, Task]) -> DeliveryInfo:
    delivery, task = row.WebhookDelivery, row.Task
    return DeliveryInfo(
        id=delivery.id,
        webhook_id=delivery.webhook_id,
        url=row.url,
        event=delivery.event,
        announcement_id=delivery.announcement_id,
        title=delivery.data.get("title", ""),
        created_at=delivery.created_at,
        task_state=task.state,
        attempts=task.attempt,
        next_at=task.not_before if task.state == "queued" else None,
        error_code=task.error_code,
        status=delivery.status,
    )


def _note(
    session: Session, row: Webhook, actor_id: str | None, action: str, **data: object
) -> None:
    write_entry(
        session,
        actor_id=actor_id,
        action=action,
        subject_type="webhook",
        subject_id=row.id,
        unit_id=row.unit_id,
        **data,
    )
