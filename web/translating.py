"""Texts in the language of the request, found quickly: the desk of two hours asks 15,000 times."""

from functools import lru_cache

from flask import g, has_app_context
from flask_babel import get_translations
from markupsafe import Markup, escape

_KEPT = "loa_translations"
_TEXTS = 4096  # more than there are, in both languages together


def translate(text: str) -> str:
    """A source text in the language of the request; as it is where there is none.

    As flask_babel's `gettext`, which looks for the language anew for each text.
    """
    if not has_app_context():
        return text
    known = g.get(_KEPT)
    if known is None:
        known = get_translations()
        setattr(g, _KEPT, known)
    return str(known.gettext(text))


def page_text(text: str, /, **values: object) -> Markup:
    """A template's `_("… %(name)s", name=…)`: translated, and safe in HTML as it stands.

    The texts are ours and may hold marks of HTML; the values are escaped. A "%" is written "%%".
    """
    said = translate(text)
    if not values:
        return _without_values(said)
    return Markup(said % {name: escape(value) for name, value in values.items()})  # noqa: S704  escaped  # nosec B704


@lru_cache(_TEXTS)
def _without_values(said: str) -> Markup:
    return Markup(said % {})  # noqa: S704  our own text  # nosec B704
