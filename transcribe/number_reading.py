"""How Vietnamese reads its numbers aloud: the number that begins at a word.

Pure. Grammar: units with their changed forms (mốt, tư, lăm, nhăm), mười and mươi, linh or lẻ,
trăm, nghìn or ngàn, vạn, triệu, tỷ or tỉ, rưỡi, phẩy. Where speech leaves the value open ("hai
triệu ba trăm", "hai ba") the reader takes less rather than guess; the number word that it leaves
behind tells the caller so.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from transcribe.number_words import (
    AND,
    BILLIONS,
    BINDS_TO_DIGIT,
    CHANGED,
    CURRENCY,
    DECIMAL_COMMA,
    DIGITS,
    DOZEN,
    FIVE,
    FOUR,
    HALF,
    HUNDRED,
    ONE,
    SCALE_WORDS,
    SCALES,
    TEN,
    TENS,
    TWENTY,
    UNIT_AFTER_TEN,
    UNIT_AFTER_TENS,
    Gap,
    Words,
    is_tu_of_compound,
)

_PLAIN_NUMBER = re.compile(r"(?P<whole>\d{1,3}(?:\.\d{3})+|\d+)(?:,(?P<fraction>\d+))?")
_PHONE_DIGITS = re.compile(r"\d+|0\d*(?:\.\d+)+")


class Shape(StrEnum):
    """How a number was said, because a lone digit word is often no number at all."""

    DIGIT = "digit"  # ba
    TEN = "ten"  # mười
    SHORT = "short"  # hai tư, ba mốt: also "tư" and "mốt" as words
    FULL = "full"
    DOZEN = "dozen"  # hai chục: in the south a chục of fruit may be twelve
    WRITTEN = "written"  # digits already


@dataclass(frozen=True, slots=True)
class Reading:
    """A number and the index of the token after it; `fraction` holds the digits after the comma."""

    end: int
    whole: int
    shape: Shape
    fraction: str = ""
    spoken: bool = True  # holds at least one number word
    after_scale: bool = False  # its last word is trăm, nghìn, triệu …


@dataclass(frozen=True, slots=True)
class _Part:
    value: int
    end: int
    shape: Shape
    after_scale: bool = False
    from_zero: bool = False  # "không trăm …": only said inside a larger number


def read_number(words: Words, index: int) -> Reading | None:
    """The number that begins at a token, as far as its value is beyond doubt."""
    first = _read_hundreds(words, index, inner=False)
    decimal = _read_decimal(words, index, first)
    if decimal is not None:
        return decimal
    if first is None:
        return None
    part = _read_scaled(words, index, ceiling=0)
    if words.after(part.end) in BILLIONS:
        part = _read_after_billion(words, part.value * 10**9, part.end + 1)
    spoken = any(
        words.key(place) not in SCALE_WORDS and not words.key(place)[:1].isdigit()
        for place in range(index, part.end)
    )
    return Reading(part.end, part.value, part.shape, "", spoken, part.after_scale)


def read_digits(words: Words, index: int, limit: int | None = None) -> list[tuple[str, int, int]]:
    """The run of small numbers from a token on, as they are said in a telephone number.

    Each as (digits, first token, token after); commas and dashes may part them. Numbers of more
    than three digits end the run unless they stand there as digits. At most `limit` elements.
    """
    run: list[tuple[str, int, int]] = []
    place = index
    while place < len(words) and (limit is None or len(run) < limit):
        if run and words.gap(place) not in (Gap.SPACE, Gap.COMMA, Gap.DASH):
            break
        key = words.key(place)
        if _PHONE_DIGITS.fullmatch(key):
            run.append((key.replace(".", ""), place, place + 1))
        elif run and key in CHANGED and not is_tu_of_compound(words, place):
            run.append((str(CHANGED[key]), place, place + 1))
        else:
            part = _read_hundreds(words, place, inner=False)
            if part is None or words.after(part.end) in SCALE_WORDS:
                break
            run.append((str(part.value), place, part.end))
        place = run[-1][2]
    return run


def read_four(words: Words, index: int) -> Reading | None:
    """A lone "tư", which is four only where the caller expects a number (tháng tư, thứ tư)."""
    if words.key(index) != FOUR or is_tu_of_compound(words, index):
        return None
    return Reading(index + 1, 4, Shape.DIGIT)


def group_thousands(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def write_number(reading: Reading) -> str:
    """12.500 · 3,5 · from a thousand million on, where it comes out even, 2,3 tỷ."""
    if reading.fraction:
        return f"{group_thousands(reading.whole)},{reading.fraction}"
    if reading.whole >= 10**9 and reading.whole % 10**6 == 0:
        rest = f"{reading.whole % 10**9 // 10**6:03}".rstrip("0")
        return group_thousands(reading.whole // 10**9) + (f",{rest}" if rest else "") + " tỷ"
    return group_thousands(reading.whole)


def _read_tens(words: Words, index: int, *, inside: bool) -> _Part | None:
    """0 to 99; `inside` a larger number "hai sáu" is 26, by itself it may be two or six."""
    key = words.key(index)
    if key in (TEN, TWENTY):
        table = UNIT_AFTER_TEN if key == TEN else UNIT_AFTER_TENS
        unit = _unit(words, index + 1, table)
        if unit:
            return _Part((10 if key == TEN else 20) + unit, index + 2, Shape.FULL)
        return _Part(10, index + 1, Shape.TEN) if key == TEN else None
    if key not in DIGITS:
        return None
    digit, following = DIGITS[key], words.after(index + 1)
    if digit and following == DOZEN:
        return _Part(10 * digit, index + 2, Shape.DOZEN)
    if digit < 2:
        return _Part(digit, index + 1, Shape.DIGIT)
    if following == TENS:
        unit = _unit(words, index + 2, UNIT_AFTER_TENS)
        return _Part(10 * digit + unit, index + (3 if unit else 2), Shape.FULL)
    return _read_short_tens(words, index, digit, inside=inside)


def _read_short_tens(words: Words, index: int, digit: int, *, inside: bool) -> _Part:
    """Tens without mươi: hai lăm, ba tư, and in a larger number also hai sáu."""
    following = words.after(index + 1)
    unit = _unit(words, index + 1, CHANGED)
    if unit:
        shape = Shape.FULL if unit == 5 or inside else Shape.SHORT
        return _Part(10 * digit + unit, index + 2, shape)
    if inside and following != ONE and words.after(index + 2) not in SCALE_WORDS:
        unit = _unit(words, index + 1, UNIT_AFTER_TEN)
        if unit:
            return _Part(10 * digit + unit, index + 2, Shape.FULL)
    return _Part(digit, index + 1, Shape.DIGIT)


def _unit(words: Words, index: int, table: dict[str, int]) -> int:
    """The unit at a token, 0 if none or if it belongs to what follows ("hai mươi ba mươi")."""
    unit = table.get(words.after(index), 0)
    if words.after(index + 1) in BINDS_TO_DIGIT or is_tu_of_compound(words, index):
        return 0
    return unit


def _read_hundreds(words: Words, index: int, *, inner: bool) -> _Part | None:
    """0 to 999, or a written whole number."""
    written = _PLAIN_NUMBER.fullmatch(words.key(index))
    if written and written["fraction"] is None:
        return _Part(int(written["whole"].replace(".", "")), index + 1, Shape.WRITTEN)
    digit = DIGITS.get(words.key(index))
    if digit is None or words.after(index + 1) != HUNDRED or not (digit or inner):
        return _read_tens(words, index, inside=inner)
    value, end = _read_below_hundred(words, index + 2)
    return _Part(100 * digit + value, end, Shape.FULL, end == index + 2, digit == 0)


def _read_below_hundred(words: Words, index: int) -> tuple[int, int]:
    """What follows trăm, and the token after it."""
    following = words.after(index)
    if following in AND:
        unit = _unit(words, index + 1, DIGITS | CHANGED)
        return (unit, index + 2) if unit else (0, index)
    if following in HALF and words.after(index + 1) not in SCALE_WORDS:
        return 50, index + 1
    tenth = _tenth(words, index)
    if tenth:
        return 10 * tenth, index + 1
    tens = _read_tens(words, index, inside=True) if following else None
    if tens is None or tens.shape is Shape.DIGIT:
        return 0, index
    return tens.value, tens.end


def _tenth(words: Words, index: int) -> int:
    """The one word after a scale that counts its tenths: triệu mốt, triệu tư, triệu hai.

    A plain digit counts only before "đồng" or a pause: in "hai triệu ba hộ" it belongs to the
    households. "Một" and "năm" never do: một is an article, năm a year.
    """
    key = words.after(index)
    if key in CHANGED and not is_tu_of_compound(words, index):
        return CHANGED[key]
    if DIGITS.get(key, 0) < 2 or key == FIVE:
        return 0
    return DIGITS[key] if words.after(index + 1) in ("", CURRENCY) else 0


def _read_scaled(words: Words, index: int, *, ceiling: int, total: int = 0) -> _Part:
    """A number of nghìn, vạn and triệu; `ceiling` is the scale that came before, 0 for none.

    The caller knows that a number begins here when there is no ceiling.
    """
    last, place, shape = ceiling, index, Shape.FULL
    after_scale = bool(ceiling)
    while True:
        ending = _read_ending(words, place, last)
        if ending is not None:
            return _Part(total + ending.value, ending.end, Shape.FULL)
        part = _read_hundreds(words, place, inner=bool(last)) if _open(words, place, last) else None
        if part is None:
            break
        scale = SCALES.get(words.after(part.end), 0)
        if not scale and (not last or _may_close(part, last)):
            shape = Shape.FULL if last else part.shape
            return _Part(total + part.value, part.end, shape, part.after_scale)
        if not scale or (last and scale >= last):
            break
        shape = Shape.FULL if part.shape is not Shape.WRITTEN or last else Shape.WRITTEN
        total += part.value * scale
        last, place, after_scale = scale, part.end + 1, True
    return _Part(total, place, shape, after_scale)


def _open(words: Words, place: int, last: int) -> bool:
    return not last or words.joined(place)


def _may_close(part: _Part, last: int) -> bool:
    """Whether a group without a scale can end a number after the scale `last`.

    "Hai nghìn hai mươi sáu" is 2026. "Hai triệu ba trăm" may be 2.300.000 or 2.000.300: left open.
    """
    if part.shape is Shape.DIGIT or part.value >= 1_000:
        return False
    return last == 1_000 or part.from_zero


def _read_ending(words: Words, place: int, last: int) -> _Part | None:
    """Rưỡi, a tenth (triệu hai), or linh and a unit, after the scale `last`."""
    if not last:
        return None
    key = words.after(place)
    if key in HALF:
        return _Part(last // 2, place + 1, Shape.FULL)
    if key in AND:
        unit = _unit(words, place + 1, DIGITS | CHANGED)
        scale = SCALES.get(words.after(place + 2), 1)
        if unit and scale < last:
            return _Part(unit * scale, place + (2 if scale == 1 else 3), Shape.FULL)
    tenth = _tenth(words, place)
    return _Part(last // 10 * tenth, place + 1, Shape.FULL) if tenth else None


def _read_after_billion(words: Words, total: int, index: int) -> _Part:
    if not words.joined(index):
        return _Part(total, index, Shape.FULL, after_scale=True)
    return _read_scaled(words, index, ceiling=10**9, total=total)


def _read_decimal(words: Words, index: int, first: _Part | None) -> Reading | None:
    """3,5 as "ba phẩy năm" or written, with the scale after it worked in: 1,5 triệu = 1.500.000."""
    written = _PLAIN_NUMBER.fullmatch(words.key(index))
    if written and written["fraction"]:
        whole, fraction, end = (
            int(written["whole"].replace(".", "")),
            written["fraction"],
            index + 1,
        )
    elif first and words.after(first.end) == DECIMAL_COMMA:
        whole = first.value
        fraction, end = _read_fraction(words, first.end + 1)
    else:
        return None
    if not fraction:
        return None
    spoken = end > index + 1
    key = words.after(end)
    scale = 10**9 if key in BILLIONS else SCALES.get(key, 1)
    shape = Shape.FULL if spoken else Shape.WRITTEN
    if scale == 1:
        return Reading(end, whole, shape, fraction, spoken)
    value, rest = divmod(int(f"{whole}{fraction}") * scale, 10 ** len(fraction))
    return None if rest else Reading(end + 1, value, shape, "", spoken, after_scale=True)


def _read_fraction(words: Words, index: int) -> tuple[str, int]:
    """The digits after "phẩy" and the token after them: "năm", "không năm", "hai mươi lăm"."""
    digits, place = "", index
    while words.joined(place) and len(digits) < 4:
        part = _read_tens(words, place, inside=False)
        if words.key(place).isdigit():
            digits, place = digits + words.key(place), place + 1
        elif part is None or (digits and words.key(place) == FIVE):
            break  # the "năm" of "hai phẩy năm năm" counts years
        else:
            digits, place = digits + str(part.value), part.end
    return digits, place
