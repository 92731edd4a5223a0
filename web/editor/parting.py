"""Parting an announcement in several, joining parts again, saying what a broadcast goes on with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bridge.continuing import set_continuation
from bridge.errors import BridgeError, NotFound, VersionConflict
from bridge.joining import join_announcements
from bridge.media import LISTENING_COPY
from bridge.models import Unit
from bridge.parting import Beginning, border_ms, part_announcement, proposed_part_title
from bridge.queries import AnnouncementView, SegmentView
from web.access import permissions, require_visible, visible_announcement
from web.context import current_services
from web.editor.announcement import shows_problem
from web.editor.area import area
from web.errors import status_of
from web.fields import read_version
from web.labels import describe_error
from web.security import current_person_id

_TITLE_FIELD = "title-"
_CHOSEN = "moc"  # in the address and in the form: the segments with which an announcement begins


@dataclass(frozen=True, slots=True)
class Place:
    """A segment on the page, and what would become of it. Times in ms from the beginning."""

    segment: SegmentView
    begin_ms: int  # where a part that begins with it would begin
    proposed: str  # and how it would be called
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """What one press would make. `key` is None for the first, else the segment it begins with."""

    key: str | None
    begin_ms: int
    end_ms: int
    title: str
    proposed: str

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.begin_ms


@area.get("/ban-tin/<announcement_id>/tach")
def parting(announcement_id: str) -> str:
    """The page on which an announcement is parted; `?moc=` are the segments chosen so far."""
    return _page(announcement_id, request.args.getlist(_CHOSEN), {})


@area.post("/ban-tin/<announcement_id>/tach")
def part(announcement_id: str) -> ResponseReturnValue:
    """Part it, or with `xem` show what would come of it. A refusal shows the page again."""
    form, chosen = request.form, request.form.getlist(_CHOSEN)
    if "xem" in form:
        return _page(announcement_id, chosen, form)
    try:
        with current_services().db.writing() as session:
            require_visible(session, announcement_id, current_person_id())
            part_announcement(
                session,
                announcement_id=announcement_id,
                expected_version=read_version(form.get("version", "")),
                beginnings=[Beginning(one, form.get(_TITLE_FIELD + one, "")) for one in chosen],
                title=form.get("title"),
                actor_id=current_person_id(),
            )
    except BridgeError as error:
        status = status_of(error)
        if status == 500 or (isinstance(error, NotFound) and error.code != "segment_unknown"):
            raise
        problem = describe_error(error)
        if isinstance(error, VersionConflict):
            problem = gettext("Bản tin vừa thay đổi. Xem lại các phần rồi bấm tách lần nữa.")
        return _page(announcement_id, chosen, form, problem=problem), status
    return _back(announcement_id, "parts-title")


@area.post("/ban-tin/<announcement_id>/gop")
@shows_problem
def join(announcement_id: str) -> ResponseReturnValue:
    """Join it to the part before it, and show that one."""
    services, form = current_services(), request.form
    with services.db.writing() as session:
        for one in (announcement_id, form.get("into", "")):
            require_visible(session, one, current_person_id())
        done = join_announcements(
            session,
            announcement_id=announcement_id,
            expected_version=read_version(form.get("version", "")),
            into_id=form.get("into", ""),
            into_version=read_version(form.get("into_version", "")),
            actor_id=current_person_id(),
        )
    if done.task_id is not None:
        services.queue.hand_over(services.db, done.task_id)
    return _back(done.announcement_id)


@area.post("/ban-tin/<announcement_id>/tiep-theo")
@shows_problem
def continue_(announcement_id: str) -> ResponseReturnValue:
    """Say which broadcast it goes on with, or that it stands by itself."""
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        set_continuation(
            session,
            announcement_id=announcement_id,
            expected_version=read_version(request.form.get("version", "")),
            continues_id=request.form.get("continues") or None,
            actor_id=current_person_id(),
        )
    return _back(announcement_id, "parts-title")


def _page(
    announcement_id: str,
    chosen: Sequence[str],
    entered: Mapping[str, str],
    *,
    problem: str | None = None,
) -> str:
    services, person_id = current_services(), current_person_id()
    with services.db.reading() as session:
        view, roles = visible_announcement(session, announcement_id, person_id)
        zone = _zone(session, view)
    allowed = permissions(view, roles, person_id)
    places = _places(view, set(chosen))
    return render_template(
        "editor/part.html",
        view=view,
        work=view.work,
        zone=zone,
        may_part=allowed.edit and len(view.segments) > 1,
        places=places,
        parts=_planned(view, places, entered),
        problem=problem,
        has_sound=services.media.derived(view.sha256, LISTENING_COPY).is_file(),
    )


def _places(view: AnnouncementView, chosen: set[str]) -> list[Place]:
    found = []
    before_ms = view.start_ms
    for number, segment in enumerate(view.segments):
        begin_ms = border_ms(before_ms, segment.start_ms) if number else view.start_ms
        texts = [
            one.text
            for one in view.segments[number : number + 8]
            if one.kind == "speech" and not one.hidden
        ]
        found.append(
            Place(
                segment,
                begin_ms - view.start_ms,
                proposed_part_title(texts),
                bool(number) and segment.id in chosen,
            )
        )
        before_ms = segment.end_ms
    return found


def _planned(
    view: AnnouncementView, places: Sequence[Place], entered: Mapping[str, str]
) -> list[PlannedPart]:
    chosen = [place for place in places if place.is_chosen]
    edges = [0, *(place.begin_ms for place in chosen), view.work.duration_ms]
    title = entered.get("title", view.work.title)
    first = PlannedPart(None, 0, edges[1], title, places[0].proposed if places else "")
    return [
        first,
        *(
            PlannedPart(
                place.segment.id,
                place.begin_ms,
                edges[number + 1],
                entered.get(_TITLE_FIELD + place.segment.id, ""),
                place.proposed,
            )
            for number, place in enumerate(chosen, start=1)
        ),
    ]


def _zone(session: Session, view: AnnouncementView) -> str:
    return session.get_one(Unit, view.work.unit_id).time_zone


def _back(announcement_id: str, anchor: str | None = None) -> Response:
    page = url_for("editor.announcement", announcement_id=announcement_id, _anchor=anchor)
    return redirect(page, code=303)
