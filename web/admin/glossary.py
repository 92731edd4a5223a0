"""The page of a unit's own names: what stands there, what is added, what editors taught.

Editors and approvers read it and add; only an admin changes, removes and refuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bridge.accounts import roles_by_unit
from bridge.errors import BridgeError, Forbidden, InvalidInput, NotFound
from bridge.glossary import (
    LineOutcome,
    Term,
    add_term,
    add_terms,
    change_term,
    list_terms,
    refuse_candidate,
    term_of_unit,
)
from bridge.glossary_removal import find_removed, remove_term, restore_term
from bridge.units import UnitInfo, find_unit
from bridge.vietnamese import fold_diacritics
from transcribe.learning import candidates_of_unit
from web.access import EDITORS, units_of
from web.admin.area import area
from web.context import current_services
from web.errors import status_of
from web.labels import TERM_KINDS, describe_error
from web.requests import wants_json
from web.security import current_person_id

_MOST_LINES = 1000  # pasted at once
_MOST_CANDIDATES = 20  # on the page; the next come when these are decided


@dataclass(frozen=True, slots=True)
class Place:
    """The unit that a page is about, and whether the person is its admin."""

    unit: UnitInfo
    is_admin: bool


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of pasted names, and a sentence for each that cannot be one."""

    added: tuple[str, ...]
    known: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@area.get("/tu-dien")
def glossaries() -> ResponseReturnValue:
    """The glossary of the person's unit; with several units, a choice."""
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), EDITORS)
    if not units:
        raise Forbidden("role_missing", roles=["editor", "approver"])
    if len(units) == 1:
        return redirect(url_for("admin.glossary", slug=units[0].slug))
    return render_template("admin/glossaries.html", units=units)


@area.get("/tu-dien/<slug>")
def glossary(slug: str) -> str:
    """The names of one unit. `?sua=ID` opens one for changing, `?da-bo=ID` offers one back."""
    return _page(slug)


@area.post("/tu-dien/<slug>")
def add_names(slug: str) -> ResponseReturnValue:
    """Add the names of a text, one a line, and say what became of each."""
    form = request.form
    lines = form.get("names", "").splitlines()
    try:
        with current_services().db.writing() as session:
            unit = _place(session, slug).unit
            if len(lines) > _MOST_LINES:
                raise InvalidInput("too_many_lines", limit=_MOST_LINES)
            outcomes = add_terms(
                session,
                unit_id=unit.id,
                lines=lines,
                kind=form.get("kind", ""),
                actor_id=current_person_id(),
            )
            if not outcomes:
                raise InvalidInput("term_empty")
    except BridgeError as error:
        return _refused(slug, error, typed=form.get("names", ""))
    report = _report(outcomes)
    # What could not be added stays in the field, to be mended.
    return _page(slug, report=report, typed="\n".join(text for text, _why in report.refused))


@area.post("/tu-dien/<slug>/ten/<term_id>")
def change_name(slug: str, term_id: str) -> ResponseReturnValue:
    """Write one name otherwise, or give it another kind."""
    form = request.form
    try:
        with current_services().db.writing() as session:
            _own_term(session, slug, term_id)
            changed = change_term(
                session,
                term_id=term_id,
                text=form.get("text", ""),
                kind=form.get("kind", ""),
                actor_id=current_person_id(),
            )
    except BridgeError as error:
        return _refused(slug, error, editing=term_id)
    return _back(slug, anchor=f"ten-{changed.id}")


@area.post("/tu-dien/<slug>/ten/<term_id>/bo")
def remove_name(slug: str, term_id: str) -> ResponseReturnValue:
    """Remove one name; the page that follows offers it back."""
    with current_services().db.writing() as session:
        _own_term(session, slug, term_id)
        remove_term(session, term_id=term_id, actor_id=current_person_id())
    return _back(slug, removed=term_id)


@area.post("/tu-dien/<slug>/ten/<term_id>/dat-lai")
def restore_name(slug: str, term_id: str) -> ResponseReturnValue:
    """Put a removed name back."""
    with current_services().db.writing() as session:
        unit = _place(session, slug).unit
        restore_term(session, unit_id=unit.id, term_id=term_id, actor_id=current_person_id())
    return _back(slug, anchor=f"ten-{term_id}")


@area.post("/tu-dien/<slug>/de-xuat")
def decide_candidate(slug: str) -> ResponseReturnValue:
    """Add a learned name (`act` is "add"), or never offer it again ("refuse")."""
    form, person_id = request.form, current_person_id()
    try:
        with current_services().db.writing() as session:
            unit = _place(session, slug).unit
            text = form.get("text", "")
            if form.get("act") == "refuse":
                refuse_candidate(session, unit_id=unit.id, text=text, actor_id=person_id)
            else:
                kind = form.get("kind", "")
                add_term(session, unit_id=unit.id, text=text, kind=kind, actor_id=person_id)
    except BridgeError as error:
        return _refused(slug, error)
    return _back(slug, anchor="de-xuat")


def _place(session: Session, slug: str) -> Place:
    """The unit, for its editors. Raises NotFound for a foreign one as for none, Forbidden."""
    unit = find_unit(session, slug)
    roles = roles_by_unit(session, current_person_id()).get(unit.id)
    if not roles:
        raise NotFound("unit_unknown", slug=slug)
    if not roles & EDITORS:
        raise Forbidden("role_missing", roles=["editor", "approver"])
    return Place(unit, "admin" in roles)


def _own_term(session: Session, slug: str, term_id: str) -> Term:
    return term_of_unit(session, term_id, _place(session, slug).unit.id)


def _page(
    slug: str,
    *,
    problem: str | None = None,
    report: AddReport | None = None,
    typed: str = "",
    editing: str | None = None,
) -> str:
    with current_services().db.reading() as session:
        place = _place(session, slug)
        terms = sorted(list_terms(session, place.unit.id), key=_by_alphabet)
        candidates = candidates_of_unit(session, place.unit.id)
        gone = request.args.get("da-bo")
        removed = find_removed(session, place.unit.id, gone) if gone and place.is_admin else None
    return render_template(
        "admin/glossary.html",
        unit=place.unit,
        is_admin=place.is_admin,
        terms=terms,
        candidates=candidates[:_MOST_CANDIDATES],
        removed=removed,
        kinds=TERM_KINDS,
        editing=(editing or request.args.get("sua")) if place.is_admin else None,
        entered=request.form if editing else {},
        problem=problem,
        report=report,
        typed=typed,
    )


def _refused(
    slug: str, error: BridgeError, *, typed: str = "", editing: str | None = None
) -> ResponseReturnValue:
    """A plain form comes back with the reason and with what was typed."""
    if wants_json() or isinstance(error, NotFound | Forbidden) or status_of(error) == 500:
        raise error
    page = _page(slug, problem=describe_error(error), typed=typed, editing=editing)
    return page, status_of(error)


def _report(outcomes: Sequence[LineOutcome]) -> AddReport:
    known = [one.text for one in outcomes if one.problem and one.problem.code == "term_exists"]
    return AddReport(
        added=tuple(one.text for one in outcomes if one.problem is None),
        known=tuple(known),
        refused=tuple(
            (one.text, describe_error(one.problem))
            for one in outcomes
            if one.problem and one.problem.code != "term_exists"
        ),
    )


def _by_alphabet(term: Term) -> tuple[str, str]:
    return fold_diacritics(term.text), term.key


def _back(slug: str, *, anchor: str | None = None, removed: str | None = None) -> Response:
    query: dict[str, Any] = {"da-bo": removed} if removed else {}
    return redirect(url_for("admin.glossary", slug=slug, _anchor=anchor, **query), code=303)
