"""The page of a unit's connections: tokens for who sends recordings, addresses that are told news.

For the unit's admins alone. A token and a secret are shown once, on the answer that made them.
"""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from bridge.api_tokens import MOST_DAYS, USUAL_DAYS, add_token, list_tokens, revoke_token
from bridge.db import utc_now
from bridge.errors import BridgeError, Forbidden, InvalidInput, NotFound
from bridge.webhooks import (
    add_webhook,
    list_deliveries,
    list_webhooks,
    remove_webhook,
    resend_delivery,
)
from web.access import units_of
from web.admin.area import area
from web.admin.places import ADMINS, own_unit
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error
from web.labels_machines import DELIVERY_WORDS, EVENT_WORDS, SCOPE_WORDS
from web.requests import wants_json
from web.security import current_person_id


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown once: a token for a program, or the secret of an address."""

    kind: str  # "token" or "secret"
    name: str
    value: str


@area.get("/ket-noi")
def all_connections() -> ResponseReturnValue:
    """The connections of the person's unit; with several units, a choice."""
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), ADMINS)
    if not units:
        raise Forbidden("role_missing", roles=["admin"])
    if len(units) == 1:
        return redirect(url_for("admin.connections", slug=units[0].slug))
    return render_template("admin/all_connections.html", units=units)


@area.get("/ket-noi/<slug>")
def connections(slug: str) -> str:
    """Tokens, addresses and the last deliveries of one unit."""
    return _page(slug)


@area.post("/ket-noi/<slug>/ma")
def make_token(slug: str) -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = request.form
    try:
        with current_services().db.writing() as session:
            info, token = add_token(
                session,
                unit_id=own_unit(session, slug).id,
                name=form.get("name", ""),
                scopes=form.getlist("scope"),
                days=_days(form.get("days", "")),
                actor_id=current_person_id(),
            )
    except BridgeError as error:
        return _refused(slug, error)
    return _page(slug, shown=Shown("token", info.name, token))


@area.post("/ket-noi/<slug>/ma/<token_id>/thu-hoi")
def end_token(slug: str, token_id: str) -> ResponseReturnValue:
    """Revoke a token."""
    with current_services().db.writing() as session:
        unit = own_unit(session, slug)
        revoke_token(session, token_id=token_id, unit_id=unit.id, actor_id=current_person_id())
    return _back(slug, "ma")


@area.post("/ket-noi/<slug>/noi-nhan")
def make_webhook(slug: str) -> ResponseReturnValue:
    """Have an address told of events, and show the secret that signs them, this once."""
    services, form = current_services(), request.form
    try:
        with services.db.writing() as session:
            info, secret = add_webhook(
                session,
                unit_id=own_unit(session, slug).id,
                url=form.get("url", ""),
                events=form.getlist("event"),
                this_machine=services.settings.webhooks_to_this_machine,
                actor_id=current_person_id(),
            )
    except BridgeError as error:
        return _refused(slug, error)
    return _page(slug, shown=Shown("secret", info.url, secret))


@area.post("/ket-noi/<slug>/noi-nhan/<webhook_id>/bo")
def end_webhook(slug: str, webhook_id: str) -> ResponseReturnValue:
    """Tell an address nothing more."""
    with current_services().db.writing() as session:
        unit = own_unit(session, slug)
        remove_webhook(
            session, webhook_id=webhook_id, unit_id=unit.id, actor_id=current_person_id()
        )
    return _back(slug, "noi-nhan")


@area.post("/ket-noi/<slug>/lan-bao/<delivery_id>/gui-lai")
def send_again(slug: str, delivery_id: str) -> ResponseReturnValue:
    """Send one delivery again, at once."""
    services = current_services()
    with services.db.writing() as session:
        unit = own_unit(session, slug)
        task_id = resend_delivery(
            session, delivery_id=delivery_id, unit_id=unit.id, actor_id=current_person_id()
        )
    services.queue.hand_over(services.db, task_id)
    return _back(slug, "lan-bao")


def _page(slug: str, *, shown: Shown | None = None, problem: str | None = None) -> str:
    with current_services().db.reading() as session:
        unit = own_unit(session, slug)
        tokens = list_tokens(session, unit.id)
        webhooks = list_webhooks(session, unit.id)
        deliveries = list_deliveries(session, unit.id)
    return render_template(
        "admin/connections.html",
        unit=unit,
        tokens=tokens,
        webhooks=webhooks,
        deliveries=deliveries,
        shown=shown,
        problem=problem,
        typed=request.form if problem else {},
        chosen=request.form if problem else None,
        scopes=SCOPE_WORDS,
        events=EVENT_WORDS,
        delivery_words=DELIVERY_WORDS,
        now=utc_now(),
        usual_days=USUAL_DAYS,
        most_days=MOST_DAYS,
    )


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InvalidInput("token_days", limit=MOST_DAYS)
    return int(text)


def _refused(slug: str, error: BridgeError) -> ResponseReturnValue:
    if wants_json() or isinstance(error, NotFound | Forbidden) or status_of(error) == 500:
        raise error
    return _page(slug, problem=describe_error(error)), status_of(error)


def _back(slug: str, anchor: str) -> Response:
    return redirect(url_for("admin.connections", slug=slug, _anchor=anchor), code=303)
