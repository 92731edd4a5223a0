"""The open parts of the installation, for whoever answers a request."""

from typing import cast

from flask import current_app

from web.services import Services


def current_services() -> Services:
    """The services of the application that is answering."""
    return cast(Services, current_app.extensions["loa"])
