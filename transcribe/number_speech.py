"""How written figures are read aloud in Vietnamese: digits to number words. Pure.

The other way around from `transcribe.numbers`. Whoever compares two texts reads the digits of both
aloud first, so that what is compared depends on the spoken words alone. Where readers differ
(bốn or tư, linh or lẻ, nghìn or ngàn) one form is used throughout.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.vietnamese import to_nfc
from transcribe.number_cues import EMERGENCY_NUMBERS, NUMBER_CUE, Item, has_phone_cue
from transcribe.number_phones import find_phones
from transcribe.number_words import Gap, Words, key_set, keys_of

_DIGITS = "không một hai ba bốn năm sáu bảy tám chín".split()  # noqa: SIM905 - as the table reads
_THOUSAND = "nghìn"
_SCALES = (("tỷ", 10**9), ("triệu", 10**6), (_THOUSAND, 10**3))
_LARGEST = 10**12  # longer runs of digits are numbers of papers, said digit by digit

_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3}){2,}")
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)[.,](\d+)")
_FULL_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DASHED_DATE = ((1, 2), (1, 2), (4, 4))  # least and most digits of 25-11-2026

_MONTH, _HOUR, _MINUTE, _SHORT = keys_of("tháng giờ phút kém")
_YEARS = range(1900, 2101)
_CALLED = EMERGENCY_NUMBERS | {"1022"}  # and the line of the provinces' public services
_CALL_REACH = 4  # words from "gọi" to the number
# Before these "1/3" is a day; anywhere else the commonest fractions are read as fractions.
_DATE_CUES = key_set("ngày mùng mồng sáng trưa chiều tối đêm hôm nhật lễ tết đến từ")
_FRACTIONS = frozenset({"1/2", "1/3", "2/3", "1/4", "3/4"})
# Units that stand for words where they follow a number.
_UNITS = {
    "đ": "đồng",
    "vnđ": "đồng",
    "vnd": "đồng",
    "k": "nghìn",
    "tr": "triệu",
    "%": "phần trăm",
    "km": "ki lô mét",
    "kg": "ki lô gam",
    "m": "mét",
    "cm": "xăng ti mét",
    "mm": "mi li mét",
    "ha": "héc ta",
    "m²": "mét vuông",
    "m³": "mét khối",
}
_RAISED = {"2": "vuông", "3": "khối"}


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One syllable as it is said, and the characters of the text that it stands for."""

    text: str
    start: int
    end: int


def speak_number(value: int) -> str:
    """A whole number of 0 to 10^12 - 1 in words: 2026 is "hai nghìn không trăm hai mươi sáu".

    Raises ValueError outside that range.
    """
    if not 0 <= value < _LARGEST:
        raise ValueError("no number to be said in words")
    words: list[str] = []
    for name, scale in _SCALES:
        group, value = divmod(value, scale)
        if group:
            words += [*_speak_group(group, inner=bool(words)), name]
    if words and value >= 100 and words[-1] != _THOUSAND:
        words += [_DIGITS[0], _THOUSAND]  # "hai triệu một trăm" may be 2.100.000 to the ear
    if value or not words:
        words += _speak_group(value, inner=bool(words))
    return " ".join(words)


def speak_digits(digits: str) -> str:
    """Digits one by one, as a telephone number is said; anything else is left out."""
    return " ".join(_DIGITS[int(digit)] for digit in digits if digit in "0123456789")


def read_aloud(text: str) -> tuple[SpokenWord, ...]:
    """The words of a text in lower case, without punctuation, its figures in words.

    Offsets are characters of the NFC form of the text in lower case. Understood: whole and decimal
    numbers (1.500.000 · 1,5), dates (25/11/2026 · 25-11-2026 · 25/11), hours (17:30 · 17h30),
    telephone numbers (digit by digit), percentages, money and the commonest units after a number.
    Not understood and said as they stand: Roman numerals, abbreviations, other units.
    """
    words = Words(to_nfc(text).lower())
    phones = {item.first: item for item in _written_phones(words)}
    spoken: list[SpokenWord] = []
    place = 0
    while place < len(words):
        end, said = place + 1, words.tokens[place].text
        if place in phones:
            end = phones[place].end
            said = speak_digits(words.source(place, end))
        elif said[0].isdecimal():
            end, said = _speak_figure(words, place)
        elif _follows_number(words, place):
            end, said = _speak_unit(words, place)
        start, stop = words.tokens[place].start, words.tokens[end - 1].end
        spoken += [SpokenWord(word, start, stop) for word in said.split()]
        place = end
    return tuple(spoken)


def _speak_group(value: int, *, inner: bool) -> list[str]:
    """0 to 999; `inner`: after a larger scale, so that the hundreds are always said."""
    hundreds, rest = divmod(value, 100)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or inner else []
    if not rest:
        return words or [_DIGITS[0]]
    tens, unit = divmod(rest, 10)
    if not tens:
        return [*words, "linh", _DIGITS[unit]] if words else [_DIGITS[unit]]
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if unit == 5:
        words.append("lăm")
    elif unit:
        words.append("mốt" if unit == 1 and tens > 1 else _DIGITS[unit])
    return words


def _written_phones(words: Words) -> Iterator[Item]:
    place = 0
    while place < len(words):
        items, end = find_phones(words, place)
        yield from (item for item in items if not item.spoken)
        place = max(end, place + 1)


def _speak_figure(words: Words, index: int) -> tuple[int, str]:
    """Where the figure at a token ends, and how it is said."""
    token = words.key(index)
    dashed = _dashed_date(words, index)
    full = _FULL_DATE.fullmatch(dashed or token)
    if full and _is_day(full[1], full[2]):
        end = index + 3 if dashed else index + 1
        return end, f"{_say(full[1])} tháng {_say(full[2])} năm {_say(full[3])}"
    clock = _CLOCK.fullmatch(token)
    if clock and int(clock[1]) <= 24 and int(clock[2]) < 60:
        return index + 1, _say_hour(clock[1], clock[2])
    if words.after(index + 1) in ("h", "g", _HOUR) and token.isdecimal():
        return _speak_hour(words, index)
    if "/" in token:
        return index + 1, _speak_slashed(words, index)
    if token in _CALLED and _is_called(words, index):
        return index + 1, speak_digits(token)
    return index + 1, _speak_amount(token)


def _is_called(words: Words, index: int) -> bool:
    return words.before(index) == NUMBER_CUE or has_phone_cue(words, index, _CALL_REACH)


def _speak_hour(words: Words, index: int) -> tuple[int, str]:
    """17h30, 7h, 7 giờ 05; "g" is an hour only with its minutes ("7g30"), else it weighs."""
    hours, sign, minutes = words.key(index), words.key(index + 1), words.after(index + 2)
    with_minutes = len(minutes) <= 2 and minutes.isdecimal() and int(minutes) < 60
    if sign == "g" and not with_minutes:
        return index + 1, _say(hours)
    if sign == _HOUR and minutes not in ("00", "0"):
        return index + 1, _say(hours)
    if not with_minutes:
        return index + 2, _say_hour(hours, "0")
    end = index + 3
    if words.after(end) in (_MINUTE, "p", "ph"):
        end += 1
    return end, _say_hour(hours, minutes)


def _say_hour(hours: str, minutes: str) -> str:
    return f"{_say(hours)} giờ" + (f" {_say(minutes)} phút" if int(minutes) else "")


def _speak_slashed(words: Words, index: int) -> str:
    token = words.key(index)
    parts = re.split(r"[/.,:]", token)
    if len(parts) == 2:
        first, second = parts
        if words.before(index) == _MONTH and int(second) in _YEARS:
            return f"{_say(first)} năm {_say(second)}"
        cued = words.joined(index) and words.before(index) in _DATE_CUES
        if token in _FRACTIONS and not cued:
            return f"{_say(first)} phần {_say(second)}"
        if _is_day(first, second):
            return f"{_say(first)} tháng {_say(second)}"
    return " ".join(_say(part) for part in parts)


def _speak_amount(token: str) -> str:
    if _GROUPED.fullmatch(token):
        return _say(re.sub(r"[.,]", "", token))
    decimal = _DECIMAL.fullmatch(token)
    if decimal:
        whole, fraction = decimal[1].replace(".", ""), decimal[2]
        tens = len(fraction) == 2 and fraction[0] != "0"
        tail = _say(fraction) if tens else speak_digits(fraction)
        return f"{_say(whole)} phẩy {tail}"
    return " ".join(_say(part) for part in re.split(r"[/.,:]", token))


def _say(digits: str) -> str:
    """Digits as a number; digit by digit where they begin with 0 like no number does, or for 12
    and more of them. "05" is the day or the month 5."""
    value = int(digits)
    if value >= _LARGEST or (len(digits) > 2 and digits[0] == "0"):
        return speak_digits(digits)
    return speak_number(value)


def _is_day(day: str, month: str) -> bool:
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12


def _dashed_date(words: Words, index: int) -> str:
    """25-11-2026 as 25/11/2026, or an empty string: dashes part tokens."""
    parts = [words.key(index + place) for place in range(3)]
    for part, (least, most) in zip(parts, _DASHED_DATE, strict=True):
        if not part.isdecimal() or not least <= len(part) <= most:
            return ""
    dashed = words.gap(index + 1) is Gap.DASH and words.gap(index + 2) is Gap.DASH
    return "/".join(parts) if dashed else ""


def _follows_number(words: Words, index: int) -> bool:
    return words.joined(index) and words.key(index - 1)[:1].isdecimal()


def _speak_unit(words: Words, index: int) -> tuple[int, str]:
    """A unit's abbreviation after a number in words; "m2" is two tokens."""
    text = words.tokens[index].text
    touches = index + 1 < len(words) and words.tokens[index + 1].start == words.tokens[index].end
    if text in ("m", "km") and touches and words.key(index + 1) in _RAISED:
        return index + 2, f"{_UNITS[text]} {_RAISED[words.key(index + 1)]}"
    return index + 1, _UNITS.get(text, text)
