"""The sound of an announcement: our own copy to listen to, the original only to take away."""

from flask import send_file
from flask.typing import ResponseReturnValue

from bridge.errors import Forbidden, NotFound
from bridge.media import LISTENING_COPY
from bridge.retention import sound_is_removed
from web.access import EDITORS, visible_announcement
from web.context import current_services
from web.editor.area import area
from web.security import current_person_id


@area.get("/ban-tin/<announcement_id>/am-thanh")
def listen(announcement_id: str) -> ResponseReturnValue:
    """The listening copy, in ranges. It is of the whole recording, like every time on the page.

    404 `sound_not_ready` until the transcription has made it, `sound_removed` where a retention
    rule took it.
    """
    services = current_services()
    with services.db.reading() as session:
        view, _roles = visible_announcement(session, announcement_id, current_person_id())
        removed = sound_is_removed(session, announcement_id)
    path = services.media.copies_folder(view.sha256) / LISTENING_COPY
    if removed or not path.is_file():
        raise NotFound("sound_removed" if removed else "sound_not_ready")
    response = send_file(path, mimetype="audio/mpeg", conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@area.get("/ban-tin/<announcement_id>/ban-goc")
def original(announcement_id: str) -> ResponseReturnValue:
    """The file as it came, for the unit's editors; a stranger made it, so no browser opens it."""
    services = current_services()
    with services.db.reading() as session:
        view, roles = visible_announcement(session, announcement_id, current_person_id())
        removed = sound_is_removed(session, announcement_id)
    if not roles & EDITORS:
        raise Forbidden("role_missing", roles=["editor", "approver"])
    path = services.media.original(view.sha256)
    if removed or not path.is_file():
        raise NotFound("sound_removed" if removed else "media_missing")
    response = send_file(
        path,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=view.file_name,
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
