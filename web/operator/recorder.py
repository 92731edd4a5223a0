"""The recorder page. It only shows it: the sound travels by the captures' own addresses."""

from urllib.parse import urlsplit, urlunsplit

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from bridge.db import utc_now
from bridge.errors import Forbidden
from web.access import SENDERS, units_of
from web.context import current_services
from web.operator.views import area
from web.security import current_person_id


@area.get("/thu-am", endpoint="recorder")
def recorder() -> ResponseReturnValue:
    """Show the page; everything else on it happens in the browser."""
    services = current_services()
    with services.db.reading() as session:
        units = units_of(session, current_person_id(), SENDERS)
    if not units:
        raise Forbidden("role_missing", roles=["operator", "editor"])
    return render_template(
        "operator/recorder.html",
        units=units,
        now=utc_now(),
        max_duration_ms=services.settings.max_duration_ms,
        local_address=_local_address(),
    )


def _local_address() -> str:
    """The address of this page for somebody who sits at the server itself.

    Browsers give the microphone to `localhost` without encryption.
    """
    port = urlsplit(request.host_url).port
    host = f"localhost:{port}" if port else "localhost"
    return urlunsplit(("http", host, url_for("operator.recorder"), "", ""))
