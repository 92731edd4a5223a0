"""How often a unit's announcements were read, heard and taken home: charts, tables, a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, render_template, request
from flask_babel import gettext

from bridge.counting import KINDS, ItemSums, Sums, sums_by_day, sums_by_item
from bridge.db import utc_now
from bridge.errors import NotFound
from bridge.units import UnitInfo
from publish.dates import to_local
from web.context import current_services
from web.editor.area import area
from web.editor.figures import asked_unit
from web.marking import mark
from web.tables import table_file

SPANS = (30, 90, 365)  # days
KIND_WORDS = {
    "plays": mark("Lượt nghe"),
    "views": mark("Lượt mở trang"),
    "downloads": mark("Lượt tải"),
}
_WIDTH, _HEIGHT, _GAP = 720, 140, 1
_SHOWN_ITEMS, _KEPT_ITEMS = 20, 5000


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's bar of a chart, in units of the drawing."""

    day: date
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One kind of count over the days; `most` is what the highest bar stands for."""

    kind: str
    total: int
    most: int
    bars: tuple[Bar, ...]


@area.get("/luot-nghe")
def audience() -> str:
    """The page of one unit (`?don-vi=`) for so many days (`?ngay=`)."""
    units, unit = asked_unit()
    days = _span()
    counted = _counted(unit, days, _SHOWN_ITEMS) if unit else ({}, [])
    return render_template(
        "editor/audience.html",
        units=units,
        unit=unit,
        days=days,
        spans=SPANS,
        words=KIND_WORDS,
        charts=[chart_of(counted[0], kind) for kind in KIND_WORDS],
        by_day=dict(reversed(counted[0].items())),
        items=counted[1],
        any_counts=any(any(_cells(one)) for one in counted[0].values()),
        width=_WIDTH,
        height=_HEIGHT,
    )


@area.get("/luot-nghe.csv")
def audience_table() -> Response:
    """The same as a file: the days first, then the announcements."""
    _units, unit = asked_unit()
    if unit is None:
        raise NotFound()
    rows = _rows(unit, *_counted(unit, _span(), _KEPT_ITEMS))
    return table_file(f"luot-nghe-{unit.slug}.csv", rows)


def chart_of(by_day: dict[date, Sums], kind: str) -> Chart:
    """The bars of one kind, in the order of the days. Zero has no height, one is seen."""
    counts = {day: int(getattr(sums, kind)) for day, sums in by_day.items()}
    most = max(counts.values(), default=0)
    step = _WIDTH / max(1, len(counts))
    bars = []
    for place, (day, count) in enumerate(counts.items()):
        height = max(2.0, count / most * _HEIGHT) if count else 0.0
        bars.append(
            Bar(
                day,
                count,
                round(place * step, 2),
                round(_HEIGHT - height, 2),
                round(max(1.0, step - _GAP), 2),
                round(height, 2),
            )
        )
    return Chart(kind, sum(counts.values()), most, tuple(bars))


def _span() -> int:
    text = request.args.get("ngay", "")
    return int(text) if text in map(str, SPANS) else SPANS[0]


def _counted(unit: UnitInfo, days: int, most: int) -> tuple[dict[date, Sums], list[ItemSums]]:
    today = to_local(utc_now(), unit.time_zone).date()
    since = today - timedelta(days=days - 1)
    with current_services().db.reading() as session:
        return (
            sums_by_day(session, unit.id, since, today),
            sums_by_item(session, unit.id, since, today, most),
        )


def _rows(
    unit: UnitInfo, by_day: dict[date, Sums], items: Sequence[ItemSums]
) -> Iterator[Sequence[str | int]]:
    heads = [str(gettext(KIND_WORDS[kind])) for kind in KINDS]
    yield [gettext("Đơn vị"), gettext("Ngày"), gettext("Bản tin"), *heads]
    for day, sums in by_day.items():
        yield [unit.name, day.isoformat(), "", *_cells(sums)]
    for one in items:
        yield [unit.name, "", one.title or one.id, *_cells(one.sums)]


def _cells(sums: Sums) -> list[int]:
    return [int(getattr(sums, kind)) for kind in KINDS]
