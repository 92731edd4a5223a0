"""One announcement: its sound, its text, its details, its history, and what may be done."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bridge.captures import bookmarks_of
from bridge.confirmations import confirmations
from bridge.errors import BridgeError, NotFound
from bridge.glossary import list_terms
from bridge.media import LISTENING_COPY
from bridge.queries import AnnouncementView
from bridge.scripts import script_view, waits_for_text
from bridge.units import UnitInfo, list_units
from bridge.workflow import State
from web.access import may_attach_script, permissions, visible_announcement
from web.context import current_services
from web.editor.approval_panel import read_panel
from web.editor.area import area
from web.editor.as_published import joined_sound
from web.editor.details_form import details_form
from web.editor.marks import NO_MARKS, must_check_list, page_marks
from web.editor.offers import NO_OFFERS, PageOffers, page_offers, rows_now
from web.editor.parts_panel import parts_panel
from web.editor.preview_part import preview_part
from web.editor.questions import open_kinds, questions
from web.editor.sound_line import sound_line
from web.errors import status_of
from web.history import HistoryLine, history_lines
from web.labels import describe_error
from web.progress import announcement_state, is_moving, is_scheduled
from web.requests import wants_json
from web.security import current_person_id

# Text that is still being heard, or was not heard to its end, is not for correcting yet.
_HEARD = frozenset({State.IN_REVIEW, State.APPROVED, State.PUBLISHED, State.WITHDRAWN})
_PEAKS_MS = 100  # one peak byte for each 100 ms, see bridge.media.SoundFacts


@area.get("/ban-tin/<announcement_id>")
def announcement(announcement_id: str) -> str:
    """The page of one announcement. `?sua=1` opens an approved or published text for editing."""
    return render_announcement(announcement_id)


@area.get("/ban-tin/<announcement_id>/trang-thai")
def state(announcement_id: str) -> ResponseReturnValue:
    """The state as JSON; `?tu=N` adds the segments heard from number N on."""
    heard = request.args.get("tu", type=int)
    with current_services().db.reading() as session:
        view, _roles = visible_announcement(session, announcement_id, current_person_id())
    return jsonify(announcement_state(view, heard=max(0, heard) if heard is not None else None))


def shows_problem(
    view: Callable[..., ResponseReturnValue],
) -> Callable[..., ResponseReturnValue]:
    """Let a refused form come back as the page with the reason on it. Scripts get their JSON."""

    @wraps(view)
    def shown(announcement_id: str, **place: str) -> ResponseReturnValue:
        try:
            return view(announcement_id, **place)
        except NotFound:
            raise
        except BridgeError as error:
            status = status_of(error)
            if wants_json() or status == 500:
                raise
            page = render_announcement(
                announcement_id, problem=describe_error(error), entered=request.form
            )
            return page, status

    return shown


def render_announcement(
    announcement_id: str,
    *,
    problem: str | None = None,
    entered: Mapping[str, str] | None = None,
    conflicts: Collection[str] = (),
    told: str = "",
) -> str:
    """The page; with what went wrong above it when a plain form was refused.

    `entered` holds the fields of that form, so that nothing typed is lost; `conflicts` the
    segments where somebody else was quicker; `told` what became of the form of the details.
    """
    services, person_id = current_services(), current_person_id()
    with services.db.reading() as session:
        view, roles = visible_announcement(session, announcement_id, person_id)
        unit = next(unit for unit in list_units(session) if unit.id == view.work.unit_id)
        terms = [term.text for term in list_terms(session, unit.id)]
        allowed = permissions(view, roles, person_id)
        in_review = view.work.state == State.IN_REVIEW
        editing = allowed.edit and (bool(entered) or in_review or "sua" in request.args)
        confirmed = confirmations(session, announcement_id) if in_review else {}
        beside = _beside_the_text(session, view, person_id, editing=editing)
    asked = questions(view.segments)
    shown = [one for one in view.segments if one.id not in asked or not asked[one.id].folded]
    marks = page_marks(shown, terms) if view.work.state in _HEARD else NO_MARKS
    return render_template(
        "editor/announcement.html",
        view=view,
        work=view.work,
        unit=unit,
        allowed=allowed,
        editing=editing,
        history=_recent_first(view, unit),
        **_sound_and_progress(view),
        problem=problem,
        entered=entered or {},
        details=details_form(view, unit.time_zone, services.settings.data_dir, entered or {}),
        told=told,
        conflicts=conflicts,
        asked=asked,
        may_script=may_attach_script(view, roles),
        open_kinds=open_kinds(view.segments),
        marks=marks,
        confirmed=confirmed,
        **beside,
        must_check=must_check_list(shown, marks, confirmed) if in_review else (),
    )


def _beside_the_text(
    session: Session, view: AnnouncementView, person_id: str, *, editing: bool
) -> dict[str, Any]:
    """What stands around the lines: offers, the script, the parts, the panels of review."""
    announcement_id, media = view.work.id, current_services().media
    in_review = view.work.state == State.IN_REVIEW
    undo = request.args.get("hoan-tac", "")
    return {
        "offers": page_offers(session, view, person_id, undo) if editing else NO_OFFERS,
        "script": script_view(session, announcement_id),
        "bookmarks": bookmarks_of(session, announcement_id),
        "panel": read_panel(session, view) if in_review else None,
        "parts": parts_panel(session, view, editing=editing),
        "joined": joined_sound(session, announcement_id),
        "preview": preview_part(session, media, announcement_id) if in_review else None,
    }


def _sound_and_progress(view: AnnouncementView) -> dict[str, Any]:
    """What the page shows of the sound, and of where the work on it stands."""
    return {
        "has_sound": current_services().media.derived(view.sha256, LISTENING_COPY).is_file(),
        "peaks": _span_peaks(view),
        "covers": sound_line(view.segments, view.start_ms, view.end_ms),
        "moving": is_moving(view.work),
        "holes": _told_of(view, "capture_holes", "pieces"),
        "dropped_s": _told_of(view, "capture_dropped", "seconds"),
        "script_waits": waits_for_text(view.work.state),
        "scheduled": is_scheduled(view.work),
    }


def render_lines(
    session: Session, announcement_id: str, segment_ids: Collection[str], person_id: str
) -> str:
    """Some segments as they stand on the page that is being edited, in their order.

    Segments that are gone are left out. Raises NotFound as `visible_announcement` does.
    """
    view, _roles = visible_announcement(session, announcement_id, person_id)
    terms = [term.text for term in list_terms(session, view.work.unit_id)]
    asked = questions(view.segments)
    shown = [one for one in view.segments if one.id not in asked or not asked[one.id].folded]
    return render_template(
        "editor/_lines.html",
        segments=[one for one in view.segments if one.id in segment_ids],
        view=view,
        work=view.work,
        asked=asked,
        marks=page_marks(shown, terms),
        confirmed=confirmations(session, announcement_id),
        offers=PageOffers(rows_now(session, announcement_id, segment_ids)),
    )


def _told_of(view: AnnouncementView, action: str, name: str) -> int:
    """How much of the recording is missing, as its assembling told; 0 where nothing is."""
    told = [entry for entry in view.history if entry.action == action]
    return int(told[-1].data[name]) if told else 0


def _span_peaks(view: AnnouncementView) -> bytes:
    return view.peaks[view.start_ms // _PEAKS_MS : -(-view.end_ms // _PEAKS_MS)]


def _recent_first(view: AnnouncementView, unit: UnitInfo) -> list[HistoryLine]:
    return history_lines(view.history, unit.time_zone, view.start_ms)[::-1]
