"""The blueprint that the admin's views share."""

from flask import Blueprint

area = Blueprint("admin", __name__, url_prefix="/lam-viec")
