"""A forgotten password: a letter with a link, where there is a mail server.

Whoever asks is told the same whether anybody has that address, and nothing that the answer waits
for depends on it: the letter is handed to the workers later, by their own round.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.letters import order_forgotten
from web.account.area import area
from web.context import current_services
from web.signing_in import password_wait, say_wait

_LONGEST = 255  # of an address


@area.get("/quen-mat-khau")
def forgotten() -> str:
    """A field for the address; without a mail server, whom to ask."""
    return _page()


@area.post("/quen-mat-khau")
def ask_for_letter() -> ResponseReturnValue:
    """Send the letter, if there is anybody to send it to."""
    services = current_services()
    email = request.form.get("email", "").strip()[:_LONGEST]
    if not services.settings.sends_letters or not email:
        return _page()
    # Counted like tries of a password: nobody finds out whole lists of addresses, or floods one.
    wait = password_wait(services.db, f"{email} letter")
    if wait is not None:
        return _page(problem=say_wait(wait))
    with services.db.writing() as session:
        order_forgotten(session, email)
    flash(
        str(
            gettext(
                "Nếu địa chỉ này có tài khoản thì trong vài phút nữa sẽ có thư. Không thấy thư "
                "thì xem cả hộp thư rác, rồi nhờ người quản trị của đơn vị."
            )
        )
    )
    return redirect(url_for("security.login"), code=303)


def _page(problem: str | None = None) -> str:
    return render_template(
        "account/forgotten.html",
        by_letter=current_services().settings.sends_letters,
        problem=problem,
        typed=request.form,
    )
