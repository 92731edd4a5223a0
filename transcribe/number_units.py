"""Numbers by the unit that follows them: hours, spans of time, money, shares, measures. Pure."""

from dataclasses import dataclass

from transcribe.number_cues import (
    ABOUT,
    AGE,
    CLOCK,
    COUNTED,
    DAY,
    DAY_PARTS,
    HOUR,
    MINUTE,
    MONEY,
    MONTH,
    NIGHT,
    NOT_UNIT_BEFORE,
    OPEN_END,
    PART,
    SHORT_OF,
    SOUND_HOUR,
    SPAN_CUES,
    TIME_CUES,
    UNITS,
    YEAR_AFTER,
    YEAR_NAMES,
    Item,
    NumberKind,
    is_name,
    is_numbered_place,
)
from transcribe.number_dates import find_date_from_number, read_month, read_year
from transcribe.number_reading import Reading, Shape, read_number, write_number
from transcribe.number_words import (
    AND,
    DIGITS,
    FIVE,
    HALF,
    HUNDRED,
    ONE,
    SCALE_WORDS,
    TENS,
    Words,
    is_number_word,
    keys_of,
    starts_number,
)

_ZERO, _FOUR = keys_of("không bốn")
_LONE = (Shape.DIGIT, Shape.TEN, Shape.SHORT)
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class _Unit:
    end: int
    kind: NumberKind
    key: str


@dataclass(frozen=True, slots=True)
class _Minutes:
    end: int
    number: int
    short_of: bool = False  # kém: so many minutes before the hour
    spoken: bool = True


def find_amount(words: Words, index: int, reading: Reading) -> Item | None:
    """What the number with the words after it says: a date, an hour, an amount of something."""
    if words.before(index) in ABOUT or (words.key(index) == _ZERO and not _is_zero(words, reading)):
        return None
    if words.after(reading.end) == MONTH:
        date = find_date_from_number(words, index, reading)
        if date is not None:
            return None if _digit_is_no_number(words, index, reading) else date
    if words.after(reading.end) == HOUR:
        return _find_hour(words, index, reading)
    unit = _read_unit(words, reading.end)
    if unit is not None:
        return _find_measured(words, index, reading, unit)
    return _find_plain(words, index, reading)


def _is_zero(words: Words, reading: Reading) -> bool:
    """Không is nought only in 0,5 and before giờ, độ and phần trăm; else it means not."""
    unit = _read_unit(words, reading.end)
    if reading.fraction or words.after(reading.end) == HOUR:
        return True
    return unit is not None and (unit.kind == "percent" or unit.key == keys_of("độ")[0])


def _digit_is_no_number(words: Words, index: int, reading: Reading) -> bool:
    """Names, and "năm" where it is the year."""
    if is_name(words, index, reading):
        return True
    lone = reading.shape is Shape.DIGIT
    return lone and words.key(index) == FIVE and words.before(index) in YEAR_AFTER


def _read_unit(words: Words, index: int) -> _Unit | None:
    """The unit at a token, if it is one there: not the đồng of đồng chí or the năm of năm 2026."""
    if not words.joined(index):
        return None
    key = words.key(index)
    for phrase, kind in UNITS.get(key, ()):
        if not words.matches(index, phrase):
            continue
        end = index + len(phrase)
        if words.after(end) in NOT_UNIT_BEFORE.get(key, ()) or _begins_date(words, index, end):
            return None
        return _Unit(end, kind, key)
    return None


def _begins_date(words: Words, index: int, end: int) -> bool:
    """Whether ngày, tháng or năm at a token names a day, a month or a year instead of counting."""
    key = words.key(index)
    if key == FIVE:
        following = words.after(end)
        if following in YEAR_NAMES and words.before(index) in SCALE_WORDS:
            return True  # thu hai trăm nghìn năm nay
        return following in SCALE_WORDS | {TENS, HUNDRED} or read_year(words, index) is not None
    if key == MONTH:
        month = read_month(words, index)
        return month is not None and words.after(month.end) != DAY
    return key == DAY and words.joined(end) and starts_number(words, end)


def _find_hour(words: Words, index: int, reading: Reading) -> Item | None:
    place = reading.end + 1
    if reading.fraction or _digit_is_no_number(words, index, reading):
        return None
    if words.after(place) in NOT_UNIT_BEFORE[HOUR]:
        return None
    hours, minutes = reading.whole, _read_minutes(words, place)
    number, end = (minutes.number, minutes.end) if minutes else (0, place)
    if minutes and minutes.short_of:
        hours = _hour_before(hours, words.after(end))
        number = 60 - number
    spoken = reading.spoken or (minutes is not None and minutes.spoken)
    written = write_hour(hours, number)
    span = (
        hours > _HOURS_A_DAY
        or words.matches(end, (MONEY, CLOCK))
        or (words.before(index) in SPAN_CUES and words.after(end) not in TIME_CUES)
    )
    return Item(index, end, "duration" if span else "hour", written, spoken)


def write_hour(hours: int, minutes: int) -> str:
    """The portal's way: 17 giờ 30 phút."""
    return f"{hours} giờ {minutes} phút" if minutes else f"{hours} giờ"


def _hour_before(hours: int, after: str) -> int:
    """The hour that runs at "H giờ kém": before one o'clock it is twelve, except at night."""
    if hours == 1:
        return 0 if after in NIGHT else 12
    return (hours - 1) % _HOURS_A_DAY


def _read_minutes(words: Words, index: int) -> _Minutes | None:
    """What follows giờ: rưỡi, thirty minutes, thirty, or kém ten."""
    if words.after(index) in HALF:
        return _Minutes(index + 1, 30)
    short = words.after(index) == SHORT_OF
    place = index + 1 if short or words.after(index) in AND else index
    reading = read_number(words, place) if words.joined(place) else None
    if reading is None or reading.fraction or not 0 <= reading.whole < 60:
        return None
    if words.after(reading.end) == MINUTE:
        return _Minutes(reading.end + 1, reading.whole, short, reading.spoken)
    if short:
        return _Minutes(reading.end, reading.whole, short) if reading.whole else None
    if reading.whole < 10 and not _ends_hour(words, reading):
        return None
    if _belongs_to_next(words, reading):
        return None
    return _Minutes(reading.end, reading.whole, spoken=reading.spoken)


def _ends_hour(words: Words, reading: Reading) -> bool:
    """Whether a lone digit is the last of the hour (tám giờ năm), with nothing for it to count."""
    following = words.after(reading.end)
    return reading.spoken and reading.whole > 0 and (not following or following in DAY_PARTS)


def _belongs_to_next(words: Words, reading: Reading) -> bool:
    """Whether the number after giờ counts what follows it: bảy giờ hai mươi lăm tháng mười."""
    key = words.after(reading.end)
    if key == MONTH:
        return read_month(words, reading.end) is not None
    if key in SCALE_WORDS or key == HOUR:
        return True
    return key in UNITS and key not in (DAY, FIVE) and _read_unit(words, reading.end) is not None


def _find_measured(words: Words, index: int, reading: Reading, unit: _Unit) -> Item | None:
    half = words.after(unit.end) in HALF and not reading.fraction and reading.whole < 1_000
    if not half and not _counts(words, index, reading, unit):
        return None
    if _digit_is_no_number(words, index, reading) or _is_left_open(words, unit.end + half):
        return None
    end = unit.end + half
    spoken = reading.spoken or half
    name = words.source(reading.end, unit.end)
    number = f"{write_number(reading)},5" if half else write_number(reading)
    if unit.kind == "percent":
        return Item(index, end, "percent", f"{number}%", spoken)
    if half and unit.key == SOUND_HOUR:
        return Item(index, end, unit.kind, f"{write_number(reading)} {name} 30 phút", spoken)
    return Item(index, end, unit.kind, f"{number} {name}", spoken, number=reading.whole)


def _counts(words: Words, index: int, reading: Reading, unit: _Unit) -> bool:
    """Whether a number before this unit is an amount and not an article or an approximation."""
    if reading.shape is Shape.DOZEN:
        return False
    if reading.shape is not Shape.DIGIT:
        return unit.key != SOUND_HOUR or _is_span(words, index, unit)
    key = words.key(index)
    if key == ONE and unit.kind != "percent":
        return False  # một ngày nào đó, một năm hai vụ, hai nghìn đồng một cân
    if key == _FOUR and unit.key == FIVE:
        # "Bốn năm người" is four or five people.
        following = words.after(unit.end)
        return not (following in COUNTED or following in UNITS or following == HOUR)
    return unit.key != SOUND_HOUR or _is_span(words, index, unit)


def _is_span(words: Words, index: int, unit: _Unit) -> bool:
    """Whether "tiếng" is an hour and not a sound, a syllable or a language."""
    return words.before(index) in SPAN_CUES or words.matches(unit.end, (MONEY, CLOCK))


def _is_left_open(words: Words, index: int) -> bool:
    """Whether a loose digit after the unit goes on with the measure: một mét bảy."""
    if words.after(index) not in DIGITS or words.after(index) in (_ZERO, ONE):
        return False
    reading = read_number(words, index)
    if reading is None or reading.shape is not Shape.DIGIT:
        return False
    return not words.joined(reading.end)


def _find_plain(words: Words, index: int, reading: Reading) -> Item | None:
    """A number without a unit: from ten on an amount, a lone word only as a side of a range."""
    following = words.after(reading.end)
    if following in HALF and not reading.after_scale:
        return _find_half_past(words, index, reading)
    # "Ba phần tư" is a fraction, "một trăm phần quà" an amount.
    after_part = words.after(reading.end + 1)
    fraction = following == PART and (is_number_word(after_part) or after_part in SCALE_WORDS)
    if following in OPEN_END or fraction or reading.shape is Shape.DOZEN:
        return None
    if is_name(words, index, reading) or is_numbered_place(words, index, reading):
        return None
    written = write_number(reading)
    lone = reading.shape in _LONE and not (
        reading.shape is Shape.TEN and following in COUNTED and following != AGE
    )
    return Item(
        index,
        reading.end,
        "quantity",
        written,
        reading.spoken,
        lone,
        number=reading.whole,
        unitless=not reading.fraction,
    )


def _find_half_past(words: Words, index: int, reading: Reading) -> Item | None:
    """A bare "ba rưỡi": half past three where a word of time stands near."""
    end = reading.end + 1
    near = {words.before(index), words.after(end)}
    if words.joined(index):
        near.add(words.before(index - 1))
    if words.joined(end):
        near.add(words.after(end + 1))
    if not 1 <= reading.whole <= 12 or reading.fraction or is_name(words, index, reading):
        return None
    if not near & TIME_CUES or words.after(end) in UNITS or words.after(end) in SCALE_WORDS:
        return None
    return Item(index, end, "hour", write_hour(reading.whole, 30), reason="bare_half_hour")
