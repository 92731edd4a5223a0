"""The Flask application: its parts, its limits, its headers, and the server that runs it."""

import gc
import logging
import signal
import tempfile
import threading

import waitress
from flask import Flask, request
from werkzeug.wrappers import Response

from bridge.errors import TooLarge
from bridge.settings import Settings
from web import assets, display, language
from web.account import area as account_area
from web.admin import area as admin_area
from web.api import SENDING_ENDPOINT, intake_area, open_area
from web.api import area as api_area
from web.context import current_services
from web.crowding import install_crowding
from web.editor import area as editor_area
from web.errors import install_errors
from web.large_bodies import hear_large_bodies
from web.operator import CHUNK_ENDPOINT, UPLOAD_ENDPOINT, WHOLE_FILE_BYTES, captures_area
from web.operator import area as operator_area
from web.permits import install_permits
from web.portal_files import PortalFiles
from web.public import area as public_area
from web.public import (
    begin_counting,
    counting_area,
    feedback_area,
    install_counting,
    oembed_area,
    search_area,
    tally_of,
)
from web.request_record import install_request_record, measures_of
from web.requests import SESSIONLESS_BLUEPRINTS, is_staff_request
from web.security import install_security
from web.services import Services, open_services
from web.status import area as status_area
from web.status import machines_area
from web.warm import warm_up_meanwhile

__all__ = ["Services", "create_app", "open_services", "serve"]

# The largest page, with every segment of a two-hour transcript, stays well under one MiB.
MAX_FORM_BYTES = 4 * 1024 * 1024
MAX_FORM_PARTS = 5000  # a two-hour transcript has about 1500 segments with two fields each
# What the parts of an upload form add to the file itself: most of it an approved script, as a
# file of 2 MB or as pasted text.
UPLOAD_OVERHEAD_BYTES = 3 * 1024 * 1024
CHANNEL_TIMEOUT_S = 120  # a client that sends nothing for so long is gone

# Their answers are the same for all and say themselves how long they may be kept.
FOR_ALL = SESSIONLESS_BLUEPRINTS | {"public", "search"}
STAFF_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def create_app(settings: Settings) -> Flask:
    """The whole of `web` over one data folder. The database must have been migrated."""
    services = open_services(settings)
    # Staff pages have a static route of their own (web.assets); "/static" belongs to the portal.
    app = Flask("web", static_folder=None)
    app.extensions["loa"] = services
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        PREFERRED_URL_SCHEME="https" if settings.secure_cookies else "http",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_request_record(app)
    install_crowding(app, settings)
    install_counting(app, services.db)
    app.before_request(_allow_uploads)
    language.install_language(app)
    install_security(app, settings, services.db)
    install_errors(app)
    display.install_display(app)
    areas = (
        operator_area,
        captures_area,
        editor_area,
        account_area,
        admin_area,
        api_area,
        open_area,
        intake_area,
        status_area,
        oembed_area,
        search_area,
        counting_area,
        feedback_area,
        public_area,
    )
    for blueprint in (assets.blueprint, machines_area, *areas):
        app.register_blueprint(blueprint)
    for blueprint in (intake_area, counting_area, feedback_area):
        app.extensions["csrf"].exempt(blueprint)  # each has a protection of its own
    install_permits(app)
    app.after_request(_add_headers)
    rules = [str(rule).split("/")[1:] for rule in app.url_map.iter_rules()]
    own = {parts[0] for parts in rules} - {"<path:name>", "<unit>", ""}
    answered = {parts[1] for parts in rules if parts[0] == "<unit>"}
    root, measures = str(settings.site_dir), measures_of(app)
    app.wsgi_app = PortalFiles(  # type: ignore[method-assign]
        app.wsgi_app, root, frozenset(own), measures, frozenset(answered)
    )
    return app


def serve(settings: Settings) -> None:
    """Answer requests until the process is told to stop. Prints nothing; logs like the rest."""
    app = create_app(settings)
    # What stands now stands for good. The garbage collector goes through it no more: in the middle
    # of a page of two hours that cost a third of the page's time.
    gc.collect()
    gc.freeze()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a busy moment is no warning
    # Bodies wait in a nameless file until they are complete, before anything here sees them. It
    # belongs on the data disk, not in /tmp, which is often memory.
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(settings.run_dir)
    server = waitress.create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=settings.web_threads,
        # Above the application's own limit, so that its Vietnamese answer is the one given.
        max_request_body_size=WHOLE_FILE_BYTES + 2 * UPLOAD_OVERHEAD_BYTES,
        channel_timeout=CHANNEL_TIMEOUT_S,
        # Believed by nothing here; `/metrics` has to see that a proxy stands in between.
        clear_untrusted_proxy_headers=False,
        ident=None,
    )
    hear_large_bodies(server)
    warm_up_meanwhile(app)
    begin_counting(app)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end_server)
    try:
        server.run()
    finally:
        tally_of(app).close()


def _end_server(_number: int, _frame: object) -> None:
    # waitress ends its loop on SystemExit and lets the requests under way finish.
    raise SystemExit(0)


def _allow_uploads() -> None:
    """Only files and their chunks may be large, and no larger than the settings say."""
    if request.endpoint == CHUNK_ENDPOINT:
        request.max_content_length = WHOLE_FILE_BYTES  # the endpoint itself is stricter
    if request.endpoint in (UPLOAD_ENDPOINT, SENDING_ENDPOINT):
        limit = min(WHOLE_FILE_BYTES, current_services().settings.max_upload_bytes)
        request.max_content_length = limit + UPLOAD_OVERHEAD_BYTES
        if (request.content_length or 0) > request.max_content_length:
            raise TooLarge("form_too_large", limit_bytes=limit)


def _add_headers(response: Response) -> Response:
    """Headers that every answer carries; staff pages are also closed to caches and frames."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Flask-WTF checks the Referer of writes over HTTPS, so this site itself must see it.
    headers.setdefault("Referrer-Policy", "same-origin")
    if request.blueprint not in FOR_ALL or is_staff_request():
        headers.setdefault("Content-Security-Policy", STAFF_POLICY)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if request.blueprint != "assets":
            headers.setdefault("Cache-Control", "no-store")
    return response
