"""The blueprint that the editor's views share."""

from flask import Blueprint

area = Blueprint("editor", __name__, url_prefix="/lam-viec")
