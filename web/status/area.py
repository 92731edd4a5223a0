"""The blueprint of the status page."""

from flask import Blueprint

area = Blueprint("status", __name__, url_prefix="/lam-viec")
