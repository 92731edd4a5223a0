"""The page of what was done in a unit, by whom and when, with filters and as a file.

For the unit's admins and whoever supervises it. Nobody changes it here or anywhere: see
`bridge.audit`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.errors import Forbidden
from bridge.log_reading import PAGE, LogFilter, LogLine, actors_of, read_log
from bridge.units import UnitInfo
from publish.dates import format_clock, format_date
from web.access import units_of
from web.admin.area import area
from web.admin.places import OVERSEERS, own_unit
from web.context import current_services
from web.labels_log import LOG_GROUPS
from web.log_words import log_sentence
from web.security import current_person_id
from web.tables import table_file


@area.get("/nhat-ky")
def all_logs() -> ResponseReturnValue:
    """The log of the person's unit; with several units, a choice."""
    with current_services().db.reading() as session:
        units = units_of(session, current_person_id(), OVERSEERS)
    if not units:
        raise Forbidden("role_missing", roles=["admin"])
    if len(units) == 1:
        return redirect(url_for("admin.log", slug=units[0].slug))
    return render_template("admin/all_logs.html", units=units)


@area.get("/nhat-ky/<slug>")
def log(slug: str) -> str:
    """A page of it: `?viec=` a group, `?ai=` a person, `?tu=` and `?den=` days, `?truoc=` a row."""
    with current_services().db.reading() as session:
        unit = own_unit(session, slug, OVERSEERS)
        asked, wrong = _asked(unit)
        before = request.args.get("truoc", type=int)
        lines = [] if wrong else read_log(session, unit.id, asked, before=before, limit=PAGE + 1)
        people = actors_of(session, unit.id)
    shown = lines[:PAGE]
    return render_template(
        "admin/log.html",
        unit=unit,
        lines=[(line, log_sentence(line, unit.time_zone)) for line in shown],
        people=people,
        groups={key: words for key, (words, _actions) in LOG_GROUPS.items()},
        typed=request.args,
        wrong=wrong,
        older=shown[-1].sequence if len(lines) > PAGE else None,
        first=before is None,
        given={key: value for key, value in request.args.items() if key != "truoc" and value},
    )


@area.get("/nhat-ky/<slug>.csv")
def log_table(slug: str) -> Response:
    """All rows that the same address without ".csv" goes through, as a file."""
    with current_services().db.reading() as session:
        unit = own_unit(session, slug, OVERSEERS)
        asked, wrong = _asked(unit)
        lines = [] if wrong else read_log(session, unit.id, asked, limit=None)
    return table_file(f"nhat-ky-{unit.slug}.csv", _rows(lines, unit))


def _rows(lines: list[LogLine], unit: UnitInfo) -> Iterator[tuple[str | int, ...]]:
    heads = (gettext("Số"), gettext("Ngày"), gettext("Giờ"), gettext("Ai"), gettext("Việc"))
    yield (*map(str, heads), str(gettext("Bản tin")), str(gettext("Mã bản tin")))
    for line in lines:
        at, zone = line.entry.at, unit.time_zone
        about = line.subject_id if line.subject_type == "announcement" else ""
        yield (
            line.sequence,
            format_date(at, zone),
            format_clock(at, zone),
            line.entry.actor_name or str(gettext("Máy")),
            log_sentence(line, zone),
            line.title,
            about,
        )


def _asked(unit: UnitInfo) -> tuple[LogFilter, bool]:
    """What the address asks for, and whether a day in it is none."""
    given = request.args
    since, until = _day(given.get("tu", ""), unit), _day(given.get("den", ""), unit)
    wrong = (bool(given.get("tu")) and since is None) or (bool(given.get("den")) and until is None)
    _words, actions = LOG_GROUPS.get(given.get("viec", ""), ("", ()))
    asked = LogFilter(
        actions,
        given.get("ai") or None,
        since,
        until + timedelta(days=1) if until else None,
    )
    return asked, wrong


def _day(text: str, unit: UnitInfo) -> datetime | None:
    """The beginning of a day on the unit's clock, written 21/11/2026 or as a browser sends it."""
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=ZoneInfo(unit.time_zone))
        except ValueError:
            continue
    return None
