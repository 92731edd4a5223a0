"""Vietnamese is the source and the default; English is a switch kept in a cookie."""

from flask import Blueprint, Flask, Response, has_request_context, make_response, redirect, request
from flask_babel import Babel, get_locale
from werkzeug.wrappers import Response as BaseResponse

from web.context import current_services
from web.requests import safe_local_path
from web.translating import page_text, translate
from web.transport import is_https

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "vi"
COOKIE = "loa_language"
_YEAR_S = 365 * 24 * 3600

blueprint = Blueprint("language", __name__, url_prefix="/lam-viec")


def choose_language() -> str:
    """The language of this request. The browser's own wish is not asked: an office machine
    with an English system must still greet its people in Vietnamese.
    """
    if not has_request_context():
        return DEFAULT_LANGUAGE
    wanted = request.cookies.get(COOKIE, DEFAULT_LANGUAGE)
    return wanted if wanted in LANGUAGES else DEFAULT_LANGUAGE


def install_language(app: Flask) -> None:
    """Make gettext speak the chosen language, in code and in templates."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LANGUAGE
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Ho_Chi_Minh"
    Babel(app, locale_selector=choose_language)
    # No text of ours depends on a number: Vietnamese words have one form.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # its extension's
        gettext=translate, ngettext=_one_form, newstyle=True
    )
    # What the extension puts there costs the desk of two hours a third of its template's time.
    app.jinja_env.globals.update(dict.fromkeys(("_", "gettext"), page_text))
    app.register_blueprint(blueprint)
    app.context_processor(_language_words)


def _one_form(one: str, _many: str, _count: int) -> str:
    return translate(one)


def _language_words() -> dict[str, object]:
    current = str(get_locale() or DEFAULT_LANGUAGE)
    other = next(code for code in LANGUAGES if code != current)
    return {"language": current, "other_language": other, "other_name": LANGUAGES[other]}


@blueprint.post("/ngon-ngu")
def switch_language() -> BaseResponse:
    """Keep the wanted language in a cookie and go back to where the person was."""
    wanted = request.form.get("language", DEFAULT_LANGUAGE)
    back = safe_local_path(request.form.get("next", ""), "/lam-viec/")
    answer: Response = make_response(redirect(back, code=303))
    if wanted in LANGUAGES:
        answer.set_cookie(
            COOKIE,
            wanted,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Lax",
            secure=current_services().settings.secure_cookies or is_https(),
        )
    return answer
