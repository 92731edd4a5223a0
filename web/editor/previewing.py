"""Having the sound made as it would be published, and hearing it before approving."""

from flask import get_template_attribute, jsonify, redirect, send_file, url_for
from flask.typing import ResponseReturnValue

from bridge.errors import NotFound
from bridge.previews import order_preview, planned_sound
from bridge.retention import sound_is_removed
from web.access import require_visible
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.editor.preview_part import preview_part
from web.requests import wants_json
from web.security import current_person_id


@area.post("/ban-tin/<announcement_id>/nghe-truoc")
@shows_problem
def make_preview(announcement_id: str) -> ResponseReturnValue:
    """Have it made; a plain form gets the page, a script the part that tells how far it is."""
    services = current_services()
    with services.db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        task_id = order_preview(
            session, announcement_id=announcement_id, actor_id=current_person_id()
        )
    services.queue.hand_over(services.db, task_id)
    if wants_json():
        return _answer(announcement_id)
    page = url_for("editor.announcement", announcement_id=announcement_id, _anchor="duyet")
    return redirect(page, code=303)


@area.get("/ban-tin/<announcement_id>/nghe-truoc")
def preview_state(announcement_id: str) -> ResponseReturnValue:
    """The part of the page as it is now, and whether to ask again."""
    with current_services().db.reading() as session:
        require_visible(session, announcement_id, current_person_id())
    return _answer(announcement_id)


@area.get("/ban-tin/<announcement_id>/nghe-truoc/<file_name>")
def preview_sound(announcement_id: str, file_name: str) -> ResponseReturnValue:
    """The sound itself, in ranges: 404 `sound_not_ready` for another one than would go out now."""
    services = current_services()
    with services.db.reading() as session:
        require_visible(session, announcement_id, current_person_id())
        planned = planned_sound(session, announcement_id)
        removed = sound_is_removed(session, announcement_id)
    path = services.media.copies_folder(planned.sha256) / planned.file_name
    if removed or file_name != planned.file_name or not path.is_file():
        raise NotFound("sound_removed" if removed else "sound_not_ready")
    response = send_file(path, mimetype="audio/mpeg", conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _answer(announcement_id: str) -> ResponseReturnValue:
    services = current_services()
    with services.db.reading() as session:
        part = preview_part(session, services.media, announcement_id)
    if part is None:
        return jsonify(part="", making=False, may_order=False)
    shown = get_template_attribute("editor/_preview.html", "preview_part")(part)
    return jsonify(part=str(shown).strip(), making=part.is_making, may_order=part.may_order)
