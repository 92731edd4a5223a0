"""The open reading interface: units, announcements, transcripts. No login, no cookie, no state."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from bridge.db import is_id
from bridge.details import Particulars, split_areas
from bridge.errors import Gone, NotFound
from bridge.public_reading import (
    PublishedSummary,
    Wanted,
    published_page,
    published_summaries,
)
from bridge.publications import PublishedItem, published_item
from bridge.search import Filters, Hit, search_announcements
from bridge.search_marks import Piece
from bridge.units import UnitInfo, find_unit, list_units
from publish.names import captions_name, text_name
from web.api import public_shapes as shapes
from web.api.contract import PREFIX, read_query
from web.api.search_shapes import SEARCH, SearchPage
from web.api.search_shapes import Hit as SearchHit
from web.api.shapes import to_json
from web.context import current_services

area = Blueprint("open_api", __name__, url_prefix=PREFIX)

# Long enough to spare a busy server, short enough that a withdrawal is seen soon.
_KEPT_S = 60
_OTHERS = "Asia/Ho_Chi_Minh"  # the clock of a day when no unit is named
_SOUND_TYPES = {"mp3": "audio/mpeg", "webm": "audio/webm"}


@area.get(shapes.LIST_UNITS.rule)
def units() -> Response:
    """Every unit, by name."""
    with current_services().db.reading() as session:
        found = list_units(session)
    return _answer(shapes.UnitList(tuple(_unit(one) for one in found)))


@area.get(shapes.LIST_ANNOUNCEMENTS.rule)
def announcements() -> Response:
    """A page of the standing announcements."""
    asked = read_query(shapes.LIST_ANNOUNCEMENTS, request.args)
    with current_services().db.reading() as session:
        wanted = _wanted(session, asked)
        page = published_page(session, wanted, cursor=asked["cursor"], limit=asked["limit"])
    following = _following("announcements", cursor=page.cursor) if page.cursor else None
    items = tuple(_summary(one, one.unit_slug, one.portal_url) for one in page.items)
    answer = _answer(shapes.AnnouncementPage(items, page.cursor, following))
    if following:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


@area.get(shapes.READ_ANNOUNCEMENT.rule)
def transcript(id: str) -> Response:
    """One announcement with its words. 410 where it was withdrawn."""
    with current_services().db.reading() as session:
        item = published_item(session, id) if is_id(id) else None
    if item is None:
        raise NotFound("announcement_unknown", id=id)
    if item.withdrawn_at is not None:
        raise Gone("announcement_withdrawn", reason=item.withdrawn_reason)
    more = item.particulars
    return _answer(
        shapes.Transcript(
            _summary(item, item.unit.slug, item.unit.portal_url),
            speaker=more.speaker,
            author=more.author,
            source=more.source,
            corrections=tuple(
                shapes.Correction(one.revision, one.at, one.note) for one in item.corrections
            ),
            segments=tuple(
                shapes.Segment(one.start_ms, one.end_ms, one.kind, one.text)  # type: ignore[arg-type]
                for one in item.segments
            ),
        )
    )


@area.get(SEARCH.rule)
def search() -> Response:
    """A page of what is found in the words of standing announcements."""
    asked = read_query(SEARCH, request.args)
    with current_services().db.reading() as session:
        wanted = _wanted(session, asked)
        results = search_announcements(
            session,
            asked["q"],
            unit_id=wanted.unit_id,
            filters=Filters(wanted.since, wanted.until, wanted.category, wanted.area),
            page=asked["page"],
            page_size=asked["limit"],
        )
        # The search itself gives the last page for one that does not exist; a program that counts
        # pages would read it again and again.
        found = results.hits if results.page == asked["page"] else ()
        summaries = published_summaries(session, [hit.announcement_id for hit in found])
    hits = tuple(
        _hit(one, summaries[one.announcement_id])
        for one in found
        if one.announcement_id in summaries
    )
    more = asked["page"] < results.pages
    following = _following("search", page=str(asked["page"] + 1)) if more else None
    answer = _answer(SearchPage(results.total, hits, following))
    if following:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


@area.after_request
def _open_to_other_sites(response: Response) -> Response:
    """Pages of any site may read by script; nothing here depends on who asks."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = "ETag, Link"
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        headers["Access-Control-Allow-Headers"] = "If-None-Match"
        headers["Access-Control-Max-Age"] = "86400"
    return response


def _answer(value: object) -> Response:
    response = jsonify(to_json(value))
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_S}"
    response.add_etag()
    response.make_conditional(request)
    return response


def _wanted(session: Session, asked: dict[str, Any]) -> Wanted:
    unit = find_unit(session, asked["unit"]) if asked["unit"] else None
    zone = ZoneInfo(unit.time_zone if unit else _OTHERS)
    since, until = asked["from"], asked["to"]
    return Wanted(
        unit_id=unit.id if unit else None,
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
        category=asked["category"] or "",
        area=asked["area"] or "",
    )


def _following(path: str, **changed: str) -> str:
    """The address that was asked, with some of its parameters changed."""
    query = urlencode({**request.args, **changed})
    return f"{_base()}{PREFIX}/{path}?{query}"


def _hit(hit: Hit, summary: PublishedSummary) -> SearchHit:
    about = _summary(summary, summary.unit_slug, summary.portal_url)
    # A browser seeks to whole seconds; the page begins a second before.
    moment = f"#t={hit.second}" if hit.second is not None else ""
    return SearchHit(
        announcement=about,
        title_marks=_marks(hit.title),
        snippet="".join(piece.text for piece in hit.snippet.pieces),
        snippet_marks=_marks(hit.snippet.pieces),
        start_ms=hit.snippet.start_ms,
        moment_url=about.page_url + moment,
    )


def _marks(pieces: Sequence[Piece]) -> tuple[tuple[int, ...], ...]:
    """Where the pieces that were looked for begin and end in the text that they make."""
    found, place = [], 0
    for piece in pieces:
        if piece.is_hit:
            found.append((place, place + len(piece.text)))
        place += len(piece.text)
    return tuple(found)


def _unit(unit: UnitInfo) -> shapes.Unit:
    return shapes.Unit(
        slug=unit.slug,
        name=unit.name,
        authority=unit.authority,
        kind=unit.kind,  # type: ignore[arg-type]  # the database knows only these two
        contact=unit.contact,
        time_zone=unit.time_zone,
        page_url=f"{unit.base(_base())}/{unit.slug}/",
        announcements_url=f"{_base()}{PREFIX}/announcements?unit={unit.slug}",
    )


def _summary(
    item: PublishedSummary | PublishedItem, slug: str, portal_url: str
) -> shapes.Announcement:
    page_url = f"{portal_url or _base()}/{slug}/{item.id}/"
    more: Particulars = item.particulars
    return shapes.Announcement(
        id=item.id,
        unit=slug,
        title=item.title,
        summary=more.summary,
        category=item.category,
        areas=split_areas(item.area),
        priority=item.priority,  # type: ignore[arg-type]
        language=more.language,
        broadcast_at=_utc(item.broadcast_at),
        first_published_at=_utc(item.first_published_at),
        published_at=_utc(item.published_at),
        revision=item.revision,
        duration_ms=item.duration_ms,
        valid_from=_utc(more.valid_from) if more.valid_from else None,
        valid_until=_utc(more.valid_until) if more.valid_until else None,
        url=f"{_base()}{PREFIX}/announcements/{item.id}",
        page_url=page_url,
        text_url=page_url + text_name(item.digest),
        captions_url=page_url + captions_name(item.digest),
        sounds=tuple(
            shapes.Sound(_SOUND_TYPES.get(kind, "audio/*"), page_url + one["name"], one["bytes"])
            for kind, one in sorted(item.audio.items())
        ),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _base() -> str:
    return current_services().settings.effective_public_url
