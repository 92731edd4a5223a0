"""What the work of a unit took, by week and by month: a page, and the same as a table to keep."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, render_template
from flask_babel import gettext

from bridge.db import utc_now
from bridge.effort import ApprovedWork, Judged, approved_work
from bridge.errors import NotFound
from bridge.units import UnitInfo
from publish.dates import to_local
from web.context import current_services
from web.editor.area import area
from web.editor.figures import asked_unit
from web.labels import say_number
from web.tables import table_file

WEEKS, MONTHS = 8, 12
# Times the length of the sound: no published figure for correcting drafts of formal speech is below
# the first, even where the draft had no error; the second is what Loa wants to stay below.
BEST_PUBLISHED_RATIO, WANTED_RATIO = 2.56, 1.6
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month, and what was approved in it for the first time. Lengths in ms.

    Ratios are of those announcements alone of which both sides are known; None where none is.
    """

    begins: date
    ends: date  # the last day
    announcements: int
    sound_ms: int
    active_ms: int
    timed: int  # announcements of which the time was measured
    timed_sound_ms: int
    judged_sound_ms: int
    result: Judged  # summed up

    @property
    def ratio(self) -> float | None:
        """Times the length of the sound that the work took."""
        return self.active_ms / self.timed_sound_ms if self.timed_sound_ms else None

    @property
    def edits_per_minute(self) -> float | None:
        """Changed places for each minute of sound."""
        if not self.judged_sound_ms:
            return None
        return self.result.edits * _MINUTE_MS / self.judged_sound_ms

    @property
    def doubts_wrong_percent(self) -> int | None:
        """How many of the machine's doubts were of words that were right."""
        return _percent(self.result.doubts_wrong, self.result.doubts)

    @property
    def checks_right_percent(self) -> int | None:
        """How many of the places that must be checked were right."""
        return _percent(self.result.checks_right, self.result.checks)


@area.get("/cong-suc")
def effort() -> str:
    """The page of one unit (`?don-vi=`) of those in which the person has a role."""
    units, unit = asked_unit()
    periods = _periods(unit) if unit else ([], [])
    return render_template(
        "editor/effort.html",
        units=units,
        unit=unit,
        weeks=_with_work(periods[0]),
        months=_with_work(periods[1]),
        any_work=any(period.announcements for period in periods[1]),
        wanted_ratio=WANTED_RATIO,
        wanted=say_number(WANTED_RATIO),
        published=_ratio_words(BEST_PUBLISHED_RATIO),
        ratio_words=_ratio_words,
        number=_one_decimal,
    )


@area.get("/cong-suc.csv")
def effort_table() -> Response:
    """The same figures, plain numbers for each period, for a spreadsheet."""
    _units, unit = asked_unit()
    if unit is None:
        raise NotFound()
    return table_file(f"cong-suc-{unit.slug}.csv", _rows(unit, *_periods(unit)))


def periods_of(
    work: Iterable[ApprovedWork],
    time_zone: str,
    begins: Sequence[date],
    ends: Callable[[date], date],
) -> list[Period]:
    """The work by periods that begin on these days of the unit's clock; `ends`: their last day."""
    by_day = [(to_local(one.approved_at, time_zone).date(), one) for one in work]
    return [
        _period(first, ends(first), [one for day, one in by_day if first <= day <= ends(first)])
        for first in begins
    ]


def week_begins(today: date, count: int) -> list[date]:
    """The Mondays of the last weeks, the present one first."""
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=number) for number in range(count)]


def month_begins(today: date, count: int) -> list[date]:
    """The first days of the last months, the present one first."""
    months = [today.year * 12 + today.month - 1 - number for number in range(count)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _periods(unit: UnitInfo) -> tuple[list[Period], list[Period]]:
    today = to_local(utc_now(), unit.time_zone).date()
    weeks, months = week_begins(today, WEEKS), month_begins(today, MONTHS)
    since = datetime.combine(min(weeks[-1], months[-1]), time(), ZoneInfo(unit.time_zone))
    with current_services().db.reading() as session:
        work = approved_work(session, unit.id, since)
    return (
        periods_of(work, unit.time_zone, weeks, _week_end),
        periods_of(work, unit.time_zone, months, _month_end),
    )


def _week_end(first: date) -> date:
    return first + timedelta(days=6)


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _period(first: date, last: date, work: Sequence[ApprovedWork]) -> Period:
    timed = [one for one in work if one.active_ms]
    judged = [(one.sound_ms, one.result) for one in work if one.result is not None]
    results = [result for _sound_ms, result in judged]
    return Period(
        begins=first,
        ends=last,
        announcements=len(work),
        sound_ms=sum(one.sound_ms for one in work),
        active_ms=sum(one.active_ms for one in timed),
        timed=len(timed),
        timed_sound_ms=sum(one.sound_ms for one in timed),
        judged_sound_ms=sum(sound_ms for sound_ms, _result in judged),
        result=Judged(
            words=sum(one.words for one in results),
            edits=sum(one.edits for one in results),
            doubts=sum(one.doubts for one in results),
            doubts_wrong=sum(one.doubts_wrong for one in results),
            checks=sum(one.checks for one in results),
            checks_right=sum(one.checks_right for one in results),
        ),
    )


def _with_work(periods: Sequence[Period]) -> list[Period]:
    """The periods, the newest first, without those from before the first approval."""
    last = max((place for place, one in enumerate(periods) if one.announcements), default=0)
    return list(periods[: last + 1])


def _ratio_words(ratio: float) -> str:
    """A ratio with two decimals, as Vietnamese writes it: 1,58."""
    return f"{ratio:.2f}".replace(".", ",")


def _one_decimal(value: float) -> str:
    """As Vietnamese writes it, also where it comes out even: 36,0 stands below 31,1."""
    return f"{value:.1f}".replace(".", ",")


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _rows(
    unit: UnitInfo, weeks: Sequence[Period], months: Sequence[Period]
) -> Iterator[Sequence[str | int]]:
    """Whole numbers alone: a decimal mark is read in as many ways as there are offices."""
    yield [
        gettext("Đơn vị"),
        gettext("Kỳ"),
        gettext("Từ ngày"),
        gettext("Đến ngày"),
        gettext("Bản tin được duyệt"),
        gettext("Giây bản ghi"),
        gettext("Bản tin đo được thời gian"),
        gettext("Giây bản ghi của các bản tin ấy"),
        gettext("Giây làm việc"),
        gettext("Giây bản ghi có so chữ"),
        gettext("Tiếng máy chép"),
        gettext("Chỗ sửa"),
        gettext("Chỗ máy ngờ"),
        gettext("Chỗ máy ngờ mà đúng"),
        gettext("Chỗ phải kiểm tra"),
        gettext("Chỗ phải kiểm tra đã đúng sẵn"),
    ]
    for kind, periods in ((gettext("tuần"), weeks), (gettext("tháng"), months)):
        for one in periods:
            yield [unit.name, str(kind), *_cells(one)]


def _cells(one: Period) -> list[str | int]:
    return [
        one.begins.isoformat(),
        one.ends.isoformat(),
        one.announcements,
        one.sound_ms // 1000,
        one.timed,
        one.timed_sound_ms // 1000,
        one.active_ms // 1000,
        one.judged_sound_ms // 1000,
        one.result.words,
        one.result.edits,
        one.result.doubts,
        one.result.doubts_wrong,
        one.result.checks,
        one.result.checks_right,
    ]
