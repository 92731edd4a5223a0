"""Telephone numbers said digit by digit or in small groups. Pure.

Vietnamese numbers as they are dialled at home: mobile 10 digits from 03, 05, 07, 08, 09, landline
11 digits from 02, service numbers 1800 and 1900, emergency 111 to 115.
"""

import re

from transcribe.number_cues import EMERGENCY_NUMBERS, NUMBER_CUE, Item, has_phone_cue
from transcribe.number_reading import read_digits
from transcribe.number_words import FIVE, Gap, Words, starts_number

_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{9}")
_SERVICE = re.compile(r"1[89]00(?:\d{4}|\d{6})")
_TWO_CITIES = ("024", "028")  # area codes of three digits; all others have four
_LENGTHS = (10, 11, 8)
_SHORT_LENGTHS = (3, 4)
_DOUBTFUL_LENGTHS = range(7, 14)
_LEAST_SINGLE_DIGITS = 5  # a telephone number with a digit missing, not a list of days
_SHORT_REACH = 4

_Element = tuple[str, int, int]  # digits, first token, token after


def find_phones(words: Words, index: int) -> tuple[list[Item], int]:
    """The telephone numbers in the run of digits that begins here, and where to look again."""
    if not starts_number(words, index):
        return [], index
    run = read_digits(words, index)
    if len(run) < 3 and sum(len(digits) for digits, _, _ in run) < _LENGTHS[-1]:
        return [], index
    items = _whole_numbers(words, run)
    if not items:
        item = _by_cue(words, run)
        items = [] if item is None else [item]
    return items, items[-1].end if items else run[-1][2]


def write_phone(digits: str) -> str:
    """0912 345 678 · 024 3825 1234 · 0203 3825 123 · 1900 1234."""
    if _LANDLINE.fullmatch(digits):
        area = 3 if digits.startswith(_TWO_CITIES) else 4
        return f"{digits[:area]} {digits[area : area + 4]} {digits[area + 4 :]}"
    if len(digits) <= 4:
        return digits
    if len(digits) == 8:
        return f"{digits[:4]} {digits[4:]}"
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


def _whole_numbers(words: Words, run: list[_Element]) -> list[Item]:
    items: list[Item] = []
    place = 0
    while place < len(run):
        count, digits = _match(run, place)
        if not count:
            place += 1
            continue
        extra = _extra_digits(words, run, place + count)
        digits += "".join(text for text, _, _ in run[place + count : place + count + extra])
        items.append(_item(words, run[place : place + count + extra], digits, doubtful=extra > 0))
        place += count + extra
    return items


def _match(run: list[_Element], place: int) -> tuple[int, str]:
    """How many elements from `place` on make a whole number, and its digits."""
    if run[place][0][0] not in "01":
        return 0, ""
    digits, matches = "", {}
    for count, (text, _, _) in enumerate(run[place : place + max(_LENGTHS)], 1):
        digits += text
        if any(pattern.fullmatch(digits) for pattern in (_MOBILE, _LANDLINE, _SERVICE)):
            matches[len(digits)] = (count, digits)
        if len(digits) >= max(_LENGTHS):
            break
    return next((matches[length] for length in _LENGTHS if length in matches), (0, ""))


def _extra_digits(words: Words, run: list[_Element], place: int) -> int:
    """How many single digits too many follow at once; "năm" may begin năm nay."""
    extra = 0
    for text, first, _ in run[place : place + 4]:
        if len(text) > 1 or words.gap(first) is not Gap.SPACE or words.key(first) == FIVE:
            return 0 if len(text) > 1 else extra
        if _match(run, place + extra)[0]:
            break
        extra += 1
    return extra if extra <= 3 else 0


def _by_cue(words: Words, run: list[_Element]) -> Item | None:
    """A short number, or one with digits missing, where the sentence speaks of calling."""
    digits = "".join(text for text, _, _ in run)
    first = run[0][1]
    if len(digits) in _SHORT_LENGTHS and digits[0] == "1" and len(run) == len(digits):
        known = words.before(first) == NUMBER_CUE and digits in EMERGENCY_NUMBERS
        if known or has_phone_cue(words, first, _SHORT_REACH):
            return _item(words, run, digits, doubtful=False)
    single = sum(len(text) == 1 for text, _, _ in run)
    if len(digits) not in _DOUBTFUL_LENGTHS or single < _LEAST_SINGLE_DIGITS:
        return None
    return _item(words, run, digits, doubtful=True) if has_phone_cue(words, first) else None


def _item(words: Words, run: list[_Element], digits: str, *, doubtful: bool) -> Item:
    first, end = run[0][1], run[-1][2]
    spoken = any(not words.key(place)[:1].isdigit() for place in range(first, end))
    reason = "phone_length" if doubtful else None
    return Item(first, end, "phone", write_phone(digits), spoken, reason=reason)
