"""Spoken Vietnamese numbers to suggestions of their written form. Pure; changes no text.

The portal's style: "17 giờ 30 phút", "ngày 25 tháng 11" and with a year "ngày 25/11/2026",
"1.500.000 đồng" (from a thousand million on "2,3 tỷ đồng" where it comes out even), "12,5%",
"0912 345 678", "lần thứ 3". Left as words: weekdays, giêng and chạp, rằm, fractions ("một phần
ba": 1/3 would read as a day), numbers below ten before a thing that is counted ("ba hộ"),
approximations ("hai ba người", "vài chục"), idioms, and lone digits in names ("thôn năm").
Written digits stay, and join what was spoken around them: "7 giờ ba mươi".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.vietnamese import to_nfc
from transcribe.number_cues import (
    CONNECTORS,
    RANGE_CUES,
    UNITS,
    YEAR_CUES,
    YEAR_NAMES,
    Item,
    NumberKind,
    set_idioms_apart,
)
from transcribe.number_dates import find_day, find_month, find_year, read_year
from transcribe.number_phones import find_phones
from transcribe.number_reading import Reading, Shape, read_four, read_number, write_number
from transcribe.number_units import find_amount
from transcribe.number_words import CHANGED, DIGITS, FIVE, ONE, Gap, Words, keys_of, starts_number

_DAY_WORDS = keys_of("ngày mùng mồng")
_MONTH_WORD, _ORDINAL_WORD, _TIME_WORD, _ZERO = keys_of("tháng thứ lần không")
_WEEKDAYS = range(2, 8)  # thứ hai to thứ bảy
_ENDS_OF_YEAR_CUES = frozenset(cue[-1] for cue in YEAR_CUES)
_SCALES = (10**9, 10**6, 10**3)
_RANGED = ("hour", "duration", "date", "money", "percent", "quantity")


@dataclass(frozen=True, slots=True)
class NumberSuggestion:
    """How a spoken number may be written.

    `start` and `end` are offsets in characters of the NFC form of the text, `spoken` is what
    stands there. `reason` says why to look twice: `bare_half_hour` ("ba rưỡi" without giờ),
    `no_such_date` (31 tháng 2), `phone_length` (digits missing or too many), else None.
    """

    kind: NumberKind
    start: int
    end: int
    spoken: str
    written: str
    reason: str | None = None


def find_numbers(text: str) -> tuple[NumberSuggestion, ...]:
    """Suggestions for one text, in order, never overlapping, none across a sentence end.

    Time grows with the length of the text. Text without spoken numbers gives none.
    """
    words = Words(to_nfc(text))
    items = _join_ranges(words, _find_items(words))
    return tuple(
        NumberSuggestion(
            item.kind,
            words.tokens[item.first].start,
            words.tokens[item.end - 1].end,
            words.source(item.first, item.end),
            item.written,
            item.reason,
        )
        for item in items
        if item.spoken and not item.bare
    )


def _find_items(words: Words) -> list[Item]:
    items: list[Item] = []
    idioms = set_idioms_apart(words)
    place = 0
    phones_to = 0  # a run of digits is read once
    while place < len(words):
        if place in idioms:
            place = idioms[place]
            continue
        if place >= phones_to:
            phones, phones_to = find_phones(words, place)
            if phones:
                items.extend(phones)
                place = phones_to
                continue
        found, place = _find_at(words, place)
        items.extend(found)
    return items


def _find_at(words: Words, index: int) -> tuple[list[Item], int]:
    """What begins at a token, and where to go on."""
    finder = _FINDERS.get(words.key(index))
    item = finder(words, index) if finder else None
    if item is not None:
        return [item], item.end
    if words.key(index) == _ORDINAL_WORD:
        return [], _weekday_end(words, index)
    years = _find_years(words, index)
    if years is not None:
        return [years], years.end
    return _find_number(words, index)


def _find_number(words: Words, index: int) -> tuple[list[Item], int]:
    reading = read_number(words, index) if starts_number(words, index) else None
    if reading is None:
        return [], index + 1
    item = find_amount(words, index, reading)
    if item is not None and item.end > reading.end:
        return [item], item.end
    if reading.end == index + 1 and words.key(index) == ONE and words.after(index + 1) in UNITS:
        return [], index + 2  # một năm năm trăm nghìn: the first năm is the year
    end = _loose_end(words, reading)
    if end > reading.end:
        return [], end
    return ([] if item is None else [item]), reading.end


def _loose_end(words: Words, reading: Reading) -> int:
    """Where numbers said one upon another end: "hai ba", "mười lăm hai mươi" are estimates."""
    while _abuts(words, reading):
        following = read_number(words, reading.end)
        if following is None:
            break
        reading = following
    return reading.end


def _abuts(words: Words, reading: Reading) -> bool:
    """Whether another number follows at once, so that the value of this one is open."""
    place = reading.end
    key = words.key(place)
    if words.gap(place) is Gap.COMMA:
        return reading.shape is Shape.DIGIT and DIGITS.get(key) == reading.whole + 1
    if not words.joined(place) or not (starts_number(words, place) or key in CHANGED):
        return False
    if key == FIVE:
        return words.after(place + 1) not in YEAR_NAMES and read_year(words, place) is None
    # After a scale "một" is an article (năm trăm nghìn một hộ), "không" alone is not.
    loose = key == _ZERO or (key == ONE and reading.after_scale)
    return not (loose and not starts_number(words, place + 1))


def _find_ordinal(words: Words, index: int) -> Item | None:
    """Lần thứ ba, and thứ tám upwards; thứ hai to thứ bảy may be weekdays."""
    counted = words.key(index) == _TIME_WORD
    place = index + 2 if counted else index + 1
    if not words.joined(place) or (counted and words.after(index + 1) != _ORDINAL_WORD):
        return None
    reading = read_number(words, place) or read_four(words, place)
    if reading is None or reading.fraction or reading.shape is Shape.DOZEN:
        return None
    if reading.whole < (1 if counted else _WEEKDAYS.stop) or _abuts(words, reading):
        return None
    written = f"{words.source(index, place)} {reading.whole}"
    return Item(index, reading.end, "ordinal", written, reading.spoken)


def _weekday_end(words: Words, index: int) -> int:
    """The token after the weekday or ordinal word at "thứ"."""
    reading = read_number(words, index + 1) if words.joined(index + 1) else None
    return index + 2 if reading is None or reading.shape is Shape.DIGIT else reading.end


def _find_years(words: Words, index: int) -> Item | None:
    """Năm 2026, and two years: năm học 2026-2027, từ năm 2026 đến 2030."""
    named = words.key(index) == FIVE
    cued = words.before(index) in _ENDS_OF_YEAR_CUES and any(
        words.matches(index - len(cue), cue) for cue in YEAR_CUES if index >= len(cue)
    )
    item = find_year(words, index) if named else None
    if not named and cued:
        year = read_year(words, index)
        if year is not None:
            item = Item(index, year.end, "year", str(year.number), year.spoken)
    if item is None:
        return None
    place = item.end + _connector_length(words, item.end)
    second = read_year(words, place) if words.joined(place) and words.key(place) != FIVE else None
    if second is None or (place == item.end and not cued):
        return item
    between = f" {words.source(item.end, place)} " if place > item.end else "-"
    written = f"{item.written}{between}{second.number}"
    return replace(
        item, end=second.end, kind="range", written=written, spoken=item.spoken or second.spoken
    )


def _connector_length(words: Words, index: int) -> int:
    """How many tokens "đến", "cho đến" at a token take; 0 when no such word stands there."""
    if not words.joined(index):
        return 0
    return next((len(phrase) for phrase in CONNECTORS if words.matches(index, phrase)), 0)


def _join_ranges(words: Words, items: list[Item]) -> list[Item]:
    joined: list[Item] = []
    for item in items:
        if joined and _is_range(words, joined[-1], item):
            first = joined.pop()
            whole = _join(words, first, item)
            joined.extend([] if whole is None else [whole])
        else:
            joined.append(item)
    return joined


def _is_range(words: Words, first: Item, second: Item) -> bool:
    dashed = first.end == second.first and words.gap(second.first) is Gap.DASH
    length = _connector_length(words, first.end) if words.joined(second.first) else 0
    if not dashed and not (length and first.end + length == second.first):
        return False
    if second.bare or "range" in (first.kind, second.kind):
        return False
    # "Ba đến mười giờ mới về": father, unless something says that a span begins.
    if first.bare and second.kind == "hour" and not dashed:
        return words.before(first.first) in RANGE_CUES
    return first.kind == second.kind or (first.unitless and second.kind in _RANGED)


def _join(words: Words, first: Item, second: Item) -> Item | None:
    """Two items as one range; None when it is open which scale the first one has.

    "Hai đến ba triệu" is 2.000.000 đến 3.000.000, but "năm trăm đến một triệu" may be anything.
    """
    left, right = (
        item.written if item.spoken else words.source(item.first, item.end)
        for item in (first, second)
    )
    if first.unitless and first.number < 1_000 <= second.number:
        scale = next((s for s in _SCALES if second.number % s == 0), 0)
        if not scale or not first.number < second.number // scale < 1_000:
            return None
        left = write_number(Reading(0, first.number * scale, Shape.FULL))
    between = words.text[words.tokens[first.end - 1].end : words.tokens[second.first].start]
    return Item(
        first.first,
        second.end,
        "range",
        f"{left}{between}{right}",
        first.spoken or second.spoken,
        reason=first.reason or second.reason,
    )


_FINDERS: dict[str, Callable[[Words, int], Item | None]] = {
    **dict.fromkeys(_DAY_WORDS, find_day),
    _MONTH_WORD: find_month,
    _ORDINAL_WORD: _find_ordinal,
    _TIME_WORD: _find_ordinal,
}
