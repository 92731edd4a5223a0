"""The page of what a unit's portal says of the unit: its words, colour, emblem, names of places.

For the unit's admins alone. Pages that stand already are written again in the background.
"""

from contextlib import closing

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from bridge.errors import BridgeError, Forbidden, InvalidInput, NotFound
from bridge.place_names import PlaceNamePair, add_place_name, list_place_names, remove_place_name
from bridge.unit_settings import (
    UnitWords,
    change_unit,
    rewrite_pages,
    rewriting,
    set_emblem,
    unit_emblem,
)
from publish.colours import DEFAULT_ACCENT, accent_or_default
from publish.emblem import clean_emblem
from web.access import units_of
from web.admin.area import area
from web.admin.places import ADMINS, own_unit
from web.context import current_services
from web.errors import status_of
from web.labels import describe_error
from web.labels_portal import ACCENTS
from web.requests import wants_json
from web.security import current_person_id

_OTHER = "other"  # a colour that is none of those shown
_UNDER_WAY = ("queued", "running")


@area.get("/trang-tin")
def portals() -> ResponseReturnValue:
    """The portal of the person's unit; with several units, a choice."""
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), ADMINS)
    if not units:
        raise Forbidden("role_missing", roles=["admin"])
    if len(units) == 1:
        return redirect(url_for("admin.portal", slug=units[0].slug))
    return render_template("admin/portals.html", units=units)


@area.get("/trang-tin/<slug>")
def portal(slug: str) -> str:
    """What a unit's portal says of it. `?cu=OLD&moi=NEW` offers a removed pair of names back."""
    return _page(slug)


@area.post("/trang-tin/<slug>")
def change_words(slug: str) -> ResponseReturnValue:
    """Change name, authority, who answers for the portal, contact and colour."""
    form = request.form
    accent = form.get("accent")
    words = UnitWords(
        name=form.get("name"),
        authority=form.get("authority"),
        responsible=form.get("responsible"),
        contact=form.get("contact"),
        accent=form.get("other_accent", "").strip() if accent == _OTHER else accent,
    )
    try:
        with current_services().db.writing() as session:
            unit = own_unit(session, slug)
            change_unit(session, slug=slug, words=words, actor_id=current_person_id())
            task_id = _waiting(session, unit.id)
    except BridgeError as error:
        return _refused(slug, error, part="words")
    return _begun(slug, task_id)


@area.post("/trang-tin/<slug>/bieu-trung")
def give_emblem(slug: str) -> ResponseReturnValue:
    """Give the unit the picture that was sent as its emblem, or none (`act` is "remove")."""
    try:
        png = None if request.form.get("act") == "remove" else _sent_picture()
        with current_services().db.writing() as session:
            unit = own_unit(session, slug)
            set_emblem(session, slug=slug, png=png, actor_id=current_person_id())
            task_id = _waiting(session, unit.id)
    except BridgeError as error:
        return _refused(slug, error, part="emblem")
    return _begun(slug, task_id, "bieu-trung")


@area.get("/trang-tin/<slug>/bieu-trung.png")
def emblem(slug: str) -> Response:
    """The emblem as it was made safe."""
    with current_services().db.reading() as session:
        png = unit_emblem(session, own_unit(session, slug).id)
    if png is None:
        raise NotFound("page_unknown")
    return Response(png, mimetype="image/png", headers={"Cache-Control": "private, no-cache"})


@area.post("/trang-tin/<slug>/viet-lai")
def write_again(slug: str) -> ResponseReturnValue:
    """Have all pages of the portal written again."""
    with current_services().db.writing() as session:
        own_unit(session, slug)
        task_id = rewrite_pages(session, slug=slug, actor_id=current_person_id())
    return _begun(slug, task_id)


@area.post("/trang-tin/<slug>/ten-noi")
def add_pair(slug: str) -> ResponseReturnValue:
    """Let an old and a new name of a place stand for each other in searches."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        with current_services().db.writing() as session:
            unit = own_unit(session, slug)
            add_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=current_person_id())
    except BridgeError as error:
        return _refused(slug, error, part="names")
    return redirect(url_for("admin.portal", slug=slug, _anchor="ten-noi"), code=303)


@area.post("/trang-tin/<slug>/ten-noi/bo")
def remove_pair(slug: str) -> ResponseReturnValue:
    """Let two names stand for each other no more; the page that follows offers them back."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    with current_services().db.writing() as session:
        unit = own_unit(session, slug)
        remove_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=current_person_id())
    back = url_for("admin.portal", slug=slug, cu=old, moi=new, _anchor="ten-noi")
    return redirect(back, code=303)


def _page(slug: str, *, problem: str = "", part: str = "") -> str:
    with current_services().db.reading() as session:
        unit = own_unit(session, slug)
        pairs = list_place_names(session, unit.id)
        work = rewriting(session, unit.id)
    typed = request.form if part else {}
    accent = typed.get("accent", unit.accent or "") if part == "words" else (unit.accent or "")
    is_other = accent not in ACCENTS
    removed = PlaceNamePair(request.args.get("cu", ""), request.args.get("moi", ""))
    return render_template(
        "admin/portal.html",
        unit=unit,
        address=f"{current_services().settings.effective_public_url}/{slug}/",
        words=typed if part == "words" else None,
        accent=_OTHER if is_other else accent,
        other_accent=typed.get("other_accent", unit.accent if is_other else "") or "",
        accents={code: (accent_or_default(code or None), word) for code, word in ACCENTS.items()},
        default_accent=DEFAULT_ACCENT,
        pairs=pairs,
        names=typed if part == "names" else {},
        removed=removed if removed.old and removed.new and removed not in pairs else None,
        work=work,
        is_under_way=work is not None and work.state in _UNDER_WAY,
        has_failed=work is not None and work.state == "failed",
        problem=problem,
        part=part,
    )


def _sent_picture() -> bytes:
    file = request.files.get("emblem")
    if file is None or not file.filename:
        raise InvalidInput("emblem_missing")
    with closing(file):
        return clean_emblem(file.stream.read())


def _waiting(session: Session, unit_id: str) -> str | None:
    """The task that is to write the pages, if one waits."""
    work = rewriting(session, unit_id)
    return work.task_id if work is not None and work.state == "queued" else None


def _begun(slug: str, task_id: str | None, anchor: str | None = None) -> BaseResponse:
    services = current_services()
    if task_id is not None:
        services.queue.hand_over(services.db, task_id)
    return redirect(url_for("admin.portal", slug=slug, _anchor=anchor), code=303)


def _refused(slug: str, error: BridgeError, *, part: str) -> ResponseReturnValue:
    """A plain form comes back with the reason and with what was typed."""
    if wants_json() or isinstance(error, NotFound | Forbidden) or status_of(error) == 500:
        raise error
    return _page(slug, problem=describe_error(error), part=part), status_of(error)
