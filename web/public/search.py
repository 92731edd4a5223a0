"""The portal's search: the page at <unit>/tim/ answered by the application.

Where the database does not answer, the static page in the same place is given instead: its script
searches by itself.
"""

import logging
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from werkzeug.security import safe_join

from bridge.errors import InvalidInput, NotFound
from bridge.search import Filters, Results, search_announcements
from bridge.units import UnitInfo, find_unit
from publish.pages import Pages
from publish.search_files import read_choices
from publish.search_page import Asked, SearchPage, render_search
from publish.site import PAGE, accent_address
from web.context import current_services
from web.labels import describe_error
from web.portal_files import PORTAL_POLICY
from web.public.views import page, send_page

logger = logging.getLogger(__name__)

area = Blueprint("search", __name__)

_LONGEST_FIELD = 200
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # what the index can order, and more than anybody needs
_MOST_PAGES = 1_000_000


@area.get("/<unit>/tim")
def unslashed(unit: str) -> ResponseReturnValue:
    """The page has a slash at its end, so that its links lead where they should."""
    query = request.query_string.decode("ascii", "replace")
    return redirect(url_for("search.search", unit=unit) + (f"?{query}" if query else ""), code=308)


@area.get("/<unit>/tim/")
def search(unit: str) -> ResponseReturnValue:
    """What was asked, found; the form alone where nothing was asked."""
    services = current_services()
    try:
        with services.db.reading() as session:
            info = find_unit(session, unit)
            asked = _asked()
            results, problem = None, ""
            try:
                filters = _filters(asked, ZoneInfo(info.time_zone))
                if asked.words or filters.are_set:
                    results = search_announcements(
                        session, asked.words, unit_id=info.id, filters=filters, page=_page()
                    )
            except InvalidInput as error:
                problem = describe_error(error)
    except (NotFound, OperationalError) as error:
        if isinstance(error, OperationalError):
            logger.warning("search left to the page's script", exc_info=True)
        static = safe_join(str(services.settings.site_dir), unit, "tim", PAGE)
        return (
            send_page(Path(static)) if static and Path(static).is_file() else page(f"{unit}/tim/")
        )
    return _answer(info, asked, results, problem)


def _answer(info: UnitInfo, asked: Asked, results: Results | None, problem: str) -> Response:
    settings = current_services().settings
    categories, areas = read_choices(settings.site_dir, info.slug)
    shown = SearchPage(asked, categories, areas, results, problem)
    body = render_search(_pages(settings.effective_public_url), info, accent_address(info), shown)
    answer = Response(body, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = PORTAL_POLICY
    return answer


@lru_cache(maxsize=4)
def _pages(base_url: str) -> Pages:
    return Pages(base_url)


def _asked() -> Asked:
    fields = ("q", "loai", "noi", "tu", "den")
    return Asked(*(request.args.get(name, "").strip()[:_LONGEST_FIELD] for name in fields))


def _page() -> int:
    given = request.args.get("trang", "1")
    return min(int(given), _MOST_PAGES) if given.isascii() and given.isdecimal() else 1


def _filters(asked: Asked, zone: ZoneInfo) -> Filters:
    """The form's filters. Raises InvalidInput `search_date` (`given`), `search_dates_reversed`."""
    begin, end = _day(asked.begin), _day(asked.end)
    if begin and end and end < begin:
        raise InvalidInput("search_dates_reversed")
    return Filters(
        begin=_midnight(begin, zone) if begin else None,
        end=_midnight(end + timedelta(days=1), zone) if end else None,
        category=asked.category,
        area=asked.area,
    )


def _day(given: str) -> date | None:
    if not given:
        return None
    for written in ("%Y-%m-%d", "%d/%m/%Y"):  # a browser's date field, and what people type
        try:
            day = datetime.strptime(given, written).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
    raise InvalidInput("search_date", given=given)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
