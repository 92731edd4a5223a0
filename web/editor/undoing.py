"""The button that takes a person's latest step back, whatever it was."""

from dataclasses import dataclass
from typing import Any

from flask import get_template_attribute, jsonify, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bridge.steps import Step, latest_step
from bridge.undo import ChangeSpan
from web.access import require_visible
from web.context import current_services
from web.editor.area import area
from web.labels import mark, say
from web.security import current_person_id

# After "Hoàn tác: ", by the kind of the step.
STEPS: dict[str, str] = {
    "split": mark("tách đoạn"),
    "merge": mark("ghép đoạn"),
    "replace": mark("thay chữ ở %(count)s đoạn"),
    "number": mark("viết số"),
    "numbers": mark("viết số ở %(count)s đoạn"),
    "term": mark("viết tên"),
    "names": mark("viết tên ở %(count)s đoạn"),
    "refuse": mark("bỏ qua gợi ý"),
    "cut": mark("cắt cả tiếng và chữ"),
    "beep": mark("che tiếng bằng tiếng bíp"),
    "hide": mark("ẩn đoạn"),
    "show": mark("đăng lại đoạn"),
    "keep": mark("giữ lại đoạn"),
}
# The same of several segments, where one word serves both.
_OF_SEVERAL: dict[str, str] = {
    "cut": mark("cắt cả tiếng và chữ ở %(count)s đoạn"),
    "beep": mark("che tiếng bằng tiếng bíp ở %(count)s đoạn"),
    "hide": mark("ẩn %(count)s đoạn"),
    "show": mark("đăng lại %(count)s đoạn"),
    "keep": mark("giữ lại %(count)s đoạn"),
}


@dataclass(frozen=True, slots=True)
class UndoButton:
    """What is taken back, in words, and how: the field and its value that `url` wants. Without a
    field it is a cutting or joining, which `url` itself names. `form`: what it belongs to in the
    page, where that is not the text's own form."""

    words: str
    url: str
    field: str = ""
    value: str = ""
    form: str = ""


@area.get("/ban-tin/<announcement_id>/buoc-cuoi")
def latest(announcement_id: str) -> ResponseReturnValue:
    """The button as it is now, for a page whose own turned out to be too late."""
    with current_services().db.reading() as session:
        require_visible(session, announcement_id, current_person_id())
        return jsonify(undo=undo_part(session, announcement_id))


def undo_button(session: Session, announcement_id: str, person_id: str) -> UndoButton | None:
    """The button for the person's latest step; None where nothing can be taken back."""
    step = latest_step(session, announcement_id, person_id)
    if step is None or step.kind not in STEPS:
        return None
    words = say((_OF_SEVERAL if step.count > 1 else STEPS).get(step.kind, STEPS[step.kind]))
    if "%(count)" in words:
        words %= {"count": step.count}
    return _button(announcement_id, step, words)


def undo_part(session: Session, announcement_id: str) -> str:
    """The same for the signed-in person as a part of the page; empty for none."""
    button = undo_button(session, announcement_id, current_person_id())
    macro = get_template_attribute("editor/_suggestions.html", "undo_latest")
    return str(macro(button)).strip()


def span_value(span: ChangeSpan, term_id: str = "") -> str:
    """What names a change in an address and on a button."""
    return "-".join(filter(None, (str(span.first), str(span.last), term_id)))


def _button(announcement_id: str, step: Step, words: str) -> UndoButton:
    here: dict[str, Any] = {"announcement_id": announcement_id}
    if step.change_id:
        return UndoButton(words, url_for("editor.undo", change_id=step.change_id, **here))
    if step.refusal_id:
        address = url_for("editor.show_suggestions", **here)
        return UndoButton(words, address, "refusal", step.refusal_id)
    if step.decided:
        address = url_for("editor.undo_decision", **here)
        return UndoButton(words, address, "undo", span_value(step.decided), form="decide")
    value = span_value(step.span, step.term_id) if step.span else ""
    return UndoButton(words, url_for("editor.undo_suggestion", **here), "undo", value)
