"""Weekly times as people write them: "05:00–05:30 hằng ngày", "T2–T6 17 giờ – 17 giờ 30".

Pure: text and moments in, days, minutes and moments out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.errors import InvalidInput
from bridge.vietnamese import fold_diacritics, to_nfc

ALL_DAYS = frozenset(range(7))
DAY_MINUTES = 24 * 60

_CLOCK = r"(\d{1,2})\s*(?::|h|gio|g)\s*(\d{2})?(?:\s*(?:phut|p))?"
_TO = r"\s*(?:-|den|to)\s*"
_SPAN = re.compile(rf"(?<!\d){_CLOCK}{_TO}{_CLOCK}(?!\d)")
_DASHES = re.compile("[\u2010-\u2015\u2212~]")

_DAILY = re.compile(r"(?:hang|moi) ngay|ca tuan|daily|every ?day")
_WEEKDAYS = re.compile(r"ngay thuong|ngay lam viec|weekdays?")
_WEEKEND = re.compile(r"cuoi tuan|weekends?")
_VIETNAMESE_DAYS = ("hai", "ba", "tư", "năm", "sáu", "bảy")
_FOLDED_DAYS = tuple(fold_diacritics(name) for name in _VIETNAMESE_DAYS)
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SUNDAY = re.compile(r"chu nhat|cn")
_NUMBERED_DAY = re.compile(r"(?:thu\s*|t\s*)?([2-7])(?!\d)")
_NAMED_DAY = re.compile(rf"thu\s+({'|'.join(_FOLDED_DAYS)})\b")
_BARE_DAY = re.compile(rf"({'|'.join(_FOLDED_DAYS)})\b")
_ENGLISH_DAY = re.compile(rf"({'|'.join(_ENGLISH_DAYS)})(?:[a-z]*day)?\b")
_RANGE = re.compile(r"-|den\b|to\b")
# Words that only join: "từ thứ 2 đến thứ 6, và chủ nhật lúc …".
_JOINING = re.compile(r"[\s,;&+.]+|(?:va|and|tu|from|luc|at|vao|on|cac)\b")
_WEDNESDAY = fold_diacritics("tư")  # as "từ", which joins
_AND = re.compile(r"(?:[&+-]|\b(?:va|and|den|to))\s*$")


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A stretch of the clock on some days of each week.

    `days` are those on which it begins, 0 Monday to 6 Sunday. Minutes count from midnight;
    `end_minute` is after `start_minute` and past 1440 where it goes over midnight.
    """

    days: frozenset[int]
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Window:
    """One occasion of a weekly time: two aware moments."""

    start: datetime
    end: datetime


def parse_weekly(text: str) -> WeeklyTime:
    """Read "05:00–05:30 hằng ngày", "T2-T6 17h-17h30", "thứ 2, 4, 6 từ 5 giờ đến 5 giờ 30".

    One stretch of the clock; days before or after it, in Vietnamese or English. An end at or
    before the beginning is on the next day. Raises InvalidInput `schedule_unreadable` (`text`), and
    `schedule_whole_day` for all 24 hours: a day has to end somewhere.
    """
    written = to_nfc(_DASHES.sub("-", text)).strip()
    folded = fold_diacritics(written)
    spans = list(_SPAN.finditer(folded))
    if len(spans) != 1:
        raise InvalidInput("schedule_unreadable", text=text)
    start = _minute(spans[0][1], spans[0][2])
    end = _minute(spans[0][3], spans[0][4])
    days = _days(written[: spans[0].start()] + " " + written[spans[0].end() :])
    if start is None or end is None or days is None or start in (end, DAY_MINUTES):
        raise InvalidInput("schedule_unreadable", text=text)
    if end - start == DAY_MINUTES:
        raise InvalidInput("schedule_whole_day")
    return WeeklyTime(days, start, end if end > start else end + DAY_MINUTES)


def next_window(weekly: WeeklyTime, moment: datetime, zone: ZoneInfo) -> Window:
    """The occasion that is going on at `moment`, else the next one."""
    today = moment.astimezone(zone).date()
    # Yesterday's may still go on; a week later the same day comes again.
    for offset in range(-1, 9):
        day = today + timedelta(days=offset)
        if day.weekday() in weekly.days:
            window = Window(
                _moment(day, weekly.start_minute, zone), _moment(day, weekly.end_minute, zone)
            )
            if window.end > moment:
                return window
    raise ValueError("a weekly time without days")


def _minute(hours: str, minutes: str | None) -> int | None:
    minute = int(hours) * 60 + int(minutes or 0)
    return minute if int(minutes or 0) < 60 and minute <= DAY_MINUTES else None


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minute, DAY_MINUTES)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)


def _days(written: str) -> frozenset[int] | None:
    """The days that a text names; None where it names none or says anything else."""
    text = fold_diacritics(written)
    for pattern, days in ((_DAILY, ALL_DAYS), (_WEEKDAYS, range(5)), (_WEEKEND, (5, 6))):
        if match := pattern.search(text):
            rest = f"{written[: match.start()]} {written[match.end() :]}"
            return frozenset(days) if not [*_day_tokens(rest)] else None
    found: set[int] = set()
    before: int | None = None
    ranging = False
    for token in _day_tokens(written):
        if token is None:
            return None
        if token == "-":  # noqa: S105  a dash
            if before is None or ranging:
                return None
            ranging = True
            continue
        day = int(token)
        if ranging and before is not None:
            # Friday to Monday goes round the end of the week.
            found.update((before + step) % 7 for step in range((day - before) % 7 + 1))
        found.add(day)
        before, ranging = day, False
    return frozenset(found) if found and not ranging else None


def _day_tokens(written: str) -> Iterator[str | None]:
    """Days as digits, "-" for a range; None for what is neither."""
    text = fold_diacritics(written)
    place = 0
    last = ""  # the last day as it was written: a lone digit or name is a day only after another
    while place < len(text):
        rest = text[place:]
        if found := _day(rest, written[place:], last, text[:place]):
            day, length = found
            last = rest[:length]
            yield str(day)
        elif match := _RANGE.match(rest):
            length = match.end()
            yield "-"
        elif (match := _JOINING.match(rest)) and _joins(match[0], written[place:], last):
            length = match.end()
        else:
            yield None
            return
        place += length


def _day(rest: str, written: str, last: str, before: str) -> tuple[int, int] | None:
    """The day that a text begins with, and the length of its name.

    `rest` is the folded text and `written` the same as it stands there; `last` the day that was
    named before, "" for none, and `before` all that stands before, folded.
    """
    if match := _SUNDAY.match(rest):
        return 6, match.end()
    if match := _NAMED_DAY.match(rest):
        return _FOLDED_DAYS.index(match[1]), match.end()
    if (match := _NUMBERED_DAY.match(rest)) and (last or not rest[0].isdigit()):
        return int(match[1]) - 2, match.end()
    if last and (match := _BARE_DAY.match(rest)):
        day = _FOLDED_DAYS.index(match[1])
        name = written[: match.end()].lower()
        # Without its marks "tu" is a day only where one has to follow: "thu hai va tu".
        is_day = name == match[1] and (name != _WEDNESDAY or bool(_AND.search(before)))
        return (day, match.end()) if is_day or name == _VIETNAMESE_DAYS[day] else None
    # "thứ" by itself is no Thursday.
    if (match := _ENGLISH_DAY.match(rest)) and written[: match.end()].isascii():
        return _ENGLISH_DAYS.index(match[1]), match.end()
    return None


def _joins(word: str, written: str, last: str) -> bool:
    """Whether a word that looks like a joining one is none of the days that look the same.

    "tu" without its marks after a day's name may be either: then it is neither.
    """
    if word != _WEDNESDAY:
        return True
    name = written[: len(word)].lower()
    return name == "từ" or (name == word and (not last or last[-1].isdigit()))
