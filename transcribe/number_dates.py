"""Days, months and years as they are said. Pure.

Written as the portal writes them: "ngày 25 tháng 11", with a year "ngày 25/11/2026", "tháng
11/2026", "năm 2026". Giêng, chạp and rằm stay words; mùng and mồng keep their word: "mùng 1".
"""

from calendar import isleap
from dataclasses import dataclass

from transcribe.number_cues import (
    COUNTED,
    DAY,
    EACH,
    MONTH,
    NOT_MAY_BEFORE,
    STREETS,
    TIMES_WORDS,
    UNITS,
    WHOLE,
    Item,
)
from transcribe.number_reading import Reading, Shape, read_digits, read_four, read_number
from transcribe.number_words import (
    DIGITS,
    FIVE,
    SCALE_WORDS,
    Gap,
    Words,
    is_number_word,
    key_set,
    keys_of,
    starts_number,
)

_NEW_MOON_DAYS = key_set("mùng mồng")
_LUNAR_MONTHS = key_set("giêng chạp")
_ORDINAL = keys_of("thứ")[0]  # thứ hai ngày mười
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEARS = range(1900, 2101)  # what a number without the word "năm" may mean as a year
_YEAR_RUN = 4  # digits


@dataclass(frozen=True, slots=True)
class _Month:
    end: int
    number: int  # 0 for giêng and chạp
    name: str
    spoken: bool


@dataclass(frozen=True, slots=True)
class _Year:
    end: int
    number: int
    spoken: bool


def read_month(words: Words, index: int) -> _Month | None:
    """The month whose word "tháng" stands at a token; chạp and giêng stay as they are."""
    if words.key(index) != MONTH or not words.joined(index + 1):
        return None
    name = words.source(index + 1, index + 2)
    if words.key(index + 1) in _LUNAR_MONTHS:
        return _Month(index + 2, 0, name, spoken=False)
    reading = read_number(words, index + 1) or read_four(words, index + 1)
    if reading is None or reading.fraction or not 1 <= reading.whole <= 12:
        return None
    if words.key(index + 1) == FIVE and not _is_may(words, reading.end):
        return None
    if reading.shape is Shape.DIGIT and words.after(reading.end) in TIMES_WORDS:
        return None
    return _Month(reading.end, reading.whole, str(reading.whole), reading.spoken)


def read_year(words: Words, index: int) -> _Year | None:
    """The year at a token: "năm" and a number, or by itself a number from 1900 to 2100."""
    named = words.key(index) == FIVE
    place = index + 1 if named else index
    if named and not words.joined(place):
        return None
    year = _year_digit_by_digit(words, place)
    if year is None:
        reading = read_number(words, place)
        if reading is None or reading.fraction or (reading.after_scale and not named):
            return None
        year = _Year(reading.end, reading.whole, reading.spoken)
        if "." in words.key(place):
            return None
    if named and _is_counted(words, year.end):
        return None
    return year if year.number in (range(1000, 3000) if named else _YEARS) else None


def find_day(words: Words, index: int) -> Item | None:
    """A date that begins with ngày, mùng or mồng (or ngày mùng) at a token."""
    place = index
    if words.key(place) == DAY:
        place += 1
    new_moon = words.key(place) in _NEW_MOON_DAYS
    if new_moon:
        place += 1
    if not words.joined(place) or words.before(index) in STREETS:
        return None
    slashed = _find_slashed(words, index, place)
    if slashed is not None:
        return slashed
    reading = _read_day(words, place)
    if reading is None:
        return None
    prefix = words.source(index, place)
    month = read_month(words, reading.end) if words.joined(reading.end) else None
    if month is not None:
        return _write_date(words, index, reading, month, prefix)
    if new_moon:
        if reading.whole > 10:  # mùng is said of the first ten days of a month
            return None
        return Item(index, reading.end, "date", f"{prefix} {reading.whole}", reading.spoken)
    return _find_lone_day(words, index, reading, prefix)


def find_date_from_number(words: Words, index: int, reading: Reading) -> Item | None:
    """A date without "ngày": hai mươi lăm tháng mười một. None too where it may be months."""
    if reading.fraction or not 1 <= reading.whole <= 31 or reading.shape is Shape.DOZEN:
        return None
    month = read_month(words, reading.end) if words.joined(reading.end) else None
    if month is None or words.before(index) in STREETS:
        return None
    if reading.shape is Shape.DIGIT:
        # "Năm tháng năm" may be five months of a year; "trong hai tháng chín và mười" is no date.
        if words.key(reading.end + 1) == FIVE or words.before(index) in EACH | WHOLE:
            return None
        if words.after(month.end) == DAY:
            return None
    return _write_date(words, index, reading, month, "")


def find_month(words: Words, index: int) -> Item | None:
    """A month without a day."""
    before = words.before(index)
    month = read_month(words, index)
    if month is None or before in EACH or is_number_word(before):
        return None
    prefix = words.source(index, index + 1)
    year = _read_following_year(words, month.end)
    if month.number and year is not None:
        written = f"{prefix} {month.number}/{year.number}"
        return Item(index, year.end, "month", written, month.spoken or year.spoken)
    return Item(index, month.end, "month", f"{prefix} {month.name}", month.spoken)


def find_year(words: Words, index: int) -> Item | None:
    """A year that begins with "năm"."""
    year = read_year(words, index)
    if year is None or words.before(index) == MONTH:
        return None
    written = f"{words.source(index, index + 1)} {year.number}"
    return Item(index, year.end, "year", written, year.spoken)


def _is_may(words: Words, end: int) -> bool:
    """Whether "tháng năm" is May, judged by the token after it; else năm is the year."""
    key = words.after(end)
    if key in NOT_MAY_BEFORE:
        return False
    return key == FIVE or (not (key and starts_number(words, end)) and key not in SCALE_WORDS)


def _year_digit_by_digit(words: Words, index: int) -> _Year | None:
    """Hai không hai sáu: exactly four digits, with parts like "bảy lăm" or "bảy mươi lăm"."""
    digits, end, spoken = "", index, False
    for text, first, after in read_digits(words, index, limit=_YEAR_RUN + 1):
        if len(digits) >= _YEAR_RUN:
            # A fifth digit: only "năm" can be the beginning of something else.
            if words.key(first) != FIVE:
                return None
            break
        if after > first + 1 and not digits:
            return None
        digits, end = digits + text, after
        spoken = spoken or not words.key(first)[:1].isdigit()
    if len(digits) != _YEAR_RUN or int(digits) not in _YEARS:
        return None
    return _Year(end, int(digits), spoken)


def _is_counted(words: Words, end: int) -> bool:
    """Whether a unit follows, so that the number is an amount and no year."""
    key = words.after(end)
    return key in UNITS and key not in (DAY, MONTH)


def _read_following_year(words: Words, index: int) -> _Year | None:
    if words.gap(index) is Gap.SPACE:
        return read_year(words, index)
    if words.gap(index) is Gap.COMMA and words.key(index) == FIVE:
        return read_year(words, index)
    return None


def _read_day(words: Words, index: int) -> Reading | None:
    reading = read_number(words, index) or read_four(words, index)
    if reading is None:
        return None
    digit = DIGITS.get(words.key(index), 0)
    unit = DIGITS.get(words.after(index + 1), 0)
    tens = reading.shape is Shape.DIGIT and digit in (2, 3)
    # "Ngày hai tám" is the 28th; "ngày hai ba" may be two days, "ngày hai năm" a year.
    if tens and unit > 1 and unit not in (digit + 1, 5):
        reading = Reading(index + 2, 10 * digit + unit, Shape.FULL)
    if reading.fraction or not 1 <= reading.whole <= 31 or reading.shape is Shape.DOZEN:
        return None
    return reading


def _find_lone_day(words: Words, index: int, reading: Reading, prefix: str) -> Item | None:
    """A day without its month: ngày hai mươi. A lone digit counts only in a range."""
    key = words.after(reading.end)
    each = words.before(index) in EACH and words.before(index - 1) != _ORDINAL
    if each or key in COUNTED or key in UNITS or key in SCALE_WORDS:
        return None
    if key and starts_number(words, reading.end):
        return None
    bare = reading.shape is Shape.DIGIT
    written = f"{prefix} {reading.whole}"
    return Item(index, reading.end, "date", written, reading.spoken, bare)


def _find_slashed(words: Words, index: int, place: int) -> Item | None:
    """Ngày 25/11 with its year spoken."""
    day = words.key(place)
    parts = day.split("/")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        return None
    year = _read_following_year(words, place + 1)
    if year is None:
        return None
    written = f"{words.source(index, place)} {day}/{year.number}"
    return Item(index, year.end, "date", written, year.spoken)


def _write_date(words: Words, first: int, reading: Reading, month: _Month, prefix: str) -> Item:
    year = _read_following_year(words, month.end)
    spoken = reading.spoken or month.spoken or (year is not None and year.spoken)
    end = month.end if year is None else year.end
    lead = f"{prefix} " if prefix else ""
    month_word = words.source(reading.end, reading.end + 1)
    if year is None:
        written = f"{lead}{reading.whole} {month_word} {month.name}"
    elif key_set(prefix) & _NEW_MOON_DAYS or not month.number:
        written = f"{lead}{reading.whole} {month_word} {month.name} năm {year.number}"
    else:
        written = f"{lead}{reading.whole}/{month.number}/{year.number}"
    impossible = month.number and reading.whole > _days(month.number, year)
    reason = "no_such_date" if impossible else None
    return Item(first, end, "date", written, spoken, reason=reason)


def _days(month: int, year: _Year | None) -> int:
    if month == 2 and year is not None and not isleap(year.number):
        return 28
    return _DAYS_IN_MONTH[month - 1]
