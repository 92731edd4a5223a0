"""What machines ask: is the process alive, can it work, and how much of everything there is.

Nothing here asks a session: a monitor has none. `/health/…` tells words and no numbers, so anybody
may ask; `/metrics` is for this machine itself, or for who has the token of the settings.
"""

import hmac
import ipaddress

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from bridge.schema import database_revision, newest_revision
from bridge.status import disk_status
from web.context import Services, current_services
from web.request_record import current_measures
from web.status.metrics import FactsCollector

area = Blueprint("health", __name__)

# A proxy sets at least one of these; then the loopback address says nothing about who asks.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@area.get("/health/live")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@area.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Whether requests can be served: 503 while the database is away or of another version.

    "limited" (200) where pages work and something else does not: with `queue` away files are
    taken and wait; with `disk` full nothing new is taken, but residents still read and listen.
    """
    services = current_services()
    database = _database(services)
    if database != "ok":
        return jsonify(status="waiting", database=database), 503
    queue = "ok" if services.queue.is_reachable() else "away"
    disk = "ok" if disk_status(services.settings).accepts_files else "full"
    limited = (queue, disk) != ("ok", "ok")
    return jsonify(status="limited" if limited else "ok", database="ok", queue=queue, disk=disk)


@area.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Everything measured, in Prometheus' text form."""
    _require_scraper(current_services().settings.metrics_token)
    registry = current_measures().registry
    facts = FactsCollector(current_services())
    body = generate_latest(registry) + generate_latest(facts)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _database(services: Services) -> str:
    try:
        with services.db.reading() as session:
            session.execute(text("SELECT 1 FROM task LIMIT 1"))
        if database_revision(services.db) != newest_revision():
            return "outdated"
    except SQLAlchemyError:
        return "unreachable"
    return "ok"


def _require_scraper(token: str) -> None:
    """Raise Unauthorized or Forbidden unless the asker may read the metrics."""
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        fits = hmac.compare_digest(given.strip().encode(), token.encode())
        if scheme.lower() != "bearer" or not fits:
            raise Unauthorized
    elif not _is_this_machine():
        raise Forbidden


def _is_this_machine() -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
