"""Texts of templates: translated, escaped where they must be, safe where they may be."""

from flask import render_template_string

from tests.web.conftest import Office
from web.language import COOKIE

_TEXT = """{{ _("Gợi ý tên") }}|{{ _("%(name)s đã nghe, đúng", name=name) }}|{{
_("Máy đang làm bản nghe trước: %(percent)s%%.", percent=7) }}|{{ _("<b>ta</b>") }}"""


def said(office: Office, language: str) -> list[str]:
    with office.app.test_request_context("/lam-viec/", headers={"Cookie": f"{COOKIE}={language}"}):
        return render_template_string(_TEXT, name='<i title="x">Mẫu</i>').split("|")


def test_values_are_escaped_and_the_texts_stand_as_they_are(office: Office) -> None:
    name, heard, percent, own = said(office, "vi")
    assert name == "Gợi ý tên"
    assert heard == "&lt;i title=&#34;x&#34;&gt;Mẫu&lt;/i&gt; đã nghe, đúng"
    assert percent == "Máy đang làm bản nghe trước: 7%."
    assert own == "<b>ta</b>"


def test_one_language_is_never_taken_for_another(office: Office) -> None:
    vietnamese, english = said(office, "vi"), said(office, "en")
    assert vietnamese != english
    assert (said(office, "vi"), said(office, "en")) == (vietnamese, english)
    assert "&lt;i" in english[1]
    assert "7%" in english[2]
