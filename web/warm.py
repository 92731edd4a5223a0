"""What the first visitor after a start would otherwise wait for, done while nobody waits."""

import threading

from flask import Flask


def warm_up(app: Flask) -> None:
    """Compile every template; they stay in the application's memory. Twice is harmless.

    On a slow machine this is the better part of a second of the first opening of a desk.
    """
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def warm_up_meanwhile(app: Flask) -> None:
    """The same beside the first requests, so that a start takes no longer than before."""
    threading.Thread(target=warm_up, args=(app,), name="warm-up", daemon=True).start()
