"""What machines ask: is the process alive, can it work, and how much of everything there is.

Nothing here asks a session: a monitor has none. `/health/…` tells words and no numbers, so anybody
may ask; `/metrics` is for this machine itself, or for who has the token of the settings.
"""

import hmac
import ipaddress

from flask import Blueprint, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from web.context import current_services
from web.request_record import current_measures
from web.status.metrics import FactsCollector
from web.status.readiness import Readiness

area = Blueprint("health", __name__)

# A proxy sets at least one of these; then the loopback address says nothing about who asks.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@area.record
def _install_readiness(state: BlueprintSetupState) -> None:
    extensions = state.app.extensions
    extensions["loa_readiness"] = Readiness(extensions["loa"])


@area.get("/health/live")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@area.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Whether requests can be served: 503 while the database is away or of another version.

    "limited" (200) where pages work and something else does not: with `queue` away files are
    taken and wait; with `disk` full nothing new is taken, but residents still read and listen.
    The answer may be a second old; who asks while it is found for the first time hears 503.
    """
    readiness: Readiness = current_app.extensions["loa_readiness"]
    answer = readiness.answer()
    return jsonify(status=answer.status, **answer.parts), 200 if answer.works else 503


@area.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Everything measured, in Prometheus' text form."""
    _require_scraper(current_services().settings.metrics_token)
    registry = current_measures().registry
    facts = FactsCollector(current_services())
    body = generate_latest(registry) + generate_latest(facts)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


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
