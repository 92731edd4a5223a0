"""The blueprint that the account's views share."""

from flask import Blueprint

area = Blueprint("account", __name__, url_prefix="/lam-viec/tai-khoan")
